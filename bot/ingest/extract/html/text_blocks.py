"""A tree's text in blocks: what stands between two edges of paragraphs, list items, cells or lines.

Finds which of these blocks a library kept, by their text alone: libraries rename, merge and move
elements. Knows nothing of what is worth reading.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from bot.ingest.extract.html.blocks import BLOCKS, SKIPPED
from bot.ingest.extract.html.page_values import CELLS

EDGES = BLOCKS | frozenset(CELLS) | frozenset(("br",))
ANCHOR_CHARACTERS = 30  # a text that long is hardly twice on a page by chance
WORD_CHARACTERS = 12  # shorter ones ("Share") are everywhere
NEAR_CHARACTERS = 200  # … and count only where they are expected
SEARCH_CHARACTERS = 300_000_000  # looked through for one page: 0.2 s; real ones need 20 million


@dataclass(eq=False)
class PageBlock:
    """``home`` is the block element around it, ``nodes`` where its text is stored: an element, and
    whether in its tail, from its first sign on. ``text`` holds only letters and digits, ``linked``
    of them in links.
    """

    home: Any
    nodes: list[tuple[Any, bool]] = field(default_factory=list)
    text: str = ""
    linked: int = 0

    @property
    def is_linked(self) -> bool:
        """Whether at least half of it is links."""
        return 2 * self.linked >= len(self.text)

    def blank(self) -> None:
        """Remove its text from the tree, but not the space between its neighbours."""
        for element, is_tail in self.nodes:
            if is_tail:
                element.tail = " "
            else:
                element.text = " "


def squeeze(text: str) -> str:
    """The letters and digits of a text: what libraries leave as it is."""
    return "".join(filter(str.isalnum, text))


def text_blocks(root: Any) -> list[PageBlock]:
    """The blocks of a tree in document order; those without letters and digits are left out."""
    walk = _Walk()
    skipped: Any = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if skipped is None and event == "start":
            skipped = element if element.tag in SKIPPED else None
            if skipped is None:
                walk.open(element)
        elif event == "end" and skipped in (None, element):
            if skipped is None:
                walk.close(element)
            skipped = None
            if element is not root:
                walk.add(element, is_tail=True)
    walk.end_block()
    return walk.blocks


@dataclass
class _Walk:
    blocks: list[PageBlock] = field(default_factory=list)
    homes: list[Any] = field(default_factory=list)
    links: int = 0
    current: PageBlock | None = None
    signs: list[tuple[Any, bool]] = field(default_factory=list)  # before its first letters

    def open(self, element: Any) -> None:
        if element.tag in EDGES or not self.homes:
            self.end_block()
            if element.tag != "br":
                self.homes.append(element)
        self.links += element.tag == "a"
        self.add(element, is_tail=False)

    def close(self, element: Any) -> None:
        if element.tag in EDGES:
            self.end_block()
        if self.homes[-1] is element and len(self.homes) > 1:
            self.homes.pop()
        self.links -= element.tag == "a"

    def add(self, element: Any, *, is_tail: bool) -> None:
        text = element.tail if is_tail else element.text
        letters = squeeze(text) if text else ""
        if self.current is None and not letters:
            if text and text.strip():
                self.signs.append((element, is_tail))
            return
        if self.current is None:
            self.current = PageBlock(self.homes[-1], self.signs)
            self.signs = []
        self.current.nodes.append((element, is_tail))
        self.current.text += letters
        self.current.linked += len(letters) if self.links else 0

    def end_block(self) -> None:
        if self.current is not None:
            self.blocks.append(self.current)
        self.current, self.signs = None, []


def find_blocks(blocks: Sequence[PageBlock], text: str) -> set[PageBlock]:
    """The blocks that occur in a squeezed text, in this order.

    Texts that occur there once are anchors; the others must lie between their neighbours' anchors.
    """
    budget = _Budget(SEARCH_CHARACTERS)
    anchors = _anchors(blocks, text, budget)
    ends = iter([*anchors.values(), len(text)])
    matches: set[PageBlock] = set()
    at, end = 0, next(ends)
    for block in blocks:
        place = anchors.get(block)
        if place is not None:
            end = next(ends)
        elif budget.spend(end - at):
            place = text.find(block.text, at, end)
            if place < 0 or (len(block.text) < WORD_CHARACTERS and place - at > NEAR_CHARACTERS):
                continue
        else:
            continue
        matches.add(block)
        at = place + len(block.text)
    return matches


@dataclass
class _Budget:
    left: int

    def spend(self, characters: int) -> bool:
        self.left -= max(characters, 0)
        return self.left > 0


def _anchors(blocks: Sequence[PageBlock], text: str, budget: _Budget) -> dict[PageBlock, int]:
    """Blocks that occur exactly once in a text → where: the longest run in the same order."""
    unique = []
    for block in blocks:
        if len(block.text) >= ANCHOR_CHARACTERS and budget.spend(len(text)):
            place = text.find(block.text)
            if place >= 0 and text.find(block.text, place + 1) < 0:
                unique.append((block, place))
    return dict(reversed(list(_longest_increasing(unique))))


def _longest_increasing(pairs: Sequence[tuple[PageBlock, int]]) -> Iterator[tuple[PageBlock, int]]:
    """The longest run of increasing places, from its end (patience sorting)."""
    lowest: list[int] = []
    tops: list[int] = []
    before: list[int | None] = []
    for index, (_, place) in enumerate(pairs):
        pile = bisect_left(lowest, place)
        before.append(tops[pile - 1] if pile else None)
        lowest[pile : pile + 1], tops[pile : pile + 1] = [place], [index]
    at = tops[-1] if tops else None
    while at is not None:
        yield pairs[at]
        at = before[at]
