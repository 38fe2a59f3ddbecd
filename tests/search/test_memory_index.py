"""The cache grows by what is added, and equals what a fresh opening would read."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.records import Scope
from bot.search import memory_index as memory_index_module
from bot.search.memory_index import MemoryIndex
from bot.store import growable_array
from bot.store.growable_array import GrowableArray
from bot.store.parts.database import Parameters
from bot.store.passage_index import (
    IndexChanges,
    Mention,
    PassageIndex,
    QueryTerms,
    QuestionVector,
)
from bot.store.passage_table import POSITION, Ints, PassageTable, Postings, VectorChunk
from bot.store.postings import IndexedText, build_postings
from bot.store.protocols import Library
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from tests.contract.samples import (
    ALL,
    DIMENSION,
    MODEL,
    SERVER,
    memory_index,
    new_article,
    unit_vectors,
)
from tests.store.open_files import open_library

SCOPES = (ALL, Scope(SERVER, frozenset()), Scope(SERVER, frozenset([1])))
STEPS = 30


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a dozen passages make chunks that are joined, and arrays that must move."""
    monkeypatch.setattr(growable_array, "SPARE", 2)
    for name, rows in (("SMALL_ROWS", 3), ("CHUNK_ROWS", 16), ("BATCH_ROWS", 4)):
        monkeypatch.setattr(memory_index_module, name, rows)


class Changes:
    """Changes a library at random, as its users do."""

    def __init__(self, library: Library, seed: int):
        self._library = library
        self._random = random.Random(seed)
        self._texts = 0
        self._ids = [0]  # also one that never was

    async def change(self) -> None:
        often: list[Callable[[], Awaitable[object]]] = [self._add, self._add, self._add]
        seldom = [self._renew, self._trash, self._restore, self._remove, self._rename, self._fill]
        await self._random.choice([*often, *often, *seldom])()

    async def _add(self, renews: int | None = None) -> None:
        self._texts += 1
        text = "\n\n".join(f"Text {self._texts} {i}." for i in range(self._random.randint(1, 5)))
        made = new_article(text, channel=self._random.choice([None, 1, 2]))
        made = replace(made, replaces=renews)
        if self._random.random() < 0.3:
            made = replace(made, vectors=None)
        self._ids.append((await self._library.articles.add(made, ALL)).article.id)

    async def _renew(self) -> None:
        await self._add(renews=self._random.choice(self._ids))

    async def _trash(self) -> None:
        await self._library.articles.trash([self._random.choice(self._ids)], ALL)

    async def _restore(self) -> None:
        await self._library.articles.restore(self._ids, ALL)

    async def _remove(self) -> None:
        await self._library.articles.erase([self._random.choice(self._ids)], ALL)

    async def _rename(self) -> None:
        for article in await self._library.articles.select(ALL, limit=1):
            await self._library.articles.rename(article.id, f"Title {self._texts}", ALL)

    async def _fill(self) -> None:
        lacking = await self._library.vectors.missing(MODEL, DIMENSION, ALL, limit=3)
        ids = [passage_id for passage_id, _ in lacking]
        await self._library.vectors.add(MODEL, ids, unit_vectors(len(ids)))


async def _codes(library: Library) -> list[np.ndarray]:
    chunks = (await memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL)).chunks
    assert all((chunk.ids[1:] > chunk.ids[:-1]).all() for chunk in chunks)
    if not chunks:
        return []
    whole = VectorChunk.concatenate(chunks)
    return [whole.ids, whole.codes, whole.scales, whole.signs]


def _columns(table: PassageTable) -> list[object]:
    return [np.asarray(getattr(table, each.name)).tolist() for each in fields(table)]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("seed", range(4))
async def test_the_grown_cache_equals_a_fresh_one(tmp_path: Path, seed: int) -> None:
    async with open_library(tmp_path / "a.db") as (library, database):
        changes = Changes(library, seed)
        for _ in range(STEPS):
            await changes.change()
            fresh = SqliteLibrary(SERVER, database, MemoryIndex)
            for scope in SCOPES:
                there = _columns(await memory_index(library).passage_table(scope))
                assert there == _columns(await memory_index(fresh).passage_table(scope))
            grown, read = await _codes(library), await _codes(fresh)
            assert len(grown) == len(read)
            assert all(map(np.array_equal, grown, read))


@pytest.mark.usefixtures("small_steps")
async def test_small_additions_are_merged_into_few_chunks(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        for n in range(40):
            await library.articles.add(new_article(f"Text {n}."), ALL)
            chunks = (await memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL)).chunks
        assert sum(len(chunk.ids) for chunk in chunks) == 40
        assert len(chunks) <= 6


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_passage_table_in_use_does_not_change(tmp_path: Path, scope: Scope) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(new_article(), ALL)
        before = await memory_index(library).passage_table(scope)
        columns = _columns(before)
        await library.articles.add(
            new_article("Venus is hot.\n\nVenus is near.", title="Venus"), ALL
        )
        after = await memory_index(library).passage_table(scope)
        assert (before.count, after.count) == (2, 4)
        assert _columns(before) == columns
        assert before.rows_of(np.array([1, 3])).tolist() == [0, -1]


