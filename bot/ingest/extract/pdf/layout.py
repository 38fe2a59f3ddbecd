"""Lines with their positions on pages → paragraphs, headings and table rows in reading order.

Promises: columns are read one after the other, the lines of a paragraph are joined (also across
columns and pages), and words hyphenated at line ends are joined. Works on plain values, whatever
library read them. When in doubt, it keeps text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import Literal

import regex

from bot.records import TextMarker

COLUMN_SHARE = 0.35  # of the lines may cross a gutter: titles, abstracts, wide figures
COLUMN_LINES = 4
COLUMN_CHARACTERS = 18  # shorter cells are a table's, which is read row by row
GUTTER_STEPS = 60
PITCH_BREAK = 1.3  # of the usual distance of lines: a blank line has 2, ragged setting 1.15
CLOSE_PITCHES = 3.0  # a caption is set off by a line; a picture is higher
INDENT_EM = 0.7
FULL_LINE = 0.85  # a line that ends earlier may end its paragraph
HEADING_SIZE = 1.12  # of the body's: 11.2 points over 10
HEADING_CHARACTERS = 160
PARAGRAPH_CHARACTERS = 20_000  # joining lines to it takes the square of its length
LINE_END_CHARACTERS = 20
SAME_SIZE = 0.08
ROWS_OF_A_TABLE = 2
BlockKind = Literal["paragraph", "heading", "row"]
HYPHENATED_PREFIXES = frozenset(
    (
        *("self", "well", "all", "ex", "half", "quasi", "high", "low", "long", "short", "two"),
        *("three", "four", "five", "six", "first", "second", "third", "one", "cross", "vice"),
    )
)

_ITEM = re.compile(r"(?:[•‣◦▪●○■□·–—*-]|\(?\d{1,3}[.)]|\(?[a-z][.)]|\[\d{1,3}\])\s")
_END = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*(?:\[\d+\])?$")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s|[。！？]")
_HYPHENS = "-\u2010\xad"
_LAST_WORD = regex.compile(r"[\p{L}\p{N}]+(?=[-\u2010\xad]$)")
_FIRST_WORD = regex.compile(r"[\p{L}\p{N}]+")
_LEADERS = re.compile(r"(?:\s?\.){4,}\s*")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff00-\uff60]")


@dataclass(frozen=True, slots=True)
class LayoutLine:
    """One line of one column, or one cell of a table; y grows upwards, ``base`` is what the letters
    stand on. ``row`` joins the cells of a line. ``slanted``: its letters run neither level nor
    upright.
    """

    text: str
    left: float
    right: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool = False
    row: int = -1
    slanted: bool = False

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass
class LayoutBlock:
    """A paragraph, a heading or a row, and where in it pages begin. ``is_close``: only a line or
    two could stand between it and the block above.
    """

    text: str
    kind: BlockKind = "paragraph"
    pages: list[TextMarker] = field(default_factory=list)
    size: float = 0.0
    is_close: bool = False


@dataclass(frozen=True, slots=True)
class _BodyStyle:
    """The typical text of a document: type size, line pitch, weight, and its vocabulary."""

    size: float
    pitch: float
    bold: bool
    words: frozenset[str]


def build_blocks(pages: Sequence[tuple[str, Sequence[LayoutLine]]]) -> Iterator[LayoutBlock]:
    """The blocks of a document. A page is its label and its lines, without headers and footers."""
    body = _body_style([line for _, lines in pages for line in lines])
    open_block: LayoutBlock | None = None
    previous: LayoutLine | None = None
    for label, lines in pages:
        waiting: list[TextMarker] = [TextMarker(0, label)]
        for line, kind, right_edge in _order_lines(lines, body):
            joins = open_block is not None and previous is not None
            if joins and _continues(open_block, previous, line, kind, right_edge, body, waiting):
                _append(open_block, line, waiting, body)
            else:
                if open_block is not None:
                    yield open_block
                close = not waiting and previous is not None and _is_close(previous, line, body)
                open_block = LayoutBlock(line.text, kind, waiting, line.size, close)
            waiting, previous = [], line
    if open_block is not None:
        yield open_block


def _is_close(above: LayoutLine, line: LayoutLine, body: _BodyStyle) -> bool:
    return 0 < above.base - line.base <= CLOSE_PITCHES * body.pitch


def _body_style(lines: Sequence[LayoutLine]) -> _BodyStyle:
    sizes: Counter[float] = Counter()
    bold = 0
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
        bold += len(line.text) * line.bold
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    body = [line for line in lines if abs(line.size - size) <= SAME_SIZE * size]
    gaps = [a.base - b.base for a, b in pairwise(body)]
    neighbours = [gap for gap in gaps if 0.8 * size < gap < 2.5 * size]
    words = frozenset(
        word for line in lines for word in regex.findall(r"[\p{L}\p{N}'’-]+", line.text)
    )
    return _BodyStyle(
        size, median(neighbours) if neighbours else 1.2 * size, bold > sizes.total() / 2, words
    )


def _order_lines(
    lines: Sequence[LayoutLine], body: _BodyStyle
) -> Iterator[tuple[LayoutLine, BlockKind, float]]:
    """The lines of a page in reading order, each with its kind and its column's right edge."""
    for column in split_columns(list(lines)):
        right_edge = _right_edge(column)
        for line in _join_cells(column):
            yield line, _classify(line, body), right_edge


