"""An OpenDocument spreadsheet (.ods) → its sheets as tables, each cell as the sheet shows it.

A sheet is a page. Hidden sheets, rows and columns, comments and the parts that hold no text are
left out, and counted. The file keeps what each cell shows, so no number is formatted here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.ingest.extract.archive import Archive
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.document_origin import with_file_date
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.odf.package import (
    KIND,
    Grid,
    check_not_encrypted,
    read_metadata,
    repeats,
)
from bot.ingest.extract.odf.styles import DRAW, OFFICE, TABLE, TEXT, OdfStyles
from bot.ingest.extract.odf.text import paragraph_text
from bot.ingest.extract.tables import add_sheet
from bot.strings import N_, _

CELLS = 500_000  # of a spreadsheet
REPEATED_ROWS = 1_000  # of one text
COLUMNS = 16_384


@dataclass
class _Spreadsheet:
    """What is gathered while the sheets are read."""

    styles: OdfStyles = field(default_factory=OdfStyles)
    builder: TextBuilder = field(default_factory=TextBuilder)
    left_out: LeftOut = field(default_factory=LeftOut)
    hidden: int = 0
    cells: int = 0
    sheets: int = 0


@dataclass
class _OdsSheet:
    """A sheet that is being read."""

    element: Any
    hidden_columns: set[int] = field(default_factory=set)
    columns: int = 0
    grid: Grid = field(default_factory=Grid)


def read_ods(data: bytes) -> Document:
    """Reads a spreadsheet. Raises DamagedDocument, DocumentTooComplex or EncryptedDocument."""
    with Archive(data, KIND) as archive:
        check_not_encrypted(archive)
        if "content.xml" not in archive.names:
            raise archive.damaged_error(N_("there is no document in it"))
        book = _Spreadsheet()
        _read_content(book, archive)
        metadata = read_metadata(archive)
    notes = list(book.left_out.notes())
    if book.hidden:
        notes.append(hidden_text_note(book.hidden))
    if book.cells >= CELLS:
        notes.append(_("Only the first {n:,} cells were read.").format(n=CELLS))
    document = Document(
        book.builder.text(),
        title=metadata.title,
        headings=tuple(book.builder.headings),
        pages=tuple(book.builder.pages),
        page_unit="sheet",
        blocks=book.builder.blocks,
        author=metadata.author,
        language=metadata.language,
        notes=tuple(notes),
    )
    return with_file_date(document, metadata.created, metadata.modified)


def _read_content(book: _Spreadsheet, archive: Archive) -> None:
    """Rows are read and forgotten one by one: a sheet may have a hundred thousand."""
    if "styles.xml" in archive.names:
        book.styles.read([archive.xml("styles.xml")])
    tags = [f"{TABLE}table-column", f"{TABLE}table-row", f"{TABLE}table"]
    sheet: _OdsSheet | None = None
    elements = archive.elements("content.xml", f"{OFFICE}automatic-styles", *tags)
    for element in elements:
        if element.tag == f"{OFFICE}automatic-styles":
            book.styles.read([element])
            continue
        table = (
            element
            if element.tag == f"{TABLE}table"
            else next(element.iterancestors(f"{TABLE}table"), None)
        )
        if sheet is None or sheet.element is not table:
            sheet = _OdsSheet(table)
        if element.tag == f"{TABLE}table-column":
            _read_column(book, sheet, element)
        elif element.tag == f"{TABLE}table-row":
            _read_row(book, sheet, element)
        else:
            _add_sheet(book, sheet)
            sheet = None


def _read_column(book: _Spreadsheet, sheet: _OdsSheet, column: Any) -> None:
    first = sheet.columns
    sheet.columns = min(first + repeats(column, "columns"), COLUMNS)
    if column.get(f"{TABLE}visibility", "visible") != "visible":
        sheet.hidden_columns.update(range(first, sheet.columns))


def _read_row(book: _Spreadsheet, sheet: _OdsSheet, row: Any) -> None:
    grid = sheet.grid
    filled = sum(map(bool, grid.add_row(row, lambda cell: _cell_text(book, cell))))
    times = min(repeats(row, "rows"), REPEATED_ROWS)
    is_hidden = row.get(f"{TABLE}visibility", "visible") != "visible"
    if filled and not is_hidden and book.cells < CELLS:
        book.cells += filled
        grid.repeat_last(times)
        return
    book.left_out["hidden row"] += bool(filled and is_hidden)
    is_left_out = bool(filled or is_hidden)
    if is_left_out:
        grid.leave_out_last()
    if covered := grid.covered_rows():
        grid.repeat_last(min(times, covered))
    elif is_left_out or (len(grid.rows) > 1 and _is_blank(grid.rows[-2])):
        del grid.rows[-1]  # one blank row says as much as a thousand


def _is_blank(row: list[str] | None) -> bool:
    return row is not None and not any(row)


def _cell_text(book: _Spreadsheet, cell: Any) -> str:
    for _note in cell.iter(f"{OFFICE}annotation"):
        book.left_out["comment"] += 1
    book.left_out["picture"] += sum(1 for _image in cell.iter(f"{DRAW}image"))
    lines = cell.iterfind(f"{TEXT}p")
    text = " ".join(paragraph_text(line, book.styles, lambda _element: None) for line in lines)
    if text and book.styles.get("table-cell", cell.get(f"{TABLE}style-name")).unseen:
        book.hidden += len("".join(text.split()))
        return ""
    return " ".join(text.split())


def _add_sheet(book: _Spreadsheet, sheet: _OdsSheet) -> None:
    book.sheets += 1
    if book.styles.get("table", sheet.element.get(f"{TABLE}style-name")).hidden:
        book.left_out["hidden sheet"] += 1
        return
    rows = sheet.grid.written_out()
    used = {at for row in rows for at, text in enumerate(row) if text}
    book.left_out["hidden column"] += len(used & sheet.hidden_columns)
    book.builder.begin_page(book.sheets)
    if used:
        book.builder.add(sheet.element.get(f"{TABLE}name", ""), "heading")
    add_sheet(
        book.builder,
        [[t for at, t in enumerate(row) if at not in sheet.hidden_columns] for row in rows],
    )
