"""The vectors of one library (``article_protocol.Vectors``).

Articles are stored with their vectors. This is for passages that have none of the embedder in
use, after it was changed. Each call of ``add`` is one transaction, so an interrupted run resumes
where it stopped. Knows nothing of embedders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from bot.records import Scope
from bot.store.parts.article_rows import add_vectors
from bot.store.parts.database import SqlDatabase, Transaction
from bot.store.passage_index import PassageIndex
from bot.store.values import Floats

DELETED_PER_TRANSACTION = 1_000  # rows: blocks other writers for about 20 ms


class SqlVectors:
    """See ``article_protocol.Vectors``. ``scope_values`` turns a scope into query parameters.

    ``filling``: a transaction that gives vectors to passages that are in the index already.
    """

    def __init__(
        self,
        database: SqlDatabase,
        index: PassageIndex,
        scope_values: Callable[[Scope], dict[str, Any]],
        filling: Callable[[], AbstractAsyncContextManager[Transaction]],
    ):
        self._database = database
        self._filling = filling
        self._index = index
        self._scope_values = scope_values

    async def count_missing(self, model: str, dimension: int, scope: Scope) -> int:
        parameters = await self._query_parameters(model, dimension, scope, after=0)
        ((passages,),) = await self._database.fetch("count_unembedded", parameters)
        return int(passages)

    async def missing(
        self, model: str, dimension: int, scope: Scope, *, after: int = 0, limit: int
    ) -> list[tuple[int, str]]:
        parameters = await self._query_parameters(model, dimension, scope, after=after) | {
            "limit": limit
        }
        rows = await self._database.fetch("unembedded_texts", parameters)
        return [(row["id"], row["text"]) for row in rows]

    async def _query_parameters(
        self, model: str, dimension: int, scope: Scope, *, after: int
    ) -> dict[str, Any]:
        rows = await self._database.fetch("embedder_id", (model, dimension))
        embedder_id = rows[0]["id"] if rows else None
        return self._scope_values(scope) | {"embedder_id": embedder_id, "after": after}

    async def add(self, model: str, ids: Sequence[int], vectors: Floats) -> None:
        try:
            async with self._filling() as writer:
                await add_vectors(writer, model, ids, vectors, into="fill_vector")
        finally:  # even after an error, the commit may have happened
            self._index.mark_embedded(model, vectors.shape[1], ids)

    async def drop_others(self, model: str, dimension: int) -> None:
        others = await self._database.fetch("other_embedders", (model, dimension))
        try:
            for row in others:
                await self._drop(row["id"])
        finally:
            if others:
                self._index.invalidate()

    async def _drop(self, embedder_id: int) -> None:
        """Delete an embedder's vectors in steps, so that others can write in between."""
        step = DELETED_PER_TRANSACTION
        parameters = {"embedder_id": embedder_id, "limit": DELETED_PER_TRANSACTION}
        while step == DELETED_PER_TRANSACTION:
            async with self._database.transaction() as writer:
                step = await writer.execute("drop_some_vectors", parameters)
                if step < DELETED_PER_TRANSACTION:
                    await writer.execute("drop_embedder", (embedder_id,))
