"""Whether the dates of a sentence stand in its sources.

"Yesterday" in a source supports a date when the article's own date is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import regex

from bot.text.dates import Day, find_dates

RELATIVE = regex.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|earlier|recently|ago|(?:last|this|next) (?:night|week|"
    r"month|year|\w+day)|\w+day|gestern|heute|morgen|vergangene\w*|letzte\w*|ayer|hoy|hier|"
    r"aujourd'hui|вчера|сегодня)\b|[昨今明]天|[昨今]日|[今去]年|本月",
    regex.IGNORECASE,
)
RELATIVE_DAYS = 8  # "on Monday", "last week": how far from the article's own date


def find_unsupported(
    claim: Sequence[Day], cited: str, years: Sequence[float], published: str | None
) -> Iterator[Day]:
    """The claimed dates that the cited text does not tell, nor the article's own date."""
    told = find_dates(cited)
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
