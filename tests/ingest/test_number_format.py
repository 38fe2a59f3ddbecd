"""Numbers as spreadsheets show them. The expected texts are what Excel shows in English."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.xlsx.number_format import BUILT_IN, MAC_EPOCH, show_number

SHOWN = [
    ("1234.5", "#,##0.00", "1,234.50"),
    ("0.256", "0%", "26%"),
    ("0.256", "0.0%", "25.6%"),
    ("45000", "yyyy-mm-dd", "2023-03-15"),
    ("45000.75", "d mmm yyyy h:mm", "15 Mar 2023 18:00"),
    ("45000.75", "[$-409]m/d/yy h:mm AM/PM;@", "3/15/23 6:00 PM"),
    ("44562", "[$-F800]dddd, mmmm dd, yyyy", "Saturday, January 01, 2022"),
    ("1.25", "[h]:mm:ss", "30:00:00"),
    ("0.5", "mm:ss.0", "00:00.0"),
    ("-5", "#,##0;[Red](#,##0)", "(5)"),
    ("-3", '"€"0.0', "-€3.0"),
    ("0", '0;-0;"none"', "none"),
    ("5", ";;;", ""),
    ("1234567", '#,##0,"k"', "1,235k"),
    ("1234567", '0.0,," M"', "1.2 M"),
    ("2000", '[>1000]#,##0.0,"K";0', "2.0K"),
    ("500", '[>1000]#,##0.0,"K";0', "500"),
    ("1.5", "# ?/?", "1 1/2"),
    ("0.375", "# ?/8", "3/8"),
    ("0.0000123", "0.00E+00", "1.23E-05"),
    ("1.1", "[$€-407] #,##0.00", "€ 1.10"),
    ("7", "000", "007"),
    ("1234567890", "(000) 000-0000", "(123) 456-7890"),
    ("1234", "_-* #,##0.00_-", "1,234.00"),
    ("0.1", "General", "0.1"),
    ("0.30000000000000004", "General", "0.3"),
    ("12345678901", "General", "12345678901"),
    ("12345678901234", "0", "12345678901234"),
    ("3", '"Q"0', "Q3"),
    ("5", "@", "5"),
    ("123", "0.##", "123"),
    ("2.5", "0", "3"),
]


@pytest.mark.parametrize(("value", "code", "shown"), SHOWN)
def test_a_number_is_shown_as_the_sheet_shows_it(value: str, code: str, shown: str) -> None:
    assert show_number(value, code) == shown


def test_a_sheet_of_an_old_mac_counts_its_days_from_1904() -> None:
    assert show_number("1", "yyyy-mm-dd", epoch=MAC_EPOCH) == "1904-01-02"


@pytest.mark.parametrize("value", ["words", "NaN", "1e999", "-1"])
def test_what_no_calendar_holds_stays_as_it_is(value: str) -> None:
    assert show_number(value, "yyyy-mm-dd") == value


@given(st.integers(-(10**10), 10**10), st.integers(0, 6))
def test_no_digit_of_a_fixed_number_changes(whole: int, places: int) -> None:
    code = "#,##0" + ("." + "0" * places if places else "")
    number = Decimal(whole).scaleb(-places)
    assert Decimal(show_number(str(number), code).replace(",", "")) == number


@given(st.decimals(allow_nan=False, allow_infinity=False), st.text(max_size=20))
def test_no_format_stops_the_reader(number: Decimal, code: str) -> None:
    show_number(str(number), code)


@given(st.floats(0, 3e6), st.sampled_from(sorted(BUILT_IN.values())))
def test_each_built_in_format_shows_something(number: float, code: str) -> None:
    assert show_number(repr(number), code)
