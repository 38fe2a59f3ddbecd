"""The jobs of one library, as rows of its own file (the Jobs protocol of ``base``).

Each change is one transaction, durable when the method returns. A job that has ended does not
change any more, so ending one twice is harmless. Knows nothing of how an article is read.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Collection
from dataclasses import astuple

import aiosqlite

from bot.errors import QueueFull
from bot.store.connection import Database, Parameters
from bot.store.queries import query
from bot.store.values import Job, JobPayload, JobResult, StatusMessage


class SqliteJobs:
    """See ``base.Jobs``."""

    def __init__(self, database: Database):
        self._database = database

    async def enqueue(self, order: JobPayload, *, now: float, most: int) -> int:
        values = {
            "event_id": order.event_id,
            "submitter_id": order.submitter_id,
            "now": now,
            "details": order.details,
            "is_text": isinstance(order.data, str),
            "data": await asyncio.to_thread(_stored, order.data),
            "message_id": order.message_id,
        }
        async with self._database.transaction() as writer:
            known = await _rows(writer, "job_of_event", (order.event_id,))
            if known:
                return int(known[0]["id"])
            ((pending, _),) = await _rows(writer, "pending_jobs")
            if pending >= most:
                raise QueueFull(
                    f"{pending} articles of this server are still waiting to be read, as many as "
                    "may wait at once. Nothing was stored; hand this one in again in a while."
                )
            cursor = await writer.execute(query("queue_job"), values)
            assert cursor.lastrowid is not None
            if order.status_message is not None:
                await writer.execute(
                    query("show_job"), (cursor.lastrowid, *astuple(order.status_message))
                )
        return cursor.lastrowid

    async def claim(self, now: float) -> tuple[Job, JobPayload] | None:
        async with self._database.transaction() as writer:
            found = await _rows(writer, "claim_job", {"now": now})
        if not found:
            return None
        return _job(found[0]), await asyncio.to_thread(_order, found[0])

    async def requeue_orphans(self, held: Collection[int]) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("take_back_jobs"), {"held": json.dumps(list(held))})

    async def release(self, job_id: int) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("put_back_job"), (job_id,))

    async def retry_later(self, job_id: int, until: float, code: str, reason: str) -> Job | None:
        values = {"id": job_id, "until": until, "code": code, "reason": reason}
        async with self._database.transaction() as writer:
            await writer.execute(query("postpone_job"), values)
            return await _one(writer, job_id)

    async def finish(self, job_id: int, ending: JobResult, now: float) -> Job | None:
        async with self._database.transaction() as writer:
            await end_job(writer, job_id, ending, now)
            return await _one(writer, job_id)

    async def keep_similar(self, job_id: int, now: float) -> Job | None:
        async with self._database.transaction() as writer:
            await writer.execute(query("keep_similar"), {"id": job_id, "now": now})
            return await _one(writer, job_id)

    async def drop_similar(self, job_id: int) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("drop_similar"), {"id": job_id})

    async def job(self, job_id: int) -> Job | None:
        found = await self._database.fetch(query("job"), (job_id,))
        return _job(found[0]) if found else None

    async def undisplayed(self) -> list[tuple[int, StatusMessage]]:
        found = await self._database.fetch(query("shown_jobs"))
        return [(job_id, StatusMessage(*card)) for job_id, *card in found]

    async def mark_displayed(self, job_ids: Collection[int]) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("jobs_concluded"), (json.dumps(list(job_ids)),))

    async def pending(self) -> tuple[int, float | None]:
        ((pending, due),) = await self._database.fetch(query("pending_jobs"))
        return pending, due

    async def forget(self, before: float) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("forget_jobs"), (before,))


async def end_job(
    writer: aiosqlite.Connection, job_id: int, ending: JobResult, now: float | None = None
) -> None:
    """Ends a job as part of a transaction that may do more."""
    values = {
        "id": job_id,
        "now": time.time() if now is None else now,
        "state": ending.state,
        "article_id": ending.article_id,
        "status": ending.status,
        "code": ending.code,
        "reason": ending.reason,
    }
    await writer.execute(query("end_job"), values)


async def _rows(
    writer: aiosqlite.Connection, name: str, parameters: Parameters = ()
) -> list[sqlite3.Row]:
    return list(await writer.execute_fetchall(query(name), parameters))


async def _one(writer: aiosqlite.Connection, job_id: int) -> Job | None:
    found = await _rows(writer, "job", (job_id,))
    return _job(found[0]) if found else None


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        submitter_id=row["submitter_id"],
        state=row["state"],
        failures=row["failures"],
        interrupted=row["interrupted"],
        not_before=row["not_before"],
        article_id=row["article_id"],
        status=row["status"],
        code=row["code"],
        reason=row["reason"],
    )


def _stored(data: bytes | str | None) -> bytes | None:
    """Text as it was handed in, halves of characters included: reading decides about them."""
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


def _order(row: sqlite3.Row) -> JobPayload:
    data = row["data"]
    if row["is_text"] and data is not None:
        data = data.decode("utf-8", "surrogatepass")
    return JobPayload(row["details"], data, row["submitter_id"], row["event_id"])
