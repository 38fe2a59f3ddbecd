"""Which of the bot's messages show an answer or name an article (the Cards protocol of ``base``).

Whoever removes or restores an article finds here which messages have to change, and what of each
answer its readers may still see. Knows nothing of how a message is drawn or edited.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from functools import partial
from itertools import groupby

from bot.records import Scope
from bot.store.answers import stored_answer
from bot.store.articles import storable_id
from bot.store.connection import Database
from bot.store.queries import query, scope_parameters
from bot.store.values import AnswerCards, ArticleCard, PostedMessage


class SqliteCards:
    """See ``base.Cards``."""

    def __init__(self, server_id: str, database: Database):
        self._server_id = server_id
        self._database = database
        self._scope_values = partial(scope_parameters, server_id)

    async def record_answer_messages(
        self, answer_id: int, posted: Sequence[PostedMessage], nearest: Collection[int] = ()
    ) -> None:
        rows = [(answer_id, i, p.channel_id, p.message_id) for i, p in enumerate(posted)]
        async with self._database.transaction() as writer:
            await writer.execute(query("drop_answer_cards"), (answer_id,))
            await writer.executemany(query("add_answer_card"), rows)
            named = [(answer_id, article_id) for article_id in nearest]
            await writer.executemany(query("add_answer_nearest"), named)

    async def record_article_message(self, article_id: int, posted: PostedMessage) -> None:
        values = (storable_id(article_id), posted.channel_id, posted.message_id)
        async with self._database.transaction() as writer:
            await writer.execute(query("add_article_card"), values)

    async def answers_showing(self, article_ids: Collection[int]) -> list[int]:
        found = await self._database.fetch(query("answers_on"), _these(article_ids))
        return [row["answer_id"] for row in found]

    async def count_unrecorded(self, article_ids: Collection[int]) -> int:
        ((count,),) = await self._database.fetch(query("answers_unknown"), _these(article_ids))
        return int(count)

    async def answer(self, answer_id: int, scope: Scope) -> AnswerCards | None:
        found = await self._database.fetch(query("any_answer"), (answer_id,))
        if not found or scope.server_id != self._server_id:
            return None
        posted = await self._database.fetch(query("answer_cards"), (answer_id,))
        cited = await self._database.fetch(query("cited_articles"), (answer_id,))
        nearest = await self._database.fetch(query("nearest_articles"), (answer_id,))
        return AnswerCards(
            answer=stored_answer(found[0]),
            messages=tuple(PostedMessage(*row) for row in posted),
            hidden_ids=frozenset(await self._gone(answer_id, scope)),
            withheld_ids=_ids_of(found[0]["withheld"]),
            cited_ids=frozenset(row["article_id"] for row in cited),
            nearest_ids=frozenset(row["article_id"] for row in nearest),
        )

    async def _gone(self, answer_id: int, scope: Scope) -> list[int]:
        wanted = self._scope_values(scope) | {"answer_id": answer_id}
        found = await self._database.fetch(query("gone_from"), wanted)
        return [row["article_id"] for row in found]

    async def mark_up_to_date(self, answer_id: int) -> None:
        async with self._database.transaction() as writer:
            withheld = json.dumps(await self._gone(answer_id, Scope(self._server_id)))
            values = {"answer_id": answer_id, "withheld": withheld}
            await writer.execute(query("set_withheld"), values)

    async def stale_answers(self) -> list[int]:
        everywhere = Scope(self._server_id)
        found = await self._database.fetch(query("maybe_stale_answers"))
        shown = {row["id"]: json.loads(row["withheld"]) for row in found}
        return [i for i, withheld in shown.items() if withheld != await self._gone(i, everywhere)]

    async def messages_naming(self, article_ids: Collection[int]) -> list[ArticleCard]:
        found = await self._database.fetch(query("article_cards"), _these(article_ids))
        grouped = groupby(found, lambda row: PostedMessage(row[0], row[1]))
        return [_article_card(posted, list(rows)) for posted, rows in grouped]

    async def due_edits(self) -> list[tuple[PostedMessage, ArticleCard | None]]:
        cards: list[tuple[PostedMessage, ArticleCard | None]] = []
        for row in await self._database.fetch(query("due_cards")):
            posted = PostedMessage(row["channel_id"], row["message_id"])
            named = {"message_id": posted.message_id}
            of_message = await self._database.fetch(query("named_in"), named)
            card = None if row["is_answer"] else _article_card(posted, of_message)
            cards.append((posted, card))
        return cards

    async def mark_edited(self, message_ids: Collection[int]) -> None:
        async with self._database.transaction() as writer:
            await writer.executemany(query("card_done"), [(i,) for i in message_ids])


def _ids_of(withheld: str) -> frozenset[int]:
    """None for an answer of an older version: "?"."""
    return frozenset(json.loads(withheld)) if withheld.startswith("[") else frozenset()


def _article_card(posted: PostedMessage, rows: Sequence[sqlite3.Row]) -> ArticleCard:
    there = tuple(row["article_id"] for row in rows if row["there"])
    return ArticleCard(posted, there, len(rows) - len(there))


def _these(article_ids: Collection[int]) -> dict[str, str]:
    return {"ids": json.dumps([storable_id(article_id) for article_id in article_ids])}
