"""Gates how many authors and dates are read, of documents made for it; the bench prints them."""

from __future__ import annotations

import pytest

from bench.authors_and_dates import FOLDER, HALVES, figures, read_cases, results

LEAST_DATES, LEAST_AUTHORS, MOST_MADE_UP = 0.90, 0.85, 0.02


@pytest.mark.parametrize("half", HALVES)
def test_authors_and_dates_are_read_and_hardly_any_is_made_up(half: str) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    found = figures(list(results(half)))
    assert found.dates >= LEAST_DATES
    assert found.kinds >= LEAST_DATES
    assert found.authors >= LEAST_AUTHORS
    assert found.made_up <= MOST_MADE_UP


@pytest.mark.parametrize("half", HALVES)
def test_a_half_has_thirty_documents_with_a_date_and_fifteen_without(half: str) -> None:
    cases = read_cases(half)
    assert FOLDER.is_dir()
    assert sum(bool(case.date) for case in cases) == 30
    assert sum(not (case.date or case.authors) for case in cases) >= 15
    assert len({case.language for case in cases}) == 6
