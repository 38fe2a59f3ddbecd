"""What the store itself remembers: which libraries are used, and who has left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.search.memory_index import MemoryIndex
from bot.store.sqlite.store import SqliteStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path, MemoryIndex)
    try:
        yield opened
    finally:
        await opened.close()


async def test_a_library_is_listed_once_it_is_used(store: SqliteStore) -> None:
    assert await store.servers() == []
    for _ in range(2):
        async with store.library("1"):
            assert await store.servers() == ["1"]


async def test_a_server_is_left_once_and_by_the_bot_that_joined_it(store: SqliteStore) -> None:
    await store.mark_joined(["1"], 7)
    assert not await store.mark_left("1", 8, 100.0)  # of another bot
    assert await store.mark_left("1", 7, 100.0)
    assert not await store.mark_left("1", 7, 200.0)
    assert [membership.left_at for membership in await store.memberships()] == [100.0]


async def test_a_store_that_lost_its_notes_looks_at_every_library(tmp_path: Path) -> None:
    (tmp_path / "libraries").mkdir()
    for name in ("1.db", "2.db", "not a server.db", "1.before-3.txt"):
        (tmp_path / "libraries" / name).touch()
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    assert sorted(await store.pending_servers()) == ["1", "2"]
    await store.clear_pending("1")
    await store.close()
    store = await SqliteStore.open(tmp_path, MemoryIndex)  # its notes count
    assert await store.pending_servers() == ["2"]
    await store.close()


async def test_a_library_that_is_in_use_is_not_erased_and_stays_the_same(
    store: SqliteStore,
) -> None:
    async with store.library("1") as library:
        with pytest.raises(StoreError, match="in use"):
            await store.erase_library("1")
        async with store.library("1") as again:
            assert again is library
    await store.erase_library("1")
    assert await store.servers() == []
