"""A tree of HTML elements → blocks of text: paragraphs, headings, list items, table rows.

Keeps everything that is text, in the order of the document, and decides nothing about what is
worth reading. Costs one pass, whatever the nesting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from bot.ingest.extract.document import TextBuilder

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
BLOCKS = HEADINGS | frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd"),
        *("details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form"),
        *("header", "hr", "html", "legend", "li", "main", "nav", "ol", "p", "pre", "section"),
        *("summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    )
)
CELLS = frozenset(("td", "th"))
SKIPPED = frozenset(
    (
        *("head", "script", "style", "template", "noscript", "svg", "button", "select"),
        *("textarea", "input", "iframe", "object", "rp"),
    )
)
LAYOUT_CELL_CHARACTERS = 400  # a cell that holds more is part of a page's layout, not of a table
LAYOUT_CELL_BLOCKS = ("table", "h1", "h2", "h3", "h4", "article", "section")
CELL_BORDER = " | "
ENDING = frozenset(("li", "ul", "ol", "dl", "table", "tr"))

_SPACE = re.compile(r"\s+")


def add_blocks(root: Any, builder: TextBuilder) -> None:
    """Append the text of ``root`` to the builder."""
    walk = _Walk(builder, _layout_cells(root))
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
class _Walk:
    """The block being collected while walking a tree."""

    builder: TextBuilder
    layout: set[Any]
    parts: list[str] = field(default_factory=list)
    heading: bool = False
    prefix: str = ""
    near: bool = False
    preformatted: int = 0
    cells: int = 0

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
            self._open_block(element)
        self.write(element.text)

    def _open_cell(self, cell: Any) -> None:
        if cell in self.layout:
            self.end_block()
        else:
            self.cells += 1

    def _open_block(self, element: Any) -> None:
        self.end_block()
        tag = element.tag
        self.heading = self.heading or tag in HEADINGS
        if tag == "li":
            self.prefix, self.near = "- ", True
        elif tag == "dd":
            self.near = True
        elif tag == "tr":
            self.near = element.getprevious() is not None or _is_later_part(element.getparent())
        elif tag == "pre":
            self.preformatted += 1

    def close(self, element: Any) -> None:
        tag = element.tag
        if tag in CELLS and element in self.layout:
            self.end_block()
        elif tag in CELLS:
            self.cells -= 1
            self.parts.append(CELL_BORDER if element.getnext() is not None else "")
        elif tag in BLOCKS and not self.cells:
            self.end_block()
            self.preformatted -= tag == "pre"
            self.heading = self.heading and tag not in HEADINGS
            if tag in ENDING:
                self.prefix, self.near = "", False

    def end_block(self) -> None:
        """Pass the collected block to the builder."""
        text = "".join(self.parts)
        self.parts.clear()
        if not self.preformatted:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
            text = text.removesuffix(CELL_BORDER.strip()).rstrip()
        if not text.strip(" |\n"):
            return
        separator = "\n" if self.near else "\n\n"
        block = self.prefix + text.strip("\n").rstrip()
        self.builder.add(block, "heading" if self.heading else "paragraph", separator=separator)
        self.prefix, self.near, self.heading = "", False, False


def _is_later_part(part: Any) -> bool:
    """Whether rows stand above this part of a table."""
    return part is not None and part.tag in ("tbody", "tfoot") and part.getprevious() is not None
