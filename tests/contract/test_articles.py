"""An article is stored and returned unchanged, or not stored at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ArticleNotFound, StoreError
from bot.records import Scope, Submitter
from bot.store.protocols import Library
from bot.store.values import MinhashSignature, Totals, text_hash
from tests.contract.samples import (
    ALL,
    DIMENSION,
    MARS,
    MODEL,
    SERVER,
    ids_with_term,
    ids_with_vector,
    memory_index,
    new_article,
    unit_vectors,
)

LONG_NUMBER = 10**30


async def test_an_article_is_listed_with_where_it_came_from(library: Library) -> None:
    given = replace(
        new_article(channel=3), url="https://example.org/", author="B", published="2025-01-02"
    )
    given = replace(given, date_kind="updated", date_source="byline")
    added = await library.articles.add(given, ALL)
    assert added.status == "added"
    assert await library.articles.select(ALL) == [added.article]
    assert added.article.submitter == Submitter(7, "Ada", 3)
    assert (added.article.date_kind, added.article.date_source) == ("updated", "byline")
    assert (added.article.url, added.article.author) == ("https://example.org/", "B")
    assert (added.article.passages, added.article.characters) == (2, len(MARS))


async def test_a_stored_text_comes_back_with_its_hash(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    version = await library.articles.version(1, ALL)
    assert (version.version, version.text) == (1, MARS)
    assert version == await library.articles.version(1, ALL, 1)
    assert [stamp.hash for stamp in version.versions] == [hashlib.sha256(MARS.encode()).hexdigest()]


@pytest.mark.parametrize("number", [0, 2, -1, LONG_NUMBER])
async def test_a_version_that_is_not_there_is_not_found(number: int, library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    with pytest.raises(ArticleNotFound, match=f"no version {number}"):
        await library.articles.version(1, ALL, number)


@pytest.mark.parametrize("number", [0, -1, 3, LONG_NUMBER, -LONG_NUMBER])
async def test_an_id_that_is_not_there_finds_nothing(number: int, library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    with pytest.raises(ArticleNotFound):
        await library.articles.get(number, ALL)
    with pytest.raises(ArticleNotFound):
        await library.answers.cited_passage(number, number, ALL)
    assert await library.articles.passages([number], ALL) == []
    assert await library.articles.passages_of(number, ALL) == []
    assert await library.articles.erase([number], ALL) == []


async def test_the_same_text_is_kept_once(library: Library) -> None:
    first = await library.articles.add(new_article(), ALL)
    again = await library.articles.add(new_article(title="Another title"), ALL)
    assert again.status == "duplicate"
    assert (
        again.article
        == first.article
        == await library.articles.find_same_text(text_hash(MARS), ALL)
    )
    assert await library.articles.totals(ALL) == Totals(1, 2)


async def test_a_duplicate_is_recognised_only_in_what_its_submitter_sees(library: Library) -> None:
    await library.articles.add(new_article(channel=1), ALL)
    there = Scope(SERVER, frozenset({2}))
    added = await library.articles.add(new_article(channel=2), there)
    assert added.status == "added"
    assert await library.articles.totals(there) == Totals(1, 2)


ASTRAL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ASTRAL.filter(lambda line: line.strip() and "\n" not in line), min_size=1))
async def test_offsets_count_code_points(library: Library, lines: list[str]) -> None:
    text = "\n\n".join(["𝒜𐍈 🧑‍🚀 é", *lines])
    added = await library.articles.add(new_article(text), ALL)
    kept = (await library.articles.version(added.article.id, ALL)).text
    assert kept == text
    for passage in await library.articles.passages_of(added.article.id, ALL):
        assert passage.text == kept[passage.start : passage.end]
        for sentence in passage.sentences:
            assert passage.quote(sentence) == kept[sentence.start : sentence.end]


async def test_half_a_character_is_refused(library: Library) -> None:
    with pytest.raises(StoreError, match="half a character"):
        await library.articles.add(new_article("Mars \ud83d is cold."), ALL)
    with pytest.raises(StoreError, match="half a character"):
        await library.articles.add(new_article(title="Mars \ud83d"), ALL)
    assert await library.articles.find_same_text(text_hash("Mars \ud83d is cold."), ALL) is None
    assert await library.articles.totals(ALL) == Totals(0, 0)


async def test_passages_come_in_the_order_asked_for(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    assert [p.id for p in await library.articles.passages([2, 99, 1], ALL)] == [2, 1]
    assert [p.position for p in await library.articles.passages_of(1, ALL)] == [0, 1]
    assert [p.id for p in await library.articles.openings([1, 99], ALL)] == [1]


async def test_titles_are_found_by_a_part_of_them(library: Library) -> None:
    await library.articles.add(new_article("One.", title='The "Mars" mission, 100%'), ALL)
    await library.articles.add(new_article("Two.", title="Venus"), ALL)
    for part in ("mars", '"MARS"', "100%", "n, 1"):
        assert [article.id for article in await library.articles.search_titles(part, ALL)] == [1]
    assert [article.id for article in await library.articles.search_titles("", ALL)] == [2, 1]
    assert await library.articles.search_titles("_", ALL) == []


async def test_a_list_is_paged_newest_first(library: Library) -> None:
    for i in range(5):
        await library.articles.add(new_article(f"Text {i}."), ALL)
    pages = [await library.articles.select(ALL, limit=2, offset=at) for at in (0, 2, 4)]
    assert [[article.id for article in page] for page in pages] == [[5, 4], [3, 2], [1]]


async def test_vectors_of_two_embedders_are_never_mixed(library: Library) -> None:
    await library.articles.add(new_article("One."), ALL)
    await library.articles.add(replace(new_article("Two."), embedder="other/2"), ALL)
    await library.articles.add(replace(new_article("Three."), vectors=unit_vectors(1, 8)), ALL)
    assert await ids_with_vector(library) == [1]
    assert await ids_with_vector(library, model="other/2") == [2]
    assert await ids_with_vector(library, dimension=8) == [3]
    assert await ids_with_vector(library, model="none/0") == []


async def test_vectors_come_back_as_they_were_and_follow_every_change(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    (chunk,) = (await memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL)).chunks
    assert np.allclose(chunk.codes * chunk.scales[:, None], unit_vectors(2), atol=0.01)
    await library.articles.add(new_article("Venus."), ALL)
    assert await ids_with_vector(library) == [1, 2, 3]
    await library.articles.erase([1], ALL)
    assert await ids_with_vector(library) == [3]


async def test_a_removed_article_is_gone_from_everything(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.add(new_article("Venus.", title="Venus"), ALL)
    assert await library.articles.erase([1, 1, 7], ALL) == [1]
    assert [article.id for article in await library.articles.select(ALL)] == [2]
    assert await ids_with_term(library, "mar", "cold") == []
    assert await library.articles.passages([1, 2], ALL) == []
    assert await library.articles.find_same_text(text_hash(MARS), ALL) is None
    assert await library.articles.erase([1], ALL) == []


async def test_an_id_is_never_used_twice(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.erase([1], ALL)
    assert (await library.articles.add(new_article(), ALL)).article.id == 2


async def test_the_signatures_to_compare_with_are_those_that_may_be_alike(
    library: Library,
) -> None:
    drawn = np.random.default_rng(1).integers(0, 1 << 32, (20, 256), np.uint32)
    for n, hashes in enumerate(drawn):
        draft = replace(new_article(f"Text {n}."), signature=MinhashSignature(1, hashes))
        await library.articles.add(draft, ALL)
    near = np.where(np.arange(256) < 80, 0, drawn[6]).astype(np.uint32)
    similar = await library.articles.similar_signatures(MinhashSignature(1, near), ALL)
    assert (similar.articles.tolist(), similar.hashes.tolist()) == ([7], [drawn[6].tolist()])
    assert not await _count_similar(library, MinhashSignature(2, near))
    await library.articles.add(replace(new_article("Other."), replaces=7), ALL)
    assert not await _count_similar(library, MinhashSignature(1, near))


async def _count_similar(library: Library, signature: MinhashSignature) -> int:
    return len((await library.articles.similar_signatures(signature, ALL)).articles)