def _right_edge(column: Sequence[LayoutLine]) -> float:
    rights = sorted(line.right for line in column)
    return rights[int(0.9 * (len(rights) - 1))] if rights else 0.0


def _classify(line: LayoutLine, body: _BodyStyle) -> BlockKind:
    if line.row == -2 or _LEADERS.search(line.text):
        return "row"
    short = len(line.text) <= HEADING_CHARACTERS and any(map(str.isalpha, line.text))
    if short and line.size >= HEADING_SIZE * body.size:
        return "heading"
    if short and line.bold and not body.bold and not _END.search(line.text):
        return "heading"
    return "paragraph"


def split_columns(lines: list[LayoutLine]) -> list[list[LayoutLine]]:
    """The columns of a page in reading order; full-width lines form columns of their own."""
    gutter = _find_gutter(lines)
    if gutter is None:
        return [lines] if lines else []
    columns: list[list[LayoutLine]] = []
    band: list[LayoutLine] = []
    for line in sorted(lines, key=lambda line: -line.top):
        if _crosses_gutter(line, gutter):
            columns += _split_at_gutter(band, gutter)
            band = []
            columns += _append_wide_line(columns, line)
        else:
            band.append(line)
    return columns + _split_at_gutter(band, gutter)


def _append_wide_line(columns: list[list[LayoutLine]], line: LayoutLine) -> list[list[LayoutLine]]:
    """Add a full-width line to the last column if that is full-width, too; else a new column."""
    last = columns[-1] if columns else []
    if last and last[-1].row == line.row == -1 and last[-1].width > 0 and _is_wide(last, line):
        last.append(line)
        return []
    return [[line]]


def _is_wide(last: list[LayoutLine], line: LayoutLine) -> bool:
    return min(part.left for part in last) < line.right and last[-1].width > 0.6 * line.width


def _split_at_gutter(band: list[LayoutLine], gutter: float) -> list[list[LayoutLine]]:
    left = [line for line in band if (line.left + line.right) / 2 < gutter]
    right = [line for line in band if (line.left + line.right) / 2 >= gutter]
    return [column for side in (left, right) for column in split_columns(side)]


def _crosses_gutter(line: LayoutLine, gutter: float) -> bool:
    return line.left < gutter - 2 and line.right > gutter + 2


