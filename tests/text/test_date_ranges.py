"""Dates in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.date_ranges import (
    DateRange,
    iso_date,
    iso_date_range,
    parse_date_ranges,
    parse_days,
    ranges_overlap,
    replace_date_ranges,
)

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today's", "2026-11-22", "2026-11-22"),
        ("Yesterday", "2026-11-21", "2026-11-21"),
        ("Tuesday's", "2026-11-17", "2026-11-17"),
        ("Sunday", "2026-11-22", "2026-11-22"),
        ("last Sunday", "2026-11-15", "2026-11-15"),
        ("this week", "2026-11-16", "2026-11-22"),
        ("last week's", "2026-11-09", "2026-11-15"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("2021", "2021-01-01", "2021-12-31"),
        ("March 2020", "2020-03-01", "2020-03-31"),
        ("february 2024", "2024-02-01", "2024-02-29"),
        ("March", "2026-03-01", "2026-03-31"),
        ("the March issue", "2026-03-01", "2026-03-31"),
        ("march", "2026-03-01", "2026-03-31"),
        ("December", "2025-12-01", "2025-12-31"),
        ("4 May", "2026-05-04", "2026-05-04"),
        ("the 4th of December", "2025-12-04", "2025-12-04"),
        ("May 4, 2019", "2019-05-04", "2019-05-04"),
        ("2019-05-04", "2019-05-04", "2019-05-04"),
    ],
)
def test_a_date_in_words_is_the_latest_such_range(text: str, first: str, last: str) -> None:
    assert parse_date_ranges(text, TODAY) == [(date.fromisoformat(first), date.fromisoformat(last))]


@pytest.mark.parametrize("text", ["", "31 February 2020", "12", "3000", "marching", "2019-13-40"])
def test_other_text_has_no_date(text: str) -> None:
    assert parse_date_ranges(text, TODAY) == []


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2021", "2021-12-31"),
        ("2021-12", "2021-12-31"),
        ("2021-Q2", "2021-06-30"),
        ("2021-03-04T10:00", "2021-03-04"),
    ],
)
def test_a_date_may_be_partial(day: str, last: str) -> None:
    span = iso_date_range(day)
    assert span is not None
    assert span[1].isoformat() == last


def test_ranges_overlap_if_they_share_a_day() -> None:
    year, may, june = (
        parse_date_ranges(text, TODAY)[0] for text in ("2021", "May 2021", "June 2021")
    )
    assert ranges_overlap(year, may)
    assert not ranges_overlap(may, june)


def test_dates_can_be_replaced() -> None:
    assert replace_date_ranges("in Tuesday's paper", "|").split() == ["in", "|", "'s", "paper"]


@pytest.mark.parametrize("text", ["0000-01-01", "9999", "2999-12-31", "no date", "-5"])
def test_any_string_can_be_parsed_as_a_date(text: str) -> None:
    iso_date_range(text)


@pytest.mark.parametrize("text", ["may be", "they march", "03/04/2020", "3.15.2020"])
def test_a_word_or_an_ambiguous_date_is_no_range(text: str) -> None:
    assert parse_date_ranges(text, TODAY) == []


def test_a_date_in_another_language_is_a_range() -> None:
    assert parse_date_ranges("der Bericht vom 4. Mai 2019", TODAY) == [
        (date(2019, 5, 4), date(2019, 5, 4))
    ]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("March 2031", "2031-03-01", "2031-03-31"),  # a year that is written counts
        ("4 May 2031", "2031-05-04", "2031-05-04"),
        ("22 November", "2026-11-22", "2026-11-22"),  # today
        ("23 November", "2025-11-23", "2025-11-23"),
        ("November", "2026-11-01", "2026-11-30"),
        ("December 2030", "2030-12-01", "2030-12-31"),
        ("last Monday", "2026-11-16", "2026-11-16"),
        ("Monday", "2026-11-16", "2026-11-16"),
        ("this month", "2026-11-01", "2026-11-30"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("may", "2026-05-01", "2026-05-31"),
        (" may ", "2026-05-01", "2026-05-31"),
        ("it was in May", "2026-05-01", "2026-05-31"),
    ],
)
def test_a_date_without_a_year_is_the_latest_that_has_begun(
    text: str, first: str, last: str
) -> None:
    assert parse_date_ranges(text, TODAY) == [(date.fromisoformat(first), date.fromisoformat(last))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this week", [("2026-11-16", "2026-11-22")]),
        ("was war letzte Woche?", [("2026-11-09", "2026-11-15")]),
        ("¿Qué pasó la semana pasada?", [("2026-11-09", "2026-11-15")]),
        ("que s'est-il passé hier", [("2026-11-21", "2026-11-21")]),
        ("что случилось на прошлой неделе", [("2026-11-09", "2026-11-15")]),
        ("上个月", [("2026-10-01", "2026-10-31")]),
        ("what was recently built", [("2026-11-08", "2026-11-22")]),
        ("on 2022/10/04", [("2022-10-04", "2022-10-04")]),
        ("on 25/12/2022", [("2022-12-25", "2022-12-25")]),
        ("on 3/4/2022", [("2022-03-04", "2022-03-04"), ("2022-04-03", "2022-04-03")]),
        ("in 2022", []),
        ("a todayish weekly", []),
        ("what did they say the day before yesterday", [("2026-11-20", "2026-11-20")]),
        ("wat zei hij gisteren", [("2026-11-21", "2026-11-21")]),
    ],
)
def test_the_days_that_a_question_is_about(text: str, expected: list[tuple[str, str]]) -> None:
    days = [(first.isoformat(), last.isoformat()) for first, last in parse_days(text, TODAY)]
    assert days == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-10-04", "2022-10-04"),
        ("2022-10-04T08:00:00Z", "2022-10-04"),
        ("2022/10/04 08:15", "2022-10-04"),
        ("04-Oct-2022", "2022-10-04"),
        ("October 2022", "2022-10"),
        ("3/4/2022", "2022"),
        ("2021-Q1", "2021-Q1"),
        ("spring", None),
    ],
)
def test_a_date_in_any_form_is_one_of_the_calendar(text: str, expected: str | None) -> None:
    assert iso_date(text) == expected


@pytest.mark.parametrize(("quarter", "days"), [(1, 90), (2, 91), (3, 92), (4, 92)])
def test_a_quarter_has_three_months(quarter: int, days: int) -> None:
    range_ = iso_date_range(f"2021-Q{quarter}")
    assert range_ is not None
    assert (range_[1] - range_[0]).days + 1 == days
    assert (range_[0].month, range_[0].day) == (3 * quarter - 2, 1)


DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 12))


@given(st.tuples(DAYS, DAYS), st.tuples(DAYS, DAYS))
def test_any_two_ranges_overlap_if_they_share_a_day(a: DateRange, b: DateRange) -> None:
    def days(first: date, last: date) -> set[date]:
        count = (last - first).days + 1
        return {first + timedelta(days=number) for number in range(count)}

    a, b = (min(a), max(a)), (min(b), max(b))
    assert ranges_overlap(a, b) == bool(days(*a) & days(*b))
