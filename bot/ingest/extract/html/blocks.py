"""A tree of HTML elements → the blocks of a text: paragraphs, headings, list items, table rows.

Keeps everything that is text, in the order of the document, and decides nothing about what is
worth reading. Costs one pass, whatever the nesting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import regex
from lxml import etree

from bot.ingest.extract.document import TextBuilder
from bot.ingest.extract.html.page_values import CELLS, cell_texts, own_rows
from bot.ingest.extract.html.posts import Posts
from bot.ingest.extract.numbering import format_number
from bot.ingest.extract.questions import is_question
from bot.ingest.extract.raised_text import with_fractions
from bot.ingest.extract.tables import CELL_BORDER, count_header_rows
from bot.structure import BlockKind

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
LISTS = frozenset(("ul", "ol", "menu"))
BLOCKS = (
    HEADINGS
    | LISTS
    | frozenset(
        (
            *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd"),
            *("details", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer"),
            *("form", "header", "hr", "html", "legend", "li", "main", "nav", "p", "pre"),
            *("section", "summary", "table", "tbody", "tfoot", "thead", "tr"),
        )
    )
)
SKIPPED = frozenset(
    (
        *("head", "script", "style", "template", "noscript", "svg", "button", "select"),
        *("textarea", "input", "iframe", "object", "rp"),
    )
)
BOLD = frozenset(("b", "strong"))
LAYOUT_CELL_CHARACTERS = 400  # a cell that holds more is part of a page's layout, not of a table
LAYOUT_CELL_BLOCKS = ("table", "h1", "h2", "h3", "h4", "article", "section")
ENDING = LISTS | frozenset(("li", "dl", "dt", "dd", "table", "tr"))  # end what sets items close
NAMED = HEADINGS | frozenset(("caption", "figcaption", "summary", "dt", "dd", "tr"))

_SPACE = re.compile(r"\s+")
_LEFT_OVER = regex.compile(r"[\p{P}\p{Sm}\p{Sc}\p{Sk}\s©®]*")
_OWN_NUMBER = re.compile(r"\(?(?:\d{1,4}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s")


def add_blocks(root: Any, builder: TextBuilder) -> None:
    """Append the text of ``root`` to the builder."""
    walk = _BlockCollector(builder, _layout_cells(root), Posts(root))
    skipped: Any = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        ends = event == "end"
        if skipped is None and not ends and element.tag in SKIPPED:
            skipped = element
        elif skipped is None and not ends:
            walk.open(element)
        elif skipped is None:
            walk.close(element)
        if ends and skipped in (None, element):
            skipped = None
            walk.write(element.tail if element is not root else None)
    walk.end_block()


def _layout_cells(root: Any) -> set[Any]:
    """The cells that lay out a page rather than hold a value of a table."""
    cells: set[Any] = set()
    for block in root.iter(*LAYOUT_CELL_BLOCKS):
        for cell in block.iterancestors(*CELLS):
            if cell in cells:
                break
            cells.add(cell)
    for cell in root.iter(*CELLS):
        long = len(cell) and sum(map(len, cell.itertext())) > LAYOUT_CELL_CHARACTERS
        if cell not in cells and (long or len(cell.text or "") > LAYOUT_CELL_CHARACTERS):
            cells.add(cell)
    return cells


@dataclass
class _Table:
    """The rows of a table that are headers: for all rows, or (``parts``) for those below them."""

    headers: set[Any]
    parts: set[Any]

    def row_kind(self, row: Any) -> tuple[BlockKind, int]:
        is_header = row in self.headers or row in self.parts
        return ("table_header" if is_header else "table_row"), int(row in self.parts)


def _read_table(table: Any) -> _Table:
    rows = own_rows(table)
    texts = cell_texts(rows)
    tags = [cell.tag for row in rows[:1] for cell in row if cell.tag in CELLS]
    named_at_side = tags[:1] == ["th"] and set(tags[1:]) == {"td"}
    count = 0 if named_at_side else _marked_headers(rows) or count_header_rows(texts)
    columns = max(map(len, texts), default=0)
    parts = {
        row
        for row, following, cells in zip(
            rows[count:], rows[count + 1 :], texts[count:], strict=False
        )
        if len(cells) == 1 < columns and cells[0] and following is not None
    }
    return _Table(set(rows[:count]), parts)


def _marked_headers(rows: list[Any]) -> int:
    """How many rows at the top the page itself calls headers; 0 if all or none are.

    One cell below the names of columns opens the first part of the table.
    """
    count = columns = 0
    for row in rows:
        cells = [cell for cell in row if cell.tag in CELLS]
        is_in_body = row.getparent().tag != "thead"
        if is_in_body and any(cell.tag == "td" for cell in cells):
            break
        if is_in_body and len(cells) == 1 < columns:
            break
        columns = max(columns, len(cells))
        count += 1
    return count if count < len(rows) else 0


@dataclass
class _List:
    """A list that is open, and the number of its next item; None for bullets."""

    style: str
    number: int | None
    step: int = 1
    in_builder: bool = True


@dataclass
class _BlockCollector:
    """The block being collected while walking a tree."""

    builder: TextBuilder
    layout: set[Any]
    posts: Posts
    parts: list[str] = field(default_factory=list)
    kind: BlockKind | None = None  # as an element says; None: as the place says
    level: int = 0
    prefix: str = ""
    near: str = ""  # what separates the block from the one before, if not a blank line
    preformatted: int = 0
    cells: int = 0
    quotes: int = 0
    items: int = 0
    lists: list[_List] = field(default_factory=list)
    tables: list[_Table | None] = field(default_factory=list)
    bold: Any = None  # the element that opens the block, if it is bold
    bylines: int = 0

    def write(self, text: str | None) -> None:
        if text:
            self.parts.append(text if self.preformatted else _SPACE.sub(" ", text))

    def open(self, element: Any) -> None:
        tag = element.tag
        if tag == "br":
            self.parts.append(" " if self.cells else "\n")
        elif tag in CELLS:
            self._open_cell(element)
        elif tag in BLOCKS and self.cells:
            self.parts.append(" ")
        elif tag in BLOCKS:
            self.end_block()
            self.near = self.near.strip(" ")
            self._open_block(element)
        elif tag in BOLD and self.bold is None and not "".join(self.parts).strip():
            self.bold = element
        if element in self.posts.bylines and not self.cells:
            self.end_block()
            self.bylines += 1
        self.write(element.text)

    def _open_cell(self, cell: Any) -> None:
        if cell in self.layout:
            self.end_block()
        else:
            self.cells += 1

    def _open_block(self, element: Any) -> None:
        tag = element.tag
        if element in self.posts.posts:
            self.builder.open("post")
        if tag in HEADINGS:
            self.kind, self.level = "heading", int(tag[1])
        elif tag in LISTS or tag == "dl":
            self._open_list(element)
        elif tag == "li":
            self._open_item(element)
        elif tag in ("caption", "figcaption"):
            self.kind, self.level = "caption", int(_is_of_picture(element))
        elif tag == "table":
            self._open_table(element)
        elif tag == "tr":
            self._open_row(element)
        elif tag == "details":
            self.builder.open("exchange")
        elif tag in ("summary", "dt"):
            self._open_term(element)
        elif tag == "dd":
            self.kind, self.level, self.near = "list_item", len(self.lists), "\n"
        elif tag == "blockquote":
            self.quotes += 1
        elif tag == "pre":
            self.preformatted += 1

    def _open_list(self, element: Any) -> None:
        start = element.get("start", "")
        items = sum(1 for item in element if item.tag == "li")
        backward = element.get("reversed") is not None
        number = items if backward else 1
        if start.lstrip("-").isdigit() and len(start) < 10:
            number = int(start)
        ordered = element.tag == "ol"
        is_list = not any(item in self.posts.posts for item in element)
        style = element.get("type", "1")
        self.lists.append(_List(style, number if ordered else None, -1 if backward else 1, is_list))
        if is_list:
            self.builder.open("list", takes_lead_in=len(self.lists) == 1)
        if element.tag == "dl":
            self.builder.open("list")

    def _open_item(self, item: Any) -> None:
        innermost = self.lists[-1] if self.lists else _List("", None)
        if not innermost.in_builder:
            return
        self.items += 1
        self.near, self.prefix = "\n", "- "
        if innermost.number is not None:
            value = item.get("value", "")
            if value.isdigit() and len(value) < 10:
                innermost.number = int(value)
            self.prefix = f"{format_number(innermost.number, innermost.style)}. "
            innermost.number += innermost.step

    def _open_term(self, element: Any) -> None:
        """A term with its definitions is a list of its own, that hangs on the term."""
        if element.tag == "dt" and self.lists:
            self.builder.close()
            self.builder.open("list")
        self.kind = "lead_in"

    def _open_table(self, table: Any) -> None:
        lays_out = any(cell in self.layout for cell in table.iter(*CELLS))
        self.tables.append(None if lays_out else _read_table(table))
        if not lays_out:
            self.builder.open("table", takes_lead_in=True)

    def _open_row(self, row: Any) -> None:
        later = row.getprevious() is not None or _is_later_part(row.getparent())
        self.near = "\n" if later else ""
        if self.tables and self.tables[-1] is not None:
            self.kind, self.level = self.tables[-1].row_kind(row)

    def close(self, element: Any) -> None:
        tag = element.tag
        if element in self.posts.bylines and not self.cells:
            self.end_block()
            self.bylines -= 1
        if element is self.bold:
            self._close_bold()
        if tag in CELLS and element in self.layout:
            self.end_block()
        elif tag in CELLS:
            self.cells -= 1
            self.parts.append(CELL_BORDER if element.getnext() is not None else "")
        elif tag in BLOCKS and self.cells:
            self.parts.append(" ")
        elif tag in BLOCKS:
            self.end_block()
            self._close_block(element)

    def _close_bold(self) -> None:
        """A paragraph that begins with a question in bold: what follows in it replies."""
        self.bold = None
        if self.kind is None and not self.cells and is_question("".join(self.parts)):
            self.kind = "question"
            self.end_block()
            self.near = " "

    def _close_block(self, element: Any) -> None:
        tag = element.tag
        if tag == "pre":
            self.preformatted -= 1
        elif tag == "blockquote":
            self.quotes -= 1
        elif tag == "li":
            self.items -= not self.lists or self.lists[-1].in_builder
        elif tag in LISTS or tag == "dl":
            self._close_list(element)
        elif (tag == "table" and self.tables.pop() is not None) or tag == "details":
            self.builder.close()
        if element in self.posts.posts:
            self.builder.close()
        if tag in ENDING or self.near == " ":
            self.prefix, self.near = "", ""
        if tag in NAMED:
            self.kind, self.level = None, 0

    def _close_list(self, element: Any) -> None:
        if element.tag == "dl":
            self.builder.close()
        if self.lists.pop().in_builder:
            self.builder.close()

    def end_block(self) -> None:
        """Pass the collected block to the builder."""
        text = "".join(self.parts)
        self.parts.clear()
        self.bold = None
        if self.near == " " and text.lstrip(" ").startswith("\n"):
            self.near = "\n"
        if not self.preformatted:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
            text = with_fractions(text.removesuffix(CELL_BORDER.strip()).rstrip())
        if not text.strip(" |\n") or self._is_left_over(text):
            return
        text = text.strip("\n").rstrip()
        if self.prefix and not (self.prefix != "- " and _OWN_NUMBER.match(text)):
            text = self.prefix + text
        kind, level = self._kind(text)
        self.builder.add(text, kind, level=level, separator=self.near or "\n\n")
        self.prefix, self.near, self.kind, self.level = "", "", None, 0

    def _is_left_over(self, text: str) -> bool:
        """Whether it is what stood between or around links and pictures: ", ,", "- ©"."""
        is_row = self.kind in ("table_row", "table_header")
        return not is_row and not self.preformatted and _LEFT_OVER.fullmatch(text) is not None

    def _kind(self, text: str) -> tuple[BlockKind, int]:
        """The kind and level of a block with this text."""
        if self.bylines:
            return "byline", 0
        if self.kind in ("heading", "lead_in") and is_question(text):
            return "question", self.level
        if self.kind is not None:
            return self.kind, self.level
        if self.preformatted:
            return "code", 0
        if self.items:
            return "list_item", len(self.lists)
        return ("quote" if self.quotes else "paragraph"), 0


def _is_of_picture(caption: Any) -> bool:
    """Whether a caption belongs to a figure that holds no table."""
    if caption.tag == "caption":
        return False
    figures = caption.iterancestors("figure")
    return any(next(figure.iter("table"), None) is None for figure in islice(figures, 1))


def _is_later_part(part: Any) -> bool:
    """Whether rows stand above this part of a table."""
    return part is not None and part.tag in ("tbody", "tfoot") and part.getprevious() is not None
