"""The rows of a Word table, with merged cells written out in every row and column they cover."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.ingest.extract.docx.xml import W, find, find_value, is_on

COLUMNS = 200


def read_rows(table: Any, read_cell: Callable[[Any], str]) -> tuple[list[list[str]], int]:
    """The cells' texts by row, and how many rows at the top the file itself calls headers."""
    rows: list[list[str]] = []
    above: dict[int, str] = {}  # by column: what is merged downwards
    headers = 0
    for row in table.iter(f"{W}tr"):
        if next(row.iterancestors(f"{W}tbl")) is not table:
            continue  # of a table within a cell
        rows.append(_read_row(row, read_cell, above))
        if is_on(row, "trPr/tblHeader") and headers == len(rows) - 1:
            headers += 1
    width = max(map(len, rows), default=0)
    return [_whole_row(row, width) for row in rows], headers


def _read_row(row: Any, read_cell: Callable[[Any], str], above: dict[int, str]) -> list[str]:
    cells: list[str] = [""] * _number(find_value(row, "trPr/gridBefore"), 0)
    for cell in row.iter(f"{W}tc"):
        if next(cell.iterancestors(f"{W}tr")) is not row:
            continue
        columns = _number(find_value(cell, "tcPr/gridSpan"), 1)
        merged = find(cell, "tcPr/vMerge")
        goes_on = merged is not None and merged.get(f"{W}val", "continue") != "restart"
        text = read_cell(cell)
        if goes_on and not text:
            text = above.get(len(cells), "")
        for column in range(len(cells), len(cells) + columns):
            above[column] = text if merged is not None else ""
        cells += [text] * columns
        if len(cells) > COLUMNS:
            break
    return cells


def _whole_row(row: list[str], width: int) -> list[str]:
    """A row whose one cell covers the whole table says its text once."""
    return row[:1] if len(row) == width > 1 and len(set(row)) == 1 and row[0] else row


def _number(value: str, default: int) -> int:
    return min(int(value), COLUMNS) if value.isdigit() and len(value) < 6 else default
