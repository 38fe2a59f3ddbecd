"""The words of one OpenDocument paragraph: its spans, raised and lowered ones, spaces, breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.ingest.extract.archive import integer
from bot.ingest.extract.odf.styles import TEXT, OdfStyles
from bot.ingest.extract.raised_text import Piece, join_pieces

REPEATED_SPACES = 100
FAMILIES = {  # of the styles of what holds letters
    **dict.fromkeys((f"{TEXT}span", f"{TEXT}a"), "text"),
    **dict.fromkeys((f"{TEXT}p", f"{TEXT}h"), "paragraph"),
}


def paragraph_text(paragraph: Any, styles: OdfStyles, other: Callable[[Any], str | None]) -> str:
    """The text of a paragraph.

    ``other`` is asked about each element: what stands in its place, or None for its own words.
    """
    pieces: list[Piece] = []
    waiting: list[tuple[Any, Piece]] = [(paragraph, Piece(""))]
    while waiting:
        element, look = waiting.pop()
        if isinstance(element, str):
            pieces.append(look._replace(text=element))
            continue
        if element is not paragraph and element.tail:
            waiting.append((element.tail, look))
        if not isinstance(element.tag, str):
            continue
        instead = other(element)
        if instead is not None:
            pieces.append(Piece(instead))
            continue
        look = _look(element, styles, look)
        pieces.append(look._replace(text=_space(element)))
        waiting += [(child, look) for child in reversed(element)]
        if element.text:
            waiting.append((element.text, look))
    return join_pieces([piece for piece in pieces if piece.text])


def _look(element: Any, styles: OdfStyles, around: Piece) -> Piece:
    """How the letters of an element stand: as its style says, else as around it."""
    name = element.get(f"{TEXT}style-name")
    if FAMILIES.get(element.tag) != "text" or not name:
        return around
    style = styles.get("text", name)
    return around._replace(
        position=style.position or around.position, struck=style.struck or around.struck
    )


def _space(element: Any) -> str:
    if element.tag == f"{TEXT}s":
        return " " * min(integer(element, f"{TEXT}c", 1), REPEATED_SPACES)
    return {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}.get(element.tag, "")
