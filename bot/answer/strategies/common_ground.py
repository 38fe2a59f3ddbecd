"""What articles both say, and where they differ: pairs of sentences about the same thing.

Sentences are paired by meaning, with the vectors of the built-in multilingual model whichever model
embeds the library, so two languages can be compared. A pair differs if its figures do. Pure, except
for the vectors. Knows nothing of how an answer looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from bot.citations import CitedSpan
from bot.embedding import encode_offline

# Cosine of two sentences on one subject: at most .47 among the key sentences of 12 articles on
# different subjects, .58 and more for two reports on one tunnel, or of one series.
SAME_SUBJECT_COSINE = 0.5
MAX_PAIRS = 4
MAX_COMPARED = 24  # sentences of each article; 10 ms each
FIGURE = regex.compile(r"\d+(?:[.,]\d+)*")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence of each of two articles, about the same thing."""

    first: CitedSpan
    second: CitedSpan

    @property
    def differs(self) -> bool:
        """Whether each has a figure that the other has not."""
        first, second = (_figures(span.quote) for span in (self.first, self.second))
        return bool(first - second) and bool(second - first)


@dataclass(frozen=True, slots=True)
class CommonGround:
    """The pairs, and the sentences of each article that are about nothing in the other."""

    pairs: tuple[Pair, ...]
    only_first: tuple[CitedSpan, ...]
    only_second: tuple[CitedSpan, ...]


def find_common_ground(first: Sequence[CitedSpan], second: Sequence[CitedSpan]) -> CommonGround:
    """Pairs the sentences, the closest first. Takes 10 ms of CPU a sentence."""
    first, second = first[:MAX_COMPARED], second[:MAX_COMPARED]
    if not first or not second:
        return CommonGround((), tuple(first), tuple(second))
    spans, cosines = [*first, *second], _cosines_between((first, second))
    closest = np.maximum(cosines.max(axis=0), cosines.max(axis=1)).tolist()
    return CommonGround(
        tuple(Pair(spans[a], spans[b]) for a, b in _closest_pairs(cosines, MAX_PAIRS)),
        _apart(first, closest[: len(first)]),
        _apart(second, closest[len(first) :]),
    )


def find_shared(by_article: Sequence[Sequence[CitedSpan]], limit: int) -> list[CitedSpan]:
    """The sentences of at most ``limit`` pairs from two of the articles, the closest pair first.

    Takes 10 ms of CPU a sentence.
    """
    spans = [span for each in by_article for span in each]
    pairs = _closest_pairs(_cosines_between(by_article), limit) if spans else []
    return [spans[i] for pair in pairs for i in pair]


def _cosines_between(by_article: Sequence[Sequence[CitedSpan]]) -> Floats:
    """The cosine of each two sentences; -1 unless the second is of a later article."""
    vectors = encode_offline([span.quote for each in by_article for span in each])
    owners = np.repeat(np.arange(len(by_article)), [len(each) for each in by_article])
    cosines: Floats = np.where(owners[:, None] < owners, vectors @ vectors.T, np.float32(-1))
    return cosines


def _closest_pairs(cosines: Floats, limit: int) -> list[tuple[int, int]]:
    """The pairs of sentences on one subject, the closest first; each sentence once."""
    left = cosines.copy()
    pairs: list[tuple[int, int]] = []
    while len(pairs) < limit and left.max() >= SAME_SUBJECT_COSINE:
        first, second = divmod(int(left.argmax()), len(left))
        pairs.append((first, second))
        left[[first, second]] = left[:, [first, second]] = -1.0
    return pairs


def _apart(spans: Sequence[CitedSpan], closest: Sequence[float]) -> tuple[CitedSpan, ...]:
    both = zip(spans, closest, strict=True)
    return tuple(span for span, cosine in both if cosine < SAME_SUBJECT_COSINE)


def _figures(text: str) -> set[str]:
    return set(FIGURE.findall(text))
