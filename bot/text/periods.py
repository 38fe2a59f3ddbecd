"""Finds the periods that a text names: a day, a week, a month, a quarter, a year, or part of one.

"Week 13 of 2026", "Q3 2026", "im 2. Quartal", "12 May", "2019". A period may leave its year open.
Words that count from a day ("yesterday", "on Thursday") are read by ``relative_days``. Pure
functions; knows nothing of questions or articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache

import regex

from bot.text.calendar_names import WEEKDAY
from bot.text.dates import LONE_YEAR, YEAR, find_dates
from bot.text.folding import straighten
from bot.text.lazy_pattern import lazy_pattern

CACHED_TEXTS = 1_024  # the sentences of a question's hits
MAX_PERIODS = 24  # of a text
_WEEK_WORDS = "weeks?|wk|cw|kw|kalenderwoche|woche|semaine|semana|settimana|tydzień|неделя|неделе"
_WEEK = lazy_pattern(
    rf"\b(?:(?:{_WEEK_WORDS})\s?(?P<week>[0-5]?\d)\b"
    rf"(?: ?(?:or|and|to|vs\.?|und|oder|bis|et|ou|y|o|e|[-–]) ?(?P<other>[0-5]?\d)\b)?"
    rf"(?:,? (?:of |de |von )?(?P<year>{YEAR})\b)?|(?P<year>{YEAR})-?W(?P<week>[0-5]\d)\b)"
    rf"|(?:(?P<year>{YEAR})年)?第(?P<week>[0-5]?\d)[週周]",
    regex.IGNORECASE,
)
_QUARTER_WORDS = "quarter|quartal|trimestre|kwartał|kwartaal|квартал\\w*"
_ORDINALS = {
    **{"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "erste": 1, "zweite": 2},
    **{"dritte": 3, "vierte": 4, "premier": 1, "deuxième": 2, "troisième": 3, "quatrième": 4},
    **{"primer": 1, "segundo": 2, "tercer": 3, "cuarto": 4, "primeiro": 1, "terceiro": 3},
    **{"quarto": 4, "primo": 1, "secondo": 2, "terzo": 3},
}
_QUARTER = lazy_pattern(
    rf"\b(?:Q(?P<number>[1-4])(?:[ /-]?(?:of )?(?P<year>{YEAR}))?"
    rf"|(?P<year>{YEAR})[ /-]?Q(?P<number>[1-4])"
    rf"|(?:(?P<number>[1-4])(?:st|nd|rd|th|\.|º|er|e|ème)? ?"
    rf"|(?P<word>{'|'.join(_ORDINALS)})[nrsm]? )"
    rf"(?:{_QUARTER_WORDS})(?: (?:of |de |von |del )?(?P<year>{YEAR}))?"
    rf"|(?:{_QUARTER_WORDS})\p{{L}}* (?P<number>[1-4])[ /-](?P<year>{YEAR}))\b",
    regex.IGNORECASE,
)
_YEAR_AND_MONTH = lazy_pattern(rf"(?<![\w-])(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])(?![\w-])")
_LONE_YEAR = lazy_pattern(rf"{LONE_YEAR}|{YEAR}(?=年)")
# How many days before the day of the text, in eleven languages.
DAYS_BACK = {
    0: "today|tonight|heute|aujourd'hui|hoy|hoje|oggi|vandaag|dziś|dzisiaj|сегодня|今日|今天|本日",
    1: "yesterday|last night|gestern|hier|ayer|ontem|ieri|gisteren|wczoraj|вчера|昨日|昨天",
    2: "the day before yesterday|vorgestern|avant-hier|anteayer|anteontem|l'altro ieri|"
    "eergisteren|przedwczoraj|позавчера|一昨日|前天",
}
_RELATIVE = lazy_pattern(
    "|".join(
        rf"(?P<d{days}>(?<!\p{{Latin}}|\p{{Cyrillic}})(?:{words})(?!\p{{Latin}}|\p{{Cyrillic}}))"
        for days, words in sorted(DAYS_BACK.items(), reverse=True)
    ),
    regex.IGNORECASE,
)
_WEEKDAY_NAMES = "|".join(sorted(WEEKDAY, key=len, reverse=True))
_WEEKDAY = lazy_pattern(
    rf"\b(?:on|am|le|el|il|na|op|в|во) (?P<name>{_WEEKDAY_NAMES})\b", regex.IGNORECASE
)
# Another number may be an amount before a word: "1300 boats".
_LIKELY_YEARS = range(1900, 2100)


@dataclass(frozen=True, slots=True)
class Period:
    """A period, as far as it is named: None is left open. It has one finest part."""

    year: int | None = None
    quarter: int | None = None
    month: int | None = None
    week: int | None = None
    day: int | None = None

    @classmethod
    def of_day(cls, day: date) -> Period:
        """The period of one day."""
        return cls(year=day.year, month=day.month, day=day.day)

    @property
    def is_year(self) -> bool:
        """Whether nothing finer than the year is named."""
        return self == Period(year=self.year)

    def part(self, name: str) -> int | None:
        """A part of it; those that follow from others are worked out."""
        value: int | None = getattr(self, name)
        if value is not None:
            return value
        if name == "quarter" and self.month:
            return (self.month + 2) // 3
        if name == "week" and (day := self.as_date()):
            return day.isocalendar().week
        return None

    def as_date(self) -> date | None:
        """The day, if it names one that the calendar has."""
        if not (self.year and self.month and self.day):
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None

    def conflicts(self, other: Period) -> bool:
        """Whether a part that both name differs."""
        return any(
            a is not None and b is not None and a != b
            for a, b in ((self.part(name), other.part(name)) for name in PARTS)
        )

    def shares(self, other: Period) -> bool:
        """Whether both name some part, and none differs."""
        named = any(self.part(name) is not None and other.part(name) is not None for name in PARTS)
        return named and not self.conflicts(other)

    def without(self, other: Period) -> Period:
        """What ``other`` leaves open of it."""
        open_parts = {
            name: getattr(self, name) if other.part(name) is None else None for name in PARTS
        }
        return Period(**open_parts)

    @property
    def is_open(self) -> bool:
        """Whether it names nothing."""
        return self == Period()


PARTS = tuple(field.name for field in fields(Period))


@lru_cache(CACHED_TEXTS)
def find_periods(text: str) -> tuple[Period, ...]:
    """The distinct periods that a text names, lone years last."""
    text = straighten(text)
    periods: list[Period] = []
    for start, end, period in _named(text):
        periods.append(period)
        text = text[:start] + " " * (end - start) + text[end:]  # its year is not a year alone
    periods += [
        Period(year=int(match[0])) for match in _LONE_YEAR.finditer(text) if _is_year(match)
    ]
    return tuple(dict.fromkeys(periods))[:MAX_PERIODS]


def _is_year(match: regex.Match[str]) -> bool:
    """Whether a lone number is a year, and not an amount ("1300 boats", "called: 1300")."""
    if int(match[0]) in _LIKELY_YEARS:
        return True
    before = match.string[: match.start()].lower().split()[-1:]
    return before in (["in"], ["im"], ["en"], ["since"], ["seit"], ["depuis"], ["desde"], ["em"])


def _named(text: str) -> Iterator[tuple[int, int, Period]]:
    for match in _WEEK.finditer(text):
        for week in filter(None, (match["week"], match["other"])):
            yield *match.span(), Period(year=_number(match["year"]), week=int(week))
    for match in _QUARTER.finditer(text):
        quarter = _number(match["number"]) or _ORDINALS.get((match["word"] or "").lower())
        yield *match.span(), Period(year=_number(match["year"]), quarter=quarter)
    for match in _YEAR_AND_MONTH.finditer(text):
        yield *match.span(), Period(year=int(match["year"]), month=int(match["month"]))
    for dated in find_dates(text):
        month = next(iter(dated.months)) if len(dated.months) == 1 else None
        day = next(iter(dated.days)) if len(dated.days) == 1 else None
        yield dated.start, dated.end, Period(year=dated.year, month=month, day=day)


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def relative_days(text: str, base: date) -> tuple[Period, ...]:
    """The days that a text counts from ``base``: "yesterday", "on Thursday" (the latest one)."""
    days = [base - timedelta(days=back) for back in days_back(text)]
    for match in _WEEKDAY.finditer(straighten(text)):
        back = (base.weekday() - WEEKDAY[match["name"].lower()]) % 7
        days.append(base - timedelta(days=back))
    return tuple(dict.fromkeys(map(Period.of_day, days)))


def names_relative_day(text: str) -> bool:
    """Whether a text says "today", "yesterday" or the day before."""
    return _RELATIVE.search(straighten(text)) is not None


def days_back(text: str) -> list[int]:
    """How many days before today each of "today", "yesterday" and the day before is."""
    matches = _RELATIVE.finditer(straighten(text))
    return [next(days for days in DAYS_BACK if match[f"d{days}"]) for match in matches]


def replace_relative_days(text: str, base: date, write: Callable[[date], str]) -> str:
    """The text with the days that "yesterday" and the like count from ``base``, as written."""

    def replacement(match: regex.Match[str]) -> str:
        back = next(days for days in DAYS_BACK if match[f"d{days}"])
        return write(base - timedelta(days=back))

    return _RELATIVE.sub(replacement, straighten(text))


def without_days(text: str) -> str:
    """The text without the days that it names, as dates or as "yesterday"."""
    text = straighten(text)
    for dated in reversed([each for each in find_dates(text) if each.days]):
        text = text[: dated.start] + text[dated.end :]
    return " ".join(_RELATIVE.sub("", text).split())


def join_years(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    """Periods without a year are of the only year named beside them: "Q1, … spring 2026"."""
    years = [period for period in periods if period.is_year]
    finer = [period for period in periods if not period.is_year]
    if len(years) != 1 or not finer:
        return periods
    filled = (p if p.year else replace(p, year=years[0].year) for p in finer)
    return tuple(dict.fromkeys(filled))
