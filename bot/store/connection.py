"""One SQLite file: a single writer and a reader, each with its own thread (aiosqlite).

Every write is a BEGIN IMMEDIATE transaction, durable at COMMIT (WAL, synchronous FULL);
what is deleted is overwritten (secure_delete). SQLite's errors become ours here.
Works with SQLite 3.38 and newer (json_each built in).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import DatabaseDamaged, StoreError
from bot.store.migrate import migrate, migrations

BUSY_TIMEOUT_MS = 10_000
WAL_LIMIT_BYTES = 64 * 1024 * 1024
Parameters = Sequence[Any] | Mapping[str, Any]

WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}",
)
READER_PRAGMAS = ("PRAGMA query_only = ON", f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as sentences for a user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = "the disk is full" if "full" in str(error) else f"SQLite says: {error}"
        raise StoreError(
            f"The library could not be used ({reason}). Nothing was changed; "
            "what was stored before is still there. Try again, or tell the operator."
        ) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise DatabaseDamaged(
            f"The file {path.name} is damaged; nothing was written to it. "
            "The operator should put a backup in its place."
        ) from error


class Database:
    """An open file. Use ``fetch`` to read and ``transaction`` to write."""

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection):
        self.path = path
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, schema: str) -> Database:
        """Migrates the file (making it when absent) and opens it."""
        with translated(path):
            await asyncio.to_thread(migrate, path, migrations(schema))
            writer = await _connect(path, WRITER_PRAGMAS)
            try:
                reader = await _connect(path, READER_PRAGMAS)
            except BaseException:
                await writer.close()
                raise
        return cls(path, writer, reader)

    async def close(self) -> None:
        """Closes both connections; a second call does nothing."""
        async with self._turn:
            await self._reader.close()
            await self._writer.close()

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a reading query."""
        with translated(self.path):
            return list(await self._reader.execute_fetchall(sql, parameters))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """The writer, in a transaction that commits at the end and is undone by any error."""
        async with self._turn:
            with translated(self.path):
                await self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                    await self._writer.execute("COMMIT")
                except BaseException:
                    await self._writer.rollback()
                    raise

    async def forget_deleted(self) -> None:
        """Moves everything out of the write-ahead log, so that nothing deleted lingers there."""
        async with self._turn:
            with translated(self.path):
                await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


async def _connect(path: Path, pragmas: Sequence[str]) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for pragma in pragmas:
        await connection.execute_fetchall(pragma)
    return connection
