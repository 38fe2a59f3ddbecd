"""What finding holds in memory of a library: its catalogue of passages, and their vectors.

Read from the file at first use (100,000 passages in .4 s), then grown by what was added;
after a removal it is read anew. Passages that get a vector later than others are read by
their ids. Vectors are held as the file holds them, in 8 bits a number, for cosines that are
exact enough, and in 1 bit, to tell in a millisecond which cosines are worth computing: 58 MB
at 100,000 passages of 512 numbers. Knows nothing of questions.
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
from bot.store.connection import Database
from bot.store.growable_array import GrowableArray
from bot.store.passage_table import (
    GrowingPassageTable,
    Ints,
    PassageTable,
    QuantizedVectors,
    VectorChunk,
)
from bot.store.queries import query
from bot.store.vector_codec import decode

CHUNK_ROWS = 16_384  # at most, in one: 9 MB with 512 numbers a vector
SMALL_ROWS = 1_024  # copied without a thought: 0.1 ms
GROWTH = 4  # a larger chunk is copied when it has grown by a quarter: at most two lie behind it
COLUMNS, CHANNEL = 6, 4  # of the query "catalogue": how many, and which is the channel
SCOPES_KEPT = 8  # of the channels asked from last: 2 MB each at 100,000 passages
BATCH_ROWS = 2_048  # vectors read at a time: 1 MB, which the processor still has at hand


class _Listed:
    """Everything there is, and what scopes see of it. Grows by what was added."""

    def __init__(self, *, partial: bool):
        self._partial = partial  # the file holds more: what was removed and can be restored
        self._growing = GrowingPassageTable()
        self._channels = GrowableArray(np.int64)
        self._seen: dict[frozenset[int], _Seen] = {}
        self.everything = self._growing.snapshot(partial=partial)

    def extend(self, columns: Ints) -> None:
        """Rows as the query "catalogue" names them, one array a name."""
        self._growing.extend(*(columns[i] for i in range(COLUMNS) if i != CHANNEL))
        self._channels.extend(columns[CHANNEL])
        self.everything = self._growing.snapshot(partial=self._partial)

    def seen_by(self, channels: frozenset[int]) -> PassageTable:
        """The articles of some channels, and everybody's (channel 0)."""
        seen = self._seen.pop(channels, None) or _Seen()
        self._seen[channels] = seen
        while len(self._seen) > SCOPES_KEPT:
            self._seen.pop(next(iter(self._seen)))
        if seen.asked < self.everything.count:
            new = self._channels.all[seen.asked :]
            shown = seen.asked + np.flatnonzero(np.isin(new, [0, *channels]))
            seen.growing.extend(*self.everything.columns(shown))
            seen.asked = self.everything.count
            seen.catalogue = seen.growing.snapshot(partial=True)
        return seen.catalogue


class _Seen:
    """What some channels show of the first ``asked`` passages."""

    def __init__(self) -> None:
        self.asked = 0
        self.growing = GrowingPassageTable()
        self.catalogue = NOTHING


NOTHING = GrowingPassageTable().snapshot(partial=True)


