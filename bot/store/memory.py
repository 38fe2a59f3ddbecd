"""What finding holds in memory of a library: its catalogue of passages, and their vectors.

Read from the file at first use, then grown by what was added; after a removal it is read
anew. Passages that get a vector later than others are read by their ids. Vectors are held in
8 bits a number, for cosines that are exact enough, and in 1 bit, to tell in a millisecond
which cosines are worth computing: 58 MB at 100,000 passages of 512 numbers. Knows nothing of
questions.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from bot.records import Scope
from bot.store.catalogue import Catalogue, CodeChunk, Codes, Ints
from bot.store.connection import Database
from bot.store.queries import query

CHUNK_ROWS = 16_384  # a chunk that grows is copied: at most 8 MB of codes
COLUMNS, CHANNEL = 6, 4  # of the query "catalogue": how many, and which is the channel
SCOPES_KEPT = 8  # of the channels asked from last: 2 MB each at 100,000 passages
BATCH_ROWS = 2_048  # vectors read at a time: 4 MB, and 3 ms that hold the interpreter


class _Listed:
    """Everything there is (rows as the query "catalogue" names them), and what scopes see of it."""

    def __init__(self, columns: Ints, *, partial: bool):
        self.columns = columns
        self.partial = partial  # the file holds more: what was removed and can be restored
        self.everything = Catalogue.of(*_without_channel(columns), partial=partial)
        self._seen: dict[frozenset[int], Catalogue] = {}

    def seen_by(self, channels: frozenset[int]) -> Catalogue:
        """The articles of some channels, and everybody's (channel 0)."""
        found = self._seen.pop(channels, None)
        if found is None:
            visible = np.isin(self.columns[CHANNEL], [0, *channels])
            found = Catalogue.of(*_without_channel(self.columns[:, visible]), partial=True)
        self._seen[channels] = found
        while len(self._seen) > SCOPES_KEPT:
            self._seen.pop(next(iter(self._seen)), None)
        return found


def _without_channel(columns: Ints) -> Ints:
    return np.delete(columns, CHANNEL, axis=0)


NOTHING = Catalogue.of(*np.empty((COLUMNS - 1, 0), np.int64), partial=True)


class Memory:
    """One library's. A change of the file is told by ``grown`` or ``forget``."""

    def __init__(self, database: Database):
        self._database = database
        self._turn = asyncio.Lock()
        self.forget()

    def forget(self) -> None:
        """Something was taken away: everything is read anew."""
        self._listed: _Listed | None = None
        self._codes: dict[tuple[str, int], list[CodeChunk]] = {}
        self._late: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._fresh: set[object] = set()
        self._changes = getattr(self, "_changes", 0) + 1

    def grown(self) -> None:
        """Passages were added: they are read on top of what is known."""
        self._fresh.clear()
        self._changes += 1

    def filled(self, model: str, dimension: int, ids: Sequence[int]) -> None:
        """Passages that were there before may have got a vector."""
        self._late[model, dimension].extend(ids)

    async def catalogue(self, scope: Scope, *, here: bool) -> Catalogue:
        """The passages that a scope shows; none when the scope is not this library's."""
        async with self._turn:
            listed, changes = self._listed, self._changes
            if listed is None or "catalogue" not in self._fresh:
                listed = await self._list(listed)
                if changes == self._changes:
                    self._listed = listed
                    self._fresh.add("catalogue")
        if not here:
            return NOTHING
        if scope.channels is None:
            return listed.everything
        return await asyncio.to_thread(listed.seen_by, scope.channels)

    async def _list(self, known: _Listed | None) -> _Listed:
        after = int(known.columns[0, -1]) if known is not None and known.columns.size else 0
        found = await self._database.fetch(query("catalogue"), {"after": after})
        if known is not None and not found:
            return known
        ((shelved,),) = await self._database.fetch(query("count_removed"))
        return await asyncio.to_thread(_extended, known, found, partial=bool(shelved))

    async def codes(self, model: str, dimension: int) -> Codes:
        """All vectors of one embedder; those of another are never mixed in."""
        key = (model, dimension)
        async with self._turn:
            changes = self._changes
            chunks = list(self._codes.get(key, ()))
            late = list(self._late[key])
            if late or key not in self._fresh:
                await self._read_late(chunks, model, dimension, late)
                await self._read_codes(chunks, model, dimension)
                if changes == self._changes:
                    self._codes[key] = chunks
                    self._fresh.add(key)
                    del self._late[key][: len(late)]
        return Codes(chunks)

    async def _read_late(
        self, chunks: list[CodeChunk], model: str, dimension: int, late: Sequence[int]
    ) -> None:
        """Reads the vectors of some passages that are not among what was read already."""
        last = _last(chunks)  # what comes after it still will be read
        known = [np.empty(0, np.int64), *(chunk.ids for chunk in chunks)]
        missing = np.setdiff1d([i for i in late if i <= last], np.concatenate(known)).tolist()
        for at in range(0, len(missing), BATCH_ROWS):
            ids = json.dumps(missing[at : at + BATCH_ROWS])
            wanted = {"model": model, "dimension": dimension, "ids": ids}
            if found := await self._database.fetch(query("vectors_of"), wanted):
                await asyncio.to_thread(_append, chunks, found)

    async def _read_codes(self, chunks: list[CodeChunk], model: str, dimension: int) -> None:
        after = _last(chunks)
        wanted = {"model": model, "dimension": dimension, "limit": BATCH_ROWS}
        while True:
            found = await self._database.fetch(query("vectors_after"), wanted | {"after": after})
            if not found:
                return
            after = int(found[-1]["id"])
            await asyncio.to_thread(_append, chunks, found)


def _last(chunks: Sequence[CodeChunk]) -> int:
    """The highest id: what comes after it was not read."""
    return max((int(chunk.ids[-1]) for chunk in chunks), default=0)


def _append(chunks: list[CodeChunk], found: Sequence[sqlite3.Row]) -> None:
    chunk = _coded(found)
    if chunks and len(chunks[-1].ids) + len(chunk.ids) <= CHUNK_ROWS:
        chunks[-1] = chunks[-1].joined(chunk)
    else:
        chunks.append(chunk)


def _extended(known: _Listed | None, found: Sequence[sqlite3.Row], *, partial: bool) -> _Listed:
    columns = np.array([tuple(row) for row in found], np.int64).reshape(len(found), COLUMNS).T
    if known is not None:
        columns = np.concatenate([known.columns, columns], axis=1)
    return _Listed(np.ascontiguousarray(columns), partial=partial)


def _coded(found: Sequence[sqlite3.Row]) -> CodeChunk:
    ids = np.array([row["id"] for row in found], np.int64)
    data = np.frombuffer(b"".join(row["data"] for row in found), "<f4")
    return CodeChunk.of(ids, data.reshape(len(found), -1))
