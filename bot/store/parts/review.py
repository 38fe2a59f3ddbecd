"""Reviewing the answers of one library (``review_protocol.Review``)."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from bot.records import Scope
from bot.store.parts.answers import stored_answer
from bot.store.parts.database import SqlDatabase
from bot.store.parts.parameters import scope_parameters
from bot.store.parts.statements import utc_now
from bot.store.review_protocol import BadAnswer, PrivateCounts
from bot.store.values import StoredAnswer


class SqlReview:
    """See ``review_protocol.Review``."""

    def __init__(self, server_id: str, database: SqlDatabase):
        self._database = database
        self._scope_values = partial(scope_parameters, server_id)

    async def keep_case(self, answer: StoredAnswer, details: str) -> None:
        values = {
            "answer_id": answer.id,
            "body": answer.body,
            "details": details,
            "now": utc_now(),
        }
        async with self._database.transaction() as writer:
            await writer.execute("keep_case", values)

    async def bad_answers(
        self, scope: Scope, asked_in: frozenset[int] | None, *, limit: int
    ) -> list[BadAnswer]:
        parameters = self._values(scope, asked_in) | {"limit": limit}
        rows = await self._database.fetch("bad_answers", parameters)
        return [
            BadAnswer(stored_answer(row), json.loads(row["ratings"]), row["details"] or "")
            for row in rows
        ]

    async def unanswered(
        self, scope: Scope, asked_in: frozenset[int] | None, *, limit: int
    ) -> list[StoredAnswer]:
        parameters = self._values(scope, asked_in) | {"limit": limit}
        rows = await self._database.fetch("unanswered_questions", parameters)
        return [stored_answer(row) for row in rows]

    async def private_counts(self, scope: Scope) -> PrivateCounts:
        rows = await self._database.fetch("private_counts", self._scope_values(scope))
        return PrivateCounts(rows[0]["bad"], rows[0]["unanswered"])

    async def citation_counts(self, scope: Scope) -> dict[int, int]:
        rows = await self._database.fetch("citation_counts", self._scope_values(scope))
        return {row["id"]: row["answers"] for row in rows}

    def _values(self, scope: Scope, asked_in: frozenset[int] | None) -> dict[str, Any]:
        channels = {"all_asked": asked_in is None, "asked_in": json.dumps(sorted(asked_in or ()))}
        return self._scope_values(scope) | channels
