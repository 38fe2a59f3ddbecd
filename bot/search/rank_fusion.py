"""Several rankings as one, by the sum of the reciprocals of their ranks (Cormack et al. 2009)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TypeVar

CONSTANT = 60  # Cormack et al. 2009: how little the first places outweigh the next

Item = TypeVar("Item", bound=Hashable)


def fuse_ranks(rankings: Sequence[Sequence[Item]]) -> list[Item]:
    """The items of all rankings, the best first; of two with the same sum, the one ranked first."""
    scores: defaultdict[Item, float] = defaultdict(float)
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] += 1 / (CONSTANT + rank)
    return sorted(scores, key=lambda item: -scores[item])
