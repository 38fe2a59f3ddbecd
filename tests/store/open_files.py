"""Opens databases and libraries that are closed however a test ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.search.memory_index import MemoryIndex
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from tests.contract.samples import SERVER


@asynccontextmanager
async def open_database(path: Path, kind: type[Database] = Database) -> AsyncIterator[Database]:
    """A library's file."""
    database = await kind.open(path, "library")
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_library(
    path: Path, kind: type[Database] = Database
) -> AsyncIterator[tuple[SqliteLibrary, Database]]:
    """A library and the file under it."""
    async with open_database(path, kind) as database:
        yield SqliteLibrary(SERVER, database, MemoryIndex), database
