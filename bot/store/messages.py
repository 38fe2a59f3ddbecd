"""What was taken from messages of Discord (the Messages protocol of ``base``).

A message can be deleted before what was taken from it has been read: then its job is marked, and
``check_not_withdrawn``, in the transaction that would keep the article, refuses it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from functools import partial

import aiosqlite

from bot.errors import ReadingCancelled
from bot.records import Article, Scope
from bot.store import row_mapping
from bot.store.articles import first, shelve_article, storable
from bot.store.connection import Database
from bot.store.queries import query, scope_parameters
from bot.store.values import TOGETHER_S

WITHDRAWN = "Its message was deleted before it was read, so nothing was stored."
Changing = Callable[..., AbstractAsyncContextManager[aiosqlite.Connection]]


class SqliteMessages:
    """See ``base.Messages``. ``changing``: a transaction after which memory is read anew."""

    def __init__(self, server_id: str, database: Database, changing: Changing):
        self._database = database
        self._changing = changing
        self._seen = partial(scope_parameters, server_id)

    async def deleted(
        self, message_ids: Collection[int], scope: Scope, *, removal_id: int, longer_s: float
    ) -> list[int]:
        wanted = self._seen(scope) | {"messages": json.dumps(list(message_ids))}
        if not await self._database.fetch(query("from_messages"), wanted):
            return []  # as most messages: nothing is written for them
        now = time.time()
        async with self._changing(removing=True) as writer:
            await _withdraw(writer, message_ids)
            found = await writer.execute_fetchall(query("of_messages"), wanted)
            ids = [int(row["id"]) for row in found]
            for article_id in ids:
                await shelve_article(writer, article_id, removed_at=now, removal_id=removal_id)
            longer = {"removal_id": removal_id, "longer_s": longer_s, "since": now - TOGETHER_S}
            await writer.execute(query("keep_removal_longer"), longer)
        return ids

    async def removed_with(self, removal_id: int, scope: Scope) -> list[Article]:
        wanted = self._seen(scope) | {"removal_id": storable(removal_id)}
        found = await self._database.fetch(query("removed_with"), wanted)
        return [row_mapping.article(row) for row in found]


async def _withdraw(writer: aiosqlite.Connection, message_ids: Collection[int]) -> None:
    values = {"messages": json.dumps(list(message_ids))}
    for name in ("withdraw_jobs", "withdraw_similar"):
        await writer.execute(query(name), values)


async def check_not_withdrawn(writer: aiosqlite.Connection, job_id: int | None) -> None:
    """Raises ReadingCancelled for a job whose message was deleted."""
    if job_id is not None and await first(writer, "withdrawn", {"job_id": job_id}):
        raise ReadingCancelled(WITHDRAWN)
