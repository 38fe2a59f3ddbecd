"""Whatever call fails or is cancelled, writes are atomic and the store keeps working."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from bot.store.values import StoredAnswer, Totals
from tests.contract.samples import (
    ALL,
    DIMENSION,
    MODEL,
    citation_of,
    ids_with_term,
    ids_with_vector,
    memory_index,
    new_article,
    unit_vectors,
)
from tests.store.fault_injection import (
    Kind,
    cancelled,
    cancelled_twice,
    lost,
    outcome,
    refused,
    troubled_library,
)
from tests.store.open_files import open_library

KINDS = [refused, lost, cancelled, cancelled_twice]
ABSENT, WHOLE = Totals(1, 1), Totals(2, 3)
CALLS_AT_MOST = 60


async def _state(library: SqliteLibrary) -> Totals:
    """The totals of the library, after checking that they are consistent."""
    totals = await library.articles.totals(ALL)
    words = await ids_with_term(library, "mar", "venu", "mission")
    assert len(words) == len(await ids_with_vector(library)) == totals.passages
    return totals


def _assert_sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None


async def _until_it_passes(
    path: Path,
    kind: Kind,
    work: Callable[[SqliteLibrary], Awaitable[object]],
    undo: Callable[[SqliteLibrary], Awaitable[object]],
    states: set[Totals],
) -> int:
    """Make the 1st, 2nd, 3rd … call fail until none is left. Returns the number of calls."""
    async with troubled_library(path) as (library, trouble):
        await library.articles.add(new_article("Venus is hot.", title="Venus"), ALL)
        for n in range(1, CALLS_AT_MOST):
            await undo(library)
            trouble.arm(kind, n)
            error = await outcome(work(library))
            if not trouble.met:
                assert error is None
                _assert_sound(path)
                return n - 1
            assert await _state(library) in states
    raise AssertionError("it never passed")


async def _remove_mars(library: SqliteLibrary) -> object:
    mars = [article.id for article in await library.articles.search_titles("mars", ALL)]
    return await library.articles.erase(mars, ALL)


async def _add_mars(library: SqliteLibrary) -> object:
    return await library.articles.add(new_article(), ALL)


@pytest.mark.parametrize("kind", KINDS)
async def test_adding_an_article_is_atomic(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    calls = await _until_it_passes(path, kind, _add_mars, _remove_mars, {ABSENT, WHOLE})
    assert calls > 10


@pytest.mark.parametrize("kind", KINDS)
async def test_erasing_an_article_is_atomic(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    calls = await _until_it_passes(path, kind, _remove_mars, _add_mars, {ABSENT, WHOLE})
    assert calls > 10


async def _renew_mars(library: SqliteLibrary) -> object:
    (mars,) = await library.articles.search_titles("mars", ALL)
    new = new_article("Mars, joint mission: it is warm.")
    return await library.articles.add(replace(new, replaces=mars.id), ALL)


async def _rename_mars(library: SqliteLibrary) -> object:
    (mars,) = await library.articles.search_titles("mars", ALL)
    return await library.articles.rename(mars.id, "Mars, the mission", ALL)


async def _mars_anew(library: SqliteLibrary) -> object:
    await _remove_mars(library)
    return await _add_mars(library)


@pytest.mark.parametrize("kind", KINDS)
async def test_adding_a_version_is_atomic(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    states = {WHOLE, Totals(2, 2)}
    assert await _until_it_passes(path, kind, _renew_mars, _mars_anew, states) > 10


@pytest.mark.parametrize("kind", KINDS)
async def test_renaming_is_atomic(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    assert await _until_it_passes(path, kind, _rename_mars, _mars_anew, {WHOLE}) > 5


@pytest.mark.parametrize("kind", KINDS)
async def test_saving_an_answer_is_atomic(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "1.db"

    async def keep(library: SqliteLibrary) -> object:
        (passage,) = await library.articles.passages([1], ALL)
        return await library.answers.save(
            StoredAnswer(asker_id=1, channel_id=1), [citation_of(passage, n) for n in (1, 2)]
        )

    async def nothing(library: SqliteLibrary) -> object:
        return None

    assert await _until_it_passes(path, kind, keep, nothing, {ABSENT}) == 7
    with closing(sqlite3.connect(path)) as connection:
        kept = connection.execute(
            "SELECT count(*) FROM citation GROUP BY answer_id UNION SELECT count(*) FROM answer"
            " WHERE id NOT IN (SELECT answer_id FROM citation)"
        )
        assert sorted(row[0] for row in kept) == [0, 2]


async def test_vectors_read_while_an_article_is_added_are_not_cached(tmp_path: Path) -> None:
    class Slow(Database):
        """Its first reading query is answered only after the next write."""

        after = asyncio.Event()

        async def fetch(self, *arguments: object) -> list[sqlite3.Row]:
            found = await super().fetch(*arguments)  # type: ignore[arg-type]
            await self.after.wait()
            return found

    async with open_library(tmp_path / "1.db", Slow) as (library, _):
        async with asyncio.TaskGroup() as group:
            early = group.create_task(
                memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL)
            )
            await asyncio.sleep(0)
            await library.articles.add(new_article(), ALL)
            Slow.after.set()
        assert sum(len(chunk.ids) for chunk in (await early).chunks) in (0, 2)
        assert await ids_with_vector(library) == [1, 2]


async def test_an_inconsistent_draft_leaves_nothing(tmp_path: Path) -> None:
    crooked = replace(new_article(), vectors=unit_vectors(1))
    async with open_library(tmp_path / "1.db") as (library, _):
        with pytest.raises(ValueError, match="zip"):
            await library.articles.add(crooked, ALL)
        assert await library.articles.totals(ALL) == Totals(0, 0)
        await library.articles.add(new_article(), ALL)


async def test_a_full_disk_is_reported_reads_continue_and_freeing_space_helps(
    tmp_path: Path,
) -> None:
    large = new_article("\n\n".join(f"Mars {i} {'x' * 3000}." for i in range(40)))
    async with open_library(tmp_path / "1.db") as (library, database):
        await library.articles.add(new_article("Venus is hot.", title="Venus"), ALL)
        await _allow_pages(database, 60)
        with pytest.raises(StoreError, match=r"the disk is full.*Nothing was changed"):
            await library.articles.add(large, ALL)
        assert await _state(library) == ABSENT
        await _allow_pages(database, 100_000)
        assert (await library.articles.add(large, ALL)).status == "added"
        assert await _state(library) == Totals(2, 41)
    _assert_sound(tmp_path / "1.db")


async def _allow_pages(database: Database, most: int) -> None:
    async with database.transaction() as writer:
        await writer.fetch(f"PRAGMA max_page_count = {most}")
