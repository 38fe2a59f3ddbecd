"""An Excel workbook (.xlsx) → its sheets as tables, each cell as the sheet shows it.

A sheet is a page. Formulas count with the results that the file stores. Hidden sheets, rows and
columns, values that a format or white letters hide, and the parts that hold no text are left out,
and counted. One pass over each sheet's XML gives the values with what is hidden and merged;
openpyxl needs two for that, 0.6 s and 31 MB to load, and makes a million rows of a sheet whose one
value stands in the last of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.ingest.extract.archive import Archive, integer
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.document_origin import with_file_date
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.metadata import TITLE_CHARACTERS, plausible_author, plausible_text
from bot.ingest.extract.office import (
    R,
    add_chart,
    core_properties,
    count_comments,
    count_media,
    read_part,
    relationships,
    targets,
)
from bot.ingest.extract.raised_text import Piece, Position, join_pieces
from bot.ingest.extract.tables import add_sheet
from bot.ingest.extract.xlsx.number_format import EXCEL_EPOCH, MAC_EPOCH
from bot.ingest.extract.xlsx.styles import CellStyle, S, read_styles, show_cell
from bot.strings import N_, _

STRICT_S = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
KIND = N_("The Excel file")
CELLS = 500_000  # of a workbook: 6 s, and about as many characters as MAX_CHARACTERS
COLUMNS = 16_384
ROWS = 1_048_576
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
Merged = tuple[int, int, int, int]  # first row and column, last row and column; from 1


@dataclass
class _Workbook:
    """What is gathered while the sheets are read."""

    archive: Archive
    styles: list[CellStyle]
    strings: list[str]
    epoch: datetime
    builder: TextBuilder = field(default_factory=TextBuilder)
    left_out: LeftOut = field(default_factory=LeftOut)
    hidden: int = 0
    cells: int = 0


@dataclass
class _XlsxSheet:
    """The shown cells of a sheet, by row and column from 1."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_columns: set[int] = field(default_factory=set)
    hidden_rows: list[int] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    last_row: int = 0


def read_xlsx(data: bytes) -> Document:
    """Reads a workbook. Raises DamagedDocument, DocumentTooComplex or EncryptedDocument."""
    with Archive(data, KIND) as archive:
        book = read_part(archive, "xl/workbook.xml")
        if book is None:
            raise archive.damaged_error(N_("there is no workbook in it"))
        properties = book.find(f"{S}workbookPr")
        is_mac = properties is not None and properties.get("date1904") in ("1", "true")
        workbook = _Workbook(
            archive,
            read_styles(archive),
            _shared_strings(archive),
            MAC_EPOCH if is_mac else EXCEL_EPOCH,
        )
        _add_sheets(workbook, book)
        count_media(archive, workbook.left_out)
        return _document(workbook)


def _shared_strings(archive: Archive) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.names:
        return []
    items = archive.elements("xl/sharedStrings.xml", f"{S}si", f"{STRICT_S}si")
    return [_rich_text(item) for item in items]


def _rich_text(item: Any) -> str:
    """The text of a string; its phonetic guides are left out."""
    pieces = [
        Piece(text.text or "", _position(text.getparent()))
        for text in item.iter(f"{S}t", f"{STRICT_S}t")
        if not text.getparent().tag.endswith("}rPh")
    ]
    return join_pieces([piece for piece in pieces if piece.text])


def _position(run: Any) -> Position:
    for aligned in run.iterfind("{*}rPr/{*}vertAlign"):
        if aligned.get("val") in ("superscript", "subscript"):
            return "raised" if aligned.get("val") == "superscript" else "lowered"
    return ""


def _add_sheets(workbook: _Workbook, book: Any) -> None:
    related = relationships(workbook.archive, "xl/workbook.xml")
    sheets = list(book.iter(f"{S}sheet"))
    shown = [sheet for sheet in sheets if sheet.get("state", "visible") == "visible"]
    workbook.left_out["hidden sheet"] += len(sheets) - len(shown)
    for number, sheet in enumerate(sheets, 1):
        relationship = related.get(sheet.get(f"{R}id", ""))
        part = relationship.target if relationship else ""
        if sheet in shown and part in workbook.archive.names and workbook.cells < CELLS:
            workbook.builder.begin_page(number)
            if len(shown) > 1:
                workbook.builder.add(sheet.get("name", ""), "heading")
            _add_sheet(workbook, part)


def _add_sheet(workbook: _Workbook, part: str) -> None:
    add_sheet(workbook.builder, _filled_rows(_read_sheet(workbook, part)))
    related = relationships(workbook.archive, part)
    for drawing in targets(related, "drawing"):
        _add_charts(workbook, drawing)
    for kind in ("comments", "threadedComment"):
        for comments in targets(related, kind):
            workbook.left_out["comment"] += count_comments(workbook.archive, comments)