def test_room_is_made_before_it_is_needed() -> None:
    array = GrowableArray(np.int64)
    array.extend(np.arange(5_000))
    before = array.all
    array.extend(np.array([7]))
    assert np.shares_memory(before, array.all)
    assert (before.tolist(), array.all[-1]) == (list(range(5_000)), 7)
    with pytest.raises(ValueError, match="read-only"):
        before[0] = 1


async def test_cached_rows_are_not_read_again(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, database):
        await library.articles.add(new_article(), ALL)
        first = (
            (await memory_index(library).passage_table(ALL)).ids,
            await memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL),
        )
        async with database.transaction() as writer:  # behind the library's back
            await writer.execute("DELETE FROM vector")
        await library.articles.add(new_article("Venus is hot."), ALL)
        assert np.shares_memory(first[0], (await memory_index(library).passage_table(ALL)).ids)
        assert (await _codes(library))[0].tolist() == [1, 2, 3]


class ListedBytes:
    """The bytes of three passages in two articles, kept in no file."""

    def __init__(self) -> None:
        texts = [
            IndexedText(1, "Mars", ["Mars is cold.", "It is dry."]),
            IndexedText(2, "", ["Its air is thin."]),
            IndexedText(3, "Cold Venus", ["Venus is hot."]),
        ]
        self._postings = build_postings(texts)
        self.numbers = unit_vectors(3)

    async def has_trash(self) -> bool:
        return False

    async def passage_columns(self, after: int, articles: Collection[int] = ()) -> Ints:
        rows = [(1, 1, 0, 6, 5, 4), (2, 1, 1, 4, 5, 4), (3, 2, 0, 3, 6, 10)]
        return np.array([row for row in rows if row[0] > after], np.int64).reshape(-1, 6).T

    async def postings(self, terms: Sequence[str]) -> dict[str, Postings]:
        found = {term: self._postings[term] for term in terms if term in self._postings}
        return {term: np.frombuffer(data, POSITION) for term, data in found.items()}

    async def vectors_after(
        self, model: str, dimension: int, after: int, *, limit: int, most: bool
    ) -> VectorChunk | None:
        ids = np.arange(after + 1, min(after + limit, 3) + 1)
        return VectorChunk.quantize(ids, self.numbers[ids - 1]) if len(ids) else None

    async def vectors_of(
        self, model: str, dimension: int, ids: Sequence[int]
    ) -> VectorChunk | None:
        return None


async def test_the_index_serves_any_store_that_keeps_the_bytes() -> None:
    kept = ListedBytes()
    index: PassageIndex = MemoryIndex(SERVER, kept)
    nothing, terms = QuestionVector(MODEL, np.empty(0, np.float32)), QueryTerms(("thin",), ())
    assert (await index.candidates(terms, nothing, ALL, 9)).ids.tolist() == [2]
    closest = QuestionVector(MODEL, kept.numbers[2])
    found = await index.candidates(terms, closest, ALL, 1)
    assert (found.ids.tolist(), found.searched) == ([2, 3], 3)
    within = await index.candidates(terms, closest, ALL, 9, within=[2])
    assert (within.ids.tolist(), within.searched) == ([3], 1)
    channel = Scope(SERVER, frozenset({6}))
    assert (await index.candidates(terms, closest, channel, 9)).ids.tolist() == [3]


async def test_a_name_finds_the_articles_whose_titles_begin_with_it() -> None:
    index: PassageIndex = MemoryIndex(SERVER, ListedBytes())
    mars, venus, cold_venus = ((0, "mar"),), ((0, "venu"),), ((0, "cold"), (1, "venu"))
    elsewhere, reversed_words = ((0, "air"),), ((0, "venu"), (1, "cold"))
    names = [mars, venus, cold_venus, elsewhere, reversed_words]
    assert await index.titled(names, ALL) == {mars: (1,), venus: (2,), cold_venus: (2,)}
    assert await index.titled([elsewhere], ALL) == {}


async def test_a_mention_has_every_term_and_says_where() -> None:
    index: PassageIndex = MemoryIndex(SERVER, ListedBytes())
    assert await index.mentions(["cold"], ALL) == [
        Mention(1, 1, sentences=1, in_title=False),
        Mention(2, 3, sentences=1, in_title=True),
    ]
    assert await index.mentions(["mar", "dry"], ALL) == [Mention(1, 1, 3, in_title=False)]
    assert await index.mentions(["cold", "absent"], ALL) == []
    assert await index.mentions([], ALL) == []


