"""The bytes of the index in a library's file (``passage_index.IndexBytes``)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

import numpy as np

from bot.store.parts.database import Row, SqlDatabase
from bot.store.parts.postings import CURRENT, read_postings
from bot.store.passage_table import Ints, Postings, VectorChunk
from bot.store.vector_codec import decode

NO_PASSAGE = 1 << 62  # above every id
COLUMNS = 6  # of the query "passage_table"


class SqlIndexBytes:
    """See ``passage_index.IndexBytes``."""

    def __init__(self, database: SqlDatabase):
        self._database = database

    async def has_trash(self) -> bool:
        ((trashed,),) = await self._database.fetch("count_trashed")
        return bool(trashed)

    async def passage_columns(self, after: int, articles: Collection[int] = ()) -> Ints:
        if articles:
            parameters = {"after": after, "ids": json.dumps(list(articles))}
            rows = await self._database.fetch("changed_passages", parameters)
        else:
            rows = await self._database.fetch("passage_table", {"after": after})
        return await asyncio.to_thread(_as_columns, rows)

    async def postings(self, terms: Sequence[str]) -> dict[str, Postings]:
        parameters = CURRENT | {"terms": json.dumps(list(terms)), "none": NO_PASSAGE}
        return read_postings(await self._database.fetch("postings", parameters))

    async def vectors_after(
        self, model: str, dimension: int, after: int, *, limit: int, most: bool
    ) -> VectorChunk | None:
        parameters = {"model": model, "dimension": dimension, "after": after, "limit": limit}
        return await self._vectors("most_vectors_after" if most else "vectors_after", parameters)

    async def vectors_of(
        self, model: str, dimension: int, ids: Sequence[int]
    ) -> VectorChunk | None:
        parameters = {"model": model, "dimension": dimension, "ids": json.dumps(list(ids))}
        return await self._vectors("vectors_of", parameters)

    async def _vectors(self, name: str, parameters: dict[str, Any]) -> VectorChunk | None:
        rows = await self._database.fetch(name, parameters)
        return await asyncio.to_thread(_decode_rows, rows) if rows else None


def _as_columns(rows: Sequence[Row]) -> Ints:
    numbers = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * COLUMNS)
    return np.ascontiguousarray(numbers.reshape(-1, COLUMNS).T)


def _decode_rows(rows: Sequence[Row]) -> VectorChunk:
    ids, data = zip(*rows, strict=True)
    return decode(np.array(ids, np.int64), data)
