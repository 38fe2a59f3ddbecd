"""An in-memory cache of what ranking needs from a library: its passage table and vectors.

Read from the file at first use (100,000 passages in .4 s), then extended with what is added;
after a removal everything is read again. Passages that get their vector late are read by id.
Vectors are held as in the file, in 8 bits a number, which is exact enough for cosines, and in
1 bit, which tells within a millisecond which cosines are worth computing: 58 MB for 100,000
passages of 512 numbers. Knows nothing of questions.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

import numpy as np

from bot.records import Scope
from bot.store.growable_array import GrowableArray
from bot.store.passage_table import (
    GrowingPassageTable,
    Ints,
    PassageTable,
    QuantizedVectors,
    VectorChunk,
)
from bot.store.sqlite.connection import Database
from bot.store.sqlite.queries import query
from bot.store.vector_codec import decode

CHUNK_ROWS = 16_384  # at most, in one: 9 MB with 512 numbers a vector
SMALL_ROWS = 1_024  # chunks below this size are always merged: copying takes 0.1 ms
GROWTH = 4  # a larger chunk is merged once it grew by a quarter: at most two follow it
COLUMNS, CHANNEL = 6, 4  # of the query "passage_table": their number, and which one is the channel
CACHED_SCOPES = 8  # the most recently used: 2 MB each at 100,000 passages
BATCH_ROWS = 2_048  # vectors read at a time: 1 MB, which fits the CPU cache


class _CachedTable:
    """The table of all passages, and the tables of the last scopes. Extended, never rebuilt."""

    def __init__(self, *, partial: bool):
        self._partial = partial  # there are articles in the trash
        self._growing = GrowingPassageTable()
        self._channels = GrowableArray(np.int64)
        self._by_channels: dict[frozenset[int], _ScopeTable] = {}
        self.everything = self._growing.snapshot(partial=partial)

    def extend(self, columns: Ints) -> None:
        """Add passages: one array for each column of the query "passage_table"."""
        self._growing.extend(*(columns[i] for i in range(COLUMNS) if i != CHANNEL))
        self._channels.extend(columns[CHANNEL])
        self.everything = self._growing.snapshot(partial=self._partial)

    def visible_in(self, channels: frozenset[int]) -> PassageTable:
        """The articles of some channels, and those without a channel (0)."""
        scope_table = self._by_channels.pop(channels, None) or _ScopeTable()
        self._by_channels[channels] = scope_table
        while len(self._by_channels) > CACHED_SCOPES:
            self._by_channels.pop(next(iter(self._by_channels)))
        if scope_table.row_count < self.everything.count:
            new = self._channels.all[scope_table.row_count :]
            shown = scope_table.row_count + np.flatnonzero(np.isin(new, [0, *channels]))
            scope_table.growing.extend(*self.everything.columns(shown))
            scope_table.row_count = self.everything.count
            scope_table.snapshot = scope_table.growing.snapshot(partial=True)
        return scope_table.snapshot


class _ScopeTable:
    """What some channels show of the first ``row_count`` passages."""

    def __init__(self) -> None:
        self.row_count = 0
        self.growing = GrowingPassageTable()
        self.snapshot = EMPTY_TABLE


EMPTY_TABLE = GrowingPassageTable().snapshot(partial=True)


class IndexCache:
    """One library's cache. Call ``invalidate``, ``mark_grown`` or ``mark_filled`` on changes."""

    def __init__(self, database: Database):
        self._database = database
        self._lock = asyncio.Lock()
        self.invalidate()

    def invalidate(self) -> None:
        """Drop everything, because something was removed."""
        self._table: _CachedTable | None = None
        self._vectors: dict[tuple[str, int], list[VectorChunk]] = {}
        self._filled_ids: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._fresh: set[object] = set()
        self._removals = getattr(self, "_removals", 0) + 1
        self._changes = getattr(self, "_changes", 0) + 1

    def mark_grown(self) -> None:
        """Passages were added: read them on top of what is cached."""
        self._fresh.clear()
        self._changes += 1

    def mark_filled(self, model: str, dimension: int, ids: Sequence[int]) -> None:
        """Passages that are already cached may have got a vector."""
        self._filled_ids[model, dimension].extend(ids)

    async def passage_table(self, scope: Scope, *, here: bool) -> PassageTable:
        """The passages that a scope shows; ``here``: whether it is a scope of this library."""
        async with self._lock:
            table = self._table
            if table is None or "passage_table" not in self._fresh:
                table = await self._update_table(table)
            if not here:
                return EMPTY_TABLE
            if scope.channels is None:
                return table.everything
            return table.visible_in(scope.channels)

    async def _update_table(self, table: _CachedTable | None) -> _CachedTable:
        """Add the passages after the last cached one. Not kept if some are removed meanwhile."""
        changes, removals = self._changes, self._removals
        if table is None:
            ((trashed,),) = await self._database.fetch(query("count_trashed"))
            table = _CachedTable(partial=bool(trashed))
        ids = table.everything.ids
        after = int(ids[-1]) if len(ids) else 0
        rows = await self._database.fetch(query("passage_table"), {"after": after})
        if rows:
            table.extend(await asyncio.to_thread(_as_columns, rows))
        if removals == self._removals:
            self._table = table
        if changes == self._changes:
            self._fresh.add("passage_table")
        return table

    async def quantized_vectors(self, model: str, dimension: int) -> QuantizedVectors:
        """All vectors of one embedder, never mixed with those of another."""
        key = (model, dimension)
        async with self._lock:
            changes, removals = self._changes, self._removals
            chunks = list(self._vectors.get(key, ()))
            filled_ids = list(self._filled_ids[key])
            if filled_ids or key not in self._fresh:
                await self._read_filled(chunks, model, dimension, filled_ids)
                await self._read_new(chunks, model, dimension)
                if removals == self._removals:
                    self._vectors[key] = chunks
                    del self._filled_ids[key][: len(filled_ids)]
                if changes == self._changes:
                    self._fresh.add(key)
        return QuantizedVectors(chunks)

    async def _read_filled(
        self, chunks: list[VectorChunk], model: str, dimension: int, filled_ids: Sequence[int]
    ) -> None:
        """Read the vectors of cached passages that got theirs late."""
        last = _last_id(chunks)  # what follows is read next
        missing = np.array(sorted({i for i in filled_ids if i <= last}), np.int64)
        for chunk in chunks:
            missing = missing[~chunk.contains(missing)]
        for at in range(0, len(missing), BATCH_ROWS):
            ids = json.dumps(missing[at : at + BATCH_ROWS].tolist())
            parameters = {"model": model, "dimension": dimension, "ids": ids}
            if rows := await self._database.fetch(query("vectors_of"), parameters):
                _append_chunk(chunks, await asyncio.to_thread(_decode_rows, rows))

    async def _read_new(self, chunks: list[VectorChunk], model: str, dimension: int) -> None:
        after = _last_id(chunks)
        parameters = {"model": model, "dimension": dimension, "limit": BATCH_ROWS}
        sql = query("vectors_after" if chunks else "most_vectors_after")
        batches: list[VectorChunk] = []
        while rows := await self._database.fetch(sql, parameters | {"after": after}):
            after = int(rows[-1]["id"])
            batches.append(await asyncio.to_thread(_decode_rows, rows))
            if len(batches) * BATCH_ROWS == CHUNK_ROWS or len(rows) < BATCH_ROWS:
                _append_chunk(chunks, await asyncio.to_thread(VectorChunk.concatenate, batches))
                batches = []
        if batches:
            _append_chunk(chunks, await asyncio.to_thread(VectorChunk.concatenate, batches))


def _last_id(chunks: Sequence[VectorChunk]) -> int:
    """The highest id that was read; 0 for none."""
    return max((int(chunk.ids[-1]) for chunk in chunks), default=0)


def _append_chunk(chunks: list[VectorChunk], chunk: VectorChunk) -> None:
    """Append a chunk and merge it with similarly small ones: few chunks, little copying."""
    chunks.append(chunk)
    while len(chunks) > 1 and _should_merge(len(chunks[-2].ids), len(chunks[-1].ids)):
        chunks[-2:] = [VectorChunk.concatenate(chunks[-2:])]


def _should_merge(older: int, newer: int) -> bool:
    return older < max(SMALL_ROWS, GROWTH * newer) and older + newer <= CHUNK_ROWS


def _as_columns(rows: Sequence[sqlite3.Row]) -> Ints:
    numbers = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * COLUMNS)
    return np.ascontiguousarray(numbers.reshape(-1, COLUMNS).T)


def _decode_rows(rows: Sequence[sqlite3.Row]) -> VectorChunk:
    ids, data = zip(*rows, strict=True)
    return decode(np.array(ids, np.int64), data)
