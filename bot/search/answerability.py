"""What speaks for a sentence as the answer to a question, and for there being an answer at all.

One linear rule does both: a sentence's ``worth`` is the log of its chance against the chance that
nothing answers, so the sentences' chances together say whether the hits answer (``answerable``),
and each one's share says which sentence does. Of English sentences the likeliest are read once
more (``reread``). No signal looks at the library's own word statistics, so a
library of one article is judged like any other. A question in another language than the hits is
judged by meaning alone. Knows nothing of how passages were found but the cosine that came along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import exp, log
from statistics import median

import regex

from bot.records import Candidate, Hit, StoredPassage
from bot.search.answer_type import answer_type_score
from bot.search.answerability_model import STAGE_1, load_model
from bot.search.query_terms import split_words
from bot.search.question_analysis import FUNCTION_WORDS, AnalyzedQuestion, AnswerType
from bot.search.sentence_rerank import rerank_sentences
from bot.text.language import ENGLISH, UNDETERMINED, detect_language, differs
from bot.text.morphology import shares_prefix, stem_variants

# Of a hit in another language than the question: a logistic rule over its cosine, by hand. On
# questions in five languages over English articles .3 is usual, .2 where nothing answers; what
# nobody answers is the lesser evil here, for the nearest sentences are still of use.
FOREIGN_SLOPE = 25.0
FOREIGN_MIDDLE = 0.2
READ_HITS = 5  # with the rule before this one all twelve judged no better and cost 4 ms more
LITTLE_HELD = 0.35  # what a wrong unit or a number of something else reaches
LITTLE_LEFT = 0.2  # weight of the question's words beside the title's: nothing is left to be said
LONGEST_RUN = 5  # words
LONG_PASSAGE = 250  # words
MOST_UNQUALIFIED = 2
CUT_SHORT = "…"  # how a title ends that was made from a first line
FIGURES = frozenset(
    {AnswerType.AGE, AnswerType.MONEY, AnswerType.YEAR, AnswerType.COUNT, AnswerType.QUANTITY}
)
PLAIN = 2.0  # somebody's words, a predecessor: not in the sets, and plain when they are not there
NAME = regex.compile(r"(?<=\p{L},? )\p{Lu}\p{Ll}{2,}(?!\S*\p{N})")
PRONOUN = regex.compile(
    r"\b(?:he|she|it|they|his|her|hers|its|their|him|them|this|these|that|such|both|er|sie|es|"
    r"ihre?[mnrs]?|seine?[mnrs]?|dieser?|él|ella|ellos|ellas|su|sus|il|elle|ils)\b|[他她它其这]",
    regex.IGNORECASE,
)


def answer_probability(candidates: Sequence[Candidate]) -> float:
    """How likely it is, 0 … 1, that one of the sentences answers."""
    return 1 / (1 + exp(-combined_log_odds(candidates))) if candidates else 0.0


def combined_log_odds(candidates: Sequence[Candidate]) -> float:
    """What sentences are worth together: the log of the sum of their chances."""
    highest = max(one.log_odds for one in candidates)
    return highest + log(sum(exp(one.log_odds - highest) for one in candidates))


def score_sentences(asked: AnalyzedQuestion, hits: Sequence[Hit]) -> tuple[Candidate, ...]:
    """The sentences of the first ``READ_HITS`` hits that may answer, in their order, judged.

    All of them; where English is read, twice, only the likeliest (and what is in other languages).
    """
    found = score_sentences_stage_1(asked, hits)
    return rerank_sentences(asked.text, found) if is_english(asked.text, hits, found) else found


def score_sentences_stage_1(asked: AnalyzedQuestion, hits: Sequence[Hit]) -> tuple[Candidate, ...]:
    """Every sentence of the first ``READ_HITS`` hits, in their order, judged by the first line."""
    reader = _QuestionMatcher(asked)
    pages = [_HitAnalysis(reader, hit) for hit in hits[:READ_HITS]]
    rarity = _rarity(asked, pages)
    middle = median(page.hit.cosine for page in pages) if pages else 0.0
    own = detect_language(asked.text)
    abroad = [page for page in pages if differs(own, page.language)]
    unnamed = float(_missing_entity(asked, pages))
    found: list[Candidate] = []
    for rank, page in enumerate(pages, 1):
        if page in abroad:
            found += _foreign(page.hit, len(abroad))
        else:
            ahead = page.hit.cosine - middle
            shared = {"ahead": ahead, "rank": 1 / rank, "unnamed": unnamed}
            found += _candidates(page, rarity, shared)
    return tuple(found)


def is_english(question: str, hits: Sequence[Hit], found: Sequence[Candidate]) -> bool:
    """Whether an English text is asked in English.

    A question in Latin letters whose language nobody can tell is, if a sentence says a word of it.
    """
    own = detect_language(question)
    shared = own == ENGLISH or any(one.signals.get("own") for one in found)
    read = (detect_language(hit.passage.text) for hit in hits[:READ_HITS])
    return shared and not differs(own, ENGLISH) and ENGLISH in read


def _missing_entity(asked: AnalyzedQuestion, pages: Sequence[_HitAnalysis]) -> bool:
    """Whether an English question has a name that no page says; other scripts might say it."""
    names = {word for name in NAME.findall(asked.text) for word in split_words(name)}
    if not names or not asked.is_english:
        return False
    if any(differs(UNDETERMINED, page.language) for page in pages):
        return False
    texts = [page.hit.passage.text.lower() for page in pages]
    said = frozenset[int]().union(*(page.all for page in pages))
    return any(
        wanted.word in names
        and i not in said
        and not any(wanted.word in text for text in texts)  # "Eiffelturm"
        for i, wanted in enumerate(asked.keywords)
    )


def _foreign(hit: Hit, pages: int) -> list[Candidate]:
    """Together as likely as the hit's meaning says, each as likely as the other."""
    passage = hit.passage
    share = log(pages * max(1, len(passage.sentences)))
    worth = FOREIGN_SLOPE * (hit.cosine - FOREIGN_MIDDLE) - share
    return [Candidate(passage, sentence, worth) for sentence in passage.sentences]


