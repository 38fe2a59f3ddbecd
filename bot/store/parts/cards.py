"""Which Discord messages show an answer or name an article (``answer_protocol.Cards``).

Tells which messages must change when an article is removed or restored, and what of each answer
its readers may still see. Knows nothing of how a message is drawn or edited.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import partial
from itertools import groupby

from bot.records import Scope
from bot.store.parts.answers import stored_answer
from bot.store.parts.database import Row, SqlDatabase
from bot.store.parts.parameters import scope_parameters
from bot.store.parts.statements import storable_id
from bot.store.values import ArticleCard, PostedAnswer, PostedMessage


class SqlCards:
    """See ``answer_protocol.Cards``."""

    def __init__(self, server_id: str, database: SqlDatabase):
        self._server_id = server_id
        self._database = database
        self._scope_values = partial(scope_parameters, server_id)

    async def record_answer_messages(
        self, answer_id: int, posted: Sequence[PostedMessage], nearest: Collection[int] = ()
    ) -> None:
        positions = [(answer_id, i, p.channel_id, p.message_id) for i, p in enumerate(posted)]
        async with self._database.transaction() as writer:
            await writer.execute("drop_answer_cards", (answer_id,))
            await writer.executemany("add_answer_card", positions)
            named = [(answer_id, article_id) for article_id in nearest]
            await writer.executemany("add_answer_nearest", named)

    async def record_article_message(self, article_id: int, posted: PostedMessage) -> None:
        values = (storable_id(article_id), posted.channel_id, posted.message_id)
        async with self._database.transaction() as writer:
            await writer.execute("add_article_card", values)

    async def answers_showing(self, article_ids: Collection[int]) -> list[int]:
        rows = await self._database.fetch("answers_showing", _id_values(article_ids))
        return [row["answer_id"] for row in rows]

    async def count_unrecorded(self, article_ids: Collection[int]) -> int:
        ((count,),) = await self._database.fetch(
            "count_unrecorded_answers", _id_values(article_ids)
        )
        return int(count)

    async def answer(self, answer_id: int, scope: Scope) -> PostedAnswer | None:
        rows = await self._database.fetch("any_answer", (answer_id,))
        if not rows or scope.server_id != self._server_id:
            return None
        posted = await self._database.fetch("answer_cards", (answer_id,))
        cited = await self._database.fetch("cited_articles", (answer_id,))
        nearest = await self._database.fetch("nearest_articles", (answer_id,))
        hidden = await self._hidden_dependencies(answer_id, scope)
        return PostedAnswer(
            answer=stored_answer(rows[0]),
            messages=tuple(PostedMessage(*row) for row in posted),
            hidden_ids=frozenset(hidden),
            removed_ids=frozenset(i for i, is_removed in hidden.items() if is_removed),
            withheld_ids=_withheld_ids(rows[0]["withheld"]),
            cited_ids=frozenset(row["article_id"] for row in cited),
            nearest_ids=frozenset(row["article_id"] for row in nearest),
        )

    async def _hidden_dependencies(self, answer_id: int, scope: Scope) -> dict[int, bool]:
        """Which articles behind an answer a scope does not show, and whether they are removed."""
        parameters = self._scope_values(scope) | {"answer_id": answer_id}
        rows = await self._database.fetch("hidden_dependencies", parameters)
        return {row["article_id"]: bool(row["is_removed"]) for row in rows}

    async def mark_up_to_date(self, answer_id: int, withheld_ids: Collection[int]) -> None:
        values = {"answer_id": answer_id, "withheld": json.dumps(sorted(withheld_ids))}
        async with self._database.transaction() as writer:
            await writer.execute("set_withheld", values)

    async def changed_answers(self) -> list[int]:
        rows = await self._database.fetch("changed_answers")
        return [row["answer_id"] for row in rows]

    async def mark_change_shown(self, answer_id: int) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("forget_changed_answer", (answer_id,))

    async def stale_answers(self) -> list[int]:
        everywhere = Scope(self._server_id)
        rows = await self._database.fetch("maybe_stale_answers")
        withheld_by_id = {row["id"]: _withheld_ids(row["withheld"]) for row in rows}
        return [
            i
            for i, withheld in withheld_by_id.items()
            if withheld != (await self._hidden_dependencies(i, everywhere)).keys()
        ]

    async def messages_naming(self, article_ids: Collection[int]) -> list[ArticleCard]:
        rows = await self._database.fetch("article_cards", _id_values(article_ids))
        grouped = groupby(rows, lambda row: PostedMessage(row[0], row[1]))
        return [_article_card(posted, list(group)) for posted, group in grouped]

    async def due_edits(self) -> list[tuple[PostedMessage, ArticleCard | None]]:
        cards: list[tuple[PostedMessage, ArticleCard | None]] = []
        for row in await self._database.fetch("due_cards"):
            posted = PostedMessage(row["channel_id"], row["message_id"])
            parameters = {"message_id": posted.message_id}
            named = await self._database.fetch("articles_named_in_message", parameters)
            card = None if row["is_answer"] else _article_card(posted, named)
            cards.append((posted, card))
        return cards

    async def mark_edited(self, message_ids: Collection[int]) -> None:
        async with self._database.transaction() as writer:
            await writer.executemany("mark_card_edited", [(i,) for i in message_ids])


def _withheld_ids(withheld: str) -> frozenset[int]:
    """Empty for an answer stored before messages were recorded, whose value is "?"."""
    return frozenset(json.loads(withheld)) if withheld.startswith("[") else frozenset()


def _article_card(posted: PostedMessage, rows: Sequence[Row]) -> ArticleCard:
    article_ids = tuple(row["article_id"] for row in rows if row["is_visible"])
    return ArticleCard(posted, article_ids, len(rows) - len(article_ids))


def _id_values(article_ids: Collection[int]) -> dict[str, str]:
    return {"ids": json.dumps([storable_id(article_id) for article_id in article_ids])}
