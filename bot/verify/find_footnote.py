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

from bot.citations import CitedSpan
from bot.records import Sentence, StoredPassage
from bot.text.morphology import shares_prefix, stem_variants
from bot.verify.analyzed_text import ENGLISH, analyze, weight

# Weight of a word that only the passage's title or heading has: its topic need not be repeated.
TITLE_SHARE = 0.5
# Sentences in a row. With two, 89.6 % of CLAPnq's correct sentences get a footnote, with three
# 92.4 %; false ones get one in 7.4 % and 8.9 % of the cases.
MAX_SENTENCES = 3
TIE_BREAK = 1e-6  # decides between equal scores only
MIN_SHARE_PER_SENTENCE = 0.05  # of the claim, that each further sentence must cover

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SourceMatch:
    """A possible source of a sentence. ``share``: how much of the sentence it covers, 0 … 1."""

    span: CitedSpan
    share: float


class SourceIndex:
    """An index of the passages' sentences that finds the best source of a sentence."""

    def __init__(self, passages: Sequence[StoredPassage]):
        self._passages = passages
        # Each sentence as the indexes of its passage and of itself in it.
        self._locations = [
            (p, i) for p, passage in enumerate(passages) for i in range(len(passage.sentences))
        ]
        quotes = [passages[p].quote(passages[p].sentences[i]) for p, i in self._locations]
        titles = [f"{passages[p].title} {passages[p].heading}" for p, _ in self._locations]
        self._by_word = _index_by_word(quotes)
        self._by_stem = _index_by_stem(self._by_word)
        self._title_by_stem = _index_by_stem(_index_by_word(titles))

    def best(self, text: str, cited_nearby: Sequence[CitedSpan] = ()) -> SourceMatch | None:
        """The sentence, alone or with its neighbours, that covers most of ``text``.

        Of several that cover as much, one that the model cites in the same paragraph.
        """
        claim = analyze(text)
        scores = np.zeros((MAX_SENTENCES, len(self._locations)))  # by further sentences
        total = 0.0
        for word in claim.content:
            matches = self._match_word(word.lower, by_prefix=claim.language != ENGLISH)
            total += weight(word.lower)
            for score in scores:
                score += weight(word.lower) * matches
                matches[:-1] = np.maximum(matches[:-1], matches[1:])  # add the next sentence
        if not total or not scores.any():
            return None
        scores += TIE_BREAK * np.array(
            [_is_cited(p, i, cited_nearby) for p, i in self._sentences()]
        )
        runs = [self._best_run(scores, more, total) for more in range(MAX_SENTENCES)]
        return max((run for run in runs if run is not None), key=lambda run: run[0])[1]

    def _sentences(self) -> Iterator[tuple[StoredPassage, Sentence]]:
        for p, i in self._locations:
            yield self._passages[p], self._passages[p].sentences[i]

    def _match_word(self, word: str, *, by_prefix: bool) -> Scores:
        """1 for each sentence with a form of a lower-case word, less if only its title has it."""
        matches = np.zeros(len(self._locations))
        matches[_find_forms(self._title_by_stem, word)] = TITLE_SHARE
        matches[_find_forms(self._by_stem, word)] = 1.0
        if by_prefix:
            for other, sentences in self._by_word.items():
                if shares_prefix(word, other):
                    matches[list(sentences)] = 1.0
        return matches

    def _best_run(
        self, scores: Scores, more: int, total: float
    ) -> tuple[float, SourceMatch] | None:
        """The best sentence with ``more`` sentences after it, and its score as a source."""
        n_starts = len(self._locations) - more
        starts = [
            n for n in range(n_starts) if self._locations[n][0] == self._locations[n + more][0]
        ]
        if not starts:
            return None
        first = starts[int(scores[more, starts].argmax())]
        share = float(scores[more, first]) / total
        return share - more * MIN_SHARE_PER_SENTENCE, SourceMatch(self._span(first, more), share)

    def _span(self, first: int, more: int) -> CitedSpan:
        p, i = self._locations[first]
        passage = self._passages[p]
        return CitedSpan(passage, passage.sentences[i].start, passage.sentences[i + more].end)


def _is_cited(passage: StoredPassage, sentence: Sentence, spans: Sequence[CitedSpan]) -> bool:
    return any(s.passage is passage and s.start <= sentence.start < s.end for s in spans)


def _index_by_word(texts: Iterable[str]) -> dict[str, set[int]]:
    """For each lower-case word the numbers of the texts that have it."""
    index: dict[str, set[int]] = defaultdict(set)
    for n, text in enumerate(texts):
        for word in analyze(text).words:
            index[word.lower].add(n)
    return dict(index)


def _index_by_stem(by_word: dict[str, set[int]]) -> dict[str, set[int]]:
    index: dict[str, set[int]] = defaultdict(set)
    for word, texts in by_word.items():
        for stem in stem_variants(word):
            index[stem] |= texts
    return dict(index)


def _find_forms(by_stem: dict[str, set[int]], word: str) -> list[int]:
    return list(set[int]().union(*(by_stem.get(stem, ()) for stem in stem_variants(word))))
