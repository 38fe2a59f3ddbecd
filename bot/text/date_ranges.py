"""Reads dates as ranges of days: "Tuesday", "last week", "March 2021", "4 May", "2019".

Each is inclusive. An ambiguous name means the latest such range that is not after ``today``.
Dates in the languages of ``dates``; words that count from today in English. Pure functions.
"""

from __future__ import annotations

from datetime import date, timedelta

import regex

from bot.text.calendar_names import ENGLISH_MONTHS, ENGLISH_WEEKDAYS
from bot.text.dates import DATE_PATTERN, LONE_YEAR, read_date

_DATE_EXPRESSION = regex.compile(
    rf"{DATE_PATTERN}|(?P<lone_year>{LONE_YEAR})"
    rf"|(?P<last>\blast\s+)?\b(?P<weekday>{'|'.join(ENGLISH_WEEKDAYS)})\b"
    r"|\b(?P<relative>today|yesterday|this\s+(?:week|month|year)|last\s+(?:week|month|year))\b",
    regex.IGNORECASE,
)

DateRange = tuple[date, date]  # first and last day, both included


def parse_date_ranges(text: str, today: date) -> list[DateRange]:
    """Every date range that ``text`` mentions, without duplicates."""
    ranges = (_range_of_match(match, today) for match in _DATE_EXPRESSION.finditer(text))
    return list(dict.fromkeys(span for span in ranges if span is not None))


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


def _range_of_match(match: regex.Match[str], today: date) -> DateRange | None:
    groups = match.groupdict()
    if groups["lone_year"]:
        return _calendar_range(int(groups["lone_year"]))
    if groups["weekday"]:
        weekday = ENGLISH_WEEKDAYS.index(groups["weekday"].lower())
        return _weekday_range(weekday, today, before_today=bool(groups["last"]))
    if groups["relative"]:
        return _relative_range(groups["relative"].lower().split(), today)
    if match[0].lower() in ENGLISH_MONTHS and _is_month_alone(match):
        month = ENGLISH_MONTHS.index(match[0].lower()) + 1
        return _latest_calendar_range(None, month, None, today)
    parsed = read_date(match)
    if parsed is None or len(parsed.months) != 1 or len(parsed.days) > 1:
        return None
    (month,), day = parsed.months, next(iter(parsed.days), None)
    return _latest_calendar_range(parsed.year, month, day, today)


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
    """The range of "today", "yesterday", or ["this" or "last", a unit]."""
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
