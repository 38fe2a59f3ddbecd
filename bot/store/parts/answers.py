"""The answers of one library (``answer_protocol.Answers``).

Answers are stored so that they can be opened, shown again, followed up and rated. Their text
comes from articles: it is blanked when one of these is erased, and after a retention period.
Knows nothing of the format of ``body``, which the caller writes and reads.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from bot.answer_records import Citation, CitedPassage, Rating
from bot.errors import ArticleNotFound
from bot.records import Scope
from bot.store.parts import row_mapping
from bot.store.parts.database import Row, SqlDatabase, Transaction
from bot.store.parts.erasures import SqlErasures, record_erasure
from bot.store.parts.parameters import scope_parameters
from bot.store.parts.statements import fetch_first, storable_id, utc_now
from bot.store.values import NO_DEPENDENCIES, Dependencies, StoredAnswer
from bot.strings import _

log = logging.getLogger(__name__)


class SqlAnswers:
    """See ``answer_protocol.Answers``."""

    def __init__(self, server_id: str, database: SqlDatabase, erasures: SqlErasures):
        self._database = database
        self._erasures = erasures
        self._scope_values = partial(scope_parameters, server_id)

    async def save(
        self,
        answer: StoredAnswer,
        citations: Sequence[Citation],
        dependencies: Dependencies = NO_DEPENDENCIES,
    ) -> int:
        values = {
            "event_id": answer.event_id,
            "asker_id": answer.asker_id,
            "channel_id": answer.channel_id,
            "private": answer.private,
            "question": answer.question,
            "standalone": answer.standalone_question,
            "body": answer.body,
            "waits": answer.awaits_answer,
            "now": utc_now(),
        }
        async with self._database.transaction() as writer:
            existing = await fetch_first(writer, "answer_of_event", {"event_id": answer.event_id})
            if existing:
                return int(existing["id"])
            answer_id = await writer.insert("add_answer", values)
            await writer.executemany(
                "add_citation",
                [(answer_id, c.n, c.start, c.end, c.version_id) for c in citations],
            )
            await self._add_dependencies(writer, answer_id, citations, dependencies)
        return answer_id

    async def _add_dependencies(
        self,
        writer: Transaction,
        answer_id: int,
        citations: Sequence[Citation],
        dependencies: Dependencies,
    ) -> None:
        article_ids = dependencies.article_ids | {citation.article_id for citation in citations}
        await writer.executemany(
            "add_dependency", [(answer_id, article_id) for article_id in sorted(article_ids)]
        )
        if dependencies.counted_scope is not None:
            counted = self._scope_values(dependencies.counted_scope) | {"answer_id": answer_id}
            await writer.execute("add_dependency_channels", counted)
        if dependencies.repeated_answer_id is not None:
            copied = {"answer_id": answer_id, "repeats": dependencies.repeated_answer_id}
            await writer.execute("copy_dependencies", copied)
            await writer.execute("copy_dependency_channels", copied)
        erased_ids = await _erased_dependencies(writer, answer_id)
        if erased_ids:  # erased while the answer was written: it is stored blank, and never shown
            await writer.execute("blank_late_answer", (answer_id,))
            await writer.execute("drop_citations", (answer_id,))
            log.info("an answer depends on %s erased articles", len(erased_ids))

    async def id_of_event(self, event_id: int) -> int | None:
        rows = await self._database.fetch("answer_of_event", {"event_id": event_id})
        return int(rows[0]["id"]) if rows else None

    async def answer(self, answer_id: int, scope: Scope) -> StoredAnswer | None:
        parameters = {"answer_id": storable_id(answer_id)}
        rows = await self._database.fetch("visible_answer", self._scope_values(scope) | parameters)
        return stored_answer(rows[0]) if rows else None

    async def last_answer_of(self, asker_id: int, scope: Scope) -> StoredAnswer | None:
        parameters = self._scope_values(scope) | {"asker_id": asker_id}
        rows = await self._database.fetch("last_answer_of", parameters)
        return stored_answer(rows[0]) if rows else None

    async def last_turns(self, channel_id: int, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        parameters = self._scope_values(scope) | {"channel_id": channel_id, "limit": limit}
        rows = await self._database.fetch("last_turns", parameters)
        return [stored_answer(row) for row in reversed(rows)]

    async def unanswered(self, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        parameters = self._scope_values(scope) | {"limit": limit}
        rows = await self._database.fetch("unanswered", parameters)
        return [stored_answer(row) for row in rows]

    async def record_alert(self, answer_id: int, article_id: int) -> None:
        values = {"answer_id": answer_id, "article_id": article_id}
        async with self._database.transaction() as writer:
            await writer.execute("record_alert", values)

    async def undelivered_alerts(self) -> dict[int, int]:
        rows = await self._database.fetch("undelivered_alerts")
        return {row["id"]: row["alert_article_id"] for row in rows}

    async def mark_notified(self, answer_id: int) -> bool:
        async with self._database.transaction() as writer:
            return await writer.execute("mark_notified", (answer_id,)) > 0

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        parameters = {"answer_id": storable_id(answer_id), "n": storable_id(n)}
        rows = await self._database.fetch("cited_passage", self._scope_values(scope) | parameters)
        if not rows:
            raise ArticleNotFound(
                _("This footnote's article is no longer in the library, or you can't see it here.")
            )
        return row_mapping.cited_passage(rows[0])

    async def rate(self, answer_id: int, user_id: int, kind: Rating) -> None:
        async with self._database.transaction() as writer:
            values = (storable_id(answer_id), user_id, kind, utc_now())
            await writer.execute("rate_answer", values)

    async def ratings(self, scope: Scope) -> dict[Rating, int]:
        rows = await self._database.fetch("ratings", self._scope_values(scope))
        return {row["kind"]: row["ratings"] for row in rows}

    async def ratings_of(self, answer_id: int) -> dict[Rating, int]:
        rows = await self._database.fetch("ratings_of", (storable_id(answer_id),))
        return {row["kind"]: row["ratings"] for row in rows}

    async def forget(self, before: str) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("forget_answers", {"before": before})

    async def forget_channel(self, channel_id: int) -> None:
        async with self._database.transaction() as writer:
            await forget_channel(writer, channel_id)
        await self._erasures.copy()


async def forget_channel(writer: Transaction, channel_id: int) -> None:
    """Blank all answers in a channel or thread."""
    await writer.execute("forget_channel", (channel_id,))
    await record_erasure(writer, "channel", channel_id)


async def _erased_dependencies(writer: Transaction, answer_id: int) -> list[int]:
    """The ids of the articles that an answer depends on and that were erased."""
    rows = await writer.fetch("erased_dependencies", (answer_id,))
    return [row["article_id"] for row in rows]


def stored_answer(row: Row) -> StoredAnswer:
    """The record of a row of ``answer``."""
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
