"""Raised and lowered letters of a PDF keep their value: 10⁶, not 106."""

from __future__ import annotations

import io

import pytest

from bot.ingest.extract.extract import extract
from bot.structure import Structure

Part = tuple[str, float, float]  # words, size, how far above the line (points)

LINES: dict[str, tuple[list[Part], str | None]] = {
    "a power": ([("fewer than 4·10", 11, 0), ("5", 7, 4)], "fewer than 4·10⁵"),
    "a negative power": ([("about 10", 12, 0), ("-3", 8, 5), (" m of silt", 12, 0)], None),
    "a note after a figure": ([("it was 8.1", 10, 0), ("24", 6.5, 3.5), (" then", 10, 0)], None),
    "a molecule": ([("the CO", 10, 0), ("2", 7, -2), (" of the bay", 10, 0)], "the CO₂ of the bay"),
    "an ordinal": ([("the 19", 10, 0), ("th", 6.5, 3.5), (" of June", 10, 0)], "the 19th of June"),
    "a variable": ([("take x", 10, 0), ("n+1", 7, 4), (" of them", 10, 0)], "take x^(n+1) of them"),
    "a fraction": (
        [("add 2", 10, 0), ("1", 6, 4), ("/", 10, 0), ("2", 6, -1), (" cups", 10, 0)],
        None,
    ),
    "no power": ([("pier 10", 10, 0), (" 6 boats", 10, 0)], "pier 10 6 boats"),
    "small print beside": ([("Rule 7", 12, 0), (" 12 boats", 8, 0)], "Rule 7 12 boats"),
    "a small raised word": ([("Terns", 10, 0), (" NEW", 6, 4)], None),
}
EXPECTED = {
    "a negative power": "about 10⁻³ m of silt",
    "a note after a figure": "it was 8.1²⁴ then",
    "a fraction": "add 2 1/2 cups",
    "a small raised word": "Terns NEW",
}


def drawn(parts: list[Part]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    x = 72.0
    for words, size, above in parts:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, 700 + above, words)
        x += canvas.stringWidth(words, "Helvetica", size)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 640, "The harbour was built in 1904 and has two piers of stone.")
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("name", LINES)
def test_raised_letters_keep_their_value(name: str) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    parts, text = LINES[name]
    assert extract(drawn(parts), "a.pdf").text.split("\n\n")[0] == (text or EXPECTED[name])


def test_a_pdf_has_levels_of_headings_tables_and_lists() -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    lines = [
        *((72, 740, 20, "The harbour of Skerry"), (72, 700, 14, "Landings by year")),
        (72, 676, 10, "The landings of both piers are counted by the harbour master each week."),
        (72, 650, 10, "Table 4. Landings in tonnes"),
        *((72, 630, 10, "Pier"), (200, 630, 10, "2023"), (300, 630, 10, "2024")),
        *((72, 616, 10, "North"), (200, 616, 10, "310"), (300, 616, 10, "420")),
        *((72, 602, 10, "South"), (200, 602, 10, "130"), (300, 602, 10, "140")),
        (72, 570, 14, "What to bring"),
        (72, 550, 10, "Every crew that lands here must bring these things along:"),
        *((72, 534, 10, "• a rope of ten metres"), (72, 518, 10, "• the landing book")),
    ]
    for x, y, size, words in lines:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, words)
    canvas.save()
    document = extract(out.getvalue(), "a.pdf")
    structure = Structure(document.blocks)

    def context(words: str) -> list[str]:
        ranges = structure.context_of(document.text.index(words))
        return [document.text[part.start : part.end] for part in ranges]

    assert context("South | 130") == [
        "The harbour of Skerry",
        "Landings by year",
        "Table 4. Landings in tonnes",
        "Pier | 2023 | 2024",
    ]
    assert context("• the landing") == [
        "The harbour of Skerry",
        "What to bring",
        "Every crew that lands here must bring these things along:",
    ]
