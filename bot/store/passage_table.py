"""The arrays that ranking works on: a scope's passages, and a library's vectors.

``PassageTable`` has one *row* for each passage of a newest version that a scope shows, by rising
id. ``QuantizedVectors`` holds the vectors of all passages in few bits. Both are snapshots: what is
added later is not in them. Knows nothing of SQLite or questions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from bot.store.growable_array import GrowableArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
POSITION = np.dtype([("passage", "<u4"), ("sentence", "u1"), ("word", "u1")])
TITLE_SENTENCE = 255  # the sentence number of a title, in its article's first passage
Postings = NDArray[np.void]
"""The occurrences of a term: records of ``POSITION``, by passage, sentence and word."""
MAX_CODE = 127  # of signed 8-bit codes; -128 is left out to be symmetric
MIN_MAX_ABS = 1e-12  # of a vector's numbers, so that a zero vector has a scale, too
NO_ROW = -1  # the row of a passage that is absent or hidden


class Means(NamedTuple):
    """Mean lengths over a table's passages and articles; 0 for an empty table."""

    tokens: float
    title_length: float
    article_tokens: float


@dataclass(frozen=True, slots=True)
class PassageTable:
    """The passages that a scope shows. What it hides has no row and is not counted."""

    ids: Ints
    articles: NDArray[np.int32]  # 0, 1, 2 …: index into the arrays by article
    positions: NDArray[np.int32]  # of the passage in its article
    token_counts: Floats
    title_lengths: Floats  # in characters, by article
    article_ids: Ints  # by article
    article_tokens: Floats
    means: Means
    is_partial: bool  # the library holds more passages than these
    _rows: NDArray[np.int32] = field(repr=False)  # row by passage id

    @classmethod
    def from_columns(
        cls,
        ids: Ints,
        articles: Ints,
        positions: NDArray[Any],
        tokens: NDArray[Any],
        titles: NDArray[Any],
        *,
        partial: bool = False,
    ) -> PassageTable:
        """One number per passage. ``ids`` rise, and an article's passages are adjacent."""
        builder = GrowingPassageTable()
        builder.extend(ids, articles, positions, tokens, titles)
        return builder.snapshot(partial=partial)

    def narrow_to(self, article_ids: Collection[int]) -> PassageTable:
        """The table of some articles alone, as if the library held nothing else."""
        kept_ids = np.fromiter(article_ids, np.int64, len(article_ids))
        rows = np.flatnonzero(np.isin(self.article_ids, kept_ids)[self.articles])
        return self.from_columns(*self.columns(rows), partial=True)

    def columns(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Some rows, as the arguments of ``from_columns``."""
        articles = self.articles[rows]
        return (
            self.ids[rows],
            self.article_ids[articles],
            self.positions[rows],
            self.token_counts[rows],
            self.title_lengths[articles],
        )

    @property
    def count(self) -> int:
        """The number of passages."""
        return len(self.ids)

    def rows_of(self, ids: NDArray[np.integer]) -> NDArray[np.int32]:
        """The row of each passage id; ``NO_ROW`` for those that are absent or hidden."""
        in_range = ids < len(self._rows)
        if in_range.all():
            all_rows: NDArray[np.int32] = self._rows[ids]
            return all_rows
        rows = np.full(len(ids), NO_ROW, np.int32)
        rows[in_range] = self._rows[ids[in_range]]
        return rows


class GrowingPassageTable:
    """A table that passages can be appended to, at a cost proportional to what is added."""

    def __init__(self) -> None:
        self._ids = GrowableArray(np.int64)
        self._articles = GrowableArray(np.int32)
        self._positions = GrowableArray(np.int32)
        self._tokens = GrowableArray(np.float32)
        self._titles = GrowableArray(np.float32)
        self._article_ids = GrowableArray(np.int64)
        self._article_tokens = GrowableArray(np.float32)
        self._rows = GrowableArray(np.int32)

    @property
    def nbytes(self) -> int:
        """The bytes that all columns take."""
        columns = (self._ids, self._articles, self._positions, self._tokens, self._titles)
        by_article = (self._article_ids, self._article_tokens, self._rows)
        return sum(array.nbytes for array in (*columns, *by_article))

    def extend(
        self,
        ids: NDArray[Any],
        articles: NDArray[Any],
        positions: NDArray[Any],
        tokens: NDArray[Any],
        titles: NDArray[Any],
    ) -> None:
        """As ``PassageTable.from_columns``: whole articles, with higher ``ids`` than before."""
        if not len(ids):
            return
        rows = np.full(int(ids[-1]) + 1 - self._rows.count, NO_ROW, np.int32)
        rows[ids - self._rows.count] = np.arange(self._ids.count, self._ids.count + len(ids))
        begins = np.r_[True, articles[1:] != articles[:-1]]
        self._rows.extend(rows)
        self._ids.extend(ids)
        self._articles.extend(np.cumsum(begins) + (self._article_ids.count - 1))
        self._positions.extend(positions)
        self._tokens.extend(tokens)
        self._titles.extend(titles[begins])
        self._article_ids.extend(articles[begins])
        lengths = np.add.reduceat(tokens, np.flatnonzero(begins))
        self._article_tokens.extend(lengths)

    def snapshot(self, *, partial: bool) -> PassageTable:
        """The table as it is now."""
        return PassageTable(
            self._ids.all,
            self._articles.all,
            self._positions.all,
            self._tokens.all,
            self._titles.all,
            self._article_ids.all,
            self._article_tokens.all,
            Means(*map(_mean, (self._tokens.all, self._titles.all, self._article_tokens.all))),
            partial,
            self._rows.all,
        )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


@dataclass(frozen=True, slots=True)
class VectorChunk:
    """Some vectors: ``codes * scales`` in 8 bits per number, and the signs in 1 bit."""

    ids: Ints  # rising
    codes: NDArray[np.int8]  # (n, dimension)
    scales: Floats  # (n,)
    signs: NDArray[np.uint64]  # (dimension / 64, n): one row for every 64 numbers

    @classmethod
    def quantize(cls, ids: Ints, vectors: Floats) -> Self:
        return cls(ids, *quantize_vectors(vectors), sign_bits(vectors))

    @property
    def nbytes(self) -> int:
        return self.ids.nbytes + self.codes.nbytes + self.scales.nbytes + self.signs.nbytes

    def contains(self, ids: Ints) -> Mask:
        """Which of the passage ids are in this chunk, as booleans."""
        positions = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        is_here: Mask = self.ids[positions] == ids
        return is_here

    def without(self, ids: Ints) -> Self:
        """The chunk without the vectors of some passages; itself if it has none of them."""
        others = ~np.isin(self.ids, ids)
        if others.all():
            return self
        signs = np.ascontiguousarray(self.signs[:, others])
        return type(self)(self.ids[others], self.codes[others], self.scales[others], signs)

    @classmethod
    def concatenate(cls, chunks: Sequence[VectorChunk]) -> Self:
        """Merge chunks, by rising id. No passage may be in two of them."""
        ids = np.concatenate([chunk.ids for chunk in chunks])
        codes = np.concatenate([chunk.codes for chunk in chunks])
        scales = np.concatenate([chunk.scales for chunk in chunks])
        signs = np.concatenate([chunk.signs for chunk in chunks], axis=1)
        if (ids[1:] > ids[:-1]).all():
            return cls(ids, codes, scales, signs)
        order = np.argsort(ids)
        return cls(ids[order], codes[order], scales[order], np.ascontiguousarray(signs[:, order]))


@dataclass(frozen=True, slots=True)
class QuantizedVectors:
    """All vectors of one embedder, by rising passage id in each chunk."""

    chunks: Sequence[VectorChunk]


def quantize_vectors(vectors: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Codes of -127 … 127 (n, dimension) and scales (n,): the error is at most half a scale."""
    max_abs = np.maximum(vectors.max(axis=1, initial=0), -vectors.min(axis=1, initial=0))
    scales = (np.maximum(max_abs, MIN_MAX_ABS) / MAX_CODE).astype(np.float32)
    return np.rint(vectors * (1 / scales)[:, None]).astype(np.int8), scales


def sign_bits(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """Which numbers are positive, packed into 64-bit words: (words, n)."""
    width = -vectors.shape[1] % 64
    positive = vectors > 0
    packed = np.packbits(np.pad(positive, ((0, 0), (0, width))) if width else positive, axis=1)
    return np.ascontiguousarray(packed.view(np.uint64).T)
