"""Each code that a file need not spell out, as Excel shows it, and formats at their borders."""

from __future__ import annotations

import pytest

from bot.ingest.extract.xlsx.number_format import BUILT_IN, hides_text, show_number

# 45000.5625 is 15 March 2023, 13:30; the codes are those of ECMA-376, 18.8.30.
BY_CODE = {
    0: ("1234.5", "1234.5"),
    1: ("1234.5", "1235"),
    2: ("1234.5", "1234.50"),
    3: ("1234.5", "1,235"),
    4: ("1234.5", "1,234.50"),
    9: ("0.256", "26%"),
    10: ("0.256", "25.60%"),
    11: ("1234.5", "1.23E+03"),
    12: ("0.25", "1/4"),
    13: ("0.05", "1/20"),
    14: ("45000.5625", "2023-03-15"),
    15: ("45000.5625", "15-Mar-23"),
    16: ("45000.5625", "15-Mar"),
    17: ("45000.5625", "Mar-23"),
    18: ("45000.5625", "1:30 PM"),
    19: ("45000.5625", "1:30:00 PM"),
    20: ("45000.5625", "13:30"),
    21: ("45000.5625", "13:30:00"),
    22: ("45000.5625", "2023-03-15 13:30"),
    37: ("-1234.5", "(1,235)"),
    38: ("-1234.5", "(1,235)"),
    39: ("-1234.5", "(1,234.50)"),
    40: ("-1234.5", "(1,234.50)"),
    45: ("0.5625", "30:00"),
    46: ("1.5625", "37:30:00"),
    47: ("0.5625", "30:00.0"),
    48: ("12345", "12.3E+3"),
    49: ("1234.5", "1234.5"),
}


@pytest.mark.parametrize("number", BY_CODE)
def test_each_code_of_the_standard_shows_what_excel_shows(number: int) -> None:
    value, shown = BY_CODE[number]
    assert show_number(value, BUILT_IN[number]) == shown


def test_no_other_code_is_known_without_being_spelled_out() -> None:
    assert BUILT_IN.keys() == BY_CODE.keys()


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        # minutes stand after hours or before seconds, months anywhere else
        ("45000.5625", "m", "3"),
        ("45000.5625", "h-m", "13-30"),
        ("45000.5625", "m-s", "30-0"),
        ("45000.5625", "d-m h", "15-3 13"),
        ("45000.5625", "h d m", "13 15 3"),
        ("45000.5625", "m d s", "3 15 0"),
        ("45000", "mmmmm", "M"),
        ("45000", "mmmm", "March"),
        ("45000", "ddd", "Wed"),
        ("45000", "yy yyyy", "23 2023"),
        ("0.5", "h AM/PM", "12 PM"),
        ("0", "h AM/PM", "12 AM"),
        ("0.499", "h AM/PM", "11 AM"),
        # days that a calendar has
        ("2958465", "yyyy-mm-dd", "9999-12-31"),
        ("2958466", "yyyy-mm-dd", "2958466"),
        ("-1", "yyyy-mm-dd", "-1"),
        ("0", "yyyy-mm-dd", "1899-12-30"),
        # sections by sign and by condition
        ("0", "0.0;(0.0)", "0.0"),
        ("-2", "0.0;(0.0)", "(2.0)"),
        ("1000", "[>=1000]0.0;0", "1000.0"),
        ("999", "[>=1000]0.0;0", "999"),
        ("1000", "[>1000]0.0;0", "1000"),
        ("1000", "[<1000]0.0;0", "1000"),
        ("1000", "[<=1000]0.0;0", "1000.0"),
        ("1000", "[<>1000]0.0;0", "1000"),
        ("1000", "[=1000]0.0;0", "1000.0"),
        # "General" shows integers of up to eleven digits in full
        ("99999999999", "General", "99999999999"),
        ("123456789012", "General", "1.23457E+11"),
        ("0.123456789012", "General", "0.123456789"),
        # rounding, and digits that are optional
        ("0.125", "0.00", "0.13"),
        ("-0.125", "0.00", "-0.13"),
        ("0.5", "#.00", ".50"),
        ("1.50", "0.0#", "1.5"),
        ("1234567", "#,##0,", "1,235"),
        ("-0.25", "# ?/?", "-1/4"),
        ("-1234567890", "(000) 000-0000", "-(123) 456-7890"),
        ("1e309", "0", "1e309"),
        ("nan", "0", "nan"),
    ],
)
def test_a_format_shows_what_it_says_up_to_its_borders(value: str, code: str, shown: str) -> None:
    assert show_number(value, code) == shown


@pytest.mark.parametrize(
    ("code", "hides"), [(";;;", True), ("0;0;0; ", True), ("0;0;0;@", False), (";;", False)]
)
def test_a_fourth_section_without_anything_hides_text(code: str, hides: bool) -> None:
    assert hides_text(code) == hides
