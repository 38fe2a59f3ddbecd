"""The place among the packed sentences that carries a sentence of a model's, where it names none.

Every packed sentence, alone and with its neighbours in the same passage, is scored by how much of
what the model says stands there; only the best is offered. So sentences of several places never
carry one together, and nothing takes the place of a best one that says otherwise. Words are looked
up in an index that is made once a prompt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answer.verify.analyzed_text import ENGLISH, analyze, weight
from bot.answer.writing.citations import CitedSpan
from bot.records import StoredPassage
from bot.text.morphology import shares_prefix, stem_variants

# Of a word that only the passage's title or heading says: what it is about need not be repeated.
TITLE_SHARE = 0.5
# A sentence and its neighbours. With two in a row .896 of clapnq's true sentences get a footnote,
# with three .924, and lies get one in .074 and .089 of the cases.
WIDEST = 3
MORE_WITH_EACH = 0.05  # of what is said: what each neighbour must add to be cited, too

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence may come from. ``share``: how much of it stands there, 0 … 1."""

    cited: CitedSpan
    share: float


class Sources:
    """The sentences of some passages, to be asked which of them says something."""

    def __init__(self, passages: Sequence[StoredPassage]):
        self._passages = passages
        self._at = [(p, i) for p, one in enumerate(passages) for i in range(len(one.sentences))]
        quotes = [passages[p].quote(passages[p].sentences[i]) for p, i in self._at]
        self._words = _holders(quotes)
        self._stems = _by_stem(self._words)
        self._titles = _by_stem(
            _holders([f"{passages[p].title} {passages[p].heading}" for p, _ in self._at])
        )

    def best(self, text: str) -> Place | None:
        """The sentence, alone or with its neighbours, that covers most of what ``text`` says."""
        claim = analyze(text)
        scores = np.zeros((WIDEST, len(self._at)))
        total = 0.0
        for word in claim.content:
            said = self._said(word.lower, bent=claim.language != ENGLISH)
            total += weight(word.lower)
            for score in scores:
                score += weight(word.lower) * said
                said[:-1] = np.maximum(said[:-1], said[1:])  # by the next one, too
        if not total or not scores.any():
            return None
        postings = [
            place for more in range(WIDEST) if (place := self._widened(scores, more, total))
        ]
        return max(postings, key=lambda found: found[0])[1]

    def _said(self, word: str, *, bent: bool) -> Scores:
        """1 for each sentence that has a lower-case word in some form, less for its title's."""
        said = np.zeros(len(self._at))
        said[_having(self._titles, word)] = TITLE_SHARE
        said[_having(self._stems, word)] = 1.0
        if bent:
            for other, holders in self._words.items():
                if shares_prefix(word, other):
                    said[list(holders)] = 1.0
        return said

    def _widened(self, scores: Scores, more: int, total: float) -> tuple[float, Place] | None:
        """The best run of a sentence and ``more`` behind it, with what it is worth as a source."""
        last = len(self._at) - more
        runs = [n for n in range(last) if self._at[n][0] == self._at[n + more][0]]
        if not runs:
            return None
        first = runs[int(scores[more, runs].argmax())]
        share = float(scores[more, first]) / total
        return share - more * MORE_WITH_EACH, Place(self._range(first, more), share)

    def _range(self, first: int, more: int) -> CitedSpan:
        number, i = self._at[first]
        passage = self._passages[number]
        return CitedSpan(passage, passage.sentences[i].start, passage.sentences[i + more].end)


def _holders(texts: Iterable[str]) -> dict[str, set[int]]:
    """For each lower-case word the texts that have it."""
    found: dict[str, set[int]] = defaultdict(set)
    for n, text in enumerate(texts):
        for word in analyze(text).words:
            found[word.lower].add(n)
    return dict(found)


def _by_stem(words: dict[str, set[int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for word, holders in words.items():
        for stem in stem_variants(word):
            found[stem] |= holders
    return dict(found)


def _having(by_stem: dict[str, set[int]], word: str) -> list[int]:
    return list(set[int]().union(*(by_stem.get(stem, ()) for stem in stem_variants(word))))
