"""Rows of cells → the tables of a text: captions, header rows, and rows that belong to them.

A sheet has no tables, only cells: blank rows separate tables, a row with one cell above a table is
its caption, and the rows of words above the first figures are its header. Knows nothing of formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.ingest.extract.document import TextBuilder
from bot.structure import BlockKind

CELL_BORDER = " | "
HEADER_ROWS = 3  # at most, above the first row with figures
HEADER_CELL_CHARACTERS = 80  # longer ones are text, not the name of a column

_FIGURE = re.compile(r"[^\w(+−-]*[(+−-]?[^\w\s]?\s?\d[\d.,:/\s'’%-]*[^\d]{0,12}")
_LETTER = re.compile(r"[^\W\d_]{2}")
Row = Sequence[str]


def add_sheet(builder: TextBuilder, rows: Iterable[Row]) -> None:
    """Append the tables of a sheet, or its lines where it holds no table."""
    for region in _regions(rows):
        _add_region(builder, region)


def add_table(
    builder: TextBuilder, rows: Sequence[Row], header_rows: int, caption: str = ""
) -> None:
    """Append one table, the first ``header_rows`` of which are its header.

    A row of one cell in a wider table is the header of the rows below it.
    """
    width = max(map(len, rows), default=0)
    with builder.inside("table", takes_lead_in=not caption):
        builder.add(caption, "caption")
        separator = "\n\n"
        for number, row in enumerate(rows):
            opens_part = header_rows <= number < len(rows) - 1 and len(row) == 1 < width
            is_header = opens_part or number < header_rows
            kind: BlockKind = "table_header" if is_header else "table_row"
            line = CELL_BORDER.join(" ".join(cell.split()) for cell in row)
            if line.strip(" |"):
                builder.add(line, kind, level=int(opens_part), separator=separator)
                separator = "\n"


def count_header_rows(rows: Sequence[Row]) -> int:
    """How many rows at the top of a table name its columns; 0 if none seems to."""
    if len(rows) < 2 or not _names_columns(rows[0]):
        return 0
    for count, row in enumerate(rows[1:], 1):
        if any(is_figure(cell) for cell in row):
            # Two rows of names are one header only where the upper one spans columns.
            return count if count <= HEADER_ROWS and _spans(rows[: count - 1]) else 1
        if not _names_columns(row) or count > HEADER_ROWS:
            break
    return 1


def is_figure(cell: str) -> bool:
    """Whether a cell holds a number, a date or a time, perhaps with a unit."""
    return _FIGURE.fullmatch(cell.strip()) is not None


def _spans(rows: Sequence[Row]) -> bool:
    """Whether each row repeats a name, as a merged cell does, or leaves one out."""
    return all(len(set(filter(None, row))) < len(row) for row in rows)


def _names_columns(row: Row) -> bool:
    filled = [cell for cell in row if cell.strip()]
    short = all(len(cell) <= HEADER_CELL_CHARACTERS for cell in filled)
    words = sum(_LETTER.search(cell) is not None for cell in filled)
    figures = sum(is_figure(cell) and not _is_year(cell) for cell in filled)
    return bool(words) and short and not figures and len(filled) > len(row) / 2


def _is_year(cell: str) -> bool:
    return re.fullmatch(r"(?:1[5-9]|20)\d\d", cell.strip()) is not None


def _regions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Runs of rows between blank ones, without the columns that are empty in all of them."""
    region: list[Row] = []
    for row in rows:
        if any(cell.strip() for cell in row):
            region.append(row)
        elif region:
            yield _trimmed(region)
            region = []
    if region:
        yield _trimmed(region)


def _trimmed(rows: list[Row]) -> list[Row]:
    width = max(len(row) for row in rows)
    used = [at for at in range(width) if any(at < len(row) and row[at].strip() for row in rows)]
    return [[row[at].strip() if at < len(row) else "" for at in used] for row in rows]


def _add_region(builder: TextBuilder, rows: list[Row]) -> None:
    """A table with the lines above and below it; a region of one column is only lines."""
    first = next((at for at, row in enumerate(rows) if not _is_line(row)), len(rows))
    stop = next((at for at in range(len(rows), first, -1) if not _is_line(rows[at - 1])), first)
    above, table = [_line(row) for row in rows[:first]], rows[first:stop]
    caption = above.pop() if above and table else ""
    for line in above:
        builder.add(line)
    if table:
        add_table(builder, table, count_header_rows(table), caption)
    for row in rows[stop:]:
        builder.add(_line(row))


def _is_line(row: Row) -> bool:
    """Whether a row says one thing: one cell, perhaps merged over others."""
    return len({cell for cell in row if cell}) <= 1


def _line(row: Row) -> str:
    return next((cell for cell in row if cell), "")
