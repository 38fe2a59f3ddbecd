"""A trashed article is gone from everything and can be restored until it is purged."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.errors import ArticleNotFound
from bot.records import Filter, Scope, SortOrder, Submitter
from bot.store.protocols import Library
from bot.store.values import StoredAnswer, text_hash
from tests.contract.samples import (
    ALL,
    MARS,
    SERVER,
    citation_of,
    ids_with_term,
    ids_with_vector,
    new_article,
    trashed_ids,
)


async def _two(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.add(new_article("Venus is hot.", title="Venus"), ALL)


async def test_a_removed_article_is_gone_from_everything(library: Library) -> None:
    await _two(library)
    (passage,) = await library.articles.passages([1], ALL)
    answer = await library.answers.save(StoredAnswer(asker_id=7), [citation_of(passage)])
    assert await library.articles.trash([1, 1, 9], ALL) == [1]
    assert [article.id for article in await library.articles.select(ALL)] == [2]
    assert await ids_with_term(library, "mar", "cold") == []
    assert await ids_with_vector(library) == [3]
    assert (await library.articles.totals(ALL)).articles == 1
    assert await library.articles.search_titles("mars", ALL) == []
    assert await library.articles.find_same_text(text_hash(MARS), ALL) is None
    assert await library.articles.passages([1, 2], ALL) == []
    assert await library.answers.last_answer_of(7, ALL) is None
    with pytest.raises(ArticleNotFound):
        await library.answers.cited_passage(answer, 1, ALL)


async def test_a_restored_article_is_as_it_was(library: Library) -> None:
    await _two(library)
    before = await library.articles.get(1, ALL)
    await library.articles.trash([1], ALL)
    assert (await library.articles.trashed_article(1, ALL)).title == "Mars"
    assert await library.articles.restore([1, 2], ALL) == [1]
    assert await library.articles.get(1, ALL) == before
    assert await ids_with_term(library, "cold") == [1]
    assert await ids_with_vector(library) == [1, 2, 3]


async def test_only_what_was_trashed_long_ago_is_purged(library: Library) -> None:
    await _two(library)
    began = time.time()
    await library.articles.trash([1], ALL)
    assert await library.articles.purge(began - 60, ALL) == 0
    assert await trashed_ids(library) == [1]
    assert await library.articles.purge(time.time() + 60, ALL) == 1
    assert await trashed_ids(library) == []
    assert await library.articles.restore([1], ALL) == []


async def test_a_trashed_article_can_be_erased_at_once(library: Library) -> None:
    await _two(library)
    await library.articles.trash([1], ALL)
    assert await library.articles.erase([1], ALL) == [1]
    assert await trashed_ids(library) == []


async def test_a_renamed_article_is_found_by_its_new_name_alone(library: Library) -> None:
    await library.articles.add(new_article("Its air is thin.", title="Mars"), ALL)
    renamed = await library.articles.rename(1, "The red planet", ALL)
    assert renamed.title == "The red planet"
    assert await ids_with_term(library, "planet") == [1]
    assert await ids_with_term(library, "mar") == []


async def test_tags_are_replaced_counted_and_filtered_by(library: Library) -> None:
    await _two(library)
    await library.articles.tag(1, ["space", "cold"], ALL)
    await library.articles.tag(2, ["space"], ALL)
    assert await library.articles.tags(ALL) == {"space": 2, "cold": 1}
    assert await library.articles.ids_matching(Filter(tag="cold"), ALL) == [1]
    assert (await library.articles.tag(1, ["planet"], ALL)).tags == ("planet",)
    assert await library.articles.ids_matching(Filter(tag="cold"), ALL) == []
    with pytest.raises(ArticleNotFound):
        await library.articles.tag(9, ["x"], ALL)


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        (Filter(), [1, 2, 3]),
        (Filter(title="VEN"), [2]),
        (Filter(articles=frozenset({1, 3, 9})), [1, 3]),
        (Filter(articles=frozenset()), []),
        (Filter(submitter_id=8), [3]),
        (Filter(since="2021"), [2, 3]),
        (Filter(until="2021"), [1, 2]),
        (Filter(since="2021-05-02", until="2021-05-02"), [2]),
        (Filter(since="2021-06", until="2021-07"), []),
    ],
)
async def test_a_filter_narrows_lists_counts_and_ids(
    matching: Filter, expected: list[int], library: Library
) -> None:
    for i, (title, day, by) in enumerate(
        [("Mars", "2020", 7), ("Venus", "2021-05-02", 7), ("Pluto", "2022-01", 8)]
    ):
        made = replace(new_article(f"Text {i}.", title=title), published=day)
        await library.articles.add(replace(made, submitter=Submitter(by, "x", None)), ALL)
    assert sorted(await library.articles.ids_matching(matching, ALL)) == expected
    assert sorted(a.id for a in await library.articles.select(ALL, matching=matching)) == expected
    assert (await library.articles.totals(ALL, matching)).articles == len(expected)


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        (Filter(since="2021-05-20", until="2021-05-25"), [1, 2, 4]),
        (Filter(since="2021-07"), [4]),
        (Filter(until="2021-03-31"), [4]),
        (Filter(since="2021-04-01", until="2021-04-30"), [2, 4]),
        (Filter(since="2020", until="2020"), []),
    ],
)
async def test_a_date_in_part_matches_every_range_that_it_may_lie_in(
    matching: Filter, expected: list[int], library: Library
) -> None:
    for i, day in enumerate(["2021-05", "2021-Q2", "2020-Q3", "2021"]):
        await library.articles.add(replace(new_article(f"Text {i}."), published=day), ALL)
    await library.articles.erase([3], ALL)
    assert sorted(await library.articles.ids_matching(matching, ALL)) == expected


async def test_dates_in_part_are_sorted_by_their_first_day(library: Library) -> None:
    for i, day in enumerate(["2021-Q2", "2021-03-31", "2021-05", "2022", None]):
        await library.articles.add(replace(new_article(f"Text {i}."), published=day), ALL)
    listed = await library.articles.select(ALL, sort="published")
    assert [a.published for a in listed] == ["2022", "2021-05", "2021-Q2", "2021-03-31", None]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", [3, 2, 1]),
        ("oldest", [1, 2, 3]),
        ("title", [2, 1, 3]),
        ("longest", [2, 3, 1]),
    ],
)
async def test_a_list_is_sorted_as_asked(
    sort: SortOrder, order: list[int], library: Library
) -> None:
    for title, text in (
        ("mars", "Short."),
        ("Earth", "The longest of them."),
        ("Venus", "Longer."),
    ):
        await library.articles.add(new_article(text, title=title), ALL)
    assert [a.id for a in await library.articles.select(ALL, sort=sort)] == order


async def test_submitters_are_counted(library: Library) -> None:
    await library.articles.add(new_article("One.", channel=1), ALL)
    await library.articles.add(new_article("Two.", channel=2), ALL)
    (ada,) = await library.articles.submitters(ALL)
    assert (ada.name, ada.articles) == ("Ada", 2)
    (ada,) = await library.articles.submitters(Scope(SERVER, frozenset({1})))
    assert ada.articles == 1


async def test_the_message_link_is_stored(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.set_message_link(1, "https://discord.com/channels/1/2/3")
    assert (await library.articles.get(1, ALL)).message_link == "https://discord.com/channels/1/2/3"
