"""Finds the dates in a text: a year, a month and a day, as far as they are given.

In the words of nine languages (``calendar_names``), in figures, and in Chinese, Japanese and
Korean. Pure functions; knows nothing of what the dates are compared with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex

from bot.text.calendar_names import MONTH
from bot.text.lazy_pattern import lazy_pattern

CACHED_TEXTS = 512
YEAR = r"(?:1\d{3}|20\d{2})"
# A number that stands for a year by itself: no price, no part of a longer number or of a date.
LONE_YEAR = rf"(?<![\w.,$€£]){YEAR}(?![\w%]|[.,]\d|-\d\d?-)"
# Ordinary words in some language, too: months only next to a number or after words like "in".
ALSO_WORDS_LIST = (
    "may mar march mars marzo marca maart abril mai mayo mei maja maj jun jul augustus sep dec dez "
    "jan lis sty lut май мая мар"
)
ALSO_WORDS = frozenset(ALSO_WORDS_LIST.split())
BEFORE_MONTHS = frozenset({"in", "since", "until", "late", "early", "mid"})
BEFORE_CAPITAL_MONTHS = frozenset({"of", "the", "last", "this"})
_NAME = "|".join(sorted(map(regex.escape, MONTH), key=len, reverse=True))
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_NUMBER = r"(?:1[0-2]|0?[1-9])"
_ORDINAL = r"(?:st|nd|rd|th|er|º|\.)?"
_FIRST = "".join({name[0] for name in MONTH})  # makes it four times as fast
DATE_PATTERN = (
    rf"(?=[\d{_FIRST}])(?:"
    rf"\b(?P<y1>{YEAR})(?P<sep>[-/.])(?P<m1>{_NUMBER})(?P=sep)(?P<d1>{_DAY})\b"
    rf"|\b(?P<d2>{_DAY})\. ?(?P<m2>{_NUMBER})\. ?(?P<y2>{YEAR})\b"
    rf"|\b(?P<a>{_DAY})(?P<slash>[-/])(?P<b>{_DAY})(?P=slash)(?P<y3>{YEAR})\b"
    rf"|\b(?P<y8>{YEAR})[- ](?P<m8>{_NAME})[- ](?P<d8>{_DAY})\b"
    rf"|(?:(?P<y4>{YEAR}) ?[年년] ?)?(?<!\d)(?P<m4>{_NUMBER}) ?[月월]"
    rf"(?: ?(?P<d4>{_DAY}) ?[日号일])?"
    rf"|\b(?P<d5>{_DAY}){_ORDINAL} ?[-/]?(?:(?:of|de) )?(?P<m5>{_NAME})\b\.?"
    rf"(?:(?:(?: ?,)?(?: del?| of)? |[-/])(?P<y5>{YEAR})\b)?"
    rf"|\b(?P<m6>{_NAME})\b\.? (?P<d6>{_DAY})(?:st|nd|rd|th)?\b(?![.,]\d|:)"
    rf"(?:(?: ?,)? (?P<y6>{YEAR})\b)?"
    rf"|\b(?P<m7>{_NAME})\b\.?(?:(?: ?,)?(?: de| of)? (?P<y7>{YEAR})\b)?)"
)
DATE = lazy_pattern(DATE_PATTERN, regex.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_IN_FIGURES = re.compile(r"\d[-/.] ?\d\d?[-/.] ?\d|\d ?[月월]")


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date, perhaps in part. An ambiguous 3/4 has both readings in ``months`` and ``days``."""

    year: int | None
    months: frozenset[int]
    days: frozenset[int]
    start: int
    end: int


@lru_cache(CACHED_TEXTS)
def find_dates(text: str) -> tuple[DateMention, ...]:
    """Every date with a month in a text that ``folding.straighten`` has normalized."""
    if not may_name_month(text):
        return ()  # most texts
    return tuple(date for match in DATE.finditer(text) if (date := read_date(match)))


def may_name_month(text: str) -> bool:
    """Whether ``DATE`` may match anywhere, in a hundredth of the time."""
    return not MONTH.keys().isdisjoint(_WORD.findall(text.lower())) or bool(
        _IN_FIGURES.search(text)
    )


def read_date(match: regex.Match[str]) -> DateMention | None:
    """The date that ``DATE`` matched; None if it is only a word that may also mean a month."""
    parts = match.groupdict()
    if parts["a"]:
        either = frozenset((int(parts["a"]), int(parts["b"])))
        months = frozenset(number for number in either if number <= 12)
        return DateMention(int(parts["y3"]), months, either, *match.span())
    month, day, year = (_first(parts, name) for name in "mdy")
    if not (month.isdigit() or day or _is_month(match, month, year)):
        return None
    number = int(month) if month.isdigit() else MONTH[month.lower()]
    days = frozenset([int(day)] if day else [])
    return DateMention(int(year) if year else None, frozenset([number]), days, *match.span())


def _first(parts: Mapping[str, str | None], name: str) -> str:
    return next((value for key, value in parts.items() if key[0] == name and value), "")


def _is_month(match: regex.Match[str], month: str, year: str) -> bool:
    """Whether a name without a day is a month's."""
    if year and month not in ("may", "march"):
        return True
    if month.lower() not in ALSO_WORDS:
        return True
    before = match.string[max(0, match.start() - 8) : match.start()].lower().split()[-1:]
    return not BEFORE_MONTHS.isdisjoint(before) or (
        month[0].isupper() and not BEFORE_CAPITAL_MONTHS.isdisjoint(before)
    )
