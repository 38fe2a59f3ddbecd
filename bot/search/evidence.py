"""What speaks for a sentence as the answer to a question, and for there being an answer at all.

``weigh`` gives the signals of every sentence of the hits, ``worth`` orders sentences by them, and
``answerable`` says how likely it is that the best of them answer. Both are linear rules with few
weights, fitted by ``bench/fit_evidence.py`` and written out here to be read. No signal looks at
the library's own word statistics, so a library of one article is judged like any other.
Knows nothing of how passages were found but the cosine that came with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp

import regex

from bot.records import Hit, Sentence, StoredPassage
from bot.search.asked import FUNCTION_WORDS, Asked, Kind, read
from bot.search.held import held
from bot.search.wording import alike, stems
from bot.search.words import words

# The weights were fitted together on clapnq, covidqa and half of tests/answer/quotes.json.
WORTH = {
    "own": 5.05,
    "before": 2.97,
    "title": 4.58,
    "passage": 5.75,
    "near": 1.78,
    "held": 1.64,
    "meaning": 6.39,
    "length": 1.01,
    "new": 2.33,
    "opening": 0.68,
    "cosine": 5.19,
}
LIKELIHOOD = {
    "own": 1.51,
    "full": 2.4,
    "unsaid": -0.81,
    "meaning": 5.69,
    "passage": 1.3,
    "near": 0.8,
    "no_figure": -2.78,
    "no_name": -0.24,
    "extent": 1.39,
}
LIKELIHOOD_BIAS = -5.38
READ_HITS = 12
JUDGED_HITS = 5  # for the likelihood; all twelve judge no better and cost 4 ms more
BEST_LOOKED_AT = 3  # sentences that may hold the kind of answer that is asked for
NEARLY_BEST = 0.3  # of worth below the best sentence: these count as the answer too
LONG_WORDS = 60
ENOUGH_NEW = 4  # words that the question does not have
NEAR_WORDS = 4  # two words of the question that stand this close belong together
LONG_QUESTION = 6.0  # weight of its words: from here on no word is decisive
LITTLE_HELD = 0.35  # what a wrong unit or a number of something else reaches
CUT_SHORT = "…"  # how a title ends that was made from a first line
FIGURES = frozenset({Kind.AGE, Kind.MONEY, Kind.YEAR, Kind.COUNT, Kind.QUANTITY})
PRONOUN = regex.compile(
    r"\b(?:he|she|it|they|his|her|hers|its|their|him|them|this|these|that|such|both|er|sie|es|"
    r"ihre?[mnrs]?|seine?[mnrs]?|dieser?|él|ella|ellos|ellas|su|sus|il|elle|ils)\b|[他她它其这]",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, with its signals, each in 0 … 1 or nearly so.

    ``covers`` are the wanted words that it says itself, that its title says, and that the
    sentence before says where it leans on that one ("He wrote then: …").
    """

    passage: StoredPassage
    sentence: Sentence
    covers: frozenset[int]
    signals: Mapping[str, float]

    @property
    def text(self) -> str:
        """The sentence itself."""
        return self.passage.quote(self.sentence)


def answerable(question: str, hits: Sequence[Hit]) -> float:
    """How likely it is, 0 … 1, that the hits hold an answer to the question."""
    asked = read(question)
    candidates = weigh(asked, hits[:JUDGED_HITS])
    if not candidates:
        return 0.0
    signs = signs_of(asked, candidates)
    evidence = LIKELIHOOD_BIAS + sum(LIKELIHOOD[name] * value for name, value in signs.items())
    return 1 / (1 + exp(-evidence))


def worth(candidate: Candidate, weights: Mapping[str, float] = WORTH) -> float:
    """What a sentence is worth as a quote; only differences between sentences mean anything."""
    return sum(weight * candidate.signals[name] for name, weight in weights.items())


