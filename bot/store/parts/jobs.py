"""The job queue of one library (``job_protocol.Jobs``).

Each change is one transaction, durable when the method returns. A job that has ended no longer
changes, so ending it twice is harmless. Knows nothing of how an article is read.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import astuple

from bot.errors import QueueFull
from bot.store.parts.database import Row, SqlDatabase, Transaction
from bot.store.parts.statements import fetch_first
from bot.store.values import AttachedJob, Job, JobPayload, JobResult, StatusMessage
from bot.strings import _


class SqlJobs:
    """See ``job_protocol.Jobs``."""

    def __init__(self, database: SqlDatabase):
        self._database = database

    async def enqueue(self, payload: JobPayload, *, now: float, most: int) -> int:
        values = (await asyncio.to_thread(_job_values, payload)) | {"now": now}
        async with self._database.transaction() as writer:
            existing = await fetch_first(writer, "job_of_event", (payload.event_id,))
            if existing:
                return int(existing["id"])
            waiting = await fetch_first(writer, "pending_jobs")
            assert waiting is not None
            if waiting["jobs"] >= most:
                raise QueueFull(
                    _(
                        "{count} articles are still waiting to be read, which is the limit for "
                        "this server. Nothing was stored. Try again in a few minutes."
                    ).format(count=waiting["jobs"])
                )
            job_id = await writer.insert("queue_job", values)
            if payload.status_message is not None:
                await writer.execute(
                    "add_status_message", (job_id, *astuple(payload.status_message))
                )
        return job_id

    async def queue_attached(self, job_id: int, attached: Sequence[JobPayload]) -> None:
        async with self._database.transaction() as writer:
            await queue_attached(writer, job_id, attached)

    async def attached(self, job_id: int) -> list[AttachedJob]:
        rows = await self._database.fetch("attached_jobs", (job_id,))
        return [AttachedJob(row["id"], row["name"]) for row in rows]

    async def claim(self, now: float) -> tuple[Job, JobPayload] | None:
        async with self._database.transaction() as writer:
            row = await fetch_first(writer, "claim_job", {"now": now})
        if row is None:
            return None
        return _job(row), await asyncio.to_thread(_payload, row)

    async def requeue_orphans(self, leased: Collection[int]) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("requeue_orphans", {"leased": json.dumps(list(leased))})

    async def release(self, job_id: int) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("release_job", (job_id,))

    async def retry_later(self, job_id: int, until: float, code: str, reason: str) -> Job | None:
        values = {"id": job_id, "until": until, "code": code, "reason": reason}
        async with self._database.transaction() as writer:
            await writer.execute("retry_job_later", values)
            return await _fetch_job(writer, job_id)

    async def finish(self, job_id: int, result: JobResult, now: float) -> Job | None:
        async with self._database.transaction() as writer:
            await finish_job(writer, job_id, result, now)
            return await _fetch_job(writer, job_id)

    async def keep_similar(self, job_id: int, now: float, *, waits: bool = False) -> Job | None:
        values = {"id": job_id, "now": now, "waits": json.dumps(waits)}
        async with self._database.transaction() as writer:
            await writer.execute("keep_similar", values)
            return await _fetch_job(writer, job_id)

    async def drop_similar(self, job_id: int) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("drop_similar", {"id": job_id})

    async def job(self, job_id: int) -> Job | None:
        rows = await self._database.fetch("job", (job_id,))
        return _job(rows[0]) if rows else None

    async def undisplayed(self) -> list[tuple[int, StatusMessage]]:
        rows = await self._database.fetch("undisplayed_jobs")
        return [(job_id, StatusMessage(*card)) for job_id, *card in rows]

    async def mark_displayed(self, job_ids: Collection[int]) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("mark_jobs_displayed", (json.dumps(list(job_ids)),))

    async def pending(self) -> tuple[int, float | None]:
        ((pending, due),) = await self._database.fetch("pending_jobs")
        return pending, due

    async def save_recognized(self, job_id: int, page: int, text: str) -> None:
        async with self._database.transaction() as writer:
            values = {"job_id": job_id, "page": page, "text": text}
            await writer.execute("save_recognized", values)

    async def recognized_pages(self, job_id: int) -> dict[int, str]:
        rows = await self._database.fetch("recognized_pages", (job_id,))
        return {row["page"]: row["text"] for row in rows}

    async def forget(self, before: float) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("forget_jobs", (before,))


async def finish_job(
    writer: Transaction, job_id: int, result: JobResult, now: float | None = None
) -> None:
    """End a job within the caller's transaction."""
    values = {
        "id": job_id,
        "now": time.time() if now is None else now,
        "state": result.state,
        "article_id": result.article_id,
        "status": result.status,
        "code": result.code,
        "reason": result.reason,
    }
    await writer.execute("finish_job", values)


async def queue_attached(writer: Transaction, job_id: int, attached: Sequence[JobPayload]) -> None:
    """Queue the files attached to what a job reads within the caller's transaction."""
    for payload in attached:
        values = _job_values(payload) | {"job_id": job_id, "name": payload.name}
        await writer.execute("queue_attached", values)
    if attached:
        await writer.execute("show_attached", (job_id,))


async def _fetch_job(writer: Transaction, job_id: int) -> Job | None:
    row = await fetch_first(writer, "job", (job_id,))
    return None if row is None else _job(row)


def _job(row: Row) -> Job:
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


def _job_values(payload: JobPayload) -> dict[str, object]:
    return {
        "event_id": payload.event_id,
        "submitter_id": payload.submitter_id,
        "details": payload.details,
        "is_text": isinstance(payload.data, str),
        "data": _encode(payload.data),
        "message_id": payload.message_id,
    }


def _encode(data: bytes | str | None) -> bytes | None:
    """Text as UTF-8. Lone surrogates are kept: the reader decides what to do with them."""
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


def _payload(row: Row) -> JobPayload:
    data = row["data"]
    if row["is_text"] and data is not None:
        data = data.decode("utf-8", "surrogatepass")
    return JobPayload(row["details"], data, row["submitter_id"], row["event_id"])
