"""What a library's index says about a scope, as numpy arrays: the values that finding ranks with.

``Catalogue`` numbers the passages of the newest versions that a scope shows (a *row* each,
by rising id); ``Codes`` holds the vectors of all passages in few bits. Both are snapshots:
what is added later is not in them. Knows nothing of SQLite nor of questions.
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
TITLE_SENTENCE = 255  # a title counts as this sentence of its article's first passage
Postings = NDArray[np.void]
"""Where a term stands: records of ``PLACE``, ordered by passage, sentence and word."""
MAX_CODE = 127  # of 8 bits with a sign, as far from 0 as the lowest
MIN_MAX_ABS = 1e-12  # of a vector's longest number, so that one of zeros has a scale
NO_ROW = -1  # the row of a passage that is not there, or not seen


class Means(NamedTuple):
    """Of a catalogue's passages and articles; 0 where there are none."""

    tokens: float
    title_length: float
    article_tokens: float


@dataclass(frozen=True, slots=True)
class PassageTable:
    """The passages that a scope shows; what it does not show has no row and counts nowhere."""

    ids: Ints
    articles: NDArray[np.int32]  # 0, 1, 2 …: passages with the same number are neighbours
    positions: NDArray[np.int32]  # in the article
    token_counts: Floats
    title_lengths: Floats  # characters of the title, by article
    article_ids: Ints  # by article, too
    article_tokens: Floats
    means: Means
    is_partial: bool  # the library holds more than this
    _rows: NDArray[np.int32] = field(repr=False)  # by id

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
        """One number a passage. ``ids`` must rise; an article's passages must stand together."""
        growing = GrowingPassageTable()
        growing.extend(ids, articles, positions, tokens, titles)
        return growing.snapshot(partial=partial)

    def narrow_to(self, article_ids: Collection[int]) -> PassageTable:
        """Only what stands in some articles, as if there were nothing else."""
        wanted = np.fromiter(article_ids, np.int64, len(article_ids))
        kept = np.flatnonzero(np.isin(self.article_ids, wanted)[self.articles])
        return self.from_columns(*self.columns(kept), partial=True)

    def columns(self, kept: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Some rows as ``of`` takes them."""
        articles = self.articles[kept]
        return (
            self.ids[kept],
            self.article_ids[articles],
            self.positions[kept],
            self.token_counts[kept],
            self.title_lengths[articles],
        )

    @property
    def count(self) -> int:
        """How many passages there are."""
        return len(self.ids)

    def rows_of(self, ids: NDArray[np.integer]) -> NDArray[np.int32]:
        """The row of each id; ``ABSENT`` for what is not there or not seen."""
        known = ids < len(self._rows)
        if known.all():
            found: NDArray[np.int32] = self._rows[ids]
            return found
        rows = np.full(len(ids), NO_ROW, np.int32)
        rows[known] = self._rows[ids[known]]
        return rows


class GrowingPassageTable:
    """A catalogue that passages are put behind, at the cost of what is added."""

    def __init__(self) -> None:
        self._ids = GrowableArray(np.int64)
        self._articles = GrowableArray(np.int32)
        self._positions = GrowableArray(np.int32)
        self._tokens = GrowableArray(np.float32)
        self._titles = GrowableArray(np.float32)
        self._article_ids = GrowableArray(np.int64)
        self._article_tokens = GrowableArray(np.float32)
        self._rows = GrowableArray(np.int32)

    def extend(
        self,
        ids: NDArray[Any],
        articles: NDArray[Any],
        positions: NDArray[Any],
        tokens: NDArray[Any],
        titles: NDArray[Any],
    ) -> None:
        """As ``Catalogue.of``: whole articles, with higher ``ids`` than those that are there."""
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
        """What is there now."""
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
    """Some vectors: ``codes * scales`` in 8 bits a number, and their signs in 1 bit."""

    ids: Ints  # rising
    codes: NDArray[np.int8]  # (n, dimension)
    scales: Floats  # (n,)
    signs: NDArray[np.uint64]  # (dimension / 64, n): one row for each 64 numbers

    @classmethod
    def quantize(cls, ids: Ints, vectors: Floats) -> Self:
        return cls(ids, *quantize_vectors(vectors), sign_bits(vectors))

    def contains(self, ids: Ints) -> Mask:
        """Which of some passages are here."""
        postings = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        there: Mask = self.ids[postings] == ids
        return there

    @classmethod
    def concatenate(cls, chunks: Sequence[VectorChunk]) -> Self:
        """All in one, by rising id. No passage may be in two."""
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
    """Codes of -127 … 127 and scales: ``codes * scales`` is at most half a scale off."""
    highest = np.maximum(vectors.max(axis=1, initial=0), -vectors.min(axis=1, initial=0))
    scales = (np.maximum(highest, MIN_MAX_ABS) / MAX_CODE).astype(np.float32)
    return np.rint(vectors * (1 / scales)[:, None]).astype(np.int8), scales


def sign_bits(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """Which numbers are positive, 64 to a word: (words, n)."""
    width = -vectors.shape[1] % 64
    positive = vectors > 0
    packed = np.packbits(np.pad(positive, ((0, 0), (0, width))) if width else positive, axis=1)
    return np.ascontiguousarray(packed.view(np.uint64).T)
