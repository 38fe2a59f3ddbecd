"""Libraries are opened on demand, a few stay open, and one in use is never closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.errors import DatabaseDamaged
from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.parts import open_libraries
from bot.store.passage_index import NewIndex
from bot.store.sqlite import store as store_module
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.open_files import OpenFiles
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import ALL, SERVER, new_article

MOST = 5
pytestmark = pytest.mark.usefixtures("few")


class Counted(SqliteLibrary):
    """Counts how many libraries are open, and how often one was opened."""

    now = most = opened = 0

    @classmethod
    async def open(
        cls,
        server_id: str,
        path: Path,
        new_index: NewIndex,
        files: OpenFiles | None = None,
        journal: Path | None = None,
    ) -> SqliteLibrary:
        library = await super().open(server_id, path, new_index, files, journal)
        cls.now += 1
        cls.opened += 1
        cls.most = max(cls.most, cls.now)
        return library

    async def close(self) -> None:
        await super().close()
        type(self).now -= 1


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_libraries, "OPEN_LIBRARIES", MOST)
    monkeypatch.setattr(store_module, "SqliteLibrary", Counted)
    Counted.now = Counted.most = Counted.opened = 0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    yield store
    await store.close()


async def _visit(store: SqliteStore, server: int) -> None:
    async with store.library(str(server)) as library:
        await library.articles.totals(Scope(str(server)))


async def _make(store: SqliteStore, server: int) -> None:
    """A library that nobody has used."""
    path = store._folder / f"{server}.db"
    await (await SqliteLibrary.open(str(server), path, MemoryIndex)).close()


async def _search(store: SqliteStore, server: int) -> None:
    """Reads the library's index into memory."""
    async with store.library(str(server)) as library:
        await library.index.mentions(["mar"], Scope(str(server)))


async def test_libraries_whose_indexes_take_too_much_memory_together_are_closed(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in (1, 2, 3):
        async with store.library(str(server)) as library:
            await library.articles.add(new_article(), Scope(str(server)))
        await _search(store, server)
    each = store._libraries.leases["1"].nbytes
    assert each > 0
    monkeypatch.setattr(open_libraries, "OPEN_BYTES", 2 * each)
    await _search(store, 2)
    assert set(store._libraries.leases) == {"2", "3"}
    monkeypatch.setattr(open_libraries, "OPEN_BYTES", 0)
    await _search(store, 3)
    assert set(store._libraries.leases) == {"3"}


async def test_servers_visited_in_turn_keep_a_few_open(store: SqliteStore) -> None:
    for server in range(4 * MOST):
        await _visit(store, server)
    assert (Counted.most, Counted.now, Counted.opened) == (MOST, MOST, 4 * MOST)
    await store.close()
    assert Counted.now == 0


async def test_the_least_recently_used_one_is_closed_first(store: SqliteStore) -> None:
    for server in [*range(MOST), 0, MOST, 0]:
        await _visit(store, server)
    assert Counted.opened == MOST + 1
    await _visit(store, 1)
    assert Counted.opened == MOST + 2


async def test_a_library_in_use_stays_open(store: SqliteStore) -> None:
    async with store.library(SERVER) as library:
        for server in range(3 * MOST):
            await _visit(store, server)
        assert (await library.articles.totals(ALL)).articles == 0
    assert Counted.opened == 3 * MOST + 1


async def test_more_than_a_few_may_be_in_use_and_are_closed_afterwards(store: SqliteStore) -> None:
    async with AsyncExitStack() as leases:
        libraries = [
            await leases.enter_async_context(store.library(str(server)))
            for server in range(3 * MOST)
        ]
        for server, library in enumerate(libraries):
            await library.articles.totals(Scope(str(server)))
    await _visit(store, 99)
    assert Counted.now == MOST


async def test_many_opened_at_once_do_not_wait_for_each_other_for_ever(store: SqliteStore) -> None:
    visits = [_visit(store, server % 30) for server in range(120)]
    await asyncio.gather(*visits)
    await _visit(store, 99)
    assert Counted.now == MOST


async def test_first_openings_of_the_same_server_make_one(store: SqliteStore) -> None:
    await asyncio.gather(*(_visit(store, 1) for _ in range(20)))
    assert Counted.opened == 1


async def test_a_server_that_is_slow_to_open_holds_up_no_other(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()

    class Slow(Counted):
        @classmethod
        async def open(
            cls,
            server_id: str,
            path: Path,
            new_index: NewIndex,
            files: OpenFiles | None = None,
            journal: Path | None = None,
        ) -> SqliteLibrary:
            if server_id == "1":
                await go_on.wait()
            return await super().open(server_id, path, new_index, files, journal)

    monkeypatch.setattr(store_module, "SqliteLibrary", Slow)
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(_visit(store, 1))
        await _visit(store, 2)
        assert not slow.done()
        go_on.set()


async def test_a_library_that_cannot_be_opened_harms_no_other_and_may_be_mended(
    store: SqliteStore, tmp_path: Path
) -> None:
    path = tmp_path / "libraries" / "1.db"
    path.write_text("no database" * 500)
    for _ in range(2):
        with pytest.raises(DatabaseDamaged):
            await _visit(store, 1)
    await _visit(store, 2)
    path.unlink()
    await _visit(store, 1)


async def test_an_opening_that_is_cancelled_leaves_nothing_open(store: SqliteStore) -> None:
    for waits in range(12):
        async with asyncio.TaskGroup() as group:
            visit = group.create_task(_visit(store, waits))
            for _ in range(waits):
                await asyncio.sleep(0)
            visit.cancel()
    await store.close()
    assert Counted.now == 0


async def test_maintenance_of_many_libraries_closes_none_in_use(store: SqliteStore) -> None:
    for server in range(MOST - 1):
        await _visit(store, server)
    for server in range(10, 20):
        await _make(store, server)
    for server in range(10, 20):
        async with store.library(str(server), background=True) as library:
            await library.articles.totals(Scope(str(server)))
    assert Counted.now == MOST
    before = Counted.opened
    for server in range(MOST - 1):
        await _visit(store, server)
    assert Counted.opened == before


async def test_maintenance_does_not_count_as_use(store: SqliteStore) -> None:
    await _visit(store, 1)
    await _make(store, 2)
    async with store.library("2", background=True):
        assert await store.servers() == ["1"]
    await _visit(store, 2)
    assert sorted(await store.servers()) == ["1", "2"]
