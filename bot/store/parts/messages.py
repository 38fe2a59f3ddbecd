"""The articles made from Discord messages (``answer_protocol.Messages``).

A message can be deleted before its job has read it. The job is then marked as withdrawn, and
``check_not_withdrawn``, in the transaction that would store the article, refuses it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from functools import partial

from bot.errors import ReadingCancelled
from bot.records import Article, Scope
from bot.store.parts import row_mapping
from bot.store.parts.article_rows import erase_article, set_trashed
from bot.store.parts.database import Changing, SqlDatabase, Transaction
from bot.store.parts.erasures import record_erasure
from bot.store.parts.parameters import scope_parameters
from bot.store.parts.statements import fetch_first, storable_id
from bot.store.values import SAME_REMOVAL_S
from bot.strings import N_, _

WITHDRAWN = N_("Its message was deleted before it was read, so nothing was stored.")


class SqlMessages:
    """See ``answer_protocol.Messages``. ``changing``: a transaction that updates the index."""

    def __init__(self, server_id: str, database: SqlDatabase, changing: Changing):
        self._database = database
        self._changing = changing
        self._scope_values = partial(scope_parameters, server_id)

    async def trash_articles_of(
        self, message_ids: Collection[int], scope: Scope, *, removal_id: int, extra_s: float
    ) -> list[int]:
        parameters = self._scope_values(scope) | {"messages": json.dumps(list(message_ids))}
        if not await self._database.fetch("any_from_messages", parameters):
            return []  # true of most messages: no need to write
        now = time.time()
        async with self._changing() as writer:
            await withdraw_jobs(writer, message_ids)
            for row in await writer.fetch("waiting_from_messages", parameters):
                await erase_article(writer, row["id"])
                await writer.mark_deleted()
            rows = await writer.fetch("articles_from_messages", parameters)
            article_ids = [int(row["id"]) for row in rows]
            for article_id in article_ids:
                await set_trashed(writer, article_id, removed_at=now, removal_id=removal_id)
            extension = {
                "removal_id": removal_id,
                "longer_s": extra_s,
                "since": now - SAME_REMOVAL_S,
            }
            await writer.execute("keep_removal_longer", extension)
        return article_ids

    async def trashed_by_removal(self, removal_id: int, scope: Scope) -> list[Article]:
        parameters = self._scope_values(scope) | {"removal_id": storable_id(removal_id)}
        rows = await self._database.fetch("trashed_by_removal", parameters)
        return [row_mapping.article(row) for row in rows]


async def withdraw_jobs(writer: Transaction, message_ids: Collection[int]) -> None:
    """Let the pending jobs of deleted messages store nothing."""
    values = {"messages": json.dumps(list(message_ids))}
    jobs = [await writer.execute(n, values) for n in ("withdraw_jobs", "withdraw_similar")]
    if any(jobs):
        for message_id in message_ids:
            await record_erasure(writer, "message", message_id)


async def check_not_withdrawn(writer: Transaction, job_id: int | None) -> None:
    """Raise ReadingCancelled for a job whose message was deleted."""
    if job_id is not None and await fetch_first(writer, "withdrawn_job", {"job_id": job_id}):
        raise ReadingCancelled(_(WITHDRAWN))
