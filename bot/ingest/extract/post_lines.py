"""Finds posts among paragraphs: a forum's thread, a chat or a log that was saved as text.

A post begins with a line that names somebody and a day, and nothing else; several lines have that
form, and somebody comes again. Knows no language and nothing of what a page itself marks
(``posts``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import regex

from bot.ingest.extract.containers import with_ends
from bot.structure import NO_BLOCK, Block, is_heading
from bot.text.dates import find_dates
from bot.text.folding import straighten

MIN_POSTS = 3
BYLINE_CHARACTERS = 80
MAX_NAME_WORDS = 4  # "posted by Nora Feld"
_TIME = regex.compile(  # "at 18:12", "um 18.12 Uhr"
    r"(?:\b\p{Ll}{1,3}\s){0,2}\b\d?\d[:.h]\d\d(?::\d\d)?(?:\s?(?:[ap]\.?m\b\.?|uhr\b|h\b))?",
    regex.IGNORECASE,
)
_WORD = regex.compile(r"[\p{L}\p{N}_]+(?:[-.'’][\p{L}\p{N}_]+)*")
_ENDS_SENTENCE = regex.compile(r"[.!?…:：。！？]\W*$")


def mark_posts(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, with each line that names who wrote what follows as the "byline" of a "post"."""
    bylines = _bylines(text, blocks)
    if not bylines:
        return tuple(blocks)
    marked: list[Block] = []
    moved: dict[int, int] = {NO_BLOCK: NO_BLOCK}  # from old indices to new ones
    post: dict[int, int] = {}  # the open post by the old index of the container around it
    for index, block in enumerate(blocks):
        if is_heading(block):
            post.pop(block.parent, None)
        if index in bylines:
            post[block.parent] = len(marked)
            marked.append(Block("post", block.start, block.end, 0, moved[block.parent]))
            block = replace(block, kind="byline")
        moved[index] = len(marked)
        marked.append(replace(block, parent=post.get(block.parent, moved[block.parent])))
    return with_ends(marked)


def _bylines(text: str, blocks: Sequence[Block]) -> frozenset[int]:
    """The indices of the blocks that are bylines."""
    names = {i: name for i, name in _named(text, blocks) if name}
    indices = [*range(len(blocks)), len(blocks)]
    leading = {
        i: names[i]
        for i, following in pairwise(indices)
        if i in names and following < len(blocks) and following not in names
    }
    comes_again = max(Counter(leading.values()).values(), default=0) > 1
    return frozenset(leading) if len(leading) >= MIN_POSTS and comes_again else frozenset()


def _named(text: str, blocks: Sequence[Block]) -> Iterator[tuple[int, str]]:
    for index, block in enumerate(blocks):
        if block.kind == "paragraph" and block.end - block.start <= BYLINE_CHARACTERS:
            yield index, _name(straighten(text[block.start : block.end]))


def _name(line: str) -> str:
    """Whom a byline names; empty if the line is none."""
    dated = next((date for date in find_dates(line) if date.days), None)
    if dated is None or "\n" in line or _ENDS_SENTENCE.search(line):
        return ""
    sides = (_TIME.sub(" ", side) for side in (line[: dated.start], line[dated.end :]))
    words = [_WORD.findall(side) for side in sides]
    named = [side for side in words if side]
    if len(named) != 1 or len(named[0]) > MAX_NAME_WORDS:
        return ""
    return " ".join(named[0]).lower()
