"""The stores that the contract is run against: a third one is a third line here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.search.memory_index import MemoryIndex
from bot.store.postgres.store import PostgresStore
from bot.store.protocols import Library, Store
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import SERVER
from tests.postgres_server import PostgresServer

OpenStore = Callable[[Path], AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def open_sqlite(folder: Path) -> AsyncIterator[Store]:
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_postgres(url: str) -> AsyncIterator[Store]:
    store = await PostgresStore.open(url, MemoryIndex)
    try:
        yield store
    finally:
        await store.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` runs one case of each test over PostgreSQL, and no walk; `make quality` all."""
    seen = set()
    for item in items:
        function = getattr(item, "originalname", item.name)
        case = getattr(item, "callspec", None)
        if case is None or case.params.get("open_store") != "postgres":
            continue
        if function in seen or hasattr(getattr(item, "function", None), "hypothesis"):
            item.add_marker(pytest.mark.quality)
        seen.add(function)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Opens the store that a folder (or a name that the store makes of it) stands for."""
    if request.param == "sqlite":
        return open_sqlite
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return lambda folder: open_postgres(server.url(server.database(folder)))


@pytest.fixture
async def store(open_store: OpenStore, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as store:
        yield store


@pytest.fixture
async def library(store: Store) -> AsyncIterator[Library]:
    async with store.library(SERVER) as library:
        yield library
