"""What one library stores of a person (``people_protocol.People``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.store.parts.answers import stored_answer
from bot.store.parts.article_rows import erase_article
from bot.store.parts.database import Changing, SqlDatabase
from bot.store.parts.statements import storable_id
from bot.store.people_protocol import PersonalData


class SqlPeople:
    """See ``people_protocol.People``. ``changing``: a transaction that updates the index."""

    def __init__(self, database: SqlDatabase, changing: Changing):
        self._database = database
        self._changing = changing

    async def data_of(self, user_id: int) -> PersonalData:
        user = {"user_id": storable_id(user_id)}
        answers = await self._database.fetch("answers_of", user)
        return PersonalData(
            [stored_answer(row) for row in answers],
            *[
                await self._rows(name, user)
                for name in (
                    "attributed_articles",
                    "ratings_by",
                    "costs_of",
                    "setting_changes_by",
                    "question_counts_of",
                )
            ],
        )

    async def _rows(self, name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._database.fetch(name, values)]

    async def articles_of(self, user_id: int) -> list[int]:
        rows = await self._database.fetch("articles_added_by", {"user_id": storable_id(user_id)})
        return [row["id"] for row in rows]

    async def erase_articles(self, ids: Sequence[int]) -> None:
        async with self._changing() as writer:
            for article_id in ids:
                await erase_article(writer, article_id)
            await writer.execute("drop_orphan_answers")
            await writer.mark_deleted()
        await self._database.overwrite_deleted()
