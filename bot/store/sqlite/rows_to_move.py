"""The rows of a data folder's files, to be moved to another store (``move_protocol.RowSource``)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from bot.store.move_protocol import BATCH_ROWS, BOT_TABLES, LIBRARY_TABLES, Rows, TableRows
from bot.store.passage_index import NewIndex
from bot.store.sqlite.backup_folder import BOT_DATA, LIBRARIES, library_files
from bot.store.sqlite.migrate import open_to_read
from bot.store.sqlite.store import SqliteStore

COLUMNS = "SELECT name FROM pragma_table_info(?)"  # without generated ones
WITHOUT_SEQUENCE = ("embedder", "setting_change")  # ids that may be given again
SEQUENCES = "SELECT name, seq FROM sqlite_sequence"


class SqliteRows:
    """See ``move_protocol.RowSource``."""

    def __init__(self, store: SqliteStore, data_dir: Path):
        self._store = store
        self._data_dir = data_dir

    @classmethod
    @asynccontextmanager
    async def open(cls, data_dir: Path, new_index: NewIndex) -> AsyncIterator[SqliteRows]:
        """Lock a data folder for the time of the block. Raises DataFolderLocked or StoreError."""
        store = await SqliteStore.open(data_dir, new_index)
        try:
            yield cls(store, data_dir)
        finally:
            await store.close()

    async def servers(self) -> list[str]:
        files = await asyncio.to_thread(library_files, self._data_dir)
        return [file.stem for file in files]

    async def tables(self, server_id: str | None) -> AsyncIterator[TableRows]:
        path = self._data_dir / BOT_DATA
        if server_id is not None:
            path = self._data_dir / LIBRARIES / f"{server_id}.db"
            async with self._store.library(server_id, background=True):
                pass  # which brings its schema up to date
        connection = await asyncio.to_thread(open_to_read, path)
        try:
            for name in BOT_TABLES if server_id is None else LIBRARY_TABLES:
                columns = tuple(row[0] for row in connection.execute(COLUMNS, (name,)))
                yield TableRows(name, columns, _batches(connection, name, columns))
        finally:
            connection.close()

    async def last_ids(self, server_id: str) -> dict[str, int]:
        path = self._data_dir / LIBRARIES / f"{server_id}.db"
        return await asyncio.to_thread(_last_ids, path)


def _last_ids(path: Path) -> dict[str, int]:
    with closing(open_to_read(path)) as connection:
        highest = dict(connection.execute(SEQUENCES))
        for table in WITHOUT_SEQUENCE:
            ((highest[table],),) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
        return highest


async def _batches(connection: sqlite3.Connection, name: str, columns: tuple[str, ...]) -> Rows:
    quoted = ", ".join(f'"{column}"' for column in columns)
    cursor = connection.execute(f"SELECT {quoted} FROM {name}")
    while batch := await asyncio.to_thread(cursor.fetchmany, BATCH_ROWS):
        yield batch
