"""Merges the hits of several searches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest

from bot.records import Hit, SearchResult


def interleave(results: Sequence[SearchResult]) -> tuple[Hit, ...]:
    """The best hit of each result, then the second best of each, …; each passage once."""
    in_turn = chain.from_iterable(zip_longest(*(result.hits for result in results)))
    best: dict[int, Hit] = {}  # by passage id, in order
    for hit in in_turn:
        if hit is not None:
            best.setdefault(hit.passage.id, hit)
    return tuple(best.values())
