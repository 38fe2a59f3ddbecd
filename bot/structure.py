"""The blocks of a stored text (headings, list items, table rows …), and what each belongs to.

A block is a half-open range of the stored text. Blocks are sorted by their start, a container
before what it holds. From them ``Structure.context_of`` gives what must be read with a sentence to
understand it: its path of headings, the header and caption of its table, the line that its list
hangs on, the question that it replies to, and who said it when. Pure; knows nothing of formats.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

# A "lead_in" is the line that a list or table hangs on. A "byline" says who wrote what follows, and
# when. Containers: an "exchange" is a question and all that replies to it; a "post" is what one
# person wrote or said at one time, with its byline.
BlockKind = Literal[
    "paragraph",
    "heading",
    "question",
    "lead_in",
    "list_item",
    "table_header",
    "table_row",
    "caption",
    "byline",
    "quote",
    "code",
    "note",
    "list",
    "table",
    "exchange",
    "post",
]
HEADING_SEPARATOR = " › "  # between the headings of a path
BLOCK_KINDS: tuple[BlockKind, ...] = get_args(BlockKind)
CONTAINERS: frozenset[BlockKind] = frozenset(("list", "table", "exchange", "post"))
LEADING: frozenset[BlockKind] = frozenset(
    ("lead_in", "table_header", "caption", "byline", "question")
)
ITEMS: frozenset[BlockKind] = frozenset(("list_item", "table_row", "code"))
NO_BLOCK = -1


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a text.

    ``parent`` is the index of the container that holds it. ``level`` is a heading's (from 1; a
    question with a level is a heading, too), the depth of a list item (from 1), 1 for a table
    header that holds only for the rows down to the next such header, or 1 for a picture's caption.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    parent: int = NO_BLOCK


@dataclass(frozen=True, slots=True)
class ContextRange:
    """A block that a sentence belongs to; its kind is in ``LEADING``, "heading" or "list_item"."""

    kind: BlockKind
    start: int
    end: int


@dataclass(frozen=True)
class Structure:
    """The blocks of one text. Without blocks, nothing has a context."""

    blocks: Sequence[Block] = ()
    _starts: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", [block.start for block in self.blocks])

    def at(self, offset: int) -> int:
        """The index of the innermost block at ``offset``; ``NO_BLOCK`` between blocks."""
        index = bisect_right(self._starts, offset) - 1
        while index >= 0 and self.blocks[index].end <= offset:
            index = self.blocks[index].parent
        return index

    def headings_of(self, offset: int) -> tuple[Block, ...]:
        """The headings above ``offset``, outermost first, without the block itself."""
        index = self.at(offset)
        path: list[Block] = []
        heading = self._heading_above[index] if index >= 0 else self._last_heading(offset)
        while heading >= 0:
            path.append(self.blocks[heading])
            heading = self._heading_above[heading]
        return tuple(reversed(path))

    def context_of(self, offset: int) -> tuple[ContextRange, ...]:
        """What a sentence that begins at ``offset`` belongs to, in the order of the text.

        The block itself is left out.
        """
        index = self.at(offset)
        by_start = {block.start: block for block in self.headings_of(offset)}
        child = index
        while child >= 0:
            container = self.blocks[child].parent
            by_start |= {block.start: block for block in self._leading(container, child)}
            child = container
        return tuple(
            ContextRange(block.kind, block.start, block.end)
            for _, block in sorted(by_start.items())
            if index < 0 or block is not self.blocks[index]
        )

    def items_beside(self, offset: int) -> tuple[Block, ...]:
        """All items, rows and code of the innermost list or table at ``offset``, nested ones too.

        Empty outside of lists and tables.
        """
        container = self.at(offset)
        while container >= 0 and self.blocks[container].kind not in ("list", "table"):
            container = self.blocks[container].parent
        if container < 0:
            return ()
        whole = self.blocks[container]
        inside = self.blocks[container + 1 : bisect_left(self._starts, whole.end)]
        return tuple(block for block in inside if block.kind in ITEMS)

    def _leading(self, container: int, child: int) -> Iterator[Block]:
        """The blocks of ``container`` that must be read with its ``child``."""
        if container < 0:
            return
        leading = [self.blocks[i] for i in self._leading_of.get(container, ()) if i != child]
        before = [block for block in leading if block.start < self.blocks[child].start]
        yield from (block for block in leading if block.kind == "caption")
        is_inner_post = self.blocks[child].kind == "post"  # a reply's author is not the post's
        for block in before:
            if block.kind == "lead_in" or (block.kind == "byline" and not is_inner_post):
                yield block
        for kind, level in (("question", None), ("table_header", 1)):
            last = [b for b in before if b.kind == kind and level in (None, b.level)][-1:]
            yield from last
        yield from (b for b in before if b.kind == "table_header" and b.level == 0)
        if self.blocks[child].kind == self.blocks[container].kind == "list":
            yield from self._item_before(child)

    def _item_before(self, inner_list: int) -> Iterator[Block]:
        """The list item that a list inside a list hangs on."""
        parent = self.blocks[inner_list].parent
        for index in range(inner_list - 1, parent, -1):
            block = self.blocks[index]
            if block.parent == parent and block.kind == "list_item":
                yield block
                return

    @cached_property
    def _leading_of(self) -> dict[int, list[int]]:
        leading: dict[int, list[int]] = {}
        for index, block in enumerate(self.blocks):
            if block.kind in LEADING and block.parent >= 0:
                leading.setdefault(block.parent, []).append(index)
        return leading

    @cached_property
    def _heading_above(self) -> list[int]:
        """For each block, the nearest heading that it stands under.

        A heading inside a container holds only there.
        """
        above: list[int] = []
        newest: dict[int, int] = {NO_BLOCK: NO_BLOCK}  # by container
        for index, block in enumerate(self.blocks):
            heading = newest[block.parent]
            if is_heading(block):
                while heading >= 0 and self._is_closed_by(heading, block):
                    heading = above[heading]
                newest[block.parent] = index
            above.append(heading)
            newest[index] = heading
        return above

    def _is_closed_by(self, heading: int, block: Block) -> bool:
        other = self.blocks[heading]
        return other.parent == block.parent and other.level >= block.level

    def _last_heading(self, offset: int) -> int:
        """The heading above a place between blocks."""
        for index in range(bisect_right(self._starts, offset) - 1, -1, -1):
            if self.blocks[index].parent == NO_BLOCK:
                block = self.blocks[index]
                return index if is_heading(block) else self._heading_above[index]
        return NO_BLOCK


def is_heading(block: Block) -> bool:
    """Whether it opens a section: a heading, or a question that is one."""
    return block.kind == "heading" or (block.kind == "question" and block.level > 0)
