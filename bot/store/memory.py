"""What finding holds in memory of a library: its catalogue of passages, and their vectors.

Read from the file at first use, then grown by what was added; after a removal it is read
anew. Vectors are held in 8 bits a number, for cosines that are exact enough, and in 1 bit,
to tell in a millisecond which cosines are worth computing: 58 MB at 100,000 passages of
512 numbers. Knows nothing of questions.
"""

from __future__ import annotations

import asyncio
import sqlite3
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

    def __init__(self, columns: Ints):
        self.columns = columns
        self.everything = Catalogue.of(*_without_channel(columns))
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
        self._fresh: set[object] = set()
        self._changes = getattr(self, "_changes", 0) + 1

    def grown(self) -> None:
        """Passages were added: they are read on top of what is known."""
        self._fresh.clear()
        self._changes += 1

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
        return await asyncio.to_thread(_extended, known, found)

    async def codes(self, model: str, dimension: int) -> Codes:
        """All vectors of one embedder; those of another are never mixed in."""
        key = (model, dimension)
        async with self._turn:
            changes = self._changes
            chunks = list(self._codes.get(key, ()))
            if key not in self._fresh:
                await self._read_codes(chunks, model, dimension)
                if changes == self._changes:
                    self._codes[key] = chunks
                    self._fresh.add(key)
        return Codes(chunks)

    async def _read_codes(self, chunks: list[CodeChunk], model: str, dimension: int) -> None:
        after = int(chunks[-1].ids[-1]) if chunks else 0
        wanted = {"model": model, "dimension": dimension, "limit": BATCH_ROWS}
        while True:
            found = await self._database.fetch(query("vectors_after"), wanted | {"after": after})
            if not found:
                return
            chunk = await asyncio.to_thread(_coded, found)
            after = int(chunk.ids[-1])
            if chunks and len(chunks[-1].ids) + len(chunk.ids) <= CHUNK_ROWS:
                chunks[-1] = await asyncio.to_thread(chunks[-1].joined, chunk)
            else:
                chunks.append(chunk)


def _extended(known: _Listed | None, found: Sequence[sqlite3.Row]) -> _Listed:
    columns = np.array([tuple(row) for row in found], np.int64).reshape(len(found), COLUMNS).T
    if known is not None:
        columns = np.concatenate([known.columns, columns], axis=1)
    return _Listed(np.ascontiguousarray(columns))


def _coded(found: Sequence[sqlite3.Row]) -> CodeChunk:
    ids = np.array([row["id"] for row in found], np.int64)
    data = np.frombuffer(b"".join(row["data"] for row in found), "<f4")
    return CodeChunk.of(ids, data.reshape(len(found), -1))
