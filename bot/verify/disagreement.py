"""How likely two sentences of different articles disagree about what was asked.

Both must give a value of the asked kind, none of which agree (``asked_values``), or one must deny
what the other says. A linear model then tells a disagreement from a series, a part of a whole, or
another thing, by what the sentences and titles share with the question and with each other. It is
fitted by ``bench/disagreements.py``; which side is right is not decided. The cosines of sentence
embeddings, tried as signals too, changed nothing. Pure functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from math import exp, log

import regex

from bot.search.question_analysis import AnswerType
from bot.search.series import says_something
from bot.text.folding import fold, straighten
from bot.text.periods import Period, find_periods
from bot.text.tokenize import find_tokens, split_words, word_set
from bot.verify.analyzed_text import CACHED_TEXTS, AnalyzedText, analyze, same_word, weight
from bot.verify.asked_values import Value, asked_kind, asked_values
from bot.verify.entities import find_entities
from bot.verify.negation import find_negations

WEIGHTS_FILE = "disagreement_weights.json"
EXCEPTIONS = frozenset({"except", "außer", "excepto", "sauf", "salvo"})
FORBIDDEN = word_set(
    "forbidden prohibited banned verboten untersagt prohibido prohibida interdit interdite défendu"
)
CLOSED = word_set("closed geschlossen cerrado cerrada fermé fermée")
OPEN = word_set("open opens geöffnet offen abierto abierta abre ouvert ouverte")
# The probability that counts, by pairs that were left out of the fit: .94 of those found disagree,
# and .83 of those that disagree are found; at .8 it is .95 and .57.
DISAGREE_FROM = 0.7
VAGUE = frozenset({AnswerType.ANYTHING, AnswerType.CHOICE})  # any figure might answer
NAMED = frozenset({AnswerType.PERSON, AnswerType.PLACE})
MIN_COMMON = 0.4  # of the shorter sentence's words, if any figure might answer
MAX_ASKED = 24  # words of a question that are compared: more are pasted text
MAX_RATIO = 3.0  # of the logarithms of two figures that still counts
CORRECTS = regex.compile(
    r"correct|errat|wrong|mistak|previous|official|first reported|berichtig|falsch|fehler|"
    r"fe de err|rectific|corrig|erreur|\b(?:and not|und nicht|y no|et non|rather than|statt)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TitledSentence:
    """A sentence, the title of its article, and its day (ISO 8601 or a part of it)."""

    text: str
    title: str
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """The words in which two sentences differ, and the signals that weigh it."""

    first_words: str
    second_words: str
    signals: Mapping[str, float]


def find_disagreement(
    question: str, first: TitledSentence, second: TitledSentence, *, min_asked: float = 0.0
) -> tuple[str, str] | None:
    """The words in which two sentences disagree about what was asked; None if they do not.

    ``min_asked``: the share of the question's words that each has, with its title. It is for
    sentences that may not answer at all; without it both are taken to.
    """
    if min_asked and min(_titled_coverage(question, first, second)) < min_asked:
        return None  # most pairs, and the cheapest to tell
    difference = find_difference(question, first, second)
    if difference is None or not _are_about_same_names(question, first, second):
        return None
    if min_asked and asked_kind(question) in VAGUE and difference.signals["common"] < MIN_COMMON:
        return None
    # A figure has a unit that fits; a name, or a "no", stands in any sentence of an article.
    is_figure = not difference.signals["denied"] and asked_kind(question) not in NAMED
    if difference.signals["asked_titled" if is_figure else "asked"] < min_asked:
        return None
    if probability(difference.signals) < DISAGREE_FROM:
        return None
    return difference.first_words, difference.second_words


def find_difference(
    question: str, first: TitledSentence, second: TitledSentence
) -> Difference | None:
    """What differs between two sentences that both seem to answer; None for nothing."""
    one, other = analyze(first.text), analyze(second.text)
    if one.language and other.language and one.language != other.language:
        return None
    values = _different_values(question, first, second)
    if values is not None:
        a, b = values
        words = one.text[a.start : a.end].strip(), other.text[b.start : b.end].strip()
        return Difference(*words, _signals(question, first, second, values))
    query = analyze(question)
    if _may_be_denied(question) and _is_denied(one, query) != _is_denied(other, query):
        return Difference(first.text, second.text, _signals(question, first, second, None))
    return None


def _are_about_same_names(question: str, first: TitledSentence, second: TitledSentence) -> bool:
    """Whether each name that the question has is in both, with their titles, or in neither."""
    one, other = (
        {word.lower for word in analyze(f"{source.title}. {source.text}").words}
        for source in (first, second)
    )
    return all(
        all(word.lower in one for word in name) == all(word.lower in other for word in name)
        for name in find_entities(analyze(question))
    )


def probability(signals: Mapping[str, float]) -> float:
    """The fitted probability, 0 … 1, that a difference is a disagreement."""
    weights, intercept = _model()
    score = intercept + sum(weights[name] * signals[name] for name in signals)
    return 1 / (1 + exp(-score))


@cache
def _model() -> tuple[Mapping[str, float], float]:
    """The weights of the signals, and the intercept."""
    text = resources.files("bot.verify").joinpath(WEIGHTS_FILE).read_text("utf-8")
    model = json.loads(text)
    return model["weights"], model["intercept"]


# --- what differs --------------------------------------------------------------------------------


def _different_values(
    question: str, first: TitledSentence, second: TitledSentence
) -> tuple[Value, Value] | None:
    """The first two values that can be compared, if none of them agree.

    Where a sentence corrects the other's value, its own value is the different one.
    """
    values, others = asked_values(question, first.text), asked_values(question, second.text)
    pairs = [(a, b) for a in values for b in others if a.is_like(b)]
    agreeing = [
        (a, b) for a in values for b in others if a.kind == b.kind and _same(a, b) and a.agrees(b)
    ]
    if not agreeing:
        return pairs[0] if pairs else None
    if _corrects(first) == _corrects(second):
        return None
    shared = {id(value) for pair in agreeing for value in pair}
    corrected = [(a, b) for a, b in pairs if (id(a) in shared) != (id(b) in shared)]
    return corrected[0] if corrected else None


def _same(a: Value, b: Value) -> bool:
    return a.unit == b.unit or not a.unit or not b.unit


def _corrects(sentence: TitledSentence) -> bool:
    return CORRECTS.search(f"{sentence.title} {sentence.text}") is not None


def _may_be_denied(question: str) -> bool:
    kind = asked_kind(question)
    return kind is AnswerType.CHOICE or (
        kind is AnswerType.ANYTHING and not asked_values(question, question)
    )


def _is_denied(text: AnalyzedText, query: AnalyzedText) -> bool:
    """Whether a sentence denies what is asked: by a negation, or by "closed" for "open"."""
    negations = sum(n.is_strong or n.word in EXCEPTIONS for n in find_negations(text))
    words = {word.lower for word in text.words}
    closed = not words.isdisjoint(CLOSED) and any(w.lower in OPEN for w in query.words)
    return bool(negations % 2) != (closed or not words.isdisjoint(FORBIDDEN))


# --- signals -------------------------------------------------------------------------------------


def _signals(
    question: str, first: TitledSentence, second: TitledSentence, values: tuple[Value, Value] | None
) -> dict[str, float]:
    """What speaks for and against a disagreement, each in 0 … 1."""
    sentences = (first, second)
    alone = [_coverage(question, sentence.text) for sentence in sentences]
    titled = _titled_coverage(question, first, second)
    says = any(map(_reports, sentences))
    own_names = _own_names(question, first, second, values)
    is_date = values is not None and values[0].kind in ("date", "time")
    denied = float(values is None)
    series = _conflict(find_periods(first.title), find_periods(second.title))
    periods = _conflict(find_periods(first.text), find_periods(second.text))
    return {
        "asked": min(alone),  # the share of the question's words in the sentence that has fewer
        "asked_titled": min(titled),  # the same with the titles
        "gap": abs(titled[0] - titled[1]),
        "common": _common(analyze(first.text), analyze(second.text)),
        "ratio": _ratio(values),  # how far the figures are apart
        "series": float(series and not says),  # the titles name different periods
        "alike": _title_likeness(first.title, second.title) * (not says),
        "parallel": float(_are_parallel(first.title, second.title) and not says),
        "periods": float(periods and not is_date and not says),  # the sentences name others
        "corrects": float(any(map(_corrects, sentences))),
        "own_names": own_names,  # of the two, the share with a name that nothing else has
        "denied": denied,  # one denies what the other says
        "others_denied": denied * own_names,
    }


def _titled_coverage(question: str, *sentences: TitledSentence) -> list[float]:
    """The coverage of each sentence with its title."""
    return [_coverage(question, f"{sentence.title} {sentence.text}") for sentence in sentences]


@lru_cache(CACHED_TEXTS)
def _coverage(question: str, text: str) -> float:
    """The share of the question's content words that a text has, by their weight."""
    words = _asked_words(question)
    total = sum(weight(word) for word in words)
    language = analyze(question).language
    text_words = {token.word for token in find_tokens(straighten(text))}  # those of ``analyze``
    matches = (
        word for word in words if any(same_word(word, other, language) for other in text_words)
    )
    return sum(map(weight, matches)) / total if total else 0.0


