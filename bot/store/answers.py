"""The answers of one library, as rows of its own file (the Answers protocol of ``base``).

An answer is kept so that it can be opened, shown again, followed up and rated. What it says is
text made of articles: it is blanked when one of them is erased, and forgotten after a while.
Knows nothing of what stands in ``body``: who keeps it, reads it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from functools import partial

import aiosqlite

from bot.records import Citation, Rating, Scope
from bot.store.articles import fetch_first, insert_row, storable_id, utc_now
from bot.store.connection import Database
from bot.store.queries import query, scope_parameters
from bot.store.values import NO_DEPENDENCIES, Dependencies, StoredAnswer

log = logging.getLogger(__name__)


class SqliteAnswers:
    """See ``base.Answers``."""

    def __init__(self, server_id: str, database: Database):
        self._database = database
        self._scope_values = partial(scope_parameters, server_id)

    async def save(
        self,
        given: StoredAnswer,
        citations: Sequence[Citation],
        rests: Dependencies = NO_DEPENDENCIES,
    ) -> int:
        values = {
            "event_id": given.event_id,
            "asker_id": given.asker_id,
            "channel_id": given.channel_id,
            "private": given.private,
            "question": given.question,
            "standalone": given.standalone_question,
            "body": given.body,
            "waits": given.awaits_answer,
            "now": utc_now(),
        }
        async with self._database.transaction() as writer:
            known = await fetch_first(writer, "answer_of_event", {"event_id": given.event_id})
            if known:
                return int(known["id"])
            answer_id = await insert_row(writer, "add_answer", values)
            await writer.executemany(
                query("add_citation"),
                [(answer_id, c.n, c.start, c.end, c.version_id) for c in citations],
            )
            await self._keep_rests(writer, answer_id, citations, rests)
        return answer_id

    async def _keep_rests(
        self,
        writer: aiosqlite.Connection,
        answer_id: int,
        citations: Sequence[Citation],
        rests: Dependencies,
    ) -> None:
        articles = rests.article_ids | {citation.article_id for citation in citations}
        await writer.executemany(query("add_rest"), [(answer_id, one) for one in sorted(articles)])
        if rests.counted_scope is not None:
            over = self._scope_values(rests.counted_scope) | {"answer_id": answer_id}
            await writer.execute(query("add_rest_channels"), over)
        if rests.repeated_answer_id is not None:
            again = {"answer_id": answer_id, "repeats": rests.repeated_answer_id}
            await writer.execute(query("repeat_rests"), again)
            await writer.execute(query("repeat_rest_channels"), again)
        erased = await _not_there(writer, answer_id)
        if erased:  # while it was written: it is kept without a word, and nobody is shown it
            await writer.execute(query("blank_late_answer"), (answer_id,))
            await writer.execute(query("drop_citations"), (answer_id,))
            log.info("an answer rests on %s erased articles", len(erased))

    async def id_of_event(self, event_id: int) -> int | None:
        found = await self._database.fetch(query("answer_of_event"), {"event_id": event_id})
        return int(found[0]["id"]) if found else None

    async def answer(self, answer_id: int, scope: Scope) -> StoredAnswer | None:
        wanted = {"answer_id": storable_id(answer_id)}
        found = await self._database.fetch(
            query("given_answer"), self._scope_values(scope) | wanted
        )
        return stored_answer(found[0]) if found else None

    async def last_answer_of(self, asker_id: int, scope: Scope) -> StoredAnswer | None:
        wanted = self._scope_values(scope) | {"asker_id": asker_id}
        found = await self._database.fetch(query("last_answer"), wanted)
        return stored_answer(found[0]) if found else None

    async def last_turns(self, channel_id: int, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        wanted = self._scope_values(scope) | {"channel_id": channel_id, "limit": limit}
        found = await self._database.fetch(query("answers_in"), wanted)
        return [stored_answer(row) for row in reversed(found)]

    async def unanswered(self, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        wanted = self._scope_values(scope) | {"limit": limit}
        found = await self._database.fetch(query("waiting_answers"), wanted)
        return [stored_answer(row) for row in found]

    async def mark_notified(self, answer_id: int) -> bool:
        async with self._database.transaction() as writer:
            cursor = await writer.execute(query("told"), (answer_id,))
            return cursor.rowcount > 0

    async def rate(self, answer_id: int, user_id: int, kind: Rating) -> None:
        async with self._database.transaction() as writer:
            values = (storable_id(answer_id), user_id, kind, utc_now())
            await writer.execute(query("rate_answer"), values)

    async def ratings(self) -> dict[Rating, int]:
        found = await self._database.fetch(query("ratings"))
        return {row["kind"]: row["ratings"] for row in found}

    async def forget(self, before: str) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("forget_answers"), (before,))

    async def forget_channel(self, channel_id: int) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("forget_channel"), (channel_id,))


async def _not_there(writer: aiosqlite.Connection, answer_id: int) -> list[int]:
    """The articles that an answer rests on and that are not there: they were erased."""
    async with writer.execute(query("rests_gone"), (answer_id,)) as cursor:
        return [row["article_id"] for row in await cursor.fetchall()]


def stored_answer(row: sqlite3.Row) -> StoredAnswer:
    """An answer's row as a record."""
    return StoredAnswer(
        id=row["id"],
        answered_at=row["given_at"],
        asker_id=row["asker_id"],
        channel_id=row["channel_id"],
        private=bool(row["private"]),
        question=row["question"],
        standalone_question=row["standalone"],
        body=row["body"],
        event_id=row["event_id"],
        awaits_answer=bool(row["waits"]),
    )
