"""Watermarks go and are named; boxes beside a text do not stand in its sentences."""

from __future__ import annotations

import io

import pytest

from bot.ingest.extract.document import Document
from bot.ingest.extract.extract import extract

LINES = (
    "The gate of the lock weighs four tonnes and",
    "was cast in the foundry of the town in 1901,",
    "when the old one, made of oak, had begun to",
    "leak at every tide.",
)
BOX = ("Opening times", "from six in the morning", "to ten at night")


def drawn(
    pages: int, *, mark: str = "", angle: float = 0, box: bool = False, size: float = 60
) -> Document:
    """Pages of four lines; a mark over them, a box drawn after the second line, beside them."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for number in range(pages):
        if mark:
            canvas.saveState()
            canvas.setFont("Helvetica", size)
            canvas.translate(72, 700 - 100 * (angle > 0))
            canvas.rotate(angle)
            canvas.drawString(0, 0, mark)
            canvas.restoreState()
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 780, f"Chapter {number + 1} of the book of locks")
        for at, line in enumerate(LINES):
            canvas.drawString(72, 740 - 14 * at, line)
            if box and at == 1:
                for row, words in enumerate(BOX):
                    canvas.drawString(400, 735 - 13 * row, words)
        canvas.showPage()
    canvas.save()
    return extract(out.getvalue(), "locks.pdf")


TEXT = " ".join(LINES)


@pytest.mark.parametrize("angle", [30, 45, 60])
@pytest.mark.parametrize("pages", [1, 4])
def test_slanted_words_over_a_page_are_a_watermark(angle: float, pages: int) -> None:
    document = drawn(pages, mark="COPY", angle=angle)
    assert document.text.count(TEXT) == pages
    assert "COPY" not in document.text
    assert document.title != "COPY"
    assert "Left out a watermark: “COPY”." in document.notes


def test_level_words_over_the_text_of_each_page_are_a_watermark() -> None:
    document = drawn(3, mark="CONFIDENTIAL", size=60)
    assert "CONFIDENTIAL" not in document.text
    assert "Left out a watermark: “CONFIDENTIAL”." in document.notes


def test_a_heading_on_each_page_is_no_watermark() -> None:
    document = drawn(3)
    assert not any("watermark" in note for note in document.notes)
    assert document.text.count("of the book of locks") == 3


def test_a_box_beside_a_text_stands_behind_its_paragraph() -> None:
    document = drawn(1, box=True)
    assert TEXT in document.text
    assert document.text.index("Opening times") > document.text.index("every tide.")


def test_small_slanted_labels_are_kept_behind_the_text() -> None:
    document = drawn(1, mark="depth", angle=45, size=9)
    assert TEXT in document.text
    assert "depth" in document.text
    assert document.text.count("depth") == 1