def _rarity(asked: AnalyzedQuestion, pages: Sequence[_HitAnalysis]) -> list[float]:
    """By word of the question its weight, more where few of the pages say it."""
    saying = [sum(i in page.all for page in pages) for i in range(len(asked.keywords))]
    return [
        wanted.weight * log(1 + (len(pages) - n + 0.5) / (n + 0.5))
        for wanted, n in zip(asked.keywords, saying, strict=True)
    ]


class _QuestionMatcher:
    """Knows which of the question's words a word says, and remembers it."""

    def __init__(self, asked: AnalyzedQuestion):
        self.asked = asked
        self.weights = [wanted.weight for wanted in asked.keywords]
        self._known: dict[str, frozenset[int]] = {}

    def said(self, found: Iterable[str]) -> frozenset[int]:
        """Which words of the question are among ``found``."""
        return frozenset[int]().union(*map(self.wanted, found))

    def wanted(self, word: str) -> frozenset[int]:
        if word not in self._known:
            come_from = stem_variants(word) | {word.replace("'", "")}  # "cant" asks for "can't"
            self._known[word] = frozenset(
                i
                for i, wanted in enumerate(self.asked.keywords)
                if wanted.stems & come_from
                or (not self.asked.is_english and shares_prefix(word, wanted.word))
            )
        return self._known[word]


