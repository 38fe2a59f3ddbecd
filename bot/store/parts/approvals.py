"""The articles of one library that wait for approval (``approval_protocol``)."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import partial
from typing import Any

from bot.errors import ArticleNotFound
from bot.records import Scope
from bot.store.approval_protocol import BEGINNING_CHARACTERS, WaitingArticle
from bot.store.parts import row_mapping
from bot.store.parts.article_rows import erase_article, set_aside
from bot.store.parts.database import Changing, Row, SqlDatabase
from bot.store.parts.parameters import scope_parameters
from bot.store.parts.statements import fetch_first, storable_id, utc_now
from bot.store.values import PostedMessage
from bot.strings import N_, _

DECIDED = N_("This article no longer waits for approval: it was decided on, or withdrawn.")


class SqlApprovals:
    """See ``approval_protocol.Approvals``. ``changing``: a transaction that updates the index."""

    def __init__(self, server_id: str, database: SqlDatabase, changing: Changing):
        self._database = database
        self._changing = changing
        self._scope_values = partial(scope_parameters, server_id)

    async def waiting(self, scope: Scope) -> list[WaitingArticle]:
        return await self._fetch(scope, None)

    async def get(self, article_id: int, scope: Scope) -> WaitingArticle:
        waiting = await self._fetch(scope, article_id)
        if not waiting:
            raise ArticleNotFound(_(DECIDED))
        return waiting[0]

    async def _fetch(self, scope: Scope, article_id: int | None) -> list[WaitingArticle]:
        values = self._values(scope, article_id) | {"characters": BEGINNING_CHARACTERS}
        rows = await self._database.fetch("waiting_articles", values)
        return [_waiting_article(row) for row in rows]

    def _values(self, scope: Scope, article_id: int | None) -> dict[str, Any]:
        number = None if article_id is None else storable_id(article_id)
        return self._scope_values(scope) | {"article_id": number}

    async def record_card(self, article_id: int, posted: PostedMessage) -> None:
        values = (posted.channel_id, posted.message_id, article_id)
        async with self._database.transaction() as writer:
            await writer.execute("record_approval_card", values)

    async def forget_cards(
        self, *, message_ids: Collection[int] = (), channel_id: int | None = None
    ) -> bool:
        values = {"messages": json.dumps(list(message_ids)), "channel_id": channel_id}
        if not await self._database.fetch("any_approval_cards", values):
            return False  # true of most messages: no need to write
        async with self._database.transaction() as writer:
            await writer.execute("forget_approval_cards", values)
        return True

    async def approve(self, article_id: int, scope: Scope) -> bool:
        async with self._changing() as writer:
            values = self._values(scope, article_id)
            if not await fetch_first(writer, "is_waiting", values):
                return False
            await writer.execute("approve", {"article_id": article_id})
            await writer.execute("end_approval", {"article_id": article_id})
            await set_aside(writer, article_id)
            writer.changes.articles.add(article_id)
        return True

    async def decline(self, article_id: int, scope: Scope) -> bool:
        async with self._changing() as writer:
            if not await fetch_first(writer, "is_waiting", self._values(scope, article_id)):
                return False
            await erase_article(writer, article_id)
            await writer.mark_deleted()
        await self._database.overwrite_deleted()
        return True

    async def block(self, address: str) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("block_address", (address, utc_now()))

    async def unblock(self, address: str) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("unblock_address", (address,))

    async def blocked(self) -> list[str]:
        rows = await self._database.fetch("blocked_addresses")
        return [row["address"] for row in rows]

    async def is_blocked(self, prefixes: Collection[str]) -> bool:
        values = {"prefixes": json.dumps(sorted(prefixes))}
        return bool(await self._database.fetch("is_blocked", values))


def _waiting_article(row: Row) -> WaitingArticle:
    card = None
    if row["card_message_id"] is not None:
        card = PostedMessage(row["card_channel_id"], row["card_message_id"])
    article = row_mapping.article(row)
    return WaitingArticle(article, row["asked_at"], row["beginning"], row["hash"], card)
