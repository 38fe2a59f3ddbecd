"""Dates are found in words and figures of several languages, and words that are none are not."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.text.dates import LONE_YEAR, find_dates

Parts = tuple[int | None, set[int], set[int]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 12 March 2020", (2020, {3}, {12})),
        ("March 12th, 2020", (2020, {3}, {12})),
        ("the 4th of December", (None, {12}, {4})),
        ("am 12. März 2020", (2020, {3}, {12})),
        ("am 12. Marz 2020", (2020, {3}, {12})),
        ("el 12 de marzo de 2020", (2020, {3}, {12})),
        ("le 1er février", (None, {2}, {1})),
        ("12 października 1998", (1998, {10}, {12})),
        ("12 марта 2020 года", (2020, {3}, {12})),
        ("2020-03-12", (2020, {3}, {12})),
        ("2020/3/12", (2020, {3}, {12})),
        ("12.3.2020", (2020, {3}, {12})),
        ("2020.03.12", (2020, {3}, {12})),
        ("12-Mar-2020", (2020, {3}, {12})),
        ("12/Mar/2020", (2020, {3}, {12})),
        ("2020-Mar-12", (2020, {3}, {12})),
        ("12 de marzo del 2020", (2020, {3}, {12})),
        ("03-04-2020", (2020, {3, 4}, {3, 4})),
        ("03/04/2020", (2020, {3, 4}, {3, 4})),
        ("2020年3月12日", (2020, {3}, {12})),
        ("2020년 3월 12일", (2020, {3}, {12})),
        ("在3月", (None, {3}, set())),
        ("since march", (None, {3}, set())),
        ("in May", (None, {5}, set())),
        ("the March report", (None, {3}, set())),
        ("May 2020", (2020, {5}, set())),
    ],
)
def test_a_date_is_found(text: str, expected: Parts) -> None:
    (day,) = find_dates(text)
    assert (day.year, {*day.months}, {*day.days}) == expected


@pytest.mark.parametrize(
    "text",
    ["it may rain", "they march on", "Wal-Mart", "three days ago", "10 out of 12", "2020", "",
     "1.5", "13-2020", "a marca", "Augustus ruled", "marching"],
)  # fmt: skip
def test_other_words_are_no_dates(text: str) -> None:
    assert find_dates(text) == ()


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("in 1066 and 2020", ["1066", "2020"]),
        ("1914-1918", ["1914", "1918"]),
        ("2021's", ["2021"]),
        ("1990s", []),
        ("$1999, 1,998 and 19990", []),
        ("3000 or 999", []),
        ("2019-13-40", []),
        ("20.1998 %", []),
    ],
)
def test_a_number_that_stands_for_a_year(text: str, years: list[str]) -> None:
    assert regex.findall(LONE_YEAR, text) == years


@given(st.lists(st.sampled_from(["may", "3", "2020", "March", "月", "年", "-", "/", ".", " "])))
def test_dates_are_in_order_and_inside_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    ends = [0]
    for day in find_dates(text):
        assert ends[-1] <= day.start < day.end <= len(text)
        assert day.months <= set(range(1, 13))
        ends.append(day.end)
