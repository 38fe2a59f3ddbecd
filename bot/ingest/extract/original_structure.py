"""Puts an extracted article back into the elements of its page.

Libraries that choose the article of a page return its text in elements of their own, without the
levels of headings, the headers and captions of tables, definition lists, bold questions or posts.
Here their choice is looked up in the page itself, which has them all.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Literal, NamedTuple

from lxml import etree

from bot.ingest.extract.blocks import BLOCKS, SKIPPED
from bot.ingest.extract.page_values import CELLS
from bot.ingest.extract.posts import Posts

WINDOW_CHARACTERS = 4_000  # how far ahead a short text is looked for in the article
SURE_CHARACTERS = 24  # a longer text is looked for everywhere
COVERED_SHARE = 0.97  # of the article that must be there again
CAPTIONS = ("caption", "figcaption")
BYLINE_LEVELS = 5  # from a name's text up to its byline


class _Piece(NamedTuple):
    """The text or the tail of an element."""

    element: Any
    place: Literal["text", "tail"]

    def read(self) -> str:
        return getattr(self.element, self.place) or ""

    def blank(self) -> None:
        setattr(self.element, self.place, " ")


def restore_structure(tree: Any, article: Any) -> Any:
    """The page without what is not in ``article``; ``article`` itself if too little is there.

    ``tree`` stays as it is. Takes time in proportion to the texts of both.
    """
    wanted = "".join(_letters(run) for _, run in _runs(article))
    copy = deepcopy(tree)
    covered = _blank_unwanted(copy, wanted)
    return copy if covered >= COVERED_SHARE * len(wanted) else article


def _blank_unwanted(root: Any, wanted: str) -> int:
    """Blank all text that is not in ``wanted``; the number of letters that are."""
    at, covered = 0, 0
    bylines = Posts(root).bylines
    belonging: list[tuple[Any, list[_Piece], list[str]]] = []
    for block, run in _runs(root):
        letters = _letters(run)
        place = _find(letters, wanted, at)
        if place >= 0:
            at, covered = place + len(letters), covered + len(letters)
            continue
        owner = _owner(block, run, bylines)
        if owner is not None:
            belonging.append((owner, run, [piece.read() for piece in run]))
        for piece in run:
            piece.blank()
    for owner, run, texts in belonging:
        if any(map(str.isalnum, "".join(owner.itertext()))):
            for piece, text in zip(run, texts, strict=True):
                setattr(piece.element, piece.place, text)
    return covered


def _find(letters: str, wanted: str, at: int) -> int:
    place = wanted.find(letters, at, at + WINDOW_CHARACTERS + len(letters))
    return wanted.find(letters) if place < 0 and len(letters) > SURE_CHARACTERS else place


def _owner(block: Any, run: list[_Piece], bylines: dict[Any, Any]) -> Any:
    """What a caption or a byline belongs to: it is kept if anything of that is."""
    if block.tag in CAPTIONS:
        around = block.getparent()
        beside = around.getparent() if around is not None and block.tag == "figcaption" else None
        return around if beside is None else beside
    element = run[0].element
    for _ in range(BYLINE_LEVELS):
        if element is None or element in bylines:
            break
        element = element.getparent()
    return bylines.get(element)


def _letters(run: list[_Piece]) -> str:
    return "".join(filter(str.isalnum, "".join(piece.read() for piece in run)))


def _runs(root: Any) -> list[tuple[Any, list[_Piece]]]:
    """The texts between the borders of blocks, each with its block, in the order of the page."""
    runs: list[tuple[Any, list[_Piece]]] = []
    blocks: list[Any] = [root]
    run: list[_Piece] = []
    skipped: Any = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        starts = event == "start"
        is_border = element.tag in BLOCKS or element.tag in CELLS or element.tag == "br"
        if is_border and skipped is None:
            runs.append((blocks[-1], run))
            run = []
            if element.tag != "br":
                blocks.append(element) if starts else blocks.pop()
        if starts and skipped is None:
            skipped = element if element.tag in SKIPPED else None
            run += [_Piece(element, "text")] if skipped is None else []
        elif not starts and skipped in (None, element):
            skipped = None
            run += [_Piece(element, "tail")] if element is not root else []
    runs.append((blocks[-1], run))
    return [(block, run) for block, run in runs if any(map(str.isalnum, _letters(run)))]
