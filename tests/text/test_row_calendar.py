"""A row names its weekday or month, however short."""

from __future__ import annotations

import pytest

from bot.text.row_calendar import calendar_words


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("Sun 15 Nov | Piet | Lena", {"sunday", "sonntag", "november"}),
        ("Sunday | closed", {"sun", "dimanche"}),
        ("So | 9–12", {"sonntag"}),
        ("Mi. | 9–12", {"mittwoch"}),
        ("jeu | fermé", {"jeudi"}),
        ("sáb | 10:00", {"sábado", "saturday"}),
        ("пт | 10:00", {"пятница"}),
        ("Mon–Wed | 9:00", {"monday", "tuesday", "wednesday"}),
        ("Sat - Mon | 9:00", {"saturday", "sunday", "monday"}),
        ("Sat, Mon | 9:00", {"saturday", "monday"}),
        ("2026-04 | 455.20", {"april", "abril", "апрель"}),
        ("Tuesday to Friday | 9:00", {"dienstag", "fri"}),
        ("Set | 12,5", {"setembro"}),
        ("ago. | 12,5", {"agosto"}),
    ],
)
def test_a_row_names_its_weekday_or_month_in_all_words(row: str, names: set[str]) -> None:
    assert names <= calendar_words(row)


@pytest.mark.parametrize(
    "row",
    [
        "The sun | is warm",
        "So far | 3",
        "Do it | yes",
        "Piet | 2",
        "J = du 6 juillet au 30 août seulement",
    ],
)
def test_an_ordinary_word_in_a_cell_names_no_day(row: str) -> None:
    assert not calendar_words(row)


def test_a_list_of_days_is_no_range() -> None:
    assert "sunday" not in calendar_words("Sat, Mon | 9:00")
    assert "thursday" not in calendar_words("Mon–Wed | 9:00")
