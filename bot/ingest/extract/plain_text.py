"""Plain text → the same text, with its blocks: paragraphs, lists, and rows of a Markdown table.

Nothing is changed but what ``normalize`` changes. When in doubt, a line belongs to its paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.ingest.extract.document import Document, TextBuilder
from bot.ingest.extract.questions import is_question
from bot.structure import BlockKind
from bot.text.normalize import normalize

DEEPEST = 9

_ITEM = re.compile(r"([ \t]*)(?:[-*+•‣◦▪●○■□·]|\(?\d{1,3}[.)]|\(?[a-z][.)])[ \t]+\S")
_HEADING = re.compile(r"(#{1,6})[ \t]+\S")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*")
_RULE = re.compile(r"[ \t]*\|(?:[ \t]*:?-{2,}:?[ \t]*\|)+[ \t]*")
_LINE = re.compile(r"[^\n]+")


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    after_blank: bool


class _Part(NamedTuple):
    """A range of the text, and what it is. ``depth``: how many lists it stands in."""

    kind: BlockKind
    start: int
    end: int
    depth: int = 0
    level: int = 0


def read_plain_text(text: str) -> Document:
    """A document whose text is ``normalize(text)`` without white space at its ends."""
    clean = normalize(text).strip()
    builder = TextBuilder()
    _add_parts(builder, clean, list(_parts(_lines(clean))))
    if builder.text() != clean:  # a block that begins with a mark would be normalized otherwise
        return Document(clean)
    return Document(clean, headings=tuple(builder.headings), blocks=builder.blocks)


def _lines(text: str) -> list[_Line]:
    lines, end = [], 0
    for match in _LINE.finditer(text):
        if match.group().strip():
            blank = text.count("\n", end, match.start()) > 1
            lines.append(_Line(match.start(), match.end(), match.group(), blank))
            end = match.end()
    return lines


def _parts(lines: Sequence[_Line]) -> Iterator[_Part]:
    items = _items(lines)
    indents: list[int] = []
    part: _Part | None = None
    for at, line in enumerate(lines):
        item = _ITEM.match(line.text) if items[at] else None
        heading = _HEADING.match(line.text)
        joins = not line.after_blank and part is not None and not _RULE.fullmatch(line.text)
        if item:
            indents = [*(width for width in indents if width < len(item[1])), len(item[1])]
            new = _Part("list_item", line.start, line.end, min(len(indents), DEEPEST))
        elif heading:
            new = _Part("heading", line.start, line.end, level=len(heading[1]))
        elif _ROW.fullmatch(line.text) and line.text.count("|") > 2:
            header = at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1].text)
            new = _Part("table_header" if header else "table_row", line.start, line.end)
        elif joins and part is not None and _joins(part, line):
            part = part._replace(end=line.end)
            continue
        else:
            new = _Part("paragraph", line.start, line.end)
        if part is not None:
            yield part
        indents = indents if item else []
        part = new
    if part is not None:
        yield part


def _items(lines: Sequence[_Line]) -> list[bool]:
    """Which lines begin an item: one with another in the same or the next paragraph.

    A single "3. The …" may be a line that was wrapped there.
    """
    matches = [_ITEM.match(line.text) is not None for line in lines]
    begins = [at for at, match in enumerate(matches) if match]
    items = [False] * len(lines)
    for a, b in pairwise(begins):
        between = lines[a + 1 : b]
        if all(map(_goes_on, between)) or not any(line.after_blank for line in between):
            items[a] = items[b] = True
    return items


def _goes_on(line: _Line) -> bool:
    return line.text[0].isspace() and not line.after_blank


def _joins(part: _Part, line: _Line) -> bool:
    """Whether a line that begins nothing belongs to the part before it."""
    if part.kind == "paragraph":
        return True
    return part.kind == "list_item" and (line.text[0].isspace() or line.text[0].islower())


def _add_parts(builder: TextBuilder, text: str, parts: Sequence[_Part]) -> None:
    depth, in_table, end = 0, False, 0
    for part in parts:
        is_row = part.kind in ("table_row", "table_header")
        rule = _RULE.fullmatch(text, part.start, part.end) is not None
        if in_table and not is_row and not rule:
            builder.close()
            in_table = False
        while depth > part.depth:
            builder.close()
            depth -= 1
        while depth < part.depth:
            builder.open("list", takes_lead_in=depth == 0)
            depth += 1
        if is_row and not in_table:
            builder.open("table", takes_lead_in=True)
            in_table = True
        words = text[part.start : part.end]
        start = part.start + len(words) - len(words.lstrip())
        kind: BlockKind = "note" if rule else part.kind
        if kind == "heading" and is_question(words):
            kind = "question"
        level = part.level or part.depth
        builder.add(words, kind, level=level, separator=text[end:start])
        end = part.start + len(words.rstrip())
    while depth or in_table:
        builder.close()
        depth, in_table = max(depth - 1, 0), in_table and depth > 0
