"""Merging keeps the order of the best hits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.answer.strategies.interleave import interleave
from bot.records import SearchResult
from tests.answer.library import hits, passage


def merged(*rankings: list[int]) -> list[int]:
    """The numbers of the passages, merged from the numbers of each search."""
    results = [
        SearchResult(hits(*(passage(n, [f"{n}."]) for n in ranking)), 0.5, 9)
        for ranking in rankings
    ]
    return [hit.passage.id for hit in interleave(results)]


def test_the_best_hits_of_each_search_come_first() -> None:
    assert merged([1, 2, 3], [4, 5], [6]) == [1, 4, 6, 2, 5, 3]


def test_a_passage_that_several_searches_found_keeps_its_best_place() -> None:
    assert merged([1, 2], [3, 1]) == [1, 3, 2]
    assert merged([1, 2, 3], [4, 3, 1]) == [1, 4, 2, 3]


RANKINGS = st.lists(st.lists(st.integers(1, 6), max_size=6, unique=True), min_size=1, max_size=3)


@given(RANKINGS)
def test_every_passage_is_there_once_and_never_below_its_best_rank(
    rankings: list[list[int]],
) -> None:
    numbers = merged(*rankings)
    assert sorted(numbers) == sorted({n for ranking in rankings for n in ranking})
    for place, number in enumerate(numbers):
        best_rank = min(ranking.index(number) for ranking in rankings if number in ranking)
        assert place < (best_rank + 1) * len(rankings)
