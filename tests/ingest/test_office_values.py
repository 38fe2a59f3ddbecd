"""Slides, sheets, OpenDocument and RTF keep their values: raised and lowered text, gaps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.extract import extract
from tests.ingest.office_files import odf, pptx, xlsx
from tests.ingest.test_odf import text_style
from tests.ingest.test_rtf import HEAD

Run = tuple[str, str]  # its text, and how it stands: "", "raised", "lowered", "struck", "note"
ODF_STYLES = (
    text_style("raised", 'style:text-position="super 58%"')
    + text_style("lowered", 'style:text-position="-33% 58%"')
    + text_style("struck", 'style:text-line-through-style="solid"')
)
ODF_NOTE = "<text:note><text:note-body><text:p>By hand.</text:p></text:note-body></text:note>"
RTF_WORDS = {"raised": r"\super ", "lowered": r"\sub ", "struck": r"\strike ", "": ""}
RTF_NOTE = r"{\super\chftn}{\footnote\pard By hand.}"


def in_slides(runs: list[Run]) -> bytes:
    def make(presentation: Any) -> None:
        slide = presentation.slides.add_slide(presentation.slide_layouts[6])
        paragraph = slide.shapes.add_textbox(0, 0, 900_000, 900_000).text_frame.paragraphs[0]
        for text, look in runs:
            run = paragraph.add_run()
            run.text = text
            properties = run._r.get_or_add_rPr()
            if look in ("raised", "lowered"):
                properties.set("baseline", "30000" if look == "raised" else "-25000")
            if look == "struck":
                properties.set("strike", "sngStrike")

    return pptx(make)


def odf_spans(runs: list[Run]) -> str:
    return "".join(
        ODF_NOTE if look == "note" else f'<text:span text:style-name="{look}">{text}</text:span>'
        for text, look in runs
    )


def in_text(runs: list[Run]) -> bytes:
    return odf("text", f"<text:p>{odf_spans(runs)}</text:p>", styles=ODF_STYLES)


def in_rtf(runs: list[Run]) -> bytes:
    groups = (
        RTF_NOTE if look == "note" else f"{{{RTF_WORDS[look]}{rtf(text)}}}" for text, look in runs
    )
    return f"{HEAD}{''.join(groups)}\\par}}".encode("latin-1")


def rtf(text: str) -> str:
    return "".join(c if c.isascii() else f"\\u{ord(c)}?" for c in text)


KINDS: dict[str, Callable[[list[Run]], bytes]] = {
    **{"a.pptx": in_slides, "a.odt": in_text, "a.rtf": in_rtf},
}
VALUES: dict[str, tuple[list[Run], str]] = {
    "a power": ([("9\u00b710", ""), ("7", "raised"), (" seeds", "")], "9\u00b710\u2077 seeds"),
    "a power in two runs": ([("10", ""), ("-", "raised"), ("4", "raised")], "10\u207b\u2074"),
    "a molecule": ([("N", ""), ("2", "lowered"), ("O", "")], "N\u2082O"),
    "an index": ([("T", ""), ("max", "lowered"), (" is 31", "")], "T_max is 31"),
    "a fractional power": ([("9", ""), ("0.5", "raised"), (" is 3", "")], "9^0.5 is 3"),
    "an ordinal": ([("the 3", ""), ("rd", "raised"), (" pier", "")], "the 3rd pier"),
    "a note by hand": ([("5.1", ""), ("23", "raised"), (" then", "")], "5.1\u00b2\u00b3 then"),
    "struck out": ([("80", "struck"), ("95 euros", "")], "~~80~~95 euros"),
    "a fraction": ([("2", ""), ("1", "raised"), ("/", ""), ("2", "lowered")], "2 1/2"),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("runs", "text"), VALUES.values(), ids=VALUES.keys())
def test_raised_and_lowered_text_keeps_its_value(name: str, runs: list[Run], text: str) -> None:
    assert extract(KINDS[name](runs), name).text == text


@pytest.mark.parametrize("name", ["a.odt", "a.rtf"])
def test_a_note_after_a_figure_is_a_mark(name: str) -> None:
    text = extract(KINDS[name]([("It was 7.4", ""), ("", "note"), (" m.", "")]), name).text
    assert text == "It was 7.4[1] m.\n\n[1] By hand."


digits = st.sampled_from("123456789")
looks = st.sampled_from(["", "raised", "lowered", "struck", "note"])


@pytest.mark.parametrize("name", KINDS)
@given(runs=st.lists(st.tuples(digits, looks), min_size=1, max_size=9))
def test_digits_that_touch_in_the_text_stand_the_same_way(name: str, runs: list[Run]) -> None:
    numbers = iter("123456789")
    runs = [(next(numbers), look) for _digit, look in runs if name != "a.pptx" or look != "note"]
    text = extract(KINDS[name](runs), name).text.split("\n")[0] if runs else ""
    touching = {
        a + b for (a, look), (b, other) in pairwise(runs) if look == other and look != "note"
    }
    for a, b in pairwise(text.replace("[1]", " ").replace("~~", "")):
        if a in "123456789" and b in "123456789":
            between = runs[int(a) - 1 : int(b)]
            is_struck = {look for _text, look in between} == {"", "struck"} and "~~" in text
            assert a + b in touching or is_struck, (runs, text)


def test_a_picture_keeps_figures_apart() -> None:
    frame = "<draw:frame><draw:image/></draw:frame>"
    assert extract(odf("text", f"<text:p>3{frame}7</text:p>"), "a.odt").text == "3 7"
    assert extract(f"{HEAD}3{{\\pict 00ff}}7\\par}}".encode(), "a.rtf").text == "3 7"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("1<text:line-break/>2", "1 2"),
        ('1<text:s text:c="2"/>2', "1 2"),
        ('km<text:span text:style-name="raised">2</text:span>', "km\u00b2"),
    ],
)
def test_a_cell_of_a_sheet_keeps_its_value(inner: str, text: str) -> None:
    cell = f"<table:table-cell><text:p>{inner}</text:p></table:table-cell>"
    rows = f'<table:table table:name="A"><table:table-row>{cell}</table:table-row></table:table>'
    assert text in extract(odf("spreadsheet", rows, styles=ODF_STYLES), "a.ods").text


def test_raised_text_in_a_cell_of_a_workbook_keeps_its_value() -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    value = CellRichText("km", TextBlock(InlineFont(vertAlign="superscript"), "2"))
    data = xlsx(("A", [["Area"]]), change=lambda book: book["A"].append([value]))
    assert "km\u00b2" in extract(data, "a.xlsx").text