class IndexCache:
    """One library's. A change of the file is told by ``grown`` or ``forget``."""

    def __init__(self, database: Database):
        self._database = database
        self._turn = asyncio.Lock()
        self.invalidate()

    def invalidate(self) -> None:
        """Something was taken away: everything is read anew."""
        self._listed: _Listed | None = None
        self._codes: dict[tuple[str, int], list[VectorChunk]] = {}
        self._late: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._fresh: set[object] = set()
        self._removals = getattr(self, "_removals", 0) + 1
        self._changes = getattr(self, "_changes", 0) + 1

    def mark_grown(self) -> None:
        """Passages were added: they are read on top of what is known."""
        self._fresh.clear()
        self._changes += 1

    def mark_filled(self, model: str, dimension: int, ids: Sequence[int]) -> None:
        """Passages that were there before may have got a vector."""
        self._late[model, dimension].extend(ids)

    async def passage_table(self, scope: Scope, *, here: bool) -> PassageTable:
        """The passages that a scope shows; none when the scope is not this library's."""
        async with self._turn:
            listed = self._listed
            if listed is None or "catalogue" not in self._fresh:
                listed = await self._list(listed)
            if not here:
                return NOTHING
            if scope.channels is None:
                return listed.everything
            return listed.seen_by(scope.channels)

    async def _list(self, known: _Listed | None) -> _Listed:
        """What is listed, read on from where it ends. Only a removal in between is started over."""
        changes, removals = self._changes, self._removals
        if known is None:
            ((shelved,),) = await self._database.fetch(query("count_removed"))
            known = _Listed(partial=bool(shelved))
        ids = known.everything.ids
        after = int(ids[-1]) if len(ids) else 0
        found = await self._database.fetch(query("catalogue"), {"after": after})
        if found:
            known.extend(await asyncio.to_thread(_columns, found))
        if removals == self._removals:
            self._listed = known
        if changes == self._changes:
            self._fresh.add("catalogue")
        return known

    async def quantized_vectors(self, model: str, dimension: int) -> QuantizedVectors:
        """All vectors of one embedder; those of another are never mixed in."""
        key = (model, dimension)
        async with self._turn:
            changes, removals = self._changes, self._removals
            chunks = list(self._codes.get(key, ()))
            late = list(self._late[key])
            if late or key not in self._fresh:
                await self._read_late(chunks, model, dimension, late)
                await self._read_codes(chunks, model, dimension)
                if removals == self._removals:
                    self._codes[key] = chunks
                    del self._late[key][: len(late)]
                if changes == self._changes:
                    self._fresh.add(key)
        return QuantizedVectors(chunks)

    async def _read_late(
        self, chunks: list[VectorChunk], model: str, dimension: int, late: Sequence[int]
    ) -> None:
        """Reads the vectors of some passages that are not among what was read already."""
        last = _last(chunks)  # what comes after it still will be read
        missing = np.array(sorted({i for i in late if i <= last}), np.int64)
        for chunk in chunks:
            missing = missing[~chunk.contains(missing)]
        for at in range(0, len(missing), BATCH_ROWS):
            ids = json.dumps(missing[at : at + BATCH_ROWS].tolist())
            wanted = {"model": model, "dimension": dimension, "ids": ids}
            if found := await self._database.fetch(query("vectors_of"), wanted):
                _add(chunks, await asyncio.to_thread(_coded, found))

    async def _read_codes(self, chunks: list[VectorChunk], model: str, dimension: int) -> None:
        after = _last(chunks)
        wanted = {"model": model, "dimension": dimension, "limit": BATCH_ROWS}
        sql = query("vectors_after" if chunks else "most_vectors_after")
        read: list[VectorChunk] = []
        while found := await self._database.fetch(sql, wanted | {"after": after}):
            after = int(found[-1]["id"])
            read.append(await asyncio.to_thread(_coded, found))
            if len(read) * BATCH_ROWS == CHUNK_ROWS or len(found) < BATCH_ROWS:
                _add(chunks, await asyncio.to_thread(VectorChunk.concatenate, read))
                read = []
        if read:
            _add(chunks, await asyncio.to_thread(VectorChunk.concatenate, read))


def _last(chunks: Sequence[VectorChunk]) -> int:
    """The highest id: what comes after it was not read."""
    return max((int(chunk.ids[-1]) for chunk in chunks), default=0)


def _add(chunks: list[VectorChunk], chunk: VectorChunk) -> None:
    """Joins it with chunks that are not much larger, so that few are there and few are copied."""
    chunks.append(chunk)
    while len(chunks) > 1 and _belong_together(len(chunks[-2].ids), len(chunks[-1].ids)):
        chunks[-2:] = [VectorChunk.concatenate(chunks[-2:])]


def _belong_together(older: int, newer: int) -> bool:
    return older < max(SMALL_ROWS, GROWTH * newer) and older + newer <= CHUNK_ROWS


def _columns(found: Sequence[sqlite3.Row]) -> Ints:
    numbers = np.fromiter(chain.from_iterable(found), np.int64, len(found) * COLUMNS)
    return np.ascontiguousarray(numbers.reshape(-1, COLUMNS).T)


def _coded(found: Sequence[sqlite3.Row]) -> VectorChunk:
    ids, data = zip(*found, strict=True)
    return decode(np.array(ids, np.int64), data)
