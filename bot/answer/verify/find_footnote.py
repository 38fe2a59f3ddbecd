"""Find the source of a sentence that cites none, among the sentences in the prompt.

Every sentence in the prompt, alone and with its neighbours in the same passage, is scored by how
much of the model's sentence it covers; only the best is offered. So sentences from several places
never support one together, and if the best contradicts it, no other is tried. Words are looked up
in an index that is built once per prompt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answer.verify.analyzed_text import ENGLISH, analyze, weight
from bot.answer.writing.citations import CitedSpan
from bot.records import Sentence, StoredPassage
from bot.text.morphology import shares_prefix, stem_variants

# Weight of a word that only the passage's title or heading has: its topic need not be repeated.
TITLE_SHARE = 0.5
# Sentences in a row. With two, 89.6 % of CLAPnq's correct sentences get a footnote, with three
# 92.4 %; false ones get one in 7.4 % and 8.9 % of the cases.
WIDEST = 3
TIE_BREAK = 1e-6  # decides between equal scores only
MORE_WITH_EACH = 0.05  # share of the sentence that each neighbour must add to be cited, too

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A possible source of a sentence. ``share``: how much of the sentence it covers, 0 … 1."""

    cited: CitedSpan
    share: float


class Sources:
    """An index of the passages' sentences that finds the best source of a sentence."""

    def __init__(self, passages: Sequence[StoredPassage]):
        self._passages = passages
        self._at = [(p, i) for p, one in enumerate(passages) for i in range(len(one.sentences))]
        quotes = [passages[p].quote(passages[p].sentences[i]) for p, i in self._at]
        self._words = _holders(quotes)
        self._stems = _by_stem(self._words)
        self._titles = _by_stem(
            _holders([f"{passages[p].title} {passages[p].heading}" for p, _ in self._at])
        )

    def best(self, text: str, cited_nearby: Sequence[CitedSpan] = ()) -> Place | None:
        """The sentence, alone or with its neighbours, that covers most of ``text``.

        Of several that cover as much, one that the model cites in the same paragraph.
        """
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
        scores += TIE_BREAK * np.array(
            [_is_cited(p, i, cited_nearby) for p, i in self._sentences()]
        )
        places = [place for more in range(WIDEST) if (place := self._widened(scores, more, total))]
        return max(places, key=lambda scored: scored[0])[1]

    def _sentences(self) -> Iterator[tuple[StoredPassage, Sentence]]:
        for p, i in self._at:
            yield self._passages[p], self._passages[p].sentences[i]

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


def _is_cited(passage: StoredPassage, sentence: Sentence, spans: Sequence[CitedSpan]) -> bool:
    return any(s.passage is passage and s.start <= sentence.start < s.end for s in spans)


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
