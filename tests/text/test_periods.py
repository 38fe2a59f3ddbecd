"""Which period a text names, and which periods differ."""

from __future__ import annotations

from datetime import date

import pytest

from bot.text.periods import Period, find_periods, join_years, relative_days


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("cases in week 18", Period(week=18)),
        ("week 13 of 2026", Period(year=2026, week=13)),
        ("casos na semana 17 de 2026", Period(year=2026, week=17)),
        ("Tests in KW 20", Period(week=20)),
        ("第20週", Period(week=20)),
        ("Q3 2026", Period(year=2026, quarter=3)),
        ("Quartalsmitteilung 1/2026", Period(year=2026, quarter=1)),
        ("im 2. Quartal 2025", Period(year=2025, quarter=2)),
        ("end of the first quarter", Period(quarter=1)),
        ("in May 2024", Period(year=2024, month=5)),
        ("on 2 May 2024", Period(year=2024, month=5, day=2)),
        ("2025年の湧出量", Period(year=2025)),
        ("2026-03 | 455.20 | 58.71", Period(year=2026, month=3)),
    ],
)
def test_a_period_is_read(text: str, period: Period) -> None:
    assert find_periods(text) == (period,)


def test_two_weeks_may_share_their_word() -> None:
    assert find_periods("more cases in week 18 or 19") == (Period(week=18), Period(week=19))
    assert find_periods("In week 12, 9 boats called") == (Period(week=12),)


def test_the_only_year_belongs_to_the_finer_periods_beside_it() -> None:
    periods = find_periods("in spring 2026, end of first quarter")
    assert join_years(periods) == (Period(year=2026, quarter=1),)


def test_periods_differ_in_a_part_that_both_name() -> None:
    week = Period(year=2026, week=13)
    assert week.conflicts(Period(week=12))
    assert week.shares(Period(week=13))
    assert not week.conflicts(Period(month=3))
    assert Period(year=2026, month=5, day=2).conflicts(Period(quarter=3))
    assert Period.of_day(date(2026, 3, 25)).shares(week)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The council was told so yesterday.", date(2026, 9, 1)),
        ("the day before yesterday", date(2026, 8, 31)),
        ("sorti avant-hier", date(2026, 8, 31)),
        ("Das war gestern.", date(2026, 9, 1)),
        ("昨日のこと", date(2026, 9, 1)),
        ("told the council on Thursday", date(2026, 8, 27)),
    ],
)
def test_a_day_may_be_counted_from_the_texts(text: str, day: date) -> None:
    assert relative_days(text, date(2026, 9, 2)) == (Period.of_day(day),)
