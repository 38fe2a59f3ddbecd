"""Floors under telling disagreements from series, labels and other things."""

from __future__ import annotations

from bench.disagreements import count, read_pairs

LEAST_PRECISION, LEAST_RECALL = 0.9, 0.7


def test_disagreements_are_found_and_hardly_any_is_made_up() -> None:
    found = count(read_pairs("looked_at"))
    assert found.precision >= LEAST_PRECISION, found
    assert found.recall >= LEAST_RECALL, found
