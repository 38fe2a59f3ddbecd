"""Dates as documents print them, each with its precision; which number is the month."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.dates import DateOrder, date_order, find_dates, plausible_date


def values(text: str, order: DateOrder | None = None, *, years: bool = False) -> list[str]:
    return [found.value for found in find_dates(text, order, years=years)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the 9th of June 2024", "2024-06-09"),
        ("June 9, 2024", "2024-06-09"),
        ("9. Juni 2024", "2024-06-09"),
        ("1er juin 2024", "2024-06-01"),
        ("9 de junio de 2024", "2024-06-09"),
        ("9 de junho de 2024", "2024-06-09"),
        ("09.06.2024", "2024-06-09"),
        ("2024/6/9", "2024-06-09"),
        ("2024年6月9日", "2024-06-09"),
        ("令和6年6月9日", "2024-06-09"),
        ("令和元年6月", "2019-06"),
        ("June 2024", "2024-06"),
        ("juin 2024", "2024-06"),
        ("06/2024", "2024-06"),
        ("Q3 2023", "2023-Q3"),
        ("3. Quartal 2023", "2023-Q3"),
        ("third quarter of 2023", "2023-Q3"),
        ("tercer trimestre de 2023", "2023-Q3"),
        ("2023年第3四半期", "2023-Q3"),
    ],
)
def test_a_date_keeps_its_precision(text: str, value: str) -> None:
    assert values(f"Words, {text}.") == [value]


@pytest.mark.parametrize(
    "text", ["31 February 2024", "9 June 2999", "9 June", "Q5 2023", "1/2/3/2024", "v2024.13.40"]
)
def test_what_is_in_no_calendar_or_to_come_is_no_date(text: str) -> None:
    assert values(text) == []


def test_a_year_alone_is_a_date_only_where_one_is_looked_for() -> None:
    assert values("Edition 2024, 12 pages") == []
    assert values("Edition 2024, 12 pages", years=True) == ["2024"]
    assert values("9 June 2024 and 2023", years=True) == ["2024-06-09", "2023"]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en-US", "04/05/2024", ["2024-04-05"]),
        ("en_US", "04/05/2024", ["2024-04-05"]),
        ("en-GB", "04/05/2024", ["2024-05-04"]),
        ("pt-BR", "04/05/2024", ["2024-05-04"]),
        ("de", "04/05/2024", ["2024-05-04"]),
        ("en", "04/05/2024", []),
        (None, "04/05/2024", []),
        ("en", "04/05/2024 and 04/25/2024", ["2024-04-05", "2024-04-25"]),
        ("en", "04/05/2024 and 25/04/2024", ["2024-05-04", "2024-04-25"]),
        ("en", "04/25/2024 and 25/04/2024 and 04/05/2024", ["2024-04-25", "2024-04-25"]),
        ("en", "05/05/2024", ["2024-05-05"]),
    ],
)
def test_the_language_or_another_date_says_which_number_is_the_month(
    language: str | None, text: str, value: list[str]
) -> None:
    assert values(text, date_order(language, text)) == value


@given(st.dates().map(str))
def test_every_day_that_is_read_is_the_one_that_was_written(day: str) -> None:
    year, month, number = day.split("-")
    for text in (day, f"{number}.{month}.{year}", f"{year}年{month}月{number}日"):
        assert values(text) == ([day] if plausible_date(day) else [])


@given(st.text("0123456789./-年月日Q令和 May", max_size=40))
def test_no_text_breaks_it_and_offsets_hold(text: str) -> None:
    for found in find_dates(text, "day first", years=True):
        assert 0 <= found.start < found.end <= len(text)
        assert plausible_date(found.value) == found.value
