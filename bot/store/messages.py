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
from bot.store.articles import fetch_first, set_trashed, storable_id
from bot.store.connection import Database
from bot.store.queries import query, scope_parameters
from bot.store.values import SAME_REMOVAL_S

WITHDRAWN = "Its message was deleted before it was read, so nothing was stored."
Changing = Callable[..., AbstractAsyncContextManager[aiosqlite.Connection]]


class SqliteMessages:
    """See ``base.Messages``. ``changing``: a transaction after which memory is read anew."""

    def __init__(self, server_id: str, database: Database, changing: Changing):
        self._database = database
        self._changing = changing
        self._scope_values = partial(scope_parameters, server_id)

    async def trash_articles_of(
        self, message_ids: Collection[int], scope: Scope, *, removal_id: int, extra_s: float
    ) -> list[int]:
        wanted = self._scope_values(scope) | {"messages": json.dumps(list(message_ids))}
        if not await self._database.fetch(query("from_messages"), wanted):
            return []  # as most messages: nothing is written for them
        now = time.time()
        async with self._changing(removing=True) as writer:
            await _withdraw(writer, message_ids)
            found = await writer.execute_fetchall(query("of_messages"), wanted)
            ids = [int(row["id"]) for row in found]
            for article_id in ids:
                await set_trashed(writer, article_id, removed_at=now, removal_id=removal_id)
            longer = {"removal_id": removal_id, "longer_s": extra_s, "since": now - SAME_REMOVAL_S}
            await writer.execute(query("keep_removal_longer"), longer)
        return ids

    async def trashed_by_removal(self, removal_id: int, scope: Scope) -> list[Article]:
        wanted = self._scope_values(scope) | {"removal_id": storable_id(removal_id)}
        found = await self._database.fetch(query("removed_with"), wanted)
        return [row_mapping.article(row) for row in found]


async def _withdraw(writer: aiosqlite.Connection, message_ids: Collection[int]) -> None:
    values = {"messages": json.dumps(list(message_ids))}
    for name in ("withdraw_jobs", "withdraw_similar"):
        await writer.execute(query(name), values)


async def check_not_withdrawn(writer: aiosqlite.Connection, job_id: int | None) -> None:
    """Raises ReadingCancelled for a job whose message was deleted."""
    if job_id is not None and await fetch_first(writer, "withdrawn", {"job_id": job_id}):
        raise ReadingCancelled(WITHDRAWN)
