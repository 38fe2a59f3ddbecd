"""Check that the dates of a sentence are in its sources.

"Yesterday" in a source supports a date if the article's publication date is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import regex

from bot.text.date_ranges import iso_date_range
from bot.text.dates import DateMention, find_dates

RELATIVE = regex.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|earlier|recently|ago|(?:last|this|next) (?:night|week|"
    r"month|year|\w+day)|\w+day|gestern|heute|morgen|vergangene\w*|letzte\w*|ayer|hoy|hier|"
    r"aujourd'hui|вчера|сегодня)\b|[昨今明]天|[昨今]日|[今去]年|本月",
    regex.IGNORECASE,
)
MAX_RELATIVE_DAYS = 8  # between the article's date and "on Monday" or "last week"


def find_unsupported(
    claim: Sequence[DateMention], cited: str, years: Sequence[float], published: str | None
) -> Iterator[DateMention]:
    """The claim's dates that neither the cited text nor the publication date supports.

    ``years``: the sources' figures, which may complete a date.
    """
    cited_dates = find_dates(cited)
    publication = iso_date_range(published or "")
    for claimed in claim:
        if publication is not None and _fits(claimed, *publication, cited):
            continue
        if not any(_agrees(claimed, cited_date, years) for cited_date in cited_dates):
            yield claimed


def _agrees(claimed: DateMention, cited: DateMention, years: Sequence[float]) -> bool:
    if claimed.months.isdisjoint(cited.months):
        return False
    if claimed.days and claimed.days.isdisjoint(cited.days):
        return False
    if claimed.year is None or cited.year == claimed.year:
        return True
    return cited.year is None and claimed.year in years


def _fits(claimed: DateMention, first: date, last: date, cited: str) -> bool:
    """Whether it is the publication date, or near it where the source says "yesterday"."""
    if _matches(claimed, first, last):
        return True
    return first == last and _is_near(claimed, first) and RELATIVE.search(cited) is not None


def _matches(claimed: DateMention, first: date, last: date) -> bool:
    """Whether it is the publication date, which may say less than the claim: only the month."""
    return (
        first.month == last.month
        and first.month in claimed.months
        and (not claimed.days or (first == last and first.day in claimed.days))
        and claimed.year in (None, first.year)
    )


def _is_near(claimed: DateMention, publication: date) -> bool:
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
