"""The arrays of a library's index, for benches that rank in a way of their own."""

from __future__ import annotations

from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library


def memory_index(library: Library) -> MemoryIndex:
    """The library's index in memory."""
    assert isinstance(library.index, MemoryIndex)
    return library.index
