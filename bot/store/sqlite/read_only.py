"""A data folder that is only read, also while a bot writes to it: no lock, no file, no folder.

Each file is opened as SQLite's ``mode=ro``. What is not there yet is read as if it were empty, from
a database in memory. A library that an older Footnote wrote cannot be brought up to date here.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import aiosqlite

from bot.errors import DatabaseOutdated, StoreError
from bot.store.parts.tokens import SqlTokens
from bot.store.passage_index import NewIndex
from bot.store.sqlite.backup_folder import BOT_DATA, LIBRARIES, library_files
from bot.store.sqlite.connection import (
    READER_PRAGMAS,
    Database,
    SqliteWriter,
    apply_pragmas,
    new_connection,
    translate_errors,
)
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.migrate import applied_number, migrations, new_database, open_to_read
from bot.store.sqlite.open_files import OpenFiles
from bot.store.sqlite.queries import query
from bot.store.sqlite.store import SqliteStore
from bot.strings import _

ROWS_PER_FETCH = 64  # aiosqlite's own default


class ReadOnlyDatabase(Database):
    """A database that is only read. ``transaction`` raises StoreError."""

    def __init__(self, path: Path, schema: str, files: OpenFiles | None = None):
        unused = new_connection(path)
        super().__init__(path, unused, unused, files)
        self._schema = schema

    @classmethod
    async def open_to_read(
        cls, path: Path, schema: str, files: OpenFiles | None = None
    ) -> ReadOnlyDatabase:
        """Raises DatabaseTooNew, DatabaseOutdated, DatabaseDamaged or StoreError."""
        with translate_errors(path):
            await asyncio.to_thread(_check_schema, path, schema)
        database = cls(path, schema, files)
        if files is None:
            await database.connect()
        return database

    async def connect(self) -> None:
        with translate_errors(self.path):
            exists = await asyncio.to_thread(_has_content, self.path)
            connector = partial(open_to_read, self.path) if exists else self._open_empty
            self._reader = self._writer = await _connect(connector)

    def _open_empty(self) -> sqlite3.Connection:
        """An empty library in memory."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.deserialize(new_database(migrations(self._schema)))
        return connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteWriter]:
        raise StoreError(_("This command only reads. Nothing was changed."))
        yield SqliteWriter(self._writer)


class ReadOnlyStore(SqliteStore):
    """See ``protocols.Store``; everything that writes raises StoreError."""

    @classmethod
    async def open_to_read(cls, data_dir: Path, new_index: NewIndex) -> ReadOnlyStore:
        """Raises DatabaseTooNew, DatabaseOutdated or DatabaseDamaged."""
        async with AsyncExitStack() as stack:
            own = await ReadOnlyDatabase.open_to_read(data_dir / BOT_DATA, "footnote")
            stack.push_async_callback(own.close)
            return cls(data_dir / LIBRARIES, own, stack.pop_all(), new_index, None)
        raise AssertionError("unreachable")

    async def _open_library(self, server_id: str, path: Path) -> SqliteLibrary:
        database = await ReadOnlyDatabase.open_to_read(path, "library", self._files)
        try:
            await _check_index(database)
        except BaseException:
            await database.close()
            raise
        return SqliteLibrary(server_id, database, self._new_index)

    async def _note_use(self, server_id: str) -> None:
        """Nothing is noted: a look from outside is no use by members."""

    async def servers(self) -> list[str]:
        used = await super().servers()
        files = await asyncio.to_thread(library_files, self._folder.parent)
        return [*used, *(file.stem for file in files if file.stem not in used)]


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _check_schema(path: Path, schema: str) -> None:
    steps = migrations(schema)
    if _has_content(path) and applied_number(path, steps) < steps[-1].number:
        raise _outdated(path)


async def _check_index(database: Database) -> None:
    """Raises DatabaseOutdated for a library from before the index: nothing would be found."""
    ((segments,),) = await database.fetch(query("count_segments"))
    if not segments and await SqlTokens(database).count_outdated():
        raise _outdated(database.path)


def _outdated(path: Path) -> DatabaseOutdated:
    return DatabaseOutdated(
        _(
            "{file} was written by an older Footnote. Nothing was changed. It is brought up to "
            "date when the bot starts."
        ).format(file=path.name)
    )


async def _connect(connector: Callable[[], sqlite3.Connection]) -> aiosqlite.Connection:
    connection = await aiosqlite.Connection(connector, ROWS_PER_FETCH)
    await apply_pragmas(connection, READER_PRAGMAS)
    return connection
