"""An empty PostgreSQL database for each test, and stores that are open on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.search.memory_index import MemoryIndex
from bot.store.postgres.store import PostgresStore
from tests.postgres_server import PostgresServer


@pytest.fixture
def database(postgres_server: PostgresServer, tmp_path: Path) -> str:
    """The name of the database."""
    return postgres_server.database(tmp_path)


@pytest.fixture
def url(postgres_server: PostgresServer, database: str) -> str:
    """Its address for a user that is neither a superuser nor the owner of the tables."""
    return postgres_server.url(database)


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    opened = await PostgresStore.open(url, MemoryIndex)
    yield opened
    await opened.close()


@pytest.fixture
async def other_store(url: str) -> AsyncIterator[PostgresStore]:
    """A second process on the same data, as far as a store can tell."""
    opened = await PostgresStore.open(url, MemoryIndex)
    yield opened
    await opened.close()
