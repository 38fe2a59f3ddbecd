"""Finds sentences of different articles that give different figures or dates for the same thing.

Pure rules. Two sentences contradict each other if most content words of the shorter one are in the
other, at least one of them a name or a rare word, and a figure or date for the same thing differs.
Contradictions in words alone are not found. Which side is right is not decided: both are shown,
with their dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations

import regex

from bot.citations import CitedSpan
from bot.records import Hit
from bot.strings import _
from bot.text.date_ranges import iso_date_range
from bot.text.dates import DateMention, find_dates
from bot.text.quantities import UNIT, Figure, find_figures
from bot.verify import numbers
from bot.verify.analyzed_text import (
    CACHED_TEXTS,
    AnalyzedText,
    Word,
    analyze,
    same_word,
    weight,
)
from bot.verify.entities import is_capital
from bot.verify.lexical_overlap import coverage, has_its_own_rule

UNDATED = (date.min, date.min)
MIN_SHARE_IN_COMMON = 0.7  # of the content words of the shorter sentence, without figures
MIN_WORDS_IN_COMMON = 3  # fewer may be a coincidence
RARE_WORD_WEIGHT = 0.8  # "flood" has .93, "build" .74, "cost" .65
MAX_STATEMENTS = 60  # compared with one another: the pairs grow with their square
YEARS = range(1000, 2100)
NEGATED_FIGURE = regex.compile(
    r"\b(?:not|instead of|rather than|nicht|statt|no|en lugar de)(?: (?:the|die|der|los|las))?"
    r"[\s$€£¥]*$",
    regex.IGNORECASE,
)
MAX_COMPARED = 100  # sentences of hits that a shown one is compared with, best passages first


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an article, with its source."""

    article_id: int
    title: str
    published: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sentences, and the words in which each differs from the other."""

    first: Statement
    second: Statement
    first_words: str
    second_words: str

    @property
    def note(self) -> str:
        """Both sides with their sources, the earlier one first if both have dates."""
        sides = [(self.first, self.first_words), (self.second, self.second_words)]
        if self.first.published and self.second.published:
            sides.sort(key=lambda side: iso_date_range(side[0].published or "") or UNDATED)
        (first, first_words), (second, second_words) = sides
        note = _(
            "The sources disagree: “{first_words}” in {first}, but “{second_words}” in {second}."
        )
        return note.format(
            first=_source(first),
            first_words=first_words,
            second=_source(second),
            second_words=second_words,
        )


def _source(statement: Statement) -> str:
    return f"{statement.title} ({statement.published or _('undated')})"


def find_contradictions(statements: Sequence[Statement]) -> list[Contradiction]:
    """All pairs of statements that contradict each other, in the order given."""
    return [
        Contradiction(first, second, *words)
        for first, second in combinations(statements[:MAX_STATEMENTS], 2)
        if first.article_id != second.article_id
        for words in _differences(analyze(first.text), analyze(second.text))
    ]


def _differences(first: AnalyzedText, second: AnalyzedText) -> Iterator[tuple[str, str]]:
    """The first pair of words that differ; none if the sentences are about different things."""
    if not (_has_figures(first) and _has_figures(second) and _is_same_topic(first, second)):
        return
    yield from (_different_dates(first, second) or _different_figures(first, second))[:1]


@lru_cache(CACHED_TEXTS)
def _has_figures(text: AnalyzedText) -> bool:
    """A quick test that rules out most sentences."""
    return bool(find_figures(text.text, text.language) or find_dates(text.text))


def _is_same_topic(first: AnalyzedText, second: AnalyzedText) -> bool:
    if first.language != second.language:
        return False
    shorter, longer = sorted((first, second), key=lambda text: len(text.content))
    share = coverage(shorter, [longer.text])
    if share is None or share < MIN_SHARE_IN_COMMON:
        return False
    words = [word for word in shorter.content if not word.lower[0].isdigit()]
    language = first.language
    shared = [
        word
        for word in words
        if any(same_word(word.lower, other.lower, language) for other in longer.content)
    ]
    return len(shared) >= MIN_WORDS_IN_COMMON and any(_is_specific(word) for word in shared)


def _is_specific(word: Word) -> bool:
    """Whether sharing the word suggests a common topic; units and common words do not."""
    if has_its_own_rule(word.lower) or word.lower in UNIT:
        return False
    return is_capital(word) or weight(word.lower) >= RARE_WORD_WEIGHT


def _different_dates(first: AnalyzedText, second: AnalyzedText) -> list[tuple[str, str]]:
    """The two dates, if each text has exactly one and they differ."""
    first_dates, second_dates = find_dates(first.text), find_dates(second.text)
    if len(first_dates) != 1 or len(second_dates) != 1:
        return []
    (a,), (b,) = first_dates, second_dates
    if not _is_other_date(a, b):
        return []
    return [(first.text[a.start : a.end].strip(), second.text[b.start : b.end].strip())]


def _is_other_date(a: DateMention, b: DateMention) -> bool:
    years = a.year and b.year and a.year != b.year
    months = a.months.isdisjoint(b.months)
    days = a.days and b.days and a.days.isdisjoint(b.days)
    return bool(years or months or days)


def _different_figures(first: AnalyzedText, second: AnalyzedText) -> list[tuple[str, str]]:
    """Pairs of figures for the same thing, where neither text has the other's value."""
    first_figures, second_figures = _figures(first), _figures(second)
    pairs: list[tuple[str, str]] = []
    for a in first_figures:
        comparable = [b for b in second_figures if _counts_same_thing(first, a, second, b)]
        if not comparable or any(_agree(a, b) for b in second_figures):
            continue
        if not any(_agree(b, figure) for b in comparable for figure in first_figures):
            b = comparable[0]
            pairs.append((first.text[a.start : a.end], second.text[b.start : b.end]))
    return pairs