def _read_sheet(workbook: _Workbook, part: str) -> _XlsxSheet:
    """The shown cells of a sheet, and what is merged: that stands after them in the XML."""
    sheet = _XlsxSheet()
    tags = ("col", "row", "mergeCell")
    for element in workbook.archive.elements(
        part, *(f"{namespace}{tag}" for namespace in (S, STRICT_S) for tag in tags)
    ):
        name = element.tag.rpartition("}")[2]
        if name == "col":
            _read_column(sheet, element)
        elif name == "row":
            _read_row(workbook, sheet, element)
        else:
            first, _, last = element.get("ref", "").partition(":")
            corners = _place(first), _place(last)
            if corners[0] and corners[1]:
                sheet.merged.append((*corners[0], *corners[1]))
    used = {column for row in sheet.rows.values() for column in row}
    hidden = sheet.hidden_columns & used
    workbook.left_out["hidden column"] += len(hidden)
    sheet.hidden_columns = hidden
    return sheet


def _read_column(sheet: _XlsxSheet, column: Any) -> None:
    if _is_on(column, "hidden") or column.get("width") in ("0", "0.0"):
        first, last = integer(column, "min"), integer(column, "max")
        sheet.hidden_columns.update(range(first, min(last, COLUMNS) + 1))


def _read_row(workbook: _Workbook, sheet: _XlsxSheet, row: Any) -> None:
    number = integer(row, "r", sheet.last_row + 1)
    sheet.last_row = number
    cells: dict[int, str] = {}
    column = 0
    for cell in row.iterchildren(f"{S}c", f"{STRICT_S}c"):
        place = _place(cell.get("r", ""))
        column = place[1] if place else column + 1
        text = _cell_text(workbook, cell)
        if text:
            cells[column] = text
    if _is_on(row, "hidden") or row.get("ht") in ("0", "0.0"):
        workbook.left_out["hidden row"] += bool(cells)
        sheet.hidden_rows.append(number)
    elif cells and workbook.cells < CELLS and number <= ROWS:
        workbook.cells += len(cells)
        sheet.rows[number] = cells


def _cell_text(workbook: _Workbook, cell: Any) -> str:
    """What a cell shows; empty, and counted, if it shows less than it holds."""
    kind = cell.get("t", "n")
    value, is_formula = "", False
    for child in cell.iterchildren("*"):
        name = child.tag.rpartition("}")[2]
        if name == "v":
            value = child.text or ""
        is_formula = is_formula or name == "f"
    if kind == "s":
        at = int(value) if value.isdigit() else -1
        value = workbook.strings[at] if 0 <= at < len(workbook.strings) else ""
    elif kind == "inlineStr":
        value = _rich_text(cell)
    elif is_formula and not value:
        workbook.left_out["formula"] += 1
    index = integer(cell, "s")
    style = workbook.styles[index] if 0 <= index < len(workbook.styles) else CellStyle()
    shown = show_cell(value, kind, style, workbook.epoch)
    if style.unseen or not shown:
        workbook.hidden += len(value)
        return ""
    return shown


def _filled_rows(sheet: _XlsxSheet) -> Iterator[list[str]]:
    """The rows from the first to the last used one, blank ones once, merged cells written out."""
    _write_out_merged(sheet)
    before = 0
    first = min((min(row) for row in sheet.rows.values()), default=1)
    hidden = sorted(set(sheet.hidden_rows))
    for number in sorted(sheet.rows):
        between = bisect_left(hidden, number) - bisect_right(hidden, before)
        if before and number - before - 1 > between:
            yield []
        row = sheet.rows[number]
        yield [
            row.get(column, "")
            for column in range(first, max(row) + 1)
            if column not in sheet.hidden_columns
        ]
        before = number


def _write_out_merged(sheet: _XlsxSheet) -> None:
    """Each cell of a merged range holds its value, within the rows and columns that are used."""
    if not sheet.rows:
        return
    last_column = max(max(row) for row in sheet.rows.values())
    numbers = sorted(sheet.rows)
    left = CELLS
    for top, first, bottom, last in sheet.merged:
        value = sheet.rows.get(top, {}).get(first, "")
        columns = range(first, min(last, last_column) + 1)
        covered = numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
        for number in covered if value else ():
            left -= len(columns)
            if left < 0:
                return
            sheet.rows[number].update(dict.fromkeys(columns, value))


def _add_charts(workbook: _Workbook, drawing: str) -> None:
    for name in targets(relationships(workbook.archive, drawing), "chart"):
        root = read_part(workbook.archive, name)
        if root is not None:
            add_chart(workbook.builder, root)


def _document(workbook: _Workbook) -> Document:
    properties = core_properties(workbook.archive)
    notes = list(workbook.left_out.notes())
    if workbook.hidden:
        notes.append(hidden_text_note(workbook.hidden))
    if workbook.cells >= CELLS:
        notes.append(_("Only the first {n:,} cells were read.").format(n=CELLS))
    builder = workbook.builder
    document = Document(
        builder.text(),
        title=plausible_text(properties.title, TITLE_CHARACTERS),
        headings=tuple(builder.headings),
        pages=tuple(builder.pages),
        page_unit="sheet",
        blocks=builder.blocks,
        author=plausible_author(properties.creator),
        notes=tuple(notes),
    )
    return with_file_date(document, properties.created, properties.modified)


def _place(reference: str) -> tuple[int, int] | None:
    """The row and the column of a reference such as ``B7``."""
    match = _REFERENCE.fullmatch(reference.replace("$", ""))
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def _is_on(element: Any, name: str) -> bool:
    return element.get(name) in ("1", "true")
