"""The stores that the contract is run against: a second one is a second line here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library, Store
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import SERVER

OpenStore = Callable[[Path], AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def open_sqlite(folder: Path) -> AsyncIterator[Store]:
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        yield store
    finally:
        await store.close()


STORES: dict[str, OpenStore] = {"sqlite": open_sqlite}


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Opens the store that a folder (or a name that the store makes of it) stands for."""
    return STORES[request.param]


@pytest.fixture
async def store(open_store: OpenStore, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as store:
        yield store


@pytest.fixture
async def library(store: Store) -> AsyncIterator[Library]:
    async with store.library(SERVER) as library:
        yield library