def _figures(text: AnalyzedText) -> list[Figure]:
    """The figures that a text asserts: no dates, and of "5, not the 4 that …" only the 5."""
    return [
        figure
        for figure in numbers.figures_outside_dates(text)
        if not NEGATED_FIGURE.search(text.text[: figure.start])
    ]


def _agree(a: Figure, b: Figure) -> bool:
    return numbers.agrees(a, b) or numbers.agrees(b, a)


def _counts_same_thing(first: AnalyzedText, a: Figure, second: AnalyzedText, b: Figure) -> bool:
    """Whether both have the same unit, or the same word after them, or are both years."""
    if _is_year(a) and _is_year(b):
        return True
    if _is_year(a) or _is_year(b):
        return False
    if a.unit or b.unit:
        return a.unit == b.unit
    first_word, second_word = _word_after(first, a), _word_after(second, b)
    if not first_word or not second_word:
        return False
    return same_word(first_word, second_word, first.language)


def _is_year(figure: Figure) -> bool:
    return not figure.unit and not figure.spelled and any(v in YEARS for v in figure.values)


def _word_after(text: AnalyzedText, figure: Figure) -> str:
    """The first content word after a figure."""
    return next((w.lower for w in text.content if w.start >= figure.end), "")


def find_contradicting_spans(
    shown: Sequence[CitedSpan], hits: Sequence[Hit]
) -> list[tuple[Contradiction, CitedSpan]]:
    """For each shown span, the first sentence of the hits that contradicts it.

    If the shown spans already contradict one another, only those pairs.
    """
    if pairs := find_contradictions([_statement(span) for span in shown]):
        spans = {_statement(span): span for span in shown}
        return [(pair, spans[pair.second]) for pair in pairs]
    shown_keys = {(span.passage.version_id, span.start) for span in shown}
    others = [
        CitedSpan(hit.passage, sentence.start, sentence.end)
        for hit in hits
        for sentence in hit.passage.sentences
        if (hit.passage.version_id, sentence.start) not in shown_keys
    ][:MAX_COMPARED]
    return [pair for span in shown if (pair := _first_contradicting(span, others))]


def _first_contradicting(
    shown: CitedSpan, others: Sequence[CitedSpan]
) -> tuple[Contradiction, CitedSpan] | None:
    for other in others:
        if pairs := find_contradictions([_statement(shown), _statement(other)]):
            return pairs[0], other
    return None


def _statement(span: CitedSpan) -> Statement:
    passage = span.passage
    return Statement(passage.article_id, passage.title, passage.published, span.quote)
