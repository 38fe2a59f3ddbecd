"""The names of months and weekdays are those of the installed Babel, and a few more."""

from __future__ import annotations

import pytest

from bench.calendar_names import names_table
from bot.text.calendar_names import ENGLISH_MONTHS, ENGLISH_WEEKDAYS, MONTH, NAMES_FILE, WEEKDAY


def test_the_file_has_babels_names() -> None:
    assert NAMES_FILE.read_text("utf-8") == names_table()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *(("march", 3), ("märz", 3), ("marz", 3), ("mrt", 3), ("março", 3), ("марте", 3)),
        *(("aout", 8), ("października", 10), ("pazdziernika", 10), ("jänner", 1), ("dez", 12)),
    ],
)
def test_a_month_is_known_with_and_without_accents(name: str, number: int) -> None:
    assert MONTH[name] == number


@pytest.mark.parametrize("word", ["out", "set", "ago", "mag"])
def test_no_common_word_is_an_abbreviated_month(word: str) -> None:
    assert word not in MONTH


@pytest.mark.parametrize(
    ("name", "number"), [("monday", 0), ("mercoledì", 2), ("miercoles", 2), ("субботу", 5)]
)
def test_a_weekday_is_known(name: str, number: int) -> None:
    assert WEEKDAY[name] == number


def test_english_names_are_in_order() -> None:
    assert [MONTH[name] for name in ENGLISH_MONTHS] == list(range(1, 13))
    assert [WEEKDAY[name] for name in ENGLISH_WEEKDAYS] == list(range(7))
