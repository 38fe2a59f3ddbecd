"""What a library's index says about a scope, as numpy arrays: the values that finding ranks with.

``Catalogue`` numbers the passages of the newest versions that a scope shows (a *row* each,
by rising id); ``Codes`` holds the vectors of all passages in few bits. Both are snapshots:
what is added later is not in them. Knows nothing of SQLite nor of questions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
PLACE = np.dtype([("passage", "<u4"), ("sentence", "u1"), ("word", "u1")])
TITLE = 255  # a title counts as this sentence of its article's first passage
Places = NDArray[np.void]
"""Where a term stands: records of ``PLACE``, ordered by passage, sentence and word."""
ABSENT = -1  # the row of a passage that is not there, or not seen


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The passages that a scope shows; what it does not show has no row and counts nowhere."""

    ids: Ints
    articles: NDArray[np.int32]  # 0, 1, 2 …: passages with the same number are neighbours
    positions: NDArray[np.int32]  # in the article
    tokens: Floats
    titles: Floats  # characters of the title, by article
    article_ids: Ints  # by article, too
    partial: bool  # the library holds more than this
    _rows: NDArray[np.int32] = field(repr=False)  # by id

    @classmethod
    def of(
        cls,
        ids: Ints,
        articles: Ints,
        positions: NDArray[Any],
        tokens: NDArray[Any],
        titles: NDArray[Any],
        *,
        partial: bool = False,
    ) -> Self:
        """One number a passage. ``ids`` must rise; an article's passages must stand together."""
        rows = np.full(int(ids[-1]) + 1 if len(ids) else 0, ABSENT, np.int32)
        rows[ids] = np.arange(len(ids))
        begins = np.r_[True, articles[1:] != articles[:-1]][: len(ids)]
        return cls(
            ids,
            np.cumsum(begins, dtype=np.int32) - 1,
            positions.astype(np.int32),
            tokens.astype(np.float32),
            titles[begins].astype(np.float32),
            articles[begins],
            partial,
            rows,
        )

    def narrowed(self, article_ids: Collection[int]) -> Self:
        """Only what stands in some articles, as if there were nothing else."""
        wanted = np.fromiter(article_ids, np.int64, len(article_ids))
        kept = np.isin(self.article_ids, wanted)[self.articles]
        return self.of(
            self.ids[kept],
            self.article_ids[self.articles[kept]],
            self.positions[kept],
            self.tokens[kept],
            self.titles[self.articles[kept]],
            partial=True,
        )

    @property
    def count(self) -> int:
        """How many passages there are."""
        return len(self.ids)

    def rows_of(self, ids: NDArray[np.integer]) -> NDArray[np.int32]:
        """The row of each id; ``ABSENT`` for what is not there or not seen."""
        known = ids < len(self._rows)
        rows: NDArray[np.int32] = (
            self._rows[np.where(known, ids, 0)]
            if known.any()
            else (np.full(len(ids), ABSENT, np.int32))
        )
        return rows if known.all() else np.where(known, rows, np.int32(ABSENT))


@dataclass(frozen=True, slots=True)
class CodeChunk:
    """Some vectors: ``codes * scales`` in 8 bits a number, and their signs in 1 bit."""

    ids: Ints  # rising
    codes: NDArray[np.int8]  # (n, dimension)
    scales: Floats  # (n,)
    signs: NDArray[np.uint64]  # (dimension / 64, n): one row for each 64 numbers

    @classmethod
    def of(cls, ids: Ints, vectors: Floats) -> Self:
        highest = np.maximum(vectors.max(axis=1), -vectors.min(axis=1))
        scales = (np.maximum(highest, 1e-12) / 127).astype(np.float32)
        codes = np.rint(vectors * (1 / scales)[:, None]).astype(np.int8)
        return cls(ids, codes, scales, signs_of(vectors))

    def joined(self, more: CodeChunk) -> CodeChunk:
        """Both in one, by rising id. No passage may be in both."""
        both = CodeChunk(
            np.concatenate([self.ids, more.ids]),
            np.concatenate([self.codes, more.codes]),
            np.concatenate([self.scales, more.scales]),
            np.concatenate([self.signs, more.signs], axis=1),
        )
        if self.ids[-1] < more.ids[0]:
            return both
        order = np.argsort(both.ids)
        signs = np.ascontiguousarray(both.signs[:, order])
        return CodeChunk(both.ids[order], both.codes[order], both.scales[order], signs)


@dataclass(frozen=True, slots=True)
class Codes:
    """All vectors of one embedder, by rising passage id in each chunk."""

    chunks: Sequence[CodeChunk]


def signs_of(vectors: Floats) -> NDArray[np.uint64]:
    """Which numbers are positive, 64 to a word: (words, n)."""
    width = -vectors.shape[1] % 64
    positive = vectors > 0
    packed = np.packbits(np.pad(positive, ((0, 0), (0, width))) if width else positive, axis=1)
    return np.ascontiguousarray(packed.view(np.uint64).T)
