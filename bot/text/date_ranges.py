"""Reads dates as ranges of days: "Tuesday", "last week", "March 2021", "4 May", "2019".

Each is inclusive. An ambiguous name means the latest such range that is not after ``today``.
Dates in the languages of ``dates``; words that count from today in nine. Pure functions.
"""

from __future__ import annotations

from datetime import date, timedelta

import regex

from bot.text.calendar_names import ENGLISH_MONTHS, ENGLISH_WEEKDAYS
from bot.text.dates import (
    DATE_PATTERN,
    LONE_YEAR,
    DateMention,
    find_dates,
    may_name_month,
    read_date,
)
from bot.text.folding import straighten
from bot.text.lazy_pattern import lazy_pattern
from bot.text.periods import days_back

_DATE_EXPRESSION = lazy_pattern(
    rf"{DATE_PATTERN}|(?P<lone_year>{LONE_YEAR})"
    rf"|(?P<last>\blast\s+)?\b(?P<weekday>{'|'.join(ENGLISH_WEEKDAYS)})\b"
    r"|\b(?P<relative>today|yesterday|this\s+(?:week|month|year)|last\s+(?:week|month|year))\b",
    regex.IGNORECASE,
)
# Spans of several days that end today or before, by what they mean in English.
_RELATIVE_SPANS = {
    "this week": "this week|diese(?:r|n)? woche|cette semaine|esta semana|questa settimana|"
    "(?:на )?этой неделе|本周|这周|今週",
    "last week": "(?:last|past) week|(?:letzten?|vergangenen?|vorige) woche|semaine dernière|"
    "semana pasada|semana passada|settimana scorsa|прошлой неделе|上周|先週",
    "this month": "this month|diesen monat|ce mois-ci|este mes|este mês|questo mese|"
    "(?:в )?этом месяце|本月|这个月|今月",
    "last month": "(?:last|past) month|(?:letzten|vergangenen) monat|mois dernier|mes pasado|"
    "mês passado|mese scorso|прошлом месяце|上个月|先月",
    "this year": "this year|dieses jahr|cette année|este año|este ano|quest'anno|"
    "(?:в )?этом году|今年",
    "last year": "last year|(?:letztes|vergangenes) jahr|l'année dernière|año pasado|ano passado|"
    "anno scorso|прошлом году|去年",
    "recently": "recently|lately|(?:in )?(?:the )?(?:last|past) few (?:days|weeks)|kürzlich|"
    "neulich|in letzter zeit|récemment|ces derniers jours|recientemente|últimamente|"
    "recentemente|ultimamente|недавно|最近",
}
ISO_DATE = lazy_pattern(r"(\d{4}(?:-(?:Q[1-4]|\d\d(?:-\d\d)?))?)(?:[T ]\d\d:.*)?$")
RECENT_DAYS = 14  # what "recently" means
_RELATIVE = lazy_pattern(
    "|".join(
        rf"(?P<{name.replace(' ', '_')}>(?<!\p{{Latin}}|\p{{Cyrillic}})(?:{words})"
        r"(?!\p{Latin}|\p{Cyrillic}))"
        for name, words in _RELATIVE_SPANS.items()
    ),
    regex.IGNORECASE,
)

DateRange = tuple[date, date]  # first and last day, both included


def parse_date_ranges(text: str, today: date) -> list[DateRange]:
    """Every date range that ``text`` mentions, without duplicates."""
    ranges = (_ranges_of_match(match, today) for match in _DATE_EXPRESSION.finditer(text))
    return list(dict.fromkeys(spans[0] for spans in ranges if len(spans) == 1))


def parse_days(text: str, today: date) -> list[DateRange]:
    """The ranges of the days, weeks and months that ``text`` names or counts from ``today``.

    A year alone is none: most texts name one for something else. Of 3/4/2022, both readings count.
    """
    relative = [
        _relative_range(match.lastgroup.split("_"), today)
        for match in _RELATIVE.finditer(straighten(text))
        if match.lastgroup
    ]
    named = (
        span
        for match in (_DATE_EXPRESSION.finditer(text) if may_name_month(text) else ())
        if not match["lone_year"] and not match["relative"] and not match["weekday"]
        for span in _ranges_of_match(match, today)
    )
    days = (today - timedelta(days=back) for back in days_back(text))
    return list(dict.fromkeys([*((day, day) for day in days), *filter(None, relative), *named]))


