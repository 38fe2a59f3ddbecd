"""Floors under finding what needs several searches, a thread's history or another language."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.several import NAMES, figures, measure

pytestmark = pytest.mark.quality

# Hits@4, Hits@10, All@10, MRR@10 of the half that may be looked at; a little below the measured.
FLOORS: dict[str, tuple[float, float, float, float]] = {
    "comparison": (0.95, 0.97, 0.95, 0.87),
    "two_hop": (0.95, 0.98, 0.97, 0.93),
    "threads": (0.87, 0.92, 0.91, 0.8),
    "languages": (0.71, 0.76, 0.76, 0.64),
}


@pytest.mark.timeout(900)
async def test_several_searches_stay_above_their_floors(tmp_path: Path) -> None:
    found = {}
    async for measured in measure(NAMES, "looked_at", tmp_path):
        means = figures(measured.dataset.questions, measured.results["Footnote"])
        found[measured.name] = tuple(means[f] for f in ("hits@4", "hits@10", "all@10", "mrr@10"))
    below = [
        name
        for name, floors in FLOORS.items()
        if any(value < floor for value, floor in zip(found[name], floors, strict=True))
    ]
    assert below == [], found
