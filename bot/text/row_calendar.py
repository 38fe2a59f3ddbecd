"""The weekdays and months that the cells of a row name, in all the words that name them.

A cell may hold an abbreviation ("Sun", "Mi", "апр"), a weekday with its date ("Tue 10 Nov"), a
range ("Mon–Fri") or a month in figures ("2026-04"). Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from bot.text.calendar_names import (
    MONTH,
    MONTH_NAMES,
    SHORT_MONTH,
    SHORT_WEEKDAY,
    WEEKDAY,
    WEEKDAY_NAMES,
)
from bot.text.folding import fold
from bot.text.periods import find_periods

MIN_SHARE = 0.5  # of a cell's words that name a weekday or month
_CELLS = regex.compile(r"\s\|\s|\n")
_WORD = regex.compile(r"\p{L}+(?:-feira)?")
_RANGE = regex.compile(r"(?P<first>\p{L}+)\.?\s?[-–—]\s?(?P<last>\p{L}+)\.?")
_DAYS = {**SHORT_WEEKDAY, **WEEKDAY}
_MONTHS = {**SHORT_MONTH, **MONTH}


def calendar_words(row: str) -> frozenset[str]:
    """Every name of the weekdays and months that a row's cells name; empty for other rows."""
    return frozenset[str]().union(*map(_names_in, _CELLS.split(row)))


def _names_in(cell: str) -> frozenset[str]:
    words = [fold(word.lower()) for word in _WORD.findall(cell)]
    named = [word for word in words if word in _DAYS or word in _MONTHS]
    if len(named) < MIN_SHARE * len(words):  # a sentence that names a day says more than that
        return frozenset()
    months = {period.month for period in find_periods(cell) if period.month}
    if len(words) == 1 and words[0] in _MONTHS and not months:
        months = {_MONTHS[words[0]]}
    days = _weekdays_in(cell, words, is_calendar=named == words)
    names = [*(WEEKDAY_NAMES[day] for day in days), *(MONTH_NAMES[month] for month in months)]
    return frozenset[str]().union(*names)


def _weekdays_in(cell: str, words: list[str], *, is_calendar: bool) -> Iterator[int]:
    """The weekdays of a cell; abbreviated only where it says nothing else."""
    for word in words:
        if word in WEEKDAY or (is_calendar and word in _DAYS):
            yield _DAYS[word]
    for match in _RANGE.finditer(cell) if is_calendar else ():
        first, last = (_DAYS.get(fold(match[name].lower())) for name in ("first", "last"))
        if first is not None and last is not None:
            yield from ((first + i) % 7 for i in range((last - first) % 7 + 1))
