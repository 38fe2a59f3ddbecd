"""OpenDocument texts, presentations and spreadsheets, made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import DamagedDocument, EncryptedDocument
from bot.ingest.extract.document import Document
from bot.ingest.extract.extract import extract
from bot.ingest.extract.odf import ods
from bot.structure import Structure
from tests.ingest.office_files import ODF_NAMESPACES, odf


def read(kind: str, body: str, **parts: Any) -> Document:
    return extract(odf(kind, body, **parts), "a.odt")


def paragraph(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def text_style(name: str, properties: str, family: str = "text") -> str:
    return (
        f'<style:style style:name="{name}" style:family="{family}">'
        f"<style:{family}-properties {properties}/></style:style>"
    )


def row(*cells: str, attributes: str = "") -> str:
    inner = "".join(
        f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells
    )
    return f"<table:table-row {attributes}>{inner}</table:table-row>"


def test_headings_lists_spaces_and_line_breaks() -> None:
    document = read(
        "text",
        '<text:h text:outline-level="1">The ferry</text:h>'
        '<text:p>Bring:</text:p><text:list><text:list-item><text:p>a<text:s text:c="2"/>lead'
        "</text:p><text:list><text:list-item><text:p>for dogs</text:p></text:list-item>"
        "</text:list></text:list-item></text:list>"
        '<text:h text:outline-level="2">Times</text:h><text:p>Six<text:line-break/>Seven</text:p>',
    )
    assert document.text == ("The ferry\n\nBring:\n\n- a  lead\n- for dogs\n\nTimes\n\nSix\nSeven")
    assert [(m.value) for m in document.headings] == ["The ferry", "Times"]
    assert [b.level for b in document.blocks if b.kind == "list_item"] == [1, 2]


def test_a_table_keeps_its_header_and_its_merged_cells() -> None:
    cell = "<table:table-cell{}><text:p>2021</text:p></table:table-cell>"
    wide = cell.format(' table:number-columns-spanned="2"')
    document = read(
        "text",
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Port"
        f"</text:p></table:table-cell>{wide}<table:covered-table-cell/></table:table-row>"
        f"</table:table-header-rows>{row('Selby', '6', '7')}</table:table>",
    )
    at = document.text.index("Selby")
    above = [document.text[r.start : r.end] for r in Structure(document.blocks).context_of(at)]
    assert above == ["Port | 2021 | 2021"]


def test_notes_are_marked_and_appended_and_comments_counted() -> None:
    document = read(
        "text",
        "<text:p>Six boats<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Two of them new.</text:p></text:note-body></text:note> landed."
        "<office:annotation><text:p>Really?</text:p></office:annotation></text:p>",
    )
    assert document.text == "Six boats[1] landed.\n\n[1] Two of them new."
    assert document.notes == ("Left out: 1 comment.",)


HIDDEN = {
    "a hidden span": (
        text_style("h", 'text:display="none"'),
        '<text:p>Seen.<text:span text:style-name="h">Ignore all</text:span></text:p>',
    ),
    "white letters": (
        text_style("h", 'fo:color="#ffffff"'),
        '<text:p>Seen.<text:span text:style-name="h">Ignore all</text:span></text:p>',
    ),
    "tiny letters": (
        text_style("h", 'fo:font-size="1pt"'),
        '<text:p>Seen.<text:span text:style-name="h">Ignore all</text:span></text:p>',
    ),
    "a hidden section": ("", '<text:p>Seen.</text:p><text:section text:display="none">'
                         "<text:p>Ignore all</text:p></text:section>"),
    "a hidden paragraph": (
        "<style:style style:name='h' style:family='paragraph'>"
        "<style:text-properties text:display='none'/></style:style>",
        '<text:p>Seen.</text:p><text:p text:style-name="h">Ignore all</text:p>',
    ),
    "a white heading": (
        text_style("h", 'fo:color="#ffffff"').replace('family="text"', 'family="paragraph"'),
        '<text:p>Seen.</text:p><text:h text:style-name="h">Ignore all</text:h>',
    ),
    "a hidden field": ("", "<text:p>Seen.<text:hidden-text>Ignore all</text:hidden-text></text:p>"),
}  # fmt: skip


@pytest.mark.parametrize(("styles", "body"), HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_text_stays_out(styles: str, body: str) -> None:
    document = read("text", body, styles=styles)
    assert document.text == "Seen."


def test_deletions_headers_and_pictures_are_named() -> None:
    document = read(
        "text",
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Old words</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>New words.<draw:frame><draw:image/></draw:frame></text:p>",
        masters="<office:master-styles><style:master-page><style:footer><text:p>Draft of May"
        "</text:p></style:footer></style:master-page></office:master-styles>",
    )
    assert document.text == "New words."
    assert document.notes == (
        "Left out: 1 picture, 1 tracked deletion.",
        "Left out from the top and bottom of each page: “Draft of May”.",
    )


def test_text_boxes_are_read_after_their_paragraph() -> None:
    box = "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
    assert read("text", f"<text:p>Before{box} and after.</text:p>").text == (
        "Before and after.\n\nIn a box."
    )


def slide(title: str, body: str, style: str = "", notes: str = "") -> str:
    return (
        f'<draw:page draw:style-name="{style}"><draw:frame presentation:class="title">'
        f"<draw:text-box><text:p>{title}</text:p></draw:text-box></draw:frame>"
        '<draw:frame presentation:class="outline">'
        f"<draw:text-box>{body}</draw:text-box></draw:frame>"
        f"<presentation:notes><draw:frame><draw:text-box><text:p>{notes}</text:p></draw:text-box>"
        "</draw:frame></presentation:notes></draw:page>"
    )


def test_slides_are_pages_with_notes_and_hidden_ones_stay_out() -> None:
    hidden = (
        '<style:style style:name="h" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    document = read(
        "presentation",
        slide("Lights", "<text:p>Two.</text:p>", notes="Wait here.")
        + slide("Secret", "<text:p>No.</text:p>", "h")
        + slide("Pier", "<text:p>One.</text:p>"),
        styles=hidden,
    )
    assert document.text == "Lights\n\nTwo.\n\nNotes: Wait here.\n\nPier\n\nOne."
    assert [mark.value for mark in document.pages] == ["1", "3"]
    assert document.page_unit == "slide"
    assert document.notes == ("Left out: 1 hidden slide.",)


def table(name: str, *rows: str, style: str = "") -> str:
    return (
        f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'
    )


def test_sheets_are_pages_and_rows_know_their_header() -> None:
    document = read(
        "spreadsheet",
        table("2025", row("Port", "Tonnes"), row("Selby", "1,640.5"))
        + table("2026", row("Port", "Tonnes"), row("Selby", "700")),
    )
    at = document.text.index("Selby | 700")
    above = [document.text[r.start : r.end] for r in Structure(document.blocks).context_of(at)]
    assert above == ["2026", "Port | Tonnes"]
    assert [mark.value for mark in document.pages] == ["1", "2"]
    assert document.page_unit == "sheet"


def test_hidden_rows_columns_and_sheets_stay_out() -> None:
    gone = text_style("g", 'table:display="false"', "table")
    document = read(
        "spreadsheet",
        table(
            "2025",
            '<table:table-column/><table:table-column table:visibility="collapse"/>',
            row("Port", "Key"),
            row("Selby", "k1"),
            row("Oldport", "k2", attributes='table:visibility="filter"'),
        )
        + table("Old", row("Olderport", "k3"), style="g"),
        styles=gone,
    )
    assert document.text == "2025\n\nPort\n\nSelby"
    assert document.notes == ("Left out: 1 hidden sheet, 1 hidden row, 1 hidden column.",)


def test_a_hidden_row_does_not_part_a_table() -> None:
    hidden = 'table:visibility="filter"'
    merged = (
        f'<table:table-row {hidden}><table:table-cell table:number-columns-spanned="2">'
        "<text:p>Oldport</text:p></table:table-cell><table:covered-table-cell/></table:table-row>"
    )
    document = read(
        "spreadsheet",
        table("2025", row("Port", "Tonnes"), row("Selby", "1"), merged, row("Skerry", "2")),
    )
    at = document.text.index("Skerry")
    above = [document.text[r.start : r.end] for r in Structure(document.blocks).context_of(at)]
    assert above == ["2025", "Port | Tonnes"]
    assert "Oldport" not in document.text


def test_cells_merged_downwards_reach_only_their_own_rows() -> None:
    merged = (
        '<table:table-row><table:table-cell table:number-rows-spanned="4"><text:p>Selby</text:p>'
        "</table:table-cell></table:table-row>"
        '<table:table-row table:number-rows-repeated="3"><table:covered-table-cell/>'
        "</table:table-row>"
    )
    document = read(
        "spreadsheet", table("2025", row("Port"), merged, row("Skerry"), row("Oldport"))
    )
    assert document.text.split() == ["2025", "Port", *["Selby"] * 4, "Skerry", "Oldport"]


def test_more_cells_than_are_read_are_cut_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ods, "CELLS", 4)
    rows = (row(f"Port {number}", "Pier") for number in range(9))
    document = read("spreadsheet", table("2025", *rows))
    assert document.text.count("Port") == 2
    assert document.notes == ("Only the first 4 cells were read.",)


def test_cells_repeated_to_the_edge_of_the_sheet_cost_nothing() -> None:
    filler = (
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    words = (
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
        "</table:table-row>"
    )
    assert read("spreadsheet", table("A", row("a", "b"), filler * 3, row("c", "d"))).text == (
        "A\n\na | b\n\nc | d"
    )
    assert len(read("spreadsheet", table("A", words)).text) < 5_000_000


def test_a_file_with_a_password_is_refused() -> None:
    manifest = (
        f"<manifest:manifest {ODF_NAMESPACES}><manifest:file-entry><manifest:encryption-data/>"
        "</manifest:file-entry></manifest:manifest>"
    )
    data = odf("text", "<text:p>x</text:p>", more={"META-INF/manifest.xml": manifest})
    with pytest.raises(EncryptedDocument, match="password"):
        extract(data, "a.odt")


def test_a_damaged_file_is_refused() -> None:
    with pytest.raises(DamagedDocument, match="OpenDocument file can't be read"):
        extract(odf("text", "<text:p>"), "a.odt")


def test_title_and_author() -> None:
    document = read(
        "text",
        "<text:p>Two of them.</text:p>",
        meta="<office:meta><dc:title>Harbour plan 2026</dc:title>"
        "<dc:creator>Nora Feld</dc:creator></office:meta>",
    )
    assert (document.title, document.author) == ("Harbour plan 2026", "Nora Feld")
