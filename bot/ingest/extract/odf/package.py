"""What OpenDocument files of all kinds share: their metadata, passwords, and tables' cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.errors import DamagedDocument, EncryptedDocument
from bot.ingest.extract.archive import Archive, integer
from bot.ingest.extract.metadata import (
    TITLE_CHARACTERS,
    plausible_author,
    plausible_language,
    plausible_text,
)
from bot.ingest.extract.odf.styles import TABLE
from bot.strings import N_, _

DC = "{http://purl.org/dc/elements/1.1/}"
META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
KIND = N_("The OpenDocument file")
REPEATED_CELLS = 1_000  # of one text; files repeat empty cells to the sheet's edge
GRID_CELLS = 1_000_000


class OdfMetadata(NamedTuple):
    """What a file says of itself, where it is plausible. Dates are ISO 8601."""

    title: str = ""
    author: str | None = None
    language: str | None = None
    created: str = ""
    modified: str = ""


def read_metadata(archive: Archive) -> OdfMetadata:
    """The file's metadata; none if their part is missing or damaged."""
    try:
        root = archive.xml("meta.xml")
    except (KeyError, DamagedDocument):
        return OdfMetadata()

    def first(*names: str) -> str:
        return next(filter(None, (root.findtext(f".//{name}") for name in names)), "")

    return OdfMetadata(
        title=plausible_text(first(f"{DC}title"), TITLE_CHARACTERS),
        author=plausible_author(first(f"{META}initial-creator", f"{DC}creator")),
        language=plausible_language(first(f"{DC}language")),
        created=first(f"{META}creation-date"),
        modified=first(f"{DC}date"),
    )


def check_not_encrypted(archive: Archive) -> None:
    """Raises EncryptedDocument for a file with a password."""
    if "META-INF/manifest.xml" not in archive.names:
        return
    manifest = archive.xml("META-INF/manifest.xml")
    if next(manifest.iter(f"{MANIFEST}encryption-data"), None) is not None:
        raise EncryptedDocument(
            _(
                "{file} is password-protected, so I couldn't read it and nothing was stored. "
                "Save it without the password and add it again."
            ).format(file=_(KIND))
        )


def repeats(element: Any, what: str) -> int:
    """How often a cell ("columns") or a row ("rows") stands there, as the file says."""
    return max(1, integer(element, f"{TABLE}number-{what}-repeated", 1))


@dataclass
class Grid:
    """The cells of a table, while its rows are read; None in place of a row that is left out."""

    rows: list[list[str] | None] = field(default_factory=list)
    _spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    _reach: int = 0  # the number of rows down to the end of the lowest merged cell

    def add_row(self, row: Any, text_of: Callable[[Any], str]) -> list[str]:
        """Take in a row: each of its cells has a text, merged ones know how far they reach."""
        cells: list[str] = []
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            wide, high = (
                integer(cell, f"{TABLE}number-{what}-spanned", 1) for what in ("columns", "rows")
            )
            if wide > 1 or high > 1:
                self._spans.append((len(self.rows), len(cells), wide, high))
                self._reach = max(self._reach, len(self.rows) + high)
            is_covered = cell.tag == f"{TABLE}covered-table-cell"
            text = "" if is_covered else text_of(cell)
            cells += [text] * min(repeats(cell, "columns"), REPEATED_CELLS)
        self.rows.append(cells)
        return cells

    def leave_out_last(self) -> None:
        """Leave out the newest row, with the cells that are merged from it."""
        self.rows[-1] = None
        while self._spans and self._spans[-1][0] == len(self.rows) - 1:
            self._spans.pop()

    def repeat_last(self, times: int) -> None:
        """Let the newest row stand there so many times."""
        last = self.rows[-1]
        self.rows += [last if last is None else list(last) for _ in range(times - 1)]

    def covered_rows(self) -> int:
        """How many rows, the newest one included, merged cells may still reach over."""
        return max(0, self._reach - len(self.rows) + 1)

    def written_out(self) -> list[list[str]]:
        """The rows that are read, with the text of merged cells in each of their places."""
        left = GRID_CELLS
        for top, column, wide, high in self._spans:
            first = self.rows[top]
            text = first[column] if first else ""
            for row in self.rows[top : top + high] if text else ():
                covered = len(row[column : column + wide]) if row else 0
                left -= covered
                if row and left > 0:
                    row[column : column + wide] = [text] * covered
        return [row for row in self.rows if row is not None]