def _find_gutter(lines: list[LayoutLine]) -> float | None:
    """Where a page of two columns is split, or None."""
    if len(lines) < 2 * COLUMN_LINES:
        return None
    low, high = min(line.left for line in lines), max(line.right for line in lines)
    candidates = []
    for step in range(GUTTER_STEPS // 5, GUTTER_STEPS - GUTTER_STEPS // 5 + 1):
        x = low + (high - low) * step / GUTTER_STEPS
        crossing = sum(_crosses_gutter(line, x) for line in lines)
        candidates.append((crossing, abs(step - GUTTER_STEPS / 2), x))
    crossing, _, x = min(candidates)
    if crossing > COLUMN_SHARE * len(lines):
        return None
    sides = [line for line in lines if not _crosses_gutter(line, x)]
    left = [line for line in sides if line.right <= x + 2]
    right = [line for line in sides if line.right > x + 2]
    return x if _is_column(left) and _is_column(right) and _are_side_by_side(left, right) else None


def _is_column(lines: list[LayoutLine]) -> bool:
    if len(lines) < COLUMN_LINES:
        return False
    mean = sum(len(line.text) for line in lines) / len(lines)
    wide = max(line.width for line in lines)
    full = sum(line.width > 0.6 * wide for line in lines)
    return mean >= COLUMN_CHARACTERS and full >= len(lines) / 2


def _are_side_by_side(left: list[LayoutLine], right: list[LayoutLine]) -> bool:
    top = min(max(line.top for line in side) for side in (left, right))
    bottom = max(min(line.bottom for line in side) for side in (left, right))
    spans = [max(x.top for x in side) - min(x.bottom for x in side) for side in (left, right)]
    return top - bottom > min(spans) / 2


def _join_cells(column: Sequence[LayoutLine]) -> Iterator[LayoutLine]:
    """Join the cells of each line: with bars in a table, else with spaces."""
    rows: list[list[LayoutLine]] = []
    for line in column:
        if rows and line.row >= 0 and rows[-1][-1].row == line.row:
            rows[-1].append(line)
        else:
            rows.append([line])
    for i, row in enumerate(rows):
        neighbours = [other for other in rows[max(0, i - 1) : i + 2] if len(other) > 1]
        if len(row) > 1 and len(neighbours) >= ROWS_OF_A_TABLE:
            yield _join_row(row, " | ", -2)
        else:
            yield _join_row(row, " ", row[0].row)


def _join_row(row: list[LayoutLine], border: str, number: int) -> LayoutLine:
    if len(row) == 1:
        return row[0]
    text = border.join(cell.text for cell in row)
    return replace(row[0], text=text, right=max(cell.right for cell in row), row=number)


def _continues(
    block: LayoutBlock | None,
    previous: LayoutLine | None,
    line: LayoutLine,
    kind: BlockKind,
    right_edge: float,
    body: _BodyStyle,
    new_page: list[TextMarker],
) -> bool:
    """Whether a line continues the block before it."""
    if block is None or previous is None or kind != block.kind or kind == "row":
        return False
    if len(block.text) > PARAGRAPH_CHARACTERS:
        return False
    if abs(line.size - previous.size) > SAME_SIZE * previous.size:
        return False
    pitch = previous.base - line.base
    if kind == "heading":
        return not new_page and 0 < pitch <= 1.6 * line.size and line.bold == previous.bold
    if _ITEM.match(line.text):
        return False
    if new_page or pitch < 0 or pitch > 10 * body.pitch or line.left > previous.right:
        return _continues_across_break(block, line)
    scale = line.size / body.size
    if pitch > PITCH_BREAK * body.pitch * max(scale, 1):
        return False
    return not _begins_paragraph(block, previous, line, right_edge)


def _continues_across_break(block: LayoutBlock, line: LayoutLine) -> bool:
    """Whether a paragraph continues in the next column or page."""
    return not _END.search(block.text[-LINE_END_CHARACTERS:]) and (
        block.text[-1:] in _HYPHENS
        or line.text[:1].islower()
        or not line.text[:1].isupper()
        or block.text[-1:] == ","
        or len(block.text) > HEADING_CHARACTERS
    )


def _begins_paragraph(
    block: LayoutBlock, previous: LayoutLine, line: LayoutLine, right_edge: float
) -> bool:
    em = INDENT_EM * line.size
    is_short = previous.right < right_edge - (1 - FULL_LINE) * max(right_edge - previous.left, 1)
    ended = _END.search(previous.text) is not None
    if line.left > previous.left + em:
        return (ended or is_short) and not _ITEM.match(block.text)
    if line.left < previous.left - em and len(block.text) > len(previous.text) + 1:
        return ended or is_short
    return is_short and (ended or not line.text[:1].islower())


def _append(
    block: LayoutBlock | None, line: LayoutLine, waiting: list[TextMarker], body: _BodyStyle
) -> None:
    assert block is not None
    text = block.text
    if text[-1:] in _HYPHENS and len(text) > 1:
        joined = _join_hyphenated(text, line.text, body.words)
    elif _CJK.match(text[-1:]) and _CJK.match(line.text[:1]):
        joined = text + line.text
    else:
        joined = f"{text} {line.text}"
    if waiting:
        # A sentence belongs to the page it begins on: the next page's mark waits for its end.
        end = _SENTENCE_END.search(joined, max(0, len(text) - 1))
        at = end.end() if end else len(joined)
        block.pages.extend(TextMarker(at, mark.value) for mark in waiting)
    block.text = joined


def _join_hyphenated(text: str, following: str, words: frozenset[str]) -> str:
    """Join a word hyphenated at a line's end, keeping a hyphen that is part of the word."""
    head, tail = _LAST_WORD.search(text), _FIRST_WORD.match(following)
    if head is None or tail is None:
        return f"{text} {following}"
    whole, compound = head.group() + tail.group(), f"{head.group()}-{tail.group()}"
    keeps_hyphen = (
        head.group().lower() in HYPHENATED_PREFIXES
        or not tail.group()[0].islower()
        or head.group().isdigit()
    )
    if whole in words or whole.lower() in words:
        keeps_hyphen = False
    elif compound in words:
        keeps_hyphen = True
    return (text[:-1] + "-" if keeps_hyphen else text[:-1]) + following


def collapse_leaders(text: str) -> str:
    """A block's text without runs of leader dots."""
    return _LEADERS.sub(" … ", text).strip()
