"""Reads what a sentence gives as an answer: figures, times, days, names, or yes and no.

Only values of the type that the question asks for are compared. The numbers that name something
("room 12", "§ 9", "week 13") are none, nor are those of the dates beside them. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isclose
from typing import Literal

import regex

from bot.search.question_analysis import AnswerType
from bot.search.question_analysis import analyze as analyze_question
from bot.text.dates import LONE_YEAR, find_dates
from bot.text.identifiers import find_identifiers
from bot.text.lazy_pattern import lazy_pattern
from bot.text.periods import Period, find_periods
from bot.text.quantities import Figure
from bot.text.stopwords import FUNCTION_WORDS
from bot.verify.analyzed_text import CACHED_TEXTS, AnalyzedText, analyze, same_word
from bot.verify.entities import find_entities
from bot.verify.numbers import figures_outside_dates

ValueKind = Literal["figure", "time", "date", "name"]
# How many of the base unit each unit is, so that three miles are 4,830 m.
SCALE = {
    **{"km": ("m", 1000.0), "m": ("m", 1.0), "cm": ("m", 0.01), "mm": ("m", 0.001)},
    **{"mile": ("m", 1609.344), "ft": ("m", 0.3048), "yard": ("m", 0.9144)},
    **{"inch": ("m", 0.0254), "kg": ("kg", 1.0), "g": ("kg", 0.001), "mg": ("kg", 1e-6)},
    **{"lb": ("kg", 0.4536), "t": ("kg", 1000.0), "hectare": ("ha", 1.0), "acre": ("ha", 0.4047)},
    **{"second": ("s", 1.0), "minute": ("s", 60.0), "hour": ("s", 3600.0), "day": ("s", 86400.0)},
    **{"night": ("s", 86400.0), "week": ("s", 604800.0), "month": ("s", 2629800.0)},
    **{"year": ("s", 31557600.0), "decade": ("s", 315576000.0), "century": ("s", 3155760000.0)},
}
MAX_BOUND = 2.0  # 14 are "up to 20", 3 are hardly
EXACT, ROUNDED = 0.025, 0.06  # relative: two values are the same, one of them with "about"
CLOCK = lazy_pattern(
    r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-3])(?: ?[:h] ?|\.)(?P<minute>[0-5]\d)"
    r"(?: ?(?P<half>[ap]\.?m\b)|(?![\d%]| ?(?:%|[a-z]*(?:llion|km|m)\b)))"
    r"|\b(?P<hour>1[0-2]|0?[1-9]) ?(?P<half>[ap]\.?m)\b",
    regex.IGNORECASE,
)
# "From November to March": when something holds, not when it is.
VALIDITY = lazy_pattern(
    r"\b(?:from|between|von|zwischen|de|entre|du|desde)\s[^,.;:]{3,20}\s"
    r"(?:to|and|until|till|bis|und|à|au|et|a|hasta|y)\s[\p{L}\d. ]{3,14}",
    regex.IGNORECASE,
)
CLAUSE_NUMBER = lazy_pattern(r"\W*\d{1,3}(?:\.\d{1,3})*[.)]? \p{Lu}")  # "2.1 A shed …"
ONE_HOUR = lazy_pattern(
    r"\b(?:an?|one|eine|une|una|uma) (?:hour|stunde|heure|hora) (?:and|und|et|y|e) $",
    regex.IGNORECASE,
)
ASKS_NUMBER = lazy_pattern(
    r"\W*(?:how many|wie ?viele?|cuánt[oa]s|cuant[oa]s|combien|quant[ieao]s?|сколько)\b",
    regex.IGNORECASE,
)
NEGATED = lazy_pattern(
    r"\b(?:not|instead of|rather than|nicht|statt|no|en lugar de|pas|non)"
    r"(?: (?:the|die|der|los|las|les))?[\s$€£¥]*$",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a text, and where it stands.

    ``numbers``: those of a figure in its base ``unit``, or of a time in minutes; ``words`` of a
    name.
    """

    kind: ValueKind
    start: int
    end: int
    numbers: frozenset[float] = frozenset()
    unit: str = ""
    hint: str = ""  # of a figure, as ``quantities`` says: "about", "less", …
    period: Period | None = None
    words: frozenset[str] = frozenset()

    def agrees(self, other: Value) -> bool:
        """Whether both may be the same, one of them rounded or said in part."""
        if self.kind == "name":
            return not self.words.isdisjoint(other.words)
        if self.kind == "date" and self.period and other.period:
            return not self.period.conflicts(other.period)
        tolerance = ROUNDED if self.hint or other.hint else EXACT
        if self.kind == "time":
            tolerance = 1e-9
        return any(
            isclose(a, b, rel_tol=tolerance, abs_tol=1e-9)
            or (self._bounds(a, b) or other._bounds(b, a))
            for a in self.numbers
            for b in other.numbers
        )

    def _bounds(self, own: float, other: float) -> bool:
        """Whether it is a bound ("up to 20") that the other value keeps to, and near it."""
        if self.hint == "less":
            return own / MAX_BOUND <= other <= own
        return self.hint == "more" and own <= other <= own * MAX_BOUND

    def is_like(self, other: Value) -> bool:
        """Whether they can be compared: figures of one unit, or of none."""
        return self.kind == other.kind and (
            self.unit == other.unit or (not self.unit and not other.unit)
        )


