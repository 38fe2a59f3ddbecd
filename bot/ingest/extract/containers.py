"""Containers that are put around blocks after a text was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.structure import Block


def with_ends(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, each container at least as long as what it holds."""
    ends = [block.end for block in blocks]
    for index in range(len(blocks) - 1, -1, -1):
        parent = blocks[index].parent
        if parent >= 0:
            ends[parent] = max(ends[parent], ends[index])
    return tuple(replace(block, end=end) for block, end in zip(blocks, ends, strict=True))
