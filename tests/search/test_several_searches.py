"""A question that one search does not answer is searched for again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.search.features import SIGNALS
from bot.search.ranking import Ranking
from bot.search.retrieve import search
from bot.search.second_hop import LinkingName, covers, linked_articles, linking_names
from bot.search.several_searches import fuse, take_turns
from bot.store.protocols import Library
from tests.answer.library import passage
from tests.contract.samples import ALL
from tests.search.test_retrieve import TopicEmbedder, _add
from tests.store.open_files import open_library

TOWNS = ("Olmov", "Lebu", "Kestrova", "Okunaga", "Vessonne")


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(tmp_path / "a.db") as (library, _):
        yield library


async def _titles(
    library: Library, question: str, limit: int, in_context: Sequence[str] = ()
) -> list[str]:
    found = await search(
        question, library, ALL, TopicEmbedder(), limit=limit, in_context=in_context
    )
    return [hit.passage.title for hit in found.hits]


async def test_the_article_that_the_best_passage_names_is_found(library: Library) -> None:
    await _add(library, "Nachtfahrt is a rock band from Tarnau.", title="Nachtfahrt")
    await _add(library, "Its people eat a dumpling with plums.", title="Tarnau")
    for name in TOWNS:
        await _add(library, f"The typical dish of {name} is a pie.", title=name)
    question = "typical dish where Nachtfahrt, the rock band, comes from"
    assert (await _titles(library, question, 4))[:3].count("Tarnau") == 1


async def test_one_article_does_not_fill_the_list_where_two_are_asked_for(
    library: Library,
) -> None:
    pages = "\n\n".join(f"Norvik net profit and net debt, page {n}." for n in range(9))
    await _add(library, pages, title="Norvik report")
    await _add(library, "The net profit was 12.\n\nIts debt grew.", title="Sorwald report")
    for n in range(9):
        await _add(library, f"Its net profit, net debt, page {n}.", title=f"Others {n}")
    titles = await _titles(library, "net profit and net debt of norvik and sorwald", 4)
    assert {"Norvik report", "Sorwald report"} <= set(titles)


async def test_a_follow_up_is_found_in_its_context_and_by_itself(library: Library) -> None:
    await _add(library, "Mars is red.", title="Mars")
    await _add(library, "Venus is hot and dry.", title="Venus")
    question, in_context = "Is it red?", ["Is Venus hot? Is it red?"]
    assert (await _titles(library, question, 1)) == ["Mars"]
    assert (await _titles(library, question, 2, in_context)) == ["Venus", "Mars"]


def _ranking(*ids: int) -> Ranking:
    numbers = np.linspace(1, 0.5, len(ids), dtype=np.float32)
    return Ranking(
        [*ids], numbers, numbers, numbers, np.zeros((len(ids), len(SIGNALS)), np.float32)
    )


def test_each_search_has_its_turn_behind_the_first_hits() -> None:
    merged = take_turns(_ranking(1, 2, 3, 4), [_ranking(5, 1), _ranking(6)], 2)
    assert merged.ids == [1, 2, 5, 6, 3, 4]
    assert [*merged.scores] == sorted(merged.scores, reverse=True)


def test_without_other_searches_the_first_stays() -> None:
    first = _ranking(1, 2)
    assert take_turns(first, [], 2) is first


def test_a_passage_that_two_searches_find_is_first() -> None:
    assert fuse([_ranking(1, 2, 3), _ranking(4, 2, 5)]).ids[0] == 2


def test_names_link_to_articles_but_not_to_the_passages_own() -> None:
    best = passage(1, ["In Tarnau, the Kestrel of Dunreagh met Lena Orr."], title="Lena Orr")
    names = linking_names(best)
    tarnau, ship, lena = (name.whole for name in names)
    assert [term for _, term in ship] == ["kestrel", "dunreagh"]
    titled = {tarnau: (7,), ship: (8,), lena: (1,)}
    assert linked_articles(names, titled, own=1) == [7, 8]


def test_the_parts_of_a_name_count_only_if_it_is_no_title() -> None:
    whole, part = ((0, "tarnau"), (1, "brewery")), ((0, "tarnau"),)
    name = LinkingName(whole, (part,))
    assert linked_articles([name], {whole: (3,), part: (4,)}, own=1) == [3]
    assert linked_articles([name], {part: (4,)}, own=1) == [4]
    assert linked_articles([name], {part: tuple(range(2, 9))}, own=1) == []


def test_a_passage_that_says_all_of_the_question_leads_nowhere() -> None:
    best = passage(1, ["The bridge has a span of 210 metres."], title="Skarvik Bridge")
    assert covers(best, "span of the Skarvik bridge in metres")
    assert not covers(best, "who painted the Skarvik bridge in yellow")
