"""Check that the dates of a sentence are in its sources.

A date has a month and may have a day and a year, in the words of several languages or in figures.
"Yesterday" in a source supports a date if the article's publication date is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import regex

from bot.text.month_names import MONTH

# Names of months that are also other words: dates only next to a figure, or capitalized after "in".
AMBIGUOUS_MONTHS = (
    "may mar march mars marzo marca maart abril mai mayo mei maja jun jul augustus sep dec dez jan "
    "май мая"
)
AMBIGUOUS = frozenset(AMBIGUOUS_MONTHS.split())
RELATIVE = regex.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|earlier|recently|ago|(?:last|this|next) (?:night|week|"
    r"month|year|\w+day)|\w+day|gestern|heute|morgen|vergangene\w*|letzte\w*|ayer|hoy|hier|"
    r"aujourd'hui|вчера|сегодня)\b|[昨今明]天|[昨今]日|[今去]年|本月",
    regex.IGNORECASE,
)
CACHED_TEXTS = 512
MAX_RELATIVE_DAYS = 8  # between the article's date and "on Monday" or "last week"
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
class PartialDate:
    """A date with a month; ``months`` and ``days`` have two values for an ambiguous 3/4."""

    year: int | None
    months: frozenset[int]
    days: frozenset[int]
    start: int
    end: int


@lru_cache(CACHED_TEXTS)
def find_dates(text: str) -> tuple[PartialDate, ...]:
    """The dates of a folded text."""
    return tuple(parsed for match in DATE.finditer(text) if (parsed := _parse_date(text, match)))


def _parse_date(text: str, match: regex.Match[str]) -> PartialDate | None:
    parts = match.groupdict()
    if parts["a"]:
        either = frozenset((int(parts["a"]), int(parts["b"])))
        return PartialDate(
            int(parts["y2"]), frozenset(n for n in either if n <= 12), either, *match.span()
        )
    month, day, year = (_first_group(parts, letter) for letter in "mdy")
    if not month.isdigit() and not (day or _is_month(text, match, month, year)):
        return None
    number = int(month) if month.isdigit() else MONTH[month.lower()]
    days = frozenset([int(day)] if day else [])
    return PartialDate(int(year) if year else None, frozenset([number]), days, *match.span())


def _first_group(parts: dict[str, str | None], letter: str) -> str:
    """The first group that matched, of those whose names begin with a letter."""
    return next((value for name, value in parts.items() if name[0] == letter and value), "")


def _is_month(text: str, match: regex.Match[str], month: str, year: str) -> bool:
    """Whether the name of a month without a day is a date here."""
    if year and not (month.islower() and month in ("may", "march")):
        return True
    if month.lower() not in AMBIGUOUS:
        return True
    before = text[max(0, match.start() - 8) : match.start()].lower().split()
    return (
        month[0].isupper() and bool(before) and before[-1] in {"in", "of", "late", "early", "mid"}
    )


def find_unsupported(
    claim: Sequence[PartialDate], cited: str, years: Sequence[float], published: str | None
) -> Iterator[PartialDate]:
    """The claim's dates that neither the cited text nor the publication date supports.

    ``years``: the sources' figures, which may complete a date.
    """
    cited_dates = find_dates(cited)
    publication = _parse_publication_date(published)
    for claimed in claim:
        if publication is not None and (
            _matches(claimed, publication)
            or (_is_near(claimed, publication) and RELATIVE.search(cited))
        ):
            continue
        if not any(_agrees(claimed, cited_date, years) for cited_date in cited_dates):
            yield claimed


def _parse_publication_date(published: str | None) -> date | None:
    """None unless it is a full date."""
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None


def _agrees(claimed: PartialDate, cited: PartialDate, years: Sequence[float]) -> bool:
    if claimed.months.isdisjoint(cited.months):
        return False
    if claimed.days and claimed.days.isdisjoint(cited.days):
        return False
    if claimed.year is None or cited.year == claimed.year:
        return True
    return cited.year is None and claimed.year in years


def _matches(claimed: PartialDate, publication: date) -> bool:
    return (
        publication.month in claimed.months
        and (not claimed.days or publication.day in claimed.days)
        and claimed.year in (None, publication.year)
    )


def _is_near(claimed: PartialDate, publication: date) -> bool:
    """Whether it may be within ``MAX_RELATIVE_DAYS``; a month alone may be one month off."""
    if not claimed.days:
        return any((month - publication.month) % 12 in (0, 1, 11) for month in claimed.months)
    year = claimed.year or publication.year
    possible = [_to_date(year, month, day) for month in claimed.months for day in claimed.days]
    return any(
        abs((day - publication).days) <= MAX_RELATIVE_DAYS for day in possible if day is not None
    )


def _to_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
