"""Drops page headers, page footers and page numbers.

A line is dropped if it is set apart at the top or bottom of its page, and the same line (ignoring
digits) stands there on other pages, too; or if it is a number that counts up with the pages. Whole
sentences are always kept, even if they repeat.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from bot.ingest.extract.pdf.layout import LayoutLine

OUTERMOST = 3  # lines of a header or a footer
FEWEST_LINES = 6  # pages with fewer are slides and title pages: all their lines count
GAP = 1.35  # of the usual distance of lines
SENTENCE_WORDS = 6
REPEATED_PAGES = 3
SAME_PLACE_PT = 4.0
USUAL_SHARE = 0.3  # of the pages have a header or footer at this position

_NUMBER = re.compile(
    r"(?:page|seite|página|стр\.?|p\.?|s\.)?\s*[-–—|]?\s*(\d{1,4}|[ivxlc]{1,7})\s*[-–—|]?"
    r"(?:\s*(?:of|/|von|de|из)\s*\d{1,4})?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
Key = tuple[str, str]


def strip_page_headers(pages: Sequence[Sequence[LayoutLine]]) -> list[list[LayoutLine]]:
    """The pages' lines without headers, footers and page numbers."""
    margins = [_margin_lines(lines) for lines in pages]
    repeated = Counter(
        key for page in margins for key in {_text_key(zone, line) for zone, line in page}
    )
    offsets = _offsets(margins)
    headers = [
        {
            id(line): _position_key(zone, line)
            for zone, line in page
            if _is_page_number(line.text, index, offsets)
            or (repeated[_text_key(zone, line)] >= REPEATED_PAGES and not _is_sentence(line.text))
        }
        for index, page in enumerate(margins)
    ]
    positions = Counter(position for page in headers for position in set(page.values()))
    typical = {
        position for position, count in positions.items() if count >= USUAL_SHARE * len(pages)
    }
    remaining = []
    for index, (lines, page) in enumerate(zip(pages, margins, strict=True)):
        numbered = {
            _position_key(z, line) for z, line in page if _has_page_number(line, index, offsets)
        }
        dropped = set(headers[index]) | {
            id(line) for zone, line in page if _position_key(zone, line) in typical & numbered
        }
        remaining.append([line for line in lines if id(line) not in dropped])
    return remaining


def _margin_lines(lines: Sequence[LayoutLine]) -> list[tuple[str, LayoutLine]]:
    """The lines in the margins of a page: its outermost ones, set apart from the rest."""
    bases = sorted({round(line.base) for line in lines}, reverse=True)
    if len(bases) < FEWEST_LINES:
        return []
    typical = median(high - low for high, low in pairwise(bases))
    low = _margin(bases[::-1], typical)
    high = _margin(bases, typical) - low
    head = [("head", line) for line in lines if round(line.base) in high]
    return head + [("foot", line) for line in lines if round(line.base) in low]


def _margin(bases: Sequence[int], typical: float) -> set[int]:
    """What stands before the first gap; empty if there is none near the edge."""
    for count in range(1, OUTERMOST + 1):
        if abs(bases[count] - bases[count - 1]) >= GAP * typical:
            return set(bases[:count])
    return set()


def _text_key(zone: str, line: LayoutLine) -> Key:
    words = _DIGITS.sub("#", " ".join(line.text.casefold().split()))
    return zone, f"{words}@{line.base // (4 * SAME_PLACE_PT):.0f}"


def _position_key(zone: str, line: LayoutLine) -> Key:
    return zone, f"{line.base / SAME_PLACE_PT:.0f}"


def _offsets(margins: Sequence[Sequence[tuple[str, LayoutLine]]]) -> frozenset[int]:
    """By how much printed page numbers differ from the pages' own, seen on two pages or more."""
    offset_counts = Counter(
        int(match[1]) - index
        for index, page in enumerate(margins)
        for _, line in page
        if (match := _NUMBER.fullmatch(line.text.strip())) and match[1].isdigit()
    )
    enough = min(2, len(margins))
    common = {offset for offset, count in offset_counts.items() if count >= enough}
    return frozenset(common if len(margins) > 1 else common & {1})


def _is_sentence(text: str) -> bool:
    return text.rstrip().endswith((".", "!", "?")) and len(text.split()) >= SENTENCE_WORDS


def _is_page_number(text: str, index: int, offsets: frozenset[int]) -> bool:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return False
    return not match[1].isdigit() or int(match[1]) - index in offsets


def _has_page_number(line: LayoutLine, index: int, offsets: frozenset[int]) -> bool:
    words = line.text.split()
    return any(_is_page_number(end, index, offsets) for end in {*words[:1], *words[-1:]})
