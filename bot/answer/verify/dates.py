"""The dates of a sentence, and whether they stand in its sources.

A date is a year, a month and a day, as far as they are told, in the words of several languages
or in figures. "Yesterday" in a source supports a date when the article's own date is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import regex

from bot.text.month_names import MONTH

# Words of their own in some language: months only beside a figure, or after "in" with a capital.
AMBIGUOUS = (
    "may mar march mars marzo marca maart abril mai mayo mei maja jun jul augustus sep dec dez jan "
    "май мая"
)
ALSO_WORDS = frozenset(AMBIGUOUS.split())
RELATIVE = regex.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|earlier|recently|ago|(?:last|this|next) (?:night|week|"
    r"month|year|\w+day)|\w+day|gestern|heute|morgen|vergangene\w*|letzte\w*|ayer|hoy|hier|"
    r"aujourd'hui|вчера|сегодня)\b|[昨今明]天|[昨今]日|[今去]年|本月",
    regex.IGNORECASE,
)
CACHED_TEXTS = 512
RELATIVE_DAYS = 8  # "on Monday", "last week": how far from the article's own date
_MONTH = "|".join(sorted(MONTH, key=len, reverse=True))
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?:1\d{3}|20\d{2})"
_ORDINAL = r"(?:st|nd|rd|th|er|º|\.)?"
DATE = regex.compile(
    rf"\b(?P<y1>{_YEAR})-(?P<m1>0\d|1[0-2])-(?P<d1>{_DAY})\b"
    rf"|\b(?P<a>{_DAY})[./](?P<b>{_DAY})[./](?P<y2>{_YEAR})\b"
    rf"|(?:(?P<y3>{_YEAR})年)?(?P<m3>1[0-2]|0?[1-9])月(?:(?P<d3>{_DAY})[日号])?"
    rf"|\b(?P<d4>{_DAY}){_ORDINAL} ?-?(?:(?:of|de) )?(?P<m4>{_MONTH})\b\.?"
    rf"(?:(?: ?,)?(?: de| of)? (?P<y4>{_YEAR})\b)?"
    rf"|\b(?P<m5>{_MONTH})\b\.? (?P<d5>{_DAY})(?:st|nd|rd|th)?\b(?![.,]\d|:)"
    rf"(?:(?: ?,)? (?P<y5>{_YEAR})\b)?"
    rf"|\b(?P<m6>{_MONTH})\b\.?(?:(?: ?,)?(?: de| of)? (?P<y6>{_YEAR})\b)?",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is told; ``months`` are two where 3/4 may be either."""

    year: int | None
    months: frozenset[int]
    days: frozenset[int]
    start: int
    end: int


@lru_cache(CACHED_TEXTS)
def dates(text: str) -> tuple[Day, ...]:
    """Every date of a folded text that has a month."""
    return tuple(day for found in DATE.finditer(text) if (day := _day(text, found)))


def _day(text: str, found: regex.Match[str]) -> Day | None:
    parts = found.groupdict()
    if parts["a"]:
        either = frozenset((int(parts["a"]), int(parts["b"])))
        return Day(int(parts["y2"]), frozenset(n for n in either if n <= 12), either, *found.span())
    month, day, year = (_first(parts, name) for name in "mdy")
    if not month.isdigit() and not (day or _is_month(text, found, month, year)):
        return None
    number = int(month) if month.isdigit() else MONTH[month.lower()]
    days = frozenset([int(day)] if day else [])
    return Day(int(year) if year else None, frozenset([number]), days, *found.span())


def _first(parts: dict[str, str | None], name: str) -> str:
    return next((value for key, value in parts.items() if key[0] == name and value), "")


def _is_month(text: str, found: regex.Match[str], month: str, year: str) -> bool:
    if year and not (month.islower() and month in ("may", "march")):
        return True
    if month.lower() not in ALSO_WORDS:
        return True
    before = text[max(0, found.start() - 8) : found.start()].lower().split()
    return (
        month[0].isupper() and bool(before) and before[-1] in {"in", "of", "late", "early", "mid"}
    )


def find_unsupported(
    claim: Sequence[Day], cited: str, years: Sequence[float], published: str | None
) -> Iterator[Day]:
    """The claimed dates that the cited text does not tell, nor the article's own date."""
    told = dates(cited)
    own = _published(published)
    for day in claim:
        near = own is not None and (_is(day, own) or (_near(day, own) and RELATIVE.search(cited)))
        if not near and not any(_agrees(day, other, years) for other in told):
            yield day


def _published(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None


def _agrees(claimed: Day, told: Day, years: Sequence[float]) -> bool:
    if claimed.months.isdisjoint(told.months):
        return False
    if claimed.days and claimed.days.isdisjoint(told.days):
        return False
    if claimed.year is None or told.year == claimed.year:
        return True
    return told.year is None and claimed.year in years


def _is(day: Day, own: date) -> bool:
    return (
        own.month in day.months
        and (not day.days or own.day in day.days)
        and day.year in (None, own.year)
    )


def _near(day: Day, own: date) -> bool:
    """Within ``RELATIVE_DAYS`` of the article; a month alone: the same or a neighbour."""
    if not day.days:
        return any((m - own.month) % 12 in (0, 1, 11) for m in day.months)
    for month in day.months:
        for number in day.days:
            try:
                there = date(day.year or own.year, month, number)
            except ValueError:
                continue
            if abs((there - own).days) <= RELATIVE_DAYS:
                return True
    return False
