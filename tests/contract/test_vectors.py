"""Vectors that are computed after their passages were stored, per embedder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.store.protocols import Library
from tests.contract.samples import (
    ALL,
    DIMENSION,
    MARS,
    MODEL,
    ids_with_term,
    ids_with_vector,
    memory_index,
    new_article,
    unit_vectors,
)

NEW = "new/1"


async def _lacking(library: Library, model: str = NEW, dimension: int = DIMENSION) -> list[int]:
    """The ids without a vector; checks that ``count_missing`` agrees."""
    found = await library.vectors.missing(model, dimension, ALL, limit=99)
    assert await library.vectors.count_missing(model, dimension, ALL) == len(found)
    return [passage_id for passage_id, _ in found]


async def test_passages_without_a_vector_are_listed_with_their_text(library: Library) -> None:
    await library.articles.add(replace(new_article(), vectors=None), ALL)
    found = await library.vectors.missing(MODEL, DIMENSION, ALL, limit=9)
    assert found == list(enumerate(MARS.split("\n\n"), 1))
    assert await library.vectors.missing(MODEL, DIMENSION, ALL, limit=1) == found[:1]
    assert await library.vectors.missing(MODEL, DIMENSION, ALL, after=1, limit=9) == found[1:]


async def test_vectors_of_another_model_or_dimension_do_not_count(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    assert await _lacking(library, MODEL) == []
    assert await _lacking(library, NEW) == [1, 2]
    assert await _lacking(library, MODEL, DIMENSION + 1) == [1, 2]


async def test_unsearched_passages_are_not_missing(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.add(replace(new_article("Mars is far."), replaces=1), ALL)
    await library.articles.add(new_article("Venus is hot.", title="Venus"), ALL)
    await library.articles.trash([2], ALL)
    assert await _lacking(library) == [3]
    await library.articles.restore([2], ALL)
    assert await _lacking(library) == [3, 4]


async def test_a_vector_that_comes_later_is_found_with(library: Library) -> None:
    for i in range(6):
        await library.articles.add(
            replace(new_article(f"Text {i}."), embedder=NEW, vectors=None), ALL
        )
    await library.vectors.add(NEW, [5], unit_vectors(1))
    assert await ids_with_vector(library, model=NEW) == [5]
    await library.vectors.add(NEW, [2, 3], unit_vectors(2))
    assert sorted(await ids_with_vector(library, model=NEW)) == [2, 3, 5]
    await library.articles.add(replace(new_article("Text 6."), embedder=NEW), ALL)
    await library.vectors.add(NEW, [1, 4], unit_vectors(2))
    assert sorted(await ids_with_vector(library, model=NEW)) == [1, 2, 3, 4, 5, 7]
    chunks = (await memory_index(library).quantized_vectors(NEW, DIMENSION, ALL)).chunks
    assert all((chunk.ids[1:] > chunk.ids[:-1]).all() for chunk in chunks)


async def test_vectors_added_again_change_nothing(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    before = await memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL)
    await library.vectors.add(MODEL, [1, 2], -unit_vectors(2))
    after = await memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL)
    assert (before.chunks[0].codes == after.chunks[0].codes).all()


async def test_passages_that_went_away_meanwhile_are_left_out(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.add(new_article("Venus is hot.", title="Venus"), ALL)
    await library.articles.add(new_article("The moon is near.", title="The moon"), ALL)
    await library.articles.erase([1], ALL)
    await library.articles.trash([2], ALL)
    await library.vectors.add(NEW, [1, 2, 3, 4], unit_vectors(4))
    assert await ids_with_vector(library, model=NEW) == [4]
    await library.articles.restore([2], ALL)
    assert await _lacking(library) == [3]


async def test_the_vectors_of_other_embedders_are_dropped(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.vectors.add(NEW, [1, 2], unit_vectors(2))
    await library.vectors.add(NEW, [1, 2], unit_vectors(2, DIMENSION + 1))
    assert await ids_with_vector(library) == [1, 2]
    await library.vectors.drop_others(NEW, DIMENSION)
    assert (
        await ids_with_vector(library)
        == await ids_with_vector(library, model=NEW, dimension=DIMENSION + 1)
        == []
    )
    assert (
        await ids_with_vector(library, model=NEW)
        == await ids_with_term(library, "mar", "mission")
        == [1, 2]
    )
    await library.vectors.drop_others(NEW, DIMENSION)
    assert await ids_with_vector(library, model=NEW) == [1, 2]


async def test_as_many_vectors_as_passages(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    with pytest.raises(ValueError, match="zip"):
        await library.vectors.add(NEW, [1, 2], unit_vectors(1))
    assert await _lacking(library) == [1, 2]