class _HitAnalysis:
    """A hit read for one question: which of the question's words each sentence says."""

    def __init__(self, reader: _QuestionMatcher, hit: Hit):
        self.reader = reader
        self.hit = hit
        passage = hit.passage
        self.language = detect_language(passage.text)
        self.texts = [passage.quote(sentence) for sentence in passage.sentences]
        self.split = [split_words(text) for text in self.texts]
        self.said = [reader.said(each) for each in self.split]
        self.title_words = {w for w in split_words(_title(passage)) if w not in FUNCTION_WORDS}
        self.title = reader.said(self.title_words)
        self.all = self.title.union(*self.said)

    def signals(self) -> dict[str, float]:
        """What all its sentences share."""
        weights = self.reader.weights
        named = sum(bool(self.reader.wanted(word)) for word in self.title_words)
        left = frozenset(range(len(weights))) - self.title
        return {
            "meaning": self.hit.cosine,
            "titled": _share(self.title, weights),
            "named": named / max(1, len(self.title_words)),
            "rest": _share(self.all & left, weights, left),
            "long": min(sum(map(len, self.split)), LONG_PASSAGE) / LONG_PASSAGE,
        }

    def before(self, i: int) -> float:
        """What the sentence before adds; half of it where this one does not lean on that."""
        if not i:
            return 0.0
        added = self.said[i - 1] - self.said[i]
        return _share(added, self.reader.weights) * (1.0 if PRONOUN.search(self.texts[i]) else 0.5)


def _candidates(
    page: _HitAnalysis, rarity: Sequence[float], shared: Mapping[str, float]
) -> Iterator[Candidate]:
    asked, weights = page.reader.asked, page.reader.weights
    shared = {**shared, **page.signals()}
    for i, sentence in enumerate(page.hit.passage.sentences):
        own = page.said[i]
        how_well = answer_type_score(asked, page.texts[i])
        missed = float(how_well is not None and how_well < LITTLE_HELD)
        such = _such(asked)
        unsaid = sum(word not in page.split[i] for word in asked.qualifiers)
        signals = {  # each in 0 … 1 or nearly so
            **shared,
            "own": _share(own, weights),
            "rare_own": _share(own, rarity),
            "rare_titled": _share(own | page.title, rarity),
            "before": page.before(i),
            "title": _share(page.title - own, weights),
            "run": min(_run(asked.words, page.split[i]), LONGEST_RUN) / LONGEST_RUN,
            "no_such": missed * such,
            "missed": missed * (not such),
            "unqualified": min(unsaid, MOST_UNQUALIFIED) / MOST_UNQUALIFIED,
            "noun": float(any(stem_variants(word) & asked.noun for word in page.split[i])),
        }
        yield Candidate(page.hit.passage, sentence, load_model(STAGE_1).log_odds(signals), signals)


def _such(asked: AnalyzedQuestion) -> float:
    """How sure it is that an answer is missing where ``held`` finds none."""
    if asked.answer_type is AnswerType.SAYING or (
        asked.answer_type is AnswerType.WHO and asked.neighbour
    ):
        return PLAIN
    return float(asked.answer_type in FIGURES)


def _share(
    said: frozenset[int], weights: Sequence[float], of: frozenset[int] | None = None
) -> float:
    """The weight of ``said``, of the whole or of the words ``of``; 1 where there is nothing."""
    whole = sum(weights) if of is None else sum(weights[i] for i in of)
    if whole <= LITTLE_LEFT:
        return 1.0 if of is not None else 0.0
    return sum(weights[i] for i in said) / whole


def _run(question: Sequence[str], sentence: Sequence[str]) -> int:
    """The content words in the longest part of the question that stands in the sentence."""
    best = 0
    ends: dict[int, int] = {}  # where a shared part ends in the sentence → its content words
    shared = set(question).intersection(sentence)
    for word in question:
        if word in shared:
            counts = int(word not in FUNCTION_WORDS)
            found = [at for at, other in enumerate(sentence) if other == word]
            ends = {at: ends.get(at - 1, 0) + counts for at in found}
            best = max(best, *ends.values())
        else:
            ends = {}
    return best


def _title(passage: StoredPassage) -> str:
    """Title and heading. A title that was made from the text's own beginning says nothing new."""
    title = "" if passage.title.endswith(CUT_SHORT) else passage.title
    return f"{title} {passage.heading}"
