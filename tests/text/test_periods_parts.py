"""The parts of a period, those that follow from others, and when two periods conflict."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.periods import Period, find_periods


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("the first quarter", 1),
        ("the second quarter", 2),
        ("the third quarter", 3),
        ("the fourth quarter", 4),
        ("the last quarter", 4),
        ("im ersten Quartal", 1),
        ("das zweite Quartal", 2),
        ("im dritten Quartal", 3),
        ("das vierte Quartal", 4),
        ("le premier trimestre", 1),
        ("le deuxième trimestre", 2),
        ("le troisième trimestre", 3),
        ("le quatrième trimestre", 4),
        ("el primer trimestre", 1),
        ("el segundo trimestre", 2),
        ("el tercer trimestre", 3),
        ("el cuarto trimestre", 4),
        ("o primeiro trimestre", 1),
        ("o terceiro trimestre", 3),
        ("o quarto trimestre", 4),
        ("il primo trimestre", 1),
        ("il secondo trimestre", 2),
        ("il terzo trimestre", 3),
        ("the 4th quarter", 4),
        ("Q1", 1),
        ("2026-Q4", 4),
    ],
)
def test_a_quarter_in_words_or_figures(text: str, quarter: int) -> None:
    (period,) = find_periods(text)
    assert period.quarter == quarter


@pytest.mark.parametrize("text", ["Q5", "the fifth quarter", "0th quarter", "a quarter"])
def test_a_year_has_four_quarters(text: str) -> None:
    assert find_periods(text) == ()


@given(st.dates(date(1990, 1, 1), date(2050, 12, 31)))
def test_a_day_knows_its_quarter_and_its_week(day: date) -> None:
    period = Period.of_day(day)
    assert period.part("quarter") == {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2}.get(
        day.month, 3 if day.month < 10 else 4
    )
    assert period.part("week") == day.isocalendar().week
    assert period.part("month") == day.month


def test_only_a_whole_day_that_exists_has_a_week() -> None:
    assert Period(year=2026, month=5).part("week") is None
    assert Period(month=5, day=2).part("week") is None
    assert Period(year=2026, month=2, day=30).part("week") is None
    assert Period(week=7).part("week") == 7
    assert Period(week=7).part("quarter") is None


def test_periods_conflict_where_both_name_a_part() -> None:
    may, june = Period(year=2026, month=5), Period(month=6)
    assert may.conflicts(june)
    assert not may.conflicts(Period(year=2026))
    assert may.conflicts(Period(quarter=1))
    assert not may.conflicts(Period(quarter=2))
    assert may.shares(Period(quarter=2))
    assert not may.shares(Period(week=20))
    assert not may.shares(june)


def test_what_another_leaves_open() -> None:
    may = Period(year=2026, month=5)
    assert may.without(Period(year=2025)) == Period(month=5)
    assert may.without(may).is_open
    assert Period(year=2026).is_year
    assert not may.is_year
    assert not Period(year=2026).is_open
