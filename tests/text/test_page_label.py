"""Places in an article by their names."""

from __future__ import annotations

import pytest

from bot.records import PageUnit
from bot.text.page_label import count_label, page_label, page_labels


@pytest.mark.parametrize(
    ("page", "unit", "label"),
    [
        (3, "page", "page 3"),
        (3, "slide", "slide 3"),
        (3, "sheet", "sheet 3"),
        (0, "second", "at 0:00"),
        (3_723, "second", "at 1:02:03"),
        (None, "second", ""),
    ],
)
def test_a_place_is_called_by_what_its_document_has(
    page: int | None, unit: PageUnit, label: str
) -> None:
    assert page_label(page, unit) == label


def test_several_places_are_listed_once_each_in_order() -> None:
    assert page_labels([5, 3, 5], "page") == "p. 3, 5"
    assert page_labels([65, 3], "second") == "at 0:03, 1:05"
    assert page_labels([], "page") == ""


@pytest.mark.parametrize(
    ("pages", "unit", "label"),
    [
        (1, "page", "1 page"),
        (1_200, "slide", "1,200 slides"),
        (3, "sheet", "3 sheets"),
        (3_600, "second", ""),
        (0, "page", ""),
    ],
)
def test_how_many_there_are(pages: int, unit: PageUnit, label: str) -> None:
    assert count_label(pages, unit) == label
