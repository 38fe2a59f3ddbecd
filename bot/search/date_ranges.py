"""Days that people name in words: "Tuesday", "last week", "March 2021", "4 May", "2019".

Gives inclusive ranges of days, the latest that is not after ``today`` where a name alone does
not say which. English only. Pure functions of values.
"""

from __future__ import annotations

from datetime import date, timedelta

import regex

from bot.text.month_names import ENGLISH_MONTHS

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "|".join(ENGLISH_MONTHS)
_NAMED = regex.compile(
    r"(?P<iso>\b\d{4}-\d\d-\d\d\b)"
    rf"|\b(?P<first>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month1>{_MONTH})(?:,?\s+(?P<year1>\d{{4}}))?\b"
    rf"|\b(?P<month2>{_MONTH})\s+(?P<second>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year2>\d{{4}}))?"
    rf"|\b(?P<month3>{_MONTH})(?:,?\s+(?P<year3>\d{{4}}))?\b"
    r"|\b(?P<year>1[5-9]\d\d|20\d\d)\b"
    rf"|(?P<last>\blast\s+)?\b(?P<weekday>{'|'.join(WEEKDAYS)})\b"
    r"|\b(?P<near>today|yesterday|this\s+(?:week|month|year)|last\s+(?:week|month|year))\b",
    regex.IGNORECASE,
)

DateRange = tuple[date, date]


def parse_date_ranges(text: str, today: date) -> list[DateRange]:
    """Every range of days that ``text`` names."""
    found = (_range(match, today) for match in _NAMED.finditer(text.lower()))
    return list(dict.fromkeys(span for span in found if span is not None))


def iso_date_range(day: str) -> DateRange | None:
    """A date in ISO 8601, whole or its beginning ("2021", "2021-03"), as a range."""
    found = regex.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", day)
    if found is None:
        return None
    year, month, number = (int(part) if part else None for part in found.groups())
    return _span(year or 0, month, number)


def strip_date_ranges(text: str, instead: str) -> str:
    """``text`` with something else where it names days."""
    return _NAMED.sub(f" {instead} ", text)


def _range(found: regex.Match[str], today: date) -> DateRange | None:
    part = found.groupdict()
    if part["iso"]:
        return iso_date_range(part["iso"])
    if part["year"]:
        return _span(int(part["year"]))
    if part["weekday"]:
        return _weekday(WEEKDAYS.index(part["weekday"]), today, before=bool(part["last"]))
    if part["near"]:
        return _near(part["near"].split(), today)
    month = ENGLISH_MONTHS.index(part["month1"] or part["month2"] or part["month3"]) + 1
    year = part["year1"] or part["year2"] or part["year3"]
    day = part["first"] or part["second"]
    return _dated(int(year) if year else None, month, int(day) if day else None, today)


def _span(year: int, month: int | None = None, day: int | None = None) -> DateRange | None:
    """A year, a month or a day; None for one that no calendar has."""
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return first, first
        after = date(year + (month in (None, 12)), (month or 12) % 12 + 1, 1)
    except ValueError:
        return None
    return first, after - timedelta(days=1)


def _dated(year: int | None, month: int, day: int | None, today: date) -> DateRange | None:
    """Without a year, the latest such month or day that has begun."""
    span = _span(year or today.year, month, day)
    if year is None and span is not None and span[0] > today:
        return _span(today.year - 1, month, day)
    return span


def _weekday(number: int, today: date, *, before: bool) -> DateRange:
    back = (today.weekday() - number) % 7
    day = today - timedelta(days=back or 7 if before else back)
    return day, day


def _near(named: list[str], today: date) -> DateRange | None:
    if len(named) == 1:
        day = today - timedelta(days=named[0] == "yesterday")
        return day, day
    which, unit = named
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * (which == "last"))
        return monday, monday + timedelta(days=6)
    if unit == "year":
        return _span(today.year - (which == "last"))
    first = today.replace(day=1)
    seen = first - timedelta(days=1) if which == "last" else first
    return _span(seen.year, seen.month)


def ranges_overlap(one: DateRange, other: DateRange) -> bool:
    """Whether two ranges share a day."""
    return one[0] <= other[1] and other[0] <= one[1]
