"""Values separated by commas, semicolons, tabs or bars → the rows of a table.

What separates them is what makes most rows equally long. The first row is the header if it names
columns. A file without a table is read as the text that it is. Figures stay as they are written.
"""

from __future__ import annotations

import csv
from collections import Counter
from itertools import islice

from bot.ingest.extract.document import Document, TextBuilder
from bot.ingest.extract.tables import add_sheet
from bot.strings import _
from bot.text.normalize import normalize

SEPARATORS = (",", ";", "\t", "|")
SAMPLE_ROWS = 200
EVEN_SHARE = 0.8  # of the rows have the same number of values, in a table
FIELD_CHARACTERS = 1_000_000
CELLS = 500_000


def read_csv(text: str) -> Document:
    """Reads a table from text; text without one stays as it is."""
    csv.field_size_limit(FIELD_CHARACTERS)
    text = text.lstrip("\ufeff").replace("\0", "")
    first, _newline, rest = text.partition("\n")
    separator = ""
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first[4], rest
    separator = separator or find_separator(text)
    if not separator:
        return Document(normalize(text).strip())
    builder = TextBuilder()
    rows, notes = _rows(text, separator)
    add_sheet(builder, rows)
    return Document(builder.text(), blocks=builder.blocks, notes=notes)


def find_separator(text: str) -> str:
    """What separates the values of a table; empty if the text is none."""
    scores = {separator: _evenness(text, separator) for separator in SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])
    return best if scores[best] > 0 else ""


def _evenness(text: str, separator: str) -> float:
    """How many values most rows have, weighted by their share; 0 if that is no table."""
    try:
        rows = [row for row in islice(_reader(text, separator), SAMPLE_ROWS) if any(row)]
    except csv.Error:
        return 0
    if len(rows) < 2:
        return 0
    lengths = Counter(map(len, rows))
    length, count = lengths.most_common(1)[0]
    share = count / len(rows)
    return share * length if length > 1 and share >= EVEN_SHARE else 0


def _reader(text: str, separator: str):  # type: ignore[no-untyped-def]
    return csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=False)


def _rows(text: str, separator: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """The rows up to ``CELLS``, and a note if there are more."""
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in _reader(text, separator):
            rows.append(row)
            cells += len(row)
            if cells > CELLS:
                note = _("Only the first {n:,} cells were read.").format(n=CELLS)
                return rows, (note,)
    except csv.Error:
        return rows, (_("The table is damaged: it was read up to row {n:,}.").format(n=len(rows)),)
    return rows, ()