def iso_date(text: str) -> str | None:
    """A date in any common form as YYYY-MM-DD, or YYYY-MM or YYYY; None if it is none."""
    iso = ISO_DATE.match(text.strip())
    if iso is not None:
        return iso[1]
    for mention in find_dates(straighten(text)):
        if mention.year and len(mention.months) == 1:
            (month,) = mention.months
            day = _day_of(mention)
            return f"{mention.year}-{month:02}" + (f"-{day:02}" if day else "")
    year = regex.search(LONE_YEAR, text)
    return year[0] if year else None


def iso_date_range(text: str) -> DateRange | None:
    """The range of a date or part of one ("2021", "2021-Q1", "2021-03"); None if invalid."""
    quarter = regex.match(r"(\d{4})-Q([1-4])", text)
    if quarter is not None:
        first = date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1)
        last = _calendar_range(first.year, first.month + 2)
        return (first, last[1]) if last else None
    match = regex.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    return _calendar_range(year or 0, month, day)


def replace_date_ranges(text: str, replacement: str) -> str:
    """``text`` with every date replaced."""
    return _DATE_EXPRESSION.sub(f" {replacement} ", text)


def ranges_overlap(a: DateRange, b: DateRange) -> bool:
    """Whether two date ranges share a day."""
    return a[0] <= b[1] and b[0] <= a[1]


def _ranges_of_match(match: regex.Match[str], today: date) -> list[DateRange]:
    """The range; of 3/4/2022 the two that it may mean; none for no date of the calendar."""
    groups = match.groupdict()
    if groups["lone_year"]:
        spans = [_calendar_range(int(groups["lone_year"]))]
    elif groups["weekday"]:
        weekday = ENGLISH_WEEKDAYS.index(groups["weekday"].lower())
        spans = [_weekday_range(weekday, today, before_today=bool(groups["last"]))]
    elif groups["relative"]:
        spans = [_relative_range(groups["relative"].lower().split(), today)]
    elif match[0].lower() in ENGLISH_MONTHS and _is_month_alone(match):
        month = ENGLISH_MONTHS.index(match[0].lower()) + 1
        spans = [_latest_calendar_range(None, month, None, today)]
    else:
        spans = _spans_of_date(read_date(match), today)
    return [span for span in spans if span is not None]


def _spans_of_date(mention: DateMention | None, today: date) -> list[DateRange | None]:
    if mention is None:
        return []
    return [
        _latest_calendar_range(mention.year, month, _day_of(mention, month), today)
        for month in sorted(mention.months)
    ]


def _day_of(mention: DateMention, month: int | None = None) -> int | None:
    """The day of a date; of two numbers, the one that isn't the ``month``."""
    month = month or min(mention.months)
    return min(mention.days - {month}, default=month) if mention.days else None


def _is_month_alone(match: regex.Match[str]) -> bool:
    """ "May", but "may" only if the text says nothing else."""
    return match[0][0].isupper() or match[0] == match.string.strip()


def _calendar_range(
    year: int, month: int | None = None, day: int | None = None
) -> DateRange | None:
    """A year, a month or a day; None if the calendar has no such date."""
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return first, first
        next_first = date(year + (month in (None, 12)), (month or 12) % 12 + 1, 1)
    except ValueError:
        return None
    return first, next_first - timedelta(days=1)


def _latest_calendar_range(
    year: int | None, month: int, day: int | None, today: date
) -> DateRange | None:
    """A month or a day; without a year, the latest one that has begun."""
    span = _calendar_range(year or today.year, month, day)
    if year is None and span is not None and span[0] > today:
        return _calendar_range(today.year - 1, month, day)
    return span


def _weekday_range(weekday: int, today: date, *, before_today: bool) -> DateRange:
    days_back = (today.weekday() - weekday) % 7
    day = today - timedelta(days=days_back or 7 if before_today else days_back)
    return day, day


def _relative_range(expression: list[str], today: date) -> DateRange | None:
    """The range of "today", "yesterday", "recently", or ["this" or "last", a unit]."""
    if expression == ["recently"]:
        return today - timedelta(days=RECENT_DAYS), today
    if len(expression) == 1:
        day = today - timedelta(days=expression[0] == "yesterday")
        return day, day
    which, unit = expression
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * (which == "last"))
        return monday, monday + timedelta(days=6)
    if unit == "year":
        return _calendar_range(today.year - (which == "last"))
    first = today.replace(day=1)
    day_in_month = first - timedelta(days=1) if which == "last" else first
    return _calendar_range(day_in_month.year, day_in_month.month)
