"""Places in an article by their names."""

from __future__ import annotations

import pytest

from bot.records import PageUnit
from bot.text.page_label import page_label, page_labels


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
