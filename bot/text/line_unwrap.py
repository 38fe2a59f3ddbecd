"""Decides which line breaks inside a block end a sentence: was the text wrapped, or is it a list?

A block is what stands between two blank lines. Knows nothing of full stops: a break that is
"soft" here is mere white space to ``sentences``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import regex

# Conventions, not measured: columns of a PDF from 40, e-mail and RFC 72, code 100.
NARROWEST_COLUMNS = 40
WIDEST_COLUMNS = 120
SHORTEST_WRAPPED_COLUMNS = 30  # judged by eye: shorter is a heading, an item, verse, chat
SLACK = 0.9  # assumed for ragged wrapping (proportional fonts)
WRAPPED_SHARE = 0.75  # of a block's breaks; covidqa wrapped by textwrap at 50-100: 1.0 (p5)
CAPITAL_SHARE = 0.8  # verse is near 1 (assumed); covidqa wrapped at 50-100: .18, p95 .40

_ITEM = re.compile(
    r"[-*+•‣◦▪●○■□·–—]\s|[>|]|#{1,6}\s|\(?\d{1,3}[.)]\s|\(?[a-z]\)\s|\([ivx]{1,4}\)\s"
)
_BARE_ITEM = re.compile(r"[-*+•‣◦▪●○■□·]|\(?\d{1,3}[.)]")
_HEADING = re.compile(r"\s*#{1,6}\s")
_SPEAKER = re.compile(r"[^\s:][^:\n]{0,24}:\s")
_OPEN_END = re.compile(
    r"\b(?:a|an|the|of|and|or|to|in|on|at|by|for|with|from|as|that|is|are|was|were)$"
)
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u3000-\u303f\uff00-\uff60]")


class TextBlock(NamedTuple):
    """Text without a blank line inside, and where it begins."""

    start: int
    text: str


def unwrapped_ranges(block: TextBlock, width: float | None) -> Iterator[tuple[int, int]]:
    """The ranges of a block that no sentence may cross: its lines, or lines joined by soft breaks.

    ``width`` is the document's (``document_width``), for blocks too short to judge alone.
    """
    start, at = block.start, block.start
    lines = block.text.split("\n")
    if len(lines) > 2:
        width = wrapped_width(lines)
    for line, following in pairwise(lines):
        at += len(line) + 1
        if not _is_soft(line.strip(), following.strip(), width):
            yield start, at - 1
            start = at
    yield start, block.start + len(block.text)


def document_width(blocks: Sequence[TextBlock]) -> float | None:
    """The width the text was wrapped at, from the blocks with lines enough to tell."""
    several = (block.text.split("\n") for block in blocks if block.text.count("\n") > 1)
    widths = [width for width in map(wrapped_width, several) if width is not None]
    return median(widths) if widths else None


def wrapped_width(lines: Sequence[str]) -> float | None:
    """The width that a block's lines were wrapped at, or None if they were not."""
    stripped = [line.strip() for line in lines if line.strip()]
    columns = [_columns(line) for line in stripped]
    width = max(
        (size for line, size in zip(stripped, columns, strict=True) if _is_prose(line)), default=0
    )
    if not NARROWEST_COLUMNS <= width <= WIDEST_COLUMNS or _is_verse(stripped):
        return None
    breaks = [
        size + 1 + _first_word_columns(following) > width * SLACK
        for size, following in zip(columns, stripped[1:], strict=False)
        if not _ITEM.match(following)
    ]
    return width if breaks and sum(breaks) >= WRAPPED_SHARE * len(breaks) else None


def _is_soft(line: str, following: str, width: float | None) -> bool:
    if not line or not following or _ITEM.match(following) or _HEADING.match(line):
        return False
    if _BARE_ITEM.fullmatch(line):
        return True  # the item's words stand on the next line
    size = _columns(line)
    if size < SHORTEST_WRAPPED_COLUMNS or (_SPEAKER.match(line) and _SPEAKER.match(following)):
        return False
    if following[0].islower() or _OPEN_END.search(line):
        return True
    return width is not None and size + 1 + _first_word_columns(following) > width * SLACK


def _is_prose(line: str) -> bool:
    """Not an address or another single long word, which no wrapping can break."""
    return " " in line or _WIDE.match(line) is not None


def _is_verse(lines: Sequence[str]) -> bool:
    return sum(line[0].isupper() for line in lines) >= CAPITAL_SHARE * len(lines)


def _columns(line: str) -> int:
    """Columns on a screen: ideographs take two."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def _first_word_columns(line: str) -> int:
    if _WIDE.match(line):
        return 2
    space = line.find(" ")
    return len(line) if space < 0 else space
