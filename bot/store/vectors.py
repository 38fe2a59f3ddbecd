"""The vectors of one library, as rows of its own file (the Vectors protocol of ``base``).

Articles bring their vectors with them; this is for those that have none of the embedder in
use, after it was changed. Each call of ``add`` is one transaction, so that whoever is stopped
between two goes on where it was. Knows nothing of embedders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.records import Scope
from bot.store.articles import add_vectors
from bot.store.connection import Database
from bot.store.index_cache import IndexCache
from bot.store.queries import query
from bot.store.values import Floats

DROPPED_AT_ONCE = 1_000  # rows: about 20 ms in which nobody else can write


class SqliteVectors:
    """See ``base.Vectors``. ``seen`` gives a scope as query parameters."""

    def __init__(
        self, database: Database, memory: IndexCache, seen: Callable[[Scope], dict[str, Any]]
    ):
        self._database = database
        self._cache = memory
        self._scope_values = seen

    async def count_missing(self, model: str, dimension: int, scope: Scope) -> int:
        wanted = await self._wanted(model, dimension, scope, after=0)
        ((passages,),) = await self._database.fetch(query("count_unembedded"), wanted)
        return int(passages)

    async def missing(
        self, model: str, dimension: int, scope: Scope, *, after: int = 0, limit: int
    ) -> list[tuple[int, str]]:
        wanted = await self._wanted(model, dimension, scope, after=after) | {"limit": limit}
        found = await self._database.fetch(query("unembedded_texts"), wanted)
        return [(row["id"], row["text"]) for row in found]

    async def _wanted(
        self, model: str, dimension: int, scope: Scope, *, after: int
    ) -> dict[str, Any]:
        found = await self._database.fetch(query("embedder_id"), (model, dimension))
        embedder_id = found[0]["id"] if found else None
        return self._scope_values(scope) | {"embedder_id": embedder_id, "after": after}

    async def add(self, model: str, ids: Sequence[int], vectors: Floats) -> None:
        try:
            async with self._database.transaction() as writer:
                await add_vectors(writer, model, ids, vectors, into="fill_vector")
        finally:  # also after an error: it may have been kept all the same
            self._cache.mark_filled(model, vectors.shape[1], ids)

    async def drop_others(self, model: str, dimension: int) -> int:
        others = await self._database.fetch(query("other_embedders"), (model, dimension))
        if not others:
            return 0
        try:
            return sum([await self._drop(row["id"]) for row in others])
        finally:
            self._cache.invalidate()

    async def _drop(self, embedder_id: int) -> int:
        """All vectors of an embedder, in steps between which others can write."""
        dropped, step = 0, DROPPED_AT_ONCE
        wanted = {"embedder_id": embedder_id, "limit": DROPPED_AT_ONCE}
        while step == DROPPED_AT_ONCE:
            async with self._database.transaction() as writer:
                cursor = await writer.execute(query("drop_some_vectors"), wanted)
                step = cursor.rowcount
                if step < DROPPED_AT_ONCE:
                    await writer.execute(query("drop_embedder"), (embedder_id,))
            dropped += step
        return dropped
