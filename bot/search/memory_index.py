"""A library's index in memory, over the bytes that a store keeps (``passage_index.PassageIndex``).

Read at first use (100,000 passages in .4 s). After that only what was added is read, and the
passages of the articles that changed. Passages that get their vector late are read by id. Vectors
are held as they are stored, in 8 bits a number, which is exact enough for cosines, and in 1 bit,
which tells within a millisecond which cosines are worth computing: 58 MB for 100,000 passages of
512 numbers.
Knows nothing of where the bytes come from.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.records import Scope
from bot.search.features import DEFAULT_COSINE, SIGNALS, compute_signals
from bot.search.lexical_search import (
    Floats,
    LexicalScores,
    top_by_bm25,
    top_phrase_matches,
    union_of_rows,
)
from bot.search.title_lookup import find_titled
from bot.search.vector_search import cosines_or_median, nearest
from bot.store.growable_array import GrowableArray
from bot.store.passage_index import (
    Candidates,
    IndexBytes,
    IndexChanges,
    Mention,
    NameTerms,
    QueryTerms,
    QuestionVector,
)
from bot.store.passage_table import (
    NO_ROW,
    TITLE_SENTENCE,
    GrowingPassageTable,
    Ints,
    PassageTable,
    Postings,
    QuantizedVectors,
    VectorChunk,
)

MAX_INLINE_PASSAGES = 10_000  # ranked in under 5 ms, so on the event loop
CHUNK_ROWS = 16_384  # at most, in one: 9 MB with 512 numbers a vector
SMALL_ROWS = 1_024  # chunks below this size are always merged: copying takes 0.1 ms
MERGE_RATIO = 4  # a larger chunk is merged once the next exceeds a quarter of its size
PASSAGE, CHANNEL = 0, 4  # rows of ``IndexBytes.passage_columns``
CACHED_SCOPES = 8  # the most recently used: 2 MB each at 100,000 passages
BATCH_ROWS = 2_048  # vectors read at a time: 1 MB, which fits the CPU cache


class _CachedTable:
    """The table of all passages, and the tables of the last scopes."""

    def __init__(self) -> None:
        self._growing = GrowingPassageTable()
        self._channels = GrowableArray(np.int64)
        self._by_channels: dict[frozenset[int], _ScopeTable] = {}
        self.everything = EMPTY_TABLE

    def extend(self, columns: Sequence[NDArray[Any]] | Ints, *, partial: bool) -> None:
        """Add passages, as ``IndexBytes.passage_columns`` returns them.

        ``partial``: there are articles in the trash.
        """
        self._growing.extend(*(column for i, column in enumerate(columns) if i != CHANNEL))
        self._channels.extend(columns[CHANNEL])
        self.everything = self._growing.snapshot(partial=partial)

    def with_replaced(
        self, articles: Collection[int], columns: Ints, *, partial: bool
    ) -> _CachedTable:
        """A table with ``columns`` added, and none of the present passages of some articles."""
        all_rows = np.arange(self.everything.count)
        *before, titles = self.everything.columns(all_rows)
        replaced = np.isin(
            self.everything.article_ids, np.fromiter(articles, np.int64, len(articles))
        )
        others = np.flatnonzero(~replaced[self.everything.articles])
        rows = np.r_[others, np.arange(len(all_rows), len(all_rows) + len(columns[PASSAGE]))]
        joined = [
            np.concatenate([old, new])
            for old, new in zip([*before, self._channels.all, titles], columns, strict=True)
        ]
        rows = rows[np.argsort(joined[PASSAGE][rows], kind="stable")]
        table = _CachedTable()
        table.extend([column[rows] for column in joined], partial=partial)
        return table

    @property
    def nbytes(self) -> int:
        """The bytes of all tables."""
        scopes = sum(table.growing.nbytes for table in self._by_channels.values())
        return self._growing.nbytes + self._channels.nbytes + scopes

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
NO_FLOATS = np.empty(0, np.float32)
NO_CANDIDATES = Candidates(
    np.empty(0, np.int64), NO_FLOATS, NO_FLOATS, np.empty((0, len(SIGNALS)), np.float32), 0
)


class MemoryIndex:
    """See ``passage_index.PassageIndex``. Reads the bytes at first use, then what is added."""

    def __init__(self, server_id: str, source: IndexBytes):
        self._server_id = server_id
        self._source = source
        self._lock = asyncio.Lock()
        self.invalidate()

    @property
    def nbytes(self) -> int:
        chunks = [chunk for chunks in self._vectors.values() for chunk in chunks]
        table = 0 if self._table is None else self._table.nbytes
        return table + sum(chunk.nbytes for chunk in chunks)

    def invalidate(self) -> None:
        """Drop everything, because anything may have changed."""
        self._table: _CachedTable | None = None
        self._vectors: dict[tuple[str, int], list[VectorChunk]] = {}
        self._late_vector_ids: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._unread = IndexChanges()  # what is cached of these is no longer so
        self._fresh: set[object] = set()
        self._removals = getattr(self, "_removals", 0) + 1
        self._changes = getattr(self, "_changes", 0) + 1

    def mark_changed(self, changes: IndexChanges) -> None:
        """Read what was added on top of what is cached, and what changed in its place."""
        self._unread.articles |= changes.articles
        self._unread.passages |= changes.passages
        self._fresh.clear()
        self._changes += 1

    def mark_embedded(self, model: str, dimension: int, ids: Sequence[int]) -> None:
        """Passages that are already cached may have got a vector."""
        self._late_vector_ids[model, dimension].extend(ids)

    async def candidates(
        self,
        terms: QueryTerms,
        vector: QuestionVector,
        scope: Scope,
        k: int,
        *,
        within: Collection[int] | None = None,
    ) -> Candidates:
        table = await self.passage_table(scope)
        if within is not None:
            table = await asyncio.to_thread(table.narrow_to, within)
        if not table.count:
            return NO_CANDIDATES
        postings = await self.postings(terms.terms, scope)
        vectors = QuantizedVectors(())
        if len(vector.numbers):
            vectors = await self.quantized_vectors(vector.model, len(vector.numbers), scope)
        arguments = terms, postings, table, vectors, vector.numbers, k
        if table.count <= MAX_INLINE_PASSAGES:
            return propose_candidates(*arguments)
        return await asyncio.to_thread(propose_candidates, *arguments)

    async def counts(self, terms: Sequence[str], scope: Scope) -> dict[str, int]:
        postings = await self.postings(terms, scope)
        return {term: len(occurrences) for term, occurrences in postings.items()}

    async def mentions(self, terms: Sequence[str], scope: Scope) -> list[Mention]:
        postings = await self.postings(terms, scope)
        if not terms or len(postings) < len(set(terms)):
            return []
        table = await self.passage_table(scope)
        return await asyncio.to_thread(_find_mentions, list(postings.values()), table)

    async def titled(
        self, names: Sequence[NameTerms], scope: Scope
    ) -> dict[NameTerms, tuple[int, ...]]:
        postings = await self.postings(list({t for name in names for _, t in name}), scope)
        if not postings:
            return {}
        table = await self.passage_table(scope)
        return await asyncio.to_thread(find_titled, names, postings, table)

    async def passage_table(self, scope: Scope) -> PassageTable:
        """The passages that the scope shows, as arrays to rank with."""
        async with self._lock:
            table = self._table
            if table is None or "passage_table" not in self._fresh:
                table = await self._update_table(table)
            if scope.server_id != self._server_id:
                return EMPTY_TABLE
            if scope.channels is None:
                return table.everything
            return table.visible_in(scope.channels)

    async def _update_table(self, table: _CachedTable | None) -> _CachedTable:
        """Add the passages after the last cached one, and replace those of changed articles.

        Not kept if everything is dropped meanwhile.
        """
        changes, removals = self._changes, self._removals
        articles, self._unread.articles = self._unread.articles, set()
        try:
            table = await self._read_changes(table or _CachedTable(), articles)
        except BaseException:
            self._unread.articles |= articles
            raise
        if removals == self._removals:
            self._table = table
        if changes == self._changes:
            self._fresh.add("passage_table")
        return table

    async def _read_changes(self, table: _CachedTable, articles: set[int]) -> _CachedTable:
        ids = table.everything.ids
        last = int(ids[-1]) if len(ids) else 0
        columns = await self._source.passage_columns(last, articles if last else ())
        partial = await self._source.has_trash()
        if last and articles:
            return await asyncio.to_thread(table.with_replaced, articles, columns, partial=partial)
        table.extend(columns, partial=partial)
        return table

    async def postings(self, terms: Sequence[str], scope: Scope) -> dict[str, Postings]:
        """The occurrences of each term in what the scope shows; terms without any are absent."""
        table = await self.passage_table(scope)
        if not table.count:
            return {}
        postings_by_term = await self._source.postings(terms)
        if not table.is_partial:
            return postings_by_term
        visible = {
            term: postings[table.rows_of(postings["passage"]) >= 0]
            for term, postings in postings_by_term.items()
        }
        return {term: postings for term, postings in visible.items() if len(postings)}

    async def quantized_vectors(self, model: str, dimension: int, scope: Scope) -> QuantizedVectors:
        """All vectors of one embedder; rank only those in the scope's ``passage_table``."""
        if scope.server_id != self._server_id:
            return QuantizedVectors(())
        key = (model, dimension)
        async with self._lock:
            await self._forget_deleted_vectors()
            changes, removals = self._changes, self._removals
            chunks = list(self._vectors.get(key, ()))
            filled_ids = list(self._late_vector_ids[key])
            if filled_ids or key not in self._fresh:
                await self._read_filled(chunks, model, dimension, filled_ids)
                await self._read_new(chunks, model, dimension)
                if removals == self._removals:
                    self._vectors[key] = chunks
                    del self._late_vector_ids[key][: len(filled_ids)]
                if changes == self._changes:
                    self._fresh.add(key)
        return QuantizedVectors(chunks)

    async def _forget_deleted_vectors(self) -> None:
        """Take the vectors out of memory that were deleted."""
        deleted = np.array(sorted(self._unread.passages), np.int64)
        if not len(deleted):
            return
        vectors = await asyncio.to_thread(_without, self._vectors, deleted)
        if self._vectors:  # not dropped meanwhile
            self._vectors = vectors
        self._unread.passages.difference_update(deleted.tolist())

    async def _read_filled(
        self, chunks: list[VectorChunk], model: str, dimension: int, filled_ids: Sequence[int]
    ) -> None:
        """Read the vectors of cached passages that got theirs late."""
        last = _last_id(chunks)  # ``_read_new`` reads the ids after it
        missing = np.array(sorted({i for i in filled_ids if i <= last}), np.int64)
        for chunk in chunks:
            missing = missing[~chunk.contains(missing)]
        for at in range(0, len(missing), BATCH_ROWS):
            ids = missing[at : at + BATCH_ROWS].tolist()
            if filled := await self._source.vectors_of(model, dimension, ids):
                _append_chunk(chunks, filled)

    async def _read_new(self, chunks: list[VectorChunk], model: str, dimension: int) -> None:
        after, is_first_read = _last_id(chunks), not chunks
        batches: list[VectorChunk] = []
        while chunk := await self._source.vectors_after(
            model, dimension, after, limit=BATCH_ROWS, most=is_first_read
        ):
            after = int(chunk.ids[-1])
            batches.append(chunk)
            if len(batches) * BATCH_ROWS == CHUNK_ROWS or len(chunk.ids) < BATCH_ROWS:
                _append_chunk(chunks, await asyncio.to_thread(VectorChunk.concatenate, batches))
                batches = []
        if batches:
            _append_chunk(chunks, await asyncio.to_thread(VectorChunk.concatenate, batches))