@lru_cache(CACHED_TEXTS)
def _asked_words(question: str) -> tuple[str, ...]:
    """The distinct content words of a question that are no figures; at most ``MAX_ASKED``."""
    words = (word.lower for word in analyze(question).content)
    return tuple(dict.fromkeys(word for word in words if not word[0].isdigit()))[:MAX_ASKED]


def _common(first: AnalyzedText, second: AnalyzedText) -> float:
    """The share of the shorter sentence's content words that the other has."""
    shorter, longer = sorted((first, second), key=lambda text: len(text.content))
    words = [word.lower for word in shorter.content if not word.lower[0].isdigit()]
    others = [word.lower for word in longer.content]
    matches = sum(any(same_word(w, o, first.language) for o in others) for w in words)
    return matches / len(words) if words else 0.0


def _ratio(values: tuple[Value, Value] | None) -> float:
    if values is None or values[0].kind != "figure":
        return 0.0
    a, b = (min(value.numbers) for value in values)
    if a <= 0 or b <= 0:
        return 1.0
    return min(abs(log(a / b)), MAX_RATIO) / MAX_RATIO


def _conflict(first: tuple[Period, ...], second: tuple[Period, ...]) -> bool:
    """Whether both name periods, and all of them differ."""
    pairs = [(a, b) for a in first for b in second]
    return bool(pairs) and all(a.conflicts(b) for a, b in pairs)


