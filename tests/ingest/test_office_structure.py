"""A sentence of slides, sheets, OpenDocument, RTF and CSV knows what it must be read with."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ingest.chunk import split_passages
from bot.ingest.extract.extract import extract
from bot.structure import Structure
from tests.ingest.office_files import odf, pptx, slide, xlsx
from tests.ingest.test_odf import row
from tests.ingest.test_rtf import HEAD


def _slides(presentation: Any) -> None:
    made = slide(presentation, "Gear", "Bring:\nrope\nred")
    for depth, line in enumerate(made.placeholders[1].text_frame.paragraphs):
        line.level = depth
    made = slide(presentation, "Guests")
    table = made.shapes.add_table(3, 2, 0, 0, 900_000, 900_000).table
    for at, cells in enumerate((("Pier", "Boats"), ("North", "310"), ("South", "20"))):
        for column, text in enumerate(cells):
            table.cell(at, column).text = text


def _items(*items: str) -> str:
    inner = "".join(f"<text:list-item>{item}</text:list-item>" for item in items)
    return f"<text:list>{inner}</text:list>"


def _text(text: str) -> str:
    return f"<text:p>{text}</text:p>"


HEADINGS = "".join(
    f'<text:h text:outline-level="{level}">{text}</text:h>'
    for level, text in ((1, "Harbour"), (2, "Fees"))
)
ODF_LIST = _text("Bring:") + _items(_text("rope") + _items(_text("red")), _text("paint"))
ROWS = row("Pier", "Boats") + row("North", "310") + row("South", "20")
ODF_TABLE = f'{_text("Table 3. Boats by pier")}<table:table table:name="T">{ROWS}</table:table>'
RTF_HEADINGS = r"{\s1\outlinelevel0 Harbour\par}{\s2\outlinelevel1 Fees\par}\pard "
RTF_LIST = (
    RTF_HEADINGS
    + r"Bring:\par{\pntext -\tab}\ilvl0 rope\par{\pntext -\tab}\ilvl1 red\par\pard Done.\par"
)
RTF_TABLE = r"Table 3. Boats by pier\par" + "".join(
    rf"\trowd\pard\intbl {pier}\cell {boats}\cell\row"
    for pier, boats in (("Pier", "Boats"), ("North", "310"), ("South", "20"))
)
SHEETS: tuple[tuple[str, list[list[object]]], ...] = (
    ("Fees 2026", [["Harbour fees"], [], ["Boat", "Fee"], ["Tern", 8], ["Auk", 12]]),
    ("Crew", [["Name", "Age"], ["Ada", 31]]),
)
TABLE = ["Table 3. Boats by pier", "Pier | Boats"]
CASES: dict[str, tuple[str, Any, str, list[str]]] = {
    "a CSV row": ("a.csv", b"Port;Tonnes\nSelby;640\nHull;7\n", "Hull", ["Port | Tonnes"]),
    "a row of a sheet": (
        "a.xlsx",
        xlsx(*SHEETS),
        "Auk",
        ["Fees 2026", "Harbour fees", "Boat | Fee"],
    ),
    "a row of the next sheet": ("a.xlsx", xlsx(*SHEETS), "Ada", ["Crew", "Name | Age"]),
    "an inner point of a slide": ("a.pptx", pptx(_slides), "red", ["Gear", "- Bring:", "- rope"]),
    "a row on a slide": ("a.pptx", pptx(_slides), "South", ["Guests", "Pier | Boats"]),
    "an inner item of OpenDocument": (
        "a.odt",
        odf("text", HEADINGS + ODF_LIST),
        "red",
        ["Harbour", "Fees", "Bring:", "- rope"],
    ),
    "a row of OpenDocument": ("a.odt", odf("text", ODF_TABLE), "South", TABLE),
    "a row of an OpenDocument sheet": (
        "a.ods",
        odf("spreadsheet", f'<table:table table:name="Piers">{ROWS}</table:table>'),
        "South",
        ["Piers", "Pier | Boats"],
    ),
    "an inner item of RTF": (
        "a.rtf",
        f"{HEAD}{RTF_LIST}}}".encode(),
        "red",
        ["Harbour", "Fees", "Bring:", "- rope"],
    ),
    "a row of RTF": ("a.rtf", f"{HEAD}{RTF_TABLE}}}".encode(), "South", TABLE),
}


@pytest.mark.parametrize(("name", "data", "sentence", "context"), CASES.values(), ids=CASES.keys())
def test_a_sentence_comes_with_its_context(
    name: str, data: bytes, sentence: str, context: list[str]
) -> None:
    document = extract(data, name)
    ranges = Structure(document.blocks).context_of(document.text.index(sentence))
    assert [document.text[part.start : part.end] for part in ranges] == context


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.odt", odf("text", HEADINGS + _text("Ten euros."))),
        ("a.rtf", f"{HEAD}{RTF_HEADINGS}Ten euros.\\par}}".encode()),
    ],
)
def test_a_passage_knows_its_whole_path_of_headings(name: str, data: bytes) -> None:
    document = extract(data, name)
    passages = split_passages(
        document.text, len, headings=document.headings, pages=(), blocks=document.blocks
    )
    assert passages[-1].heading == "Harbour \u203a Fees"