class CountedBytes(ListedBytes):
    """Counts what is read of them."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = Counter[str]()

    async def passage_columns(self, after: int, articles: Collection[int] = ()) -> Ints:
        self.reads["passages"] += 1
        return await super().passage_columns(after, articles)

    async def vectors_after(
        self, model: str, dimension: int, after: int, *, limit: int, most: bool
    ) -> VectorChunk | None:
        self.reads["vectors"] += 1
        return await super().vectors_after(model, dimension, after, limit=limit, most=most)


class LateBytes(ListedBytes):
    """Their second vector comes late. Remembers which ids are asked for by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.filled, self.asked = False, list[int]()

    async def vectors_after(
        self, model: str, dimension: int, after: int, *, limit: int, most: bool
    ) -> VectorChunk | None:
        ids = np.array([i for i in (1, 2, 3) if i > after and (i != 2 or self.filled)], np.int64)
        return VectorChunk.quantize(ids, self.numbers[ids - 1]) if len(ids) else None

    async def vectors_of(
        self, model: str, dimension: int, ids: Sequence[int]
    ) -> VectorChunk | None:
        self.asked += ids
        return VectorChunk.quantize(np.array(ids), self.numbers[np.array(ids) - 1])


async def test_of_what_got_a_vector_late_only_what_is_missing_is_read() -> None:
    kept = LateBytes()
    index = MemoryIndex(SERVER, kept)
    await index.quantized_vectors(MODEL, DIMENSION, ALL)
    kept.filled = True
    index.mark_embedded(MODEL, DIMENSION, [3, 2, 1, 2])
    vectors = await index.quantized_vectors(MODEL, DIMENSION, ALL)
    assert kept.asked == [2]
    assert sorted(i for chunk in vectors.chunks for i in chunk.ids.tolist()) == [1, 2, 3]


async def test_what_did_not_change_is_not_read_again() -> None:
    kept = CountedBytes()
    index = MemoryIndex(SERVER, kept)
    for _ in range(3):
        await index.passage_table(ALL)
        await index.quantized_vectors(MODEL, DIMENSION, ALL)
    first = {**kept.reads}
    assert first["passages"] == 1
    index.mark_changed(IndexChanges())
    for _ in range(3):
        await index.passage_table(ALL)
        await index.quantized_vectors(MODEL, DIMENSION, ALL)
    assert kept.reads == {"passages": 2, "vectors": first["vectors"] + 1}


class CountedDatabase(Database):
    """Counts the rows that the index reads."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.rows = Counter[str]()

    async def fetch(self, statement: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        rows = await super().fetch(statement, parameters)
        if statement in INDEX_QUERIES:
            self.rows[statement] += len(rows)
        return rows


INDEX_QUERIES = {"passage_table", "changed_passages"} | {
    "vectors_after",
    "most_vectors_after",
    "vectors_of",
}
ONE_ARTICLES_CHANGES: dict[str, Callable[[Library], Awaitable[object]]] = {
    "renaming": lambda library: library.articles.rename(5, "Other", ALL),
    "removing": lambda library: library.articles.trash([5], ALL),
    "restoring": lambda library: library.articles.restore([6], ALL),
    "erasing": lambda library: library.articles.erase([5], ALL),
    "erasing the newest": lambda library: library.articles.erase([20], ALL),
    "erasing from the trash": lambda library: library.articles.erase([6], ALL),
    "approving": lambda library: library.approvals.approve(7, ALL),
    "declining": lambda library: library.approvals.decline(7, ALL),
    "refreshing": lambda library: library.articles.add(
        replace(new_article("A\n\nB\n\nC"), replaces=5), ALL
    ),
    "adding": lambda library: library.articles.add(new_article("A\n\nB\n\nC"), ALL),
}


@pytest.mark.parametrize("change", ONE_ARTICLES_CHANGES)
async def test_a_change_of_one_article_makes_only_that_be_read(tmp_path: Path, change: str) -> None:
    async with open_library(tmp_path / "a.db", CountedDatabase) as (library, database):
        assert isinstance(database, CountedDatabase)
        for n in range(1, 21):
            article = new_article(f"Text {n}.\n\nIt is {n}.\n\nNo.")
            await library.articles.add(replace(article, awaits_approval=n == 7), ALL)
        await library.articles.trash([6], ALL)
        await _columns_and_codes(library)
        database.rows.clear()
        await ONE_ARTICLES_CHANGES[change](library)
        changed = await _columns_and_codes(library)
        assert sum(database.rows.values()) <= 2 * 3
        assert changed == await _columns_and_codes(SqliteLibrary(SERVER, database, MemoryIndex))


async def _columns_and_codes(library: Library) -> list[object]:
    tables = [_columns(await memory_index(library).passage_table(scope)) for scope in SCOPES]
    return [tables, [array.tolist() for array in await _codes(library)]]


async def test_what_changes_while_a_change_is_read_is_read_next() -> None:
    class Interrupted(ListedBytes):
        title, reads = 4, 0

        async def passage_columns(self, after: int, articles: Collection[int] = ()) -> Ints:
            columns = await super().passage_columns(0 if articles else after)
            columns[5] = self.title
            if articles and not self.reads:
                self.reads, self.title = 1, 9
                index.mark_changed(IndexChanges({1}))
            return columns

    kept = Interrupted()
    index = MemoryIndex(SERVER, kept)
    await index.passage_table(ALL)
    kept.title = 7
    index.mark_changed(IndexChanges({1, 2}))
    titles = [(await index.passage_table(ALL)).title_lengths[0] for _ in range(2)]
    assert titles == [7, 9]
