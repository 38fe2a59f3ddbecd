"""Raised and lowered letters of a PDF: smaller than their neighbours, on another baseline.

A PDF only draws letters. "10" and a small raised "6" come out of a library as 106; here they become
10⁶. Sizes and baselines are compared within a word, and between a small word and what it touches.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import pypdfium2.raw as pdfium

from bot.ingest.extract.raised_text import lowered, raised, with_fractions

SMALL = 0.86  # of the size beside it: LaTeX sets 7 beside 10, Word .65, browsers .83
RAISED_EM = 0.12  # of the size beside it; powers stand .3 to .5 above the line
LOWERED_EM = 0.06
TOUCHING_EM = 0.12  # of the larger of two; a space of the smaller is .25 of that
WORD_CHARACTERS = 60  # a longer "word" is an address or a line without spaces
_INDEX = re.compile(r"[^\W\d_)\]]\d+[^\W\d_(\[+−-]")
Position = Literal["", "raised", "lowered"]


@dataclass(frozen=True, slots=True)
class Glyph:
    """A letter: its size (the height of its box, in points) and where it stands."""

    size: float
    base: float
    left: float
    right: float


def read_glyph(text_page: Any, at: int, rect: Any) -> Glyph:
    """The letter at an index of a page. ``rect`` is a buffer."""
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, at, x, y)
    pdfium.FPDFText_GetLooseCharBox(text_page, at, rect)
    return Glyph(rect.top - rect.bottom, y.value, rect.left, rect.right)


def position_beside(glyph: Glyph, line: Glyph) -> Position:
    """How a letter stands beside one of ordinary size."""
    if glyph.size > SMALL * line.size:
        return ""
    above = glyph.base - line.base
    if above > RAISED_EM * line.size:
        return "raised"
    return "lowered" if above < -LOWERED_EM * line.size else ""


def may_be_mixed(text: str, first: float, last: float) -> bool:
    """Whether a word may hold raised letters: its ends differ in size, or it looks like H2O."""
    if len(text) > WORD_CHARACTERS or len(text) < 2:
        return False
    return min(first, last) < SMALL * max(first, last) or _INDEX.search(text) is not None


def write_word(text: str, glyph_at: Callable[[int], Glyph]) -> str:
    """A word with its raised and lowered parts in characters that keep their value."""
    glyphs = [glyph_at(at) for at in range(len(text))]
    line = max(glyphs, key=lambda glyph: glyph.size)
    positions = [position_beside(glyph, line) for glyph in glyphs]
    if not any(positions):
        return text
    return write_parts(list(zip(positions, text, strict=True)))


def write_parts(parts: Sequence[tuple[Position, str]]) -> str:
    """Texts that touch, each with its position."""
    runs = [
        (position, "".join(text for _, text in group))
        for position, group in groupby(parts, key=lambda part: part[0])
    ]
    written = ""
    for at, (position, text) in enumerate(runs):
        after = runs[at + 1][1] if at + 1 < len(runs) else ""
        write = {"raised": raised, "lowered": lowered}.get(position)
        written += write(text, written, after) if write else text
    return with_fractions(written)