@lru_cache(CACHED_TEXTS)
def asked_values(question: str, sentence: str) -> tuple[Value, ...]:
    """The values of a sentence that may answer the question."""
    text = analyze(sentence)
    kind = asked_kind(question)
    if kind in (AnswerType.PERSON, AnswerType.PLACE):
        return tuple(_names(text, question))
    values: list[Value] = []
    if kind in (AnswerType.DATE, AnswerType.YEAR, AnswerType.TIME_OF_DAY):
        values = [*_times(text), *_dates(text)]
    elif kind in (AnswerType.ANYTHING, AnswerType.CHOICE):
        values = [*_times(text)]
    figures = [v for v in _figures(text) if not any(_overlap(v, other) for other in values)]
    counted = [v for v in figures if _counts_asked(text, v, question)]
    return (*values, *(counted or figures))


def _counts_asked(text: AnalyzedText, figure: Value, question: str) -> bool:
    """Whether the word after the figure is one of the question: "40 cars" for "how many cars"."""
    following = next((word for word in text.words if word.start >= figure.end), None)
    if following is None:
        return False
    words = analyze(question).content
    return any(same_word(following.lower, word.lower, text.language) for word in words)


def asked_kind(question: str) -> AnswerType:
    """What the question asks for; "how many …, when …" asks for a number."""
    if ASKS_NUMBER.match(question):
        return AnswerType.COUNT
    return analyze_question(question).answer_type


def _overlap(a: Value, b: Value) -> bool:
    return a.start < b.end and b.start < a.end


def _names(text: AnalyzedText, question: str) -> Iterator[Value]:
    question_words = {word.lower for word in analyze(question).words}
    for span in find_entities(text, include_first=True):
        words = frozenset(word.lower for word in span) - question_words
        if words:
            yield Value("name", span[0].start, span[-1].end, words=words)


def _times(text: AnalyzedText) -> Iterator[Value]:
    for match in CLOCK.finditer(text.text):
        hour = int(match["hour"])
        if match["half"]:
            hour = hour % 12 + 12 * match["half"].lower().startswith("p")
        minutes = frozenset([hour * 60.0 + int(match["minute"] or 0)])
        yield Value("time", *match.span(), numbers=minutes)


def _dates(text: AnalyzedText) -> Iterator[Value]:
    spans = [(m.start(), m.end()) for m in VALIDITY.finditer(text.text)]
    for date in find_dates(text.text):
        if any(start <= date.start < end for start, end in spans):
            continue
        for period in find_periods(text.text[date.start : date.end]):
            yield Value("date", date.start, date.end, period=period)
    dates = [(date.start, date.end) for date in find_dates(text.text)]
    for match in regex.finditer(LONE_YEAR, text.text):
        if not any(start <= match.start() < end for start, end in dates):
            yield Value("date", *match.span(), period=Period(year=int(match[0])))


def _figures(text: AnalyzedText) -> Iterator[Value]:
    units = find_identifiers(text.text)
    names = [
        (u.start, u.end) for u in units if u.writing == "code" or not _counts(text.text, u.end)
    ]
    figures = [
        figure
        for figure in figures_outside_dates(text)
        if not any(start <= figure.start < end for start, end in names)
        and not NEGATED.search(text.text[: figure.start])
        and not _names_something(text.text, figure)
    ]
    yield from _sums(text.text, figures)


def _counts(text: str, end: int) -> bool:
    """Whether a number is followed by what it counts: "killed 30 people", not "room 30 in"."""
    following = regex.match(r"[ -](\p{L}+)", text[end : end + 24])
    return following is not None and following[1].lower() not in FUNCTION_WORDS


def _names_something(text: str, figure: Figure) -> bool:
    """Whether a number is a year, a paragraph or an item rather than an amount."""
    before = text[: figure.start].rstrip()
    if not before and CLAUSE_NUMBER.match(text):
        return True
    if before.endswith(("§", "#", "№", "No.", "Nr.")):
        return True
    written = text[figure.start : figure.end]
    return bool(not figure.unit and regex.fullmatch(LONE_YEAR, written)) or figure.decade


def _sums(text: str, figures: Sequence[Figure]) -> Iterator[Value]:
    """The figures in base units; "three hours and ten minutes" is one."""
    skip = False
    for i, figure in enumerate(figures):
        if skip:
            skip = False
            continue
        unit, factor = SCALE.get(figure.unit, (figure.unit, 1.0))
        numbers, end = {value * factor for value in figure.values}, figure.end
        following = figures[i + 1] if i + 1 < len(figures) else None
        if unit == "s" and ONE_HOUR.search(text[: figure.start]):
            numbers = {number + SCALE["hour"][1] for number in numbers}
        if following and unit == "s" and _continues(text, figure, following):
            part = SCALE[following.unit][1]
            numbers = {n + value * part for n in numbers for value in following.values}
            end, skip = following.end, True
        yield Value("figure", figure.start, end, frozenset(numbers), unit, figure.hint)


def _continues(text: str, figure: Figure, following: Figure) -> bool:
    """Whether the next figure is of a smaller unit of time, right after this one."""
    between = text[figure.end : following.start]
    is_near = regex.fullmatch(r"\W*\p{L}+\W*(?:and |und |et |y |e )?", between) is not None
    unit, factor = SCALE.get(following.unit, ("", 0.0))
    return is_near and unit == "s" and factor < SCALE[figure.unit][1]