def _reports(sentence: TitledSentence) -> bool:
    """Whether its date is the day of a report: "On 2 May the council said that …"."""
    has_day = any(period.day for period in find_periods(sentence.text))
    return has_day and says_something(split_words(sentence.text))


def _title_likeness(first: str, second: str) -> float:
    """The words that two titles share, of all their words, numbers left out; 0 for the same."""
    one, other = _title_words(first), _title_words(second)
    if one == other and first == second:
        return 0.0
    return len(one & other) / len(one | other) if one | other else 0.0


def _title_words(title: str) -> frozenset[str]:
    return frozenset(fold(word) for word in split_words(title) if word.isalpha())


def _are_parallel(first: str, second: str) -> bool:
    """Whether each title has a word in another's place: "winter hours", "summer hours"."""
    one, other = _title_words(first), _title_words(second)
    return len(one & other) >= 2 and bool(one - other) and bool(other - one)


def _own_names(
    question: str, first: TitledSentence, second: TitledSentence, values: tuple[Value, Value] | None
) -> float:
    """The share of the two sentences that have a name that nothing else has."""
    question_words = set(split_words(question))
    texts = [set(split_words(f"{sentence.title} {sentence.text}")) for sentence in (first, second)]
    own = 0
    for i, sentence in enumerate((first, second)):
        value = values[i].words if values else frozenset()
        elsewhere = question_words | texts[1 - i] | value
        spans = find_entities(analyze(sentence.text))
        own += any(all(word.lower not in elsewhere for word in span) for span in spans)
    return own / 2