def propose_candidates(
    terms: QueryTerms,
    postings: Mapping[str, Postings],
    table: PassageTable,
    vectors: QuantizedVectors,
    question_vector: Floats,
    k: int,
) -> Candidates:
    """The ``k`` best by BM25, by phrases and by embeddings, with their signals. 1 to 5 ms."""
    lexical = LexicalScores(terms, postings, table)
    candidate_sets: list[NDArray[np.integer[Any]]] = [top_by_bm25(lexical, k)]
    if vectors.chunks:
        candidate_sets.append(nearest(vectors, question_vector, table, k)[0])
    if terms.phrases:
        candidate_sets.append(top_phrase_matches(lexical, k))
    rows = union_of_rows(candidate_sets, table.count)
    cosines = cosines_or_median(vectors, question_vector, table.ids[rows], DEFAULT_COSINE)
    signals = compute_signals(lexical, rows, cosines)
    return Candidates(table.ids[rows], lexical.bm25[rows], cosines, signals, table.count)


def _find_mentions(term_postings: Sequence[Postings], table: PassageTable) -> list[Mention]:
    ids = np.unique(reduce(np.intersect1d, [postings["passage"] for postings in term_postings]))
    ids = ids[table.rows_of(ids) != NO_ROW]
    all_postings = np.concatenate(term_postings)
    positions = np.unique(
        all_postings[np.isin(all_postings["passage"], ids)][["passage", "sentence"]]
    )
    counts = np.bincount(np.searchsorted(ids, positions["passage"]), minlength=len(ids))
    titles = [p[p["sentence"] == TITLE_SENTENCE] for p in term_postings]
    in_title = np.isin(ids, reduce(np.intersect1d, [title["passage"] for title in titles]))
    article_ids = table.article_ids[table.articles[table.rows_of(ids)]]
    columns = article_ids.tolist(), ids.tolist(), counts.tolist(), in_title.tolist()
    return list(starmap(Mention, zip(*columns, strict=True)))


def _without(
    vectors: Mapping[tuple[str, int], Sequence[VectorChunk]], passages: Ints
) -> dict[tuple[str, int], list[VectorChunk]]:
    """All vectors but those of some passages."""
    return {
        key: [chunk for whole in chunks if len((chunk := whole.without(passages)).ids)]
        for key, chunks in vectors.items()
    }


def _last_id(chunks: Sequence[VectorChunk]) -> int:
    """The highest id that was read; 0 for none."""
    return max((int(chunk.ids[-1]) for chunk in chunks), default=0)


def _append_chunk(chunks: list[VectorChunk], chunk: VectorChunk) -> None:
    """Append a chunk and merge it with similarly small ones: few chunks, little copying."""
    chunks.append(chunk)
    while len(chunks) > 1 and _should_merge(len(chunks[-2].ids), len(chunks[-1].ids)):
        chunks[-2:] = [VectorChunk.concatenate(chunks[-2:])]


def _should_merge(older: int, newer: int) -> bool:
    return older < max(SMALL_ROWS, MERGE_RATIO * newer) and older + newer <= CHUNK_ROWS
