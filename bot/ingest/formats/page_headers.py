"""Drops what pages repeat: running heads, running feet, page numbers.

A line is furniture if it is set apart at the top or the bottom of its page, and the same line (but
for its digits) stands there on other pages, too; or if it is a number that counts with the pages.
Whole sentences are never furniture: texts that repeat themselves are kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from bot.ingest.formats.layout import LayoutLine

OUTERMOST = 3  # lines of a head or a foot
FEWEST_LINES = 6  # pages with fewer are slides and title pages: all their lines count
GAP = 1.35  # of the usual distance of lines
SENTENCE_WORDS = 6
REPEATED_PAGES = 3
SAME_PLACE_PT = 4.0
USUAL_SHARE = 0.3  # of the pages: a place where furniture stands

_NUMBER = re.compile(
    r"(?:page|seite|página|стр\.?|p\.?|s\.)?\s*[-–—|]?\s*(\d{1,4}|[ivxlc]{1,7})\s*[-–—|]?"
    r"(?:\s*(?:of|/|von|de|из)\s*\d{1,4})?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
Key = tuple[str, str]


def strip_page_headers(pages: Sequence[Sequence[LayoutLine]]) -> list[list[LayoutLine]]:
    """The pages' lines without running heads, feet and page numbers."""
    edges = [_edges(lines) for lines in pages]
    repeated = Counter(key for page in edges for key in {_key(zone, line) for zone, line in page})
    offsets = _offsets(edges)
    sure = [
        {
            id(line): _place(zone, line)
            for zone, line in page
            if _counts(line.text, index, offsets)
            or (repeated[_key(zone, line)] >= REPEATED_PAGES and not _is_sentence(line.text))
        }
        for index, page in enumerate(edges)
    ]
    postings = Counter(place for page in sure for place in set(page.values()))
    usual = {place for place, count in postings.items() if count >= USUAL_SHARE * len(pages)}
    kept = []
    for index, (lines, page) in enumerate(zip(pages, edges, strict=True)):
        numbered = {_place(z, line) for z, line in page if _ends_in_number(line, index, offsets)}
        gone = set(sure[index]) | {
            id(line) for zone, line in page if _place(zone, line) in usual & numbered
        }
        kept.append([line for line in lines if id(line) not in gone])
    return kept


def _edges(lines: Sequence[LayoutLine]) -> list[tuple[str, LayoutLine]]:
    """The lines in the margins of a page: its outermost ones, set apart from the rest."""
    bases = sorted({round(line.base) for line in lines}, reverse=True)
    if len(bases) < FEWEST_LINES:
        return []
    usual = median(high - low for high, low in pairwise(bases))
    low = _margin(bases[::-1], usual)
    high = _margin(bases, usual) - low
    found = [("head", line) for line in lines if round(line.base) in high]
    return found + [("foot", line) for line in lines if round(line.base) in low]


def _margin(bases: Sequence[int], usual: float) -> set[int]:
    """What stands before the first gap; empty if there is none near the edge."""
    for count in range(1, OUTERMOST + 1):
        if abs(bases[count] - bases[count - 1]) >= GAP * usual:
            return set(bases[:count])
    return set()


def _key(zone: str, line: LayoutLine) -> Key:
    words = _DIGITS.sub("#", " ".join(line.text.casefold().split()))
    return zone, f"{words}@{line.base // (4 * SAME_PLACE_PT):.0f}"


def _place(zone: str, line: LayoutLine) -> Key:
    return zone, f"{line.base / SAME_PLACE_PT:.0f}"


def _offsets(edges: Sequence[Sequence[tuple[str, LayoutLine]]]) -> frozenset[int]:
    """By how much printed page numbers differ from the pages' own, seen on two pages or more."""
    seen = Counter(
        int(found[1]) - index
        for index, page in enumerate(edges)
        for _, line in page
        if (found := _NUMBER.fullmatch(line.text.strip())) and found[1].isdigit()
    )
    enough = min(2, len(edges))
    common = {offset for offset, count in seen.items() if count >= enough}
    return frozenset(common if len(edges) > 1 else common & {1})


def _is_sentence(text: str) -> bool:
    return text.rstrip().endswith((".", "!", "?")) and len(text.split()) >= SENTENCE_WORDS


def _counts(text: str, index: int, offsets: frozenset[int]) -> bool:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return False
    return not found[1].isdigit() or int(found[1]) - index in offsets


def _ends_in_number(line: LayoutLine, index: int, offsets: frozenset[int]) -> bool:
    words = line.text.split()
    return any(_counts(end, index, offsets) for end in {*words[:1], *words[-1:]})
