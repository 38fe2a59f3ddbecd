"""Writes into a page's tree what only its layout says, so that its plain text keeps all values.

Raised and lowered text, formulas, struck-out text, ruby and quotation marks become characters;
cells that are merged over several columns or rows are repeated in each. Done before anything
chooses or joins text, since every library that does so drops these elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from lxml import etree

from bot.ingest.extract.formula import mathml_text
from bot.ingest.extract.raised_text import BEFORE_CHARACTERS, lowered, raised

AFTER_CHARACTERS = 4
SEARCHED_NODES = 30  # around raised text, for the characters that touch it
CELLS = ("td", "th")
COLUMNS = 200  # of a table whose merged cells are repeated
REPEATED_CELLS = 5_000  # of one page
REPEATED_CHARACTERS = 300  # a longer cell is repeated empty
FORMULA_CLASS = re.compile(r"\b(?:math|mathjax|latex|tex)\b")
PICTURES = ("img", "svg", "canvas", "video", "audio", "object", "iframe", "embed")
INLINE = frozenset(
    (
        *("a", "abbr", "b", "big", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i"),
        *("ins", "kbd", "label", "mark", "nobr", "q", "samp", "small", "span", "strong", "sub"),
        *("sup", "time", "tt", "u", "var", "wbr", "del", "s", "strike", "ruby", "rt", "rb", "rp"),
    )
)


def write_values(tree: Any) -> None:
    """Change the tree in place. Takes time in proportion to its size."""
    for formula in list(tree.iter("math", "{*}math", "m:math")):
        _write(formula, _apart(formula, mathml_text(formula)))
    for picture in list(tree.iter(*PICTURES)):
        _write_picture(picture)
    for element in reversed(list(tree.iter(*INLINE))):  # inner ones first
        if element.getparent() is not None:
            _write_inline(element)
    budget = REPEATED_CELLS + sum(1 for _ in tree.iter(*CELLS))
    for table in list(tree.iter("table")):
        budget -= _repeat_merged_cells(table, budget)


def inner_text(element: Any) -> str:
    """The text inside an element; what is not in the same line is kept apart by a space."""
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if node is not element and node.tag not in INLINE:
            parts.append(" ")
        if event == "start":
            parts.append(node.text or "")
        elif node is not element:
            parts.append(node.tail or "")
    return "".join(parts)


def _write(element: Any, text: str) -> None:
    """Replace what an element shows by plain text."""
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = "span", text, tail


def _apart(element: Any, text: str) -> str:
    """The text of an element, with spaces where letters or figures touch it."""
    before = " " if _text_before(element)[-1:].isalnum() else ""
    after = " " if _text_after(element)[:1].isalnum() else ""
    return f"{before}{text}{after}"


def _write_picture(picture: Any) -> None:
    """A formula that is a picture is read by its alternative text; any other keeps words apart."""
    classes = picture.get("class", "").lower()
    if picture.tag == "img" and picture.get("alt") and FORMULA_CLASS.search(classes):
        _write(picture, _apart(picture, picture.get("alt", "").strip()))
    elif (
        _text_before(picture).rstrip()[-1:].isalnum() and _text_after(picture).strip()[:1].isalnum()
    ):
        picture.tail = f" {picture.tail or ''}"


def _write_inline(element: Any) -> None:
    if element.tag in ("sup", "sub"):
        words = inner_text(element)
        if not words.strip():
            return
        write = raised if element.tag == "sup" else lowered
        _write(element, write(words, _text_before(element), _text_after(element)))
    elif element.tag in ("del", "s", "strike") and "".join(element.itertext()).strip():
        _enclose(element, "~~", "~~")
    elif element.tag == "q":
        _enclose(element, "“", "”")
    elif element.tag == "rt" and "".join(element.itertext()).strip():
        _enclose(element, "(", ")")


def _enclose(element: Any, before: str, after: str) -> None:
    element.text = before + (element.text or "")
    if len(element):
        element[-1].tail = (element[-1].tail or "") + after
    else:
        element.text += after
    element.tag = "span"


def _text_before(element: Any) -> str:
    """The last characters before an element in its block."""
    text = ""
    for part in islice(_parts_before(element), SEARCHED_NODES):
        text = part[-BEFORE_CHARACTERS:] + text
        if len(text) >= BEFORE_CHARACTERS:
            break
    return text[-BEFORE_CHARACTERS:]


def _parts_before(element: Any) -> Iterator[str]:
    while element is not None:
        sibling = element.getprevious()
        while sibling is not None:
            yield sibling.tail or ""
            if sibling.tag not in INLINE and sibling.tag not in PICTURES:
                return
            yield "" if sibling.tag in PICTURES else inner_text(sibling)
            sibling = sibling.getprevious()
        element = element.getparent()
        if element is None:
            return
        yield element.text or ""
        if element.tag not in INLINE:
            return


def _text_after(element: Any) -> str:
    """The next characters after an element in its block."""
    text = ""
    for part in islice(_parts_after(element), SEARCHED_NODES):
        text += part[:AFTER_CHARACTERS]
        if len(text) >= AFTER_CHARACTERS:
            break
    return text


def _parts_after(element: Any) -> Iterator[str]:
    while element is not None:
        yield element.tail or ""
        sibling = element.getnext()
        while sibling is not None:
            if sibling.tag not in INLINE and sibling.tag not in PICTURES:
                return
            yield "" if sibling.tag in PICTURES else inner_text(sibling)
            yield sibling.tail or ""
            sibling = sibling.getnext()
        element = element.getparent()
        if element is None or element.tag not in INLINE:
            return


# --- merged cells ------------------------------------------------------------------------------


def own_rows(table: Any) -> list[Any]:
    """The rows of a table, without those of tables inside it."""
    parts = [part for part in table if part.tag in ("thead", "tbody", "tfoot", "tr")]
    rows: list[Any] = []
    for part in parts:
        rows += [part] if part.tag == "tr" else [row for row in part if row.tag == "tr"]
    return rows


def _repeat_merged_cells(table: Any, budget: int) -> int:
    """Put a copy of each merged cell where it reaches; the number of copies, at most ``budget``."""
    rows = own_rows(table)
    cells = [[cell for cell in row if cell.tag in CELLS] for row in rows]
    if not any(_span(c, "colspan") > 1 or _span(c, "rowspan") > 1 for row in cells for c in row):
        return 0
    width = max(sum(_span(cell, "colspan") for cell in row) for row in cells)
    if width > COLUMNS:
        return 0
    grid = _Grid(len(rows), width, budget)
    for at, row in enumerate(rows):
        grid.fill(row, at, cells[at])
    return budget - grid.budget


@dataclass
class _Grid:
    """A table whose rows are being filled up with copies of merged cells."""

    height: int
    width: int
    budget: int
    reaching: dict[tuple[int, int], Any] = field(default_factory=dict)  # cells from rows above

    def fill(self, row: Any, at: int, cells: list[Any]) -> None:
        """Rebuild one row; a cell over the whole row stays one cell."""
        filled: list[Any] = []
        waiting = list(reversed(cells))
        while waiting or (at, len(filled)) in self.reaching:
            above = self.reaching.pop((at, len(filled)), None)
            if above is not None:
                filled.append(_copy(above))
                continue
            cell = waiting.pop()
            columns = _span(cell, "colspan")
            if columns >= self.width > 1:
                filled.append(cell)
                break
            self._reach_down(cell, at, len(filled), columns)
            copied = min(columns - 1, self.budget)
            self.budget -= copied
            filled += [cell, *(_copy(cell) for _ in range(copied))]
        for cell in filled + waiting[::-1]:
            row.append(cell)

    def _reach_down(self, cell: Any, at: int, column: int, columns: int) -> None:
        """Reserve the places that a cell covers in the rows below."""
        height = self.height if cell.get("rowspan") == "0" else at + _span(cell, "rowspan")
        places = product(range(at + 1, min(height, self.height)), range(column, column + columns))
        for place in islice(places, self.budget):
            self.reaching[place] = cell
            self.budget -= 1


def _copy(cell: Any) -> Any:
    """A cell with the same text; empty if that is long or the cell holds a table."""
    length = sum(map(len, islice(cell.itertext(), REPEATED_CHARACTERS + 1)))
    if length > REPEATED_CHARACTERS or next(cell.iter("table"), None) is not None:
        return cell.makeelement(cell.tag, {})
    copy = deepcopy(cell)
    for name in ("colspan", "rowspan", "id"):
        copy.attrib.pop(name, None)
    return copy


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1").strip()
    return max(1, min(int(value), COLUMNS + 1)) if value.isascii() and value.isdigit() else 1


def cell_texts(rows: Iterable[Any]) -> list[list[str]]:
    """What the cells of each row say."""
    return [
        [" ".join(inner_text(cell).split()) for cell in row if cell.tag in CELLS] for row in rows
    ]
