"""The paragraphs, headings and rows of a PDF's pages → the blocks of a text.

Headings have levels by their size. Rows that follow each other are a table, with the caption
above or below it, or the line above; paragraphs that begin with bullets or numbers, one after the
other, are a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import regex

from bot.ingest.extract.document import TextBuilder
from bot.ingest.extract.pdf.layout import LayoutBlock, collapse_leaders
from bot.ingest.extract.questions import is_question
from bot.ingest.extract.tables import CELL_BORDER, count_header_rows
from bot.structure import BlockKind

LEVELS = 6
_ITEM = re.compile(r"(?:[•‣◦▪●○■□·–—*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_CAPTION = regex.compile(r"\p{Lu}\p{L}{1,12}\.?\s\d{1,3}(?:\.\d+)?\s?[.:–—|]\s")


def add_layout(builder: TextBuilder, layout: Sequence[LayoutBlock]) -> None:
    """Append the blocks of all pages."""
    levels = _levels(layout)
    for kind, run in groupby(zip(layout, _kinds(layout), strict=True), key=lambda pair: pair[1]):
        blocks = [block for block, _ in run]
        if kind == "table":
            _add_table(builder, blocks)
        elif kind == "list":
            _add_list(builder, blocks)
        elif kind == "heading":
            for block in blocks:
                asks = is_question(block.text)
                level = levels[_size(block)]
                _add(builder, block, "question" if asks else "heading", level=level)
        else:
            for block in blocks:
                _add(builder, block, "caption" if kind == "caption" else "paragraph")


def _kinds(layout: Sequence[LayoutBlock]) -> Iterator[str]:
    """What each block is in the text: "table" for a row, "list" for an item of a list."""
    items = [block.kind == "paragraph" and bool(_ITEM.match(block.text)) for block in layout]
    for at, block in enumerate(layout):
        if block.kind == "row":
            yield "table" if CELL_BORDER in block.text else "line"
        elif _CAPTION.match(block.text) and _is_beside_table(layout, at):
            yield "caption"
        elif block.kind == "heading":
            yield "heading"
        elif items[at] and ((at and items[at - 1]) or items[at + 1 : at + 2] == [True]):
            yield "list"
        else:
            yield "paragraph"


def _is_beside_table(layout: Sequence[LayoutBlock], at: int) -> bool:
    """Whether a row comes next, or one stands just above."""
    above, below = layout[at - 1 : at] if at else (), layout[at + 1 : at + 2]
    is_below = layout[at].is_close and any(block.kind == "row" for block in above)
    return is_below or any(block.kind == "row" for block in below)


def _add_table(builder: TextBuilder, rows: Sequence[LayoutBlock]) -> None:
    texts = [row.text.split(CELL_BORDER) for row in rows]
    headers = count_header_rows(texts)
    with builder.inside("table", takes_lead_in=True):
        for at, row in enumerate(rows):
            kind: BlockKind = "table_header" if at < headers else "table_row"
            _add(builder, row, kind, separator="\n" if at else "\n\n")


def _add_list(builder: TextBuilder, items: Iterable[LayoutBlock]) -> None:
    with builder.inside("list", takes_lead_in=True):
        for item in items:
            _add(builder, item, "list_item", level=1)


def _levels(layout: Sequence[LayoutBlock]) -> dict[float, int]:
    """The levels of headings by size: the largest is the first."""
    sizes = sorted({_size(block) for block in layout if block.kind == "heading"}, reverse=True)
    return {size: min(level, LEVELS) for level, size in enumerate(sizes, 1)}


def _size(block: LayoutBlock) -> float:
    return round(block.size * 2) / 2


def _add(
    builder: TextBuilder,
    block: LayoutBlock,
    kind: BlockKind,
    *,
    level: int = 0,
    separator: str = "\n\n",
) -> None:
    text = collapse_leaders(block.text)
    builder.add(
        text,
        kind,
        level=level,
        separator=separator,
        pages=block.pages,
        is_apart=not block.is_close,
    )
