"""A day, a month or a year that exists is a date; nothing else is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.service.dates import is_date


@given(st.dates())
def test_every_day_and_its_month_and_year_are_dates(day: date) -> None:
    text = day.isoformat()
    assert is_date(text)
    assert is_date(text[:7])
    assert is_date(text[:4])


@pytest.mark.parametrize(
    "typed",
    ["", "yesterday", "25", "2025-3-1", "2025-13", "2025-02-30", "0000", "2025-01-01 ", "٢٠٢٥"],
)
def test_what_is_no_date_is_refused(typed: str) -> None:
    assert not is_date(typed)
