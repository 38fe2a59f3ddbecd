"""Dates as documents print them, each with its precision: a day, a month, a quarter or a year.

``find_dates`` reads ISO, numbers, names of months, quarters and Japanese eras. "03/04/2026" is the
third of April or the fourth of March: the page's language decides, else another date of the same
document that can only be read one way, else it is no date. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import regex

from bot.text.calendar_names import MONTH

DateOrder = Literal["day first", "month first"]
EARLIEST_YEAR = 1_500  # scans of old books carry the book's date
PARTIAL_DATE = regex.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d\d)(?:-(\d\d))?))?(?=[TZ]|[^\w/.-]|$)")
ERA_YEARS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
MONTH_FIRST_REGIONS = ("us", "ph", "pr")
ORDINALS = {
    **dict.fromkeys(("1", "i", "first", "erstes", "premier", "primer", "primeiro", "primo"), 1),
    **dict.fromkeys(("2", "ii", "second", "zweites", "deuxième", "segundo", "secondo"), 2),
    **dict.fromkeys(
        ("3", "iii", "third", "drittes", "troisième", "tercer", "terceiro", "terzo"), 3
    ),
    **dict.fromkeys(("4", "iv", "fourth", "viertes", "quatrième", "cuarto", "quarto"), 4),
}
_MONTH = "(?:" + "|".join(sorted(map(regex.escape, MONTH), key=len, reverse=True)) + r")\b\.?"
_ORDINAL = "(?:" + "|".join(sorted(ORDINALS, key=len, reverse=True)) + ")"
_OF = r"(?:\s(?:of|de|del|di|do))?"
_N = r"\d{1,2}"
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = regex.compile(
    rf"""(?<![\w/])(?:
    (?P<d1>{_N})(?:st|nd|rd|th|er|re|º|ª|°|\.)?{_OF}\s?(?P<m1>{_MONTH}),?{_OF}\s?(?P<y1>{_YEAR})
  | (?P<m2>{_MONTH})\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y2>{_YEAR})
  | (?P<y3>{_YEAR})(?:[-/.]|[年년]\s?)(?P<n3>{_N})(?:[-/.]|[月월]\s?)(?P<d3>{_N})[日일]?
  | (?P<d4>\d{{1,2}})\.\s?(?P<n4>\d{{1,2}})\.\s?(?P<y4>{_YEAR})
  | (?P<a5>\d{{1,2}})(?P<s5>[/-])(?P<b5>\d{{1,2}})(?P=s5)(?P<y5>{_YEAR})
  | (?P<e6>{"|".join(ERA_YEARS)})(?P<y6>{_N}|元)年\s?(?P<n6>{_N})月(?:\s?(?P<d6>{_N})日)?
  | [QT]\s?(?P<q7>[1-4])[\s/-]{{1,2}}(?P<y7>{_YEAR})
  | (?P<y8>{_YEAR})[\s/-]?[QT](?P<q8>[1-4])
  | (?P<q9>{_ORDINAL})(?:\.\s?º|st|nd|rd|th|er|e|º|°|\.)?\s(?:quarter|quartal|trimestre){_OF}\s
        (?P<y9>{_YEAR})
  | (?P<y10>{_YEAR})年(?:度)?\s?第(?P<q10>[1-4])四半期
  | (?P<m11>{_MONTH}),?{_OF}\s(?P<y11>{_YEAR})
  | (?P<n13>\d{{1,2}})/(?P<y13>{_YEAR})
  | (?P<y12>{_YEAR})(?:-|[年년]\s?)(?P<n12>\d{{1,2}})(?:[月월]|(?![\w-]))
  )(?![\w/])""",
    regex.VERBOSE | regex.IGNORECASE,
)
_YEAR_ALONE = regex.compile(rf"(?<![\w/.,-]){_YEAR}(?![\w/-]|[.,]\d)")
_SLASHED = regex.compile(rf"(?<![\d/])(\d{{1,2}})/(\d{{1,2}})/{_YEAR}(?![\d/])")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text: where it stands, and its value (2026-02-03, 2026-02, 2026-Q1, 2026)."""

    start: int
    end: int
    value: str

    @property
    def is_day(self) -> bool:
        """Whether it names a day."""
        return len(self.value) == len("2026-02-03")


def find_dates(text: str, order: DateOrder | None, *, years: bool = False) -> Iterator[FoundDate]:
    """The plausible dates in a line; with ``years``, a year that stands alone is one, too."""
    end = 0
    for match in _DATE.finditer(text):
        value = _value({key: part for key, part in match.groupdict().items() if part}, order)
        if years:
            yield from _years(text, end, match.start())
        end = match.end()
        if value:
            yield FoundDate(match.start(), match.end(), value)
    if years:
        yield from _years(text, end, len(text))


def _years(text: str, start: int, end: int) -> Iterator[FoundDate]:
    for match in _YEAR_ALONE.finditer(text, start, end):
        if value := plausible_date(match[0]):
            yield FoundDate(match.start(), match.end(), value)


def _value(groups: dict[str, str], order: DateOrder | None) -> str | None:
    parts = {key.rstrip("0123456789"): part for key, part in groups.items()}
    if "q" in parts:
        return plausible_date(f"{parts['y']}-Q{ORDINALS[parts['q'].lower()]}")
    year = parts["y"]
    if "e" in parts:
        year = str(ERA_YEARS[parts["e"]] + (1 if year == "元" else int(year)))
    if "a" in parts:
        return _of_two_numbers(year, int(parts["a"]), int(parts["b"]), order)
    month = MONTH[parts["m"].lower().rstrip(".")] if "m" in parts else int(parts["n"])
    day = f"-{int(parts['d']):02}" if "d" in parts else ""
    return plausible_date(f"{year}-{month:02}{day}")


def _of_two_numbers(year: str, a: int, b: int, order: DateOrder | None) -> str | None:
    """None if either number can be the month and the order isn't known."""
    if a == b or max(a, b) > 12:
        day, month = (a, b) if a >= b else (b, a)
    elif order is None:
        return None
    else:
        day, month = (a, b) if order == "day first" else (b, a)
    return plausible_date(f"{year}-{month:02}-{day:02}")


def date_order(language: str | None, text: str = "") -> DateOrder | None:
    """How a document in that language, or with those dates, writes a date in numbers."""
    code, _, region = (language or "").lower().replace("_", "-").partition("-")
    if region:
        return "month first" if region.split("-")[-1] in MONTH_FIRST_REGIONS else "day first"
    first, second = False, False
    for match in _SLASHED.finditer(text):
        first |= int(match[1]) > 12
        second |= int(match[2]) > 12
    if first != second:
        return "day first" if first else "month first"
    return "day first" if code and code != "en" else None


def plausible_date(text: str | None) -> str | None:
    """The date, or part of one, that a text begins with, if something can be published on it."""
    match = PARTIAL_DATE.match((text or "").strip())
    if match is None:
        return None
    year, quarter, month, day = match.groups()
    try:
        first = date(int(year), int(month or 3 * int(quarter or 1) - 2), int(day or 1))
    except ValueError:
        return None
    latest = datetime.now(UTC).date() + timedelta(days=1)  # it is tomorrow somewhere
    return match[0] if first.year >= EARLIEST_YEAR and first <= latest else None