def signs_of(
    asked: Asked, candidates: Sequence[Candidate], weights: Mapping[str, float] = WORTH
) -> dict[str, float]:
    """What speaks for and against there being an answer: the signs that ``LIKELIHOOD`` weighs."""
    ranked = sorted(((worth(one, weights), i) for i, one in enumerate(candidates)), reverse=True)
    top = [candidates[i] for _, i in ranked[:BEST_LOOKED_AT]]
    near = [
        candidates[i] for score, i in ranked[:BEST_LOOKED_AT] if score > ranked[0][0] - NEARLY_BEST
    ]
    missed = all(one.signals["held"] < LITTLE_HELD and one.signals["told"] for one in near)
    said = frozenset[int]().union(*(one.covers for one in candidates))
    unsaid = (wanted.weight for i, wanted in enumerate(asked.wanted) if i not in said)
    best = top[0].signals
    return {
        "own": best["own"],
        "full": min(1.0, best["own"] + best["before"] + best["title"]),
        "unsaid": max(unsaid, default=0.0),
        "meaning": best["meaning"],
        "passage": best["passage"],
        "near": max(one.signals["near"] for one in top),
        "no_figure": float(missed and asked.kind in FIGURES),
        "no_name": float(missed and asked.kind not in FIGURES),
        "extent": min(1.0, sum(wanted.weight for wanted in asked.wanted) / LONG_QUESTION),
    }


def weigh(asked: Asked, hits: Sequence[Hit]) -> list[Candidate]:
    """Every sentence of the first ``READ_HITS`` hits, in their order, with its signals."""
    reader = _Reader(asked)
    return [candidate for hit in hits[:READ_HITS] for candidate in reader.read(hit)]


class _Reader:
    """Reads sentences for one question, and remembers which words are the question's."""

    def __init__(self, asked: Asked):
        self._asked = asked
        self._total = sum(wanted.weight for wanted in asked.wanted) or 1.0
        self._known: dict[str, frozenset[int]] = {}

    def read(self, hit: Hit) -> Iterator[Candidate]:
        passage = hit.passage
        title = self._said(words(_title(passage)))
        texts = [passage.quote(sentence) for sentence in passage.sentences]
        split = [words(text) for text in texts]
        said = [self._said(each) for each in split]
        around = self._share(title.union(*said))
        for i, sentence in enumerate(passage.sentences):
            before = said[i - 1] if i else frozenset[int]()
            leans = bool(PRONOUN.search(texts[i]))
            covers = said[i] | title | (before if leans else frozenset())
            own = self._share(said[i])
            signals = {
                "own": own,
                "before": (self._share(said[i] | before) - own) * (1.0 if leans else 0.5),
                "title": self._share(said[i] | title) - own,
                "passage": around,
                "near": self._near(split[i]),
                **_kind_signals(held(self._asked, texts[i])),
                "meaning": hit.meaning,
                "length": min(len(split[i]), LONG_WORDS) / LONG_WORDS,
                "cosine": hit.meaning,  # until the sentence's own is asked for
                "new": min(self._new(split[i]), ENOUGH_NEW) / ENOUGH_NEW,
                "opening": float(passage.start == 0 and i == 0),
            }
            yield Candidate(passage, sentence, covers, signals)

    def _said(self, found: Sequence[str]) -> frozenset[int]:
        return frozenset[int]().union(*map(self._wanted, found))

    def _wanted(self, word: str) -> frozenset[int]:
        if word not in self._known:
            come_from = stems(word)
            self._known[word] = frozenset(
                i
                for i, wanted in enumerate(self._asked.wanted)
                if wanted.stems & come_from
                or (not self._asked.english and alike(word, wanted.word))
            )
        return self._known[word]

    def _share(self, said: frozenset[int]) -> float:
        return sum(self._asked.wanted[i].weight for i in said) / self._total

    def _new(self, found: Sequence[str]) -> int:
        """How many words a sentence adds to the question; a heading only repeats it."""
        return sum(word not in FUNCTION_WORDS and not self._wanted(word) for word in found)

    def _near(self, found: Sequence[str]) -> float:
        """The share of the question's neighbouring words that are neighbours here too."""
        places = [(at, i) for at, word in enumerate(found) for i in self._wanted(word)]
        pairs = {
            i
            for at, i in places
            for other, j in places
            if j == i + 1 and 0 < other - at <= NEAR_WORDS
        }
        return len(pairs) / max(1, len(self._asked.wanted) - 1)


def _title(passage: StoredPassage) -> str:
    """Title and heading. A title that was made from the text's own beginning says nothing new."""
    title = "" if passage.title.endswith(CUT_SHORT) else passage.title
    return f"{title} {passage.heading}"


def _kind_signals(how_well: float | None) -> dict[str, float]:
    """``told`` is 0 where it cannot be told whether the sentence holds what is asked for."""
    return {"held": how_well or 0.0, "told": float(how_well is not None)}
