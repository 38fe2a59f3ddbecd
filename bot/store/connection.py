"""One SQLite file: a single writer and a reader, each with its own thread (aiosqlite).

Every write is a BEGIN IMMEDIATE transaction, durable at COMMIT (WAL, synchronous FULL);
what is deleted is overwritten (secure_delete). A task cancelled in the middle of one leaves
nothing half done: a connection works off its calls in order, so the ROLLBACK comes after
whatever is still running, and is waited for. SQLite's errors become ours here.
Works with SQLite 3.38 and newer (json_each built in).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import DatabaseDamaged, StoreError
from bot.store.migrate import MARK_FOR_REWRITE, migrate, migrations

BUSY_TIMEOUT_MS = 10_000
WAL_LIMIT_BYTES = 64 * 1024 * 1024
VACUUM_IN_MEMORY_BYTES = 64 * 1024 * 1024  # a larger file is rewritten by way of a temporary one
MARK_DELETED = (
    MARK_FOR_REWRITE  # part of a transaction that deletes words: they must be overwritten
)
Parameters = Sequence[Any] | Mapping[str, Any]

WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # no article's words in temporary files
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}",
)
READER_PRAGMAS = (
    "PRAGMA query_only = ON",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
)


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as sentences for a user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = "the disk is full" if "is full" in str(error) else f"SQLite says: {error}"
        raise StoreError(
            f"The library could not be used ({reason}). Nothing was changed; "
            "what was stored before is still there. Try again, or tell the operator."
        ) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:  # its children are mistakes of ours
            raise
        raise DatabaseDamaged(
            f"The file {path.name} cannot be read as a database; nothing was written to it. "
            "The operator should put a backup in its place."
        ) from error
    except UnicodeEncodeError as error:
        raise StoreError(
            "This holds half of a character (a lone surrogate), which cannot be stored. "
            "Nothing was changed; hand the text in again without it."
        ) from error


class Database:
    """An open file. Use ``fetch`` to read and ``transaction`` to write."""

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection):
        self.path = path
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock()
        self._in_doubt = False  # a transaction may still be open: its ROLLBACK failed
        self._closed = False

    @classmethod
    async def open(cls, path: Path, schema: str) -> Database:
        """Migrates the file (making it when absent) and opens it."""
        with translate_errors(path):
            await asyncio.to_thread(migrate, path, migrations(schema))
            async with AsyncExitStack() as opened:
                writer = await _connect(path, WRITER_PRAGMAS)
                opened.push_async_callback(writer.close)
                reader = await _connect(path, READER_PRAGMAS)
                opened.push_async_callback(reader.close)
                database = cls(path, writer, reader)
                with suppress(StoreError):  # tried again later; reading goes on
                    await database.overwrite_deleted()
                opened.pop_all()
        return database

    async def close(self) -> None:
        """Closes both connections; a second call does nothing."""
        async with self._turn:
            self._closed = True
            try:
                await self._reader.close()
            finally:
                await self._writer.close()

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a reading query."""
        with self._usable():
            return list(await self._reader.execute_fetchall(sql, parameters))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """The writer, in a transaction that commits at the end and is undone by any error.

        Cancelled in its last moment it may still have been kept, as a whole.
        """
        async with self._turn:
            with self._usable():
                await self._undo()
                try:
                    self._in_doubt = True
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield self._writer
                    await self._writer.execute("COMMIT")
                    self._in_doubt = False
                finally:
                    await self._undo()

    async def _undo(self) -> None:
        """Comes back only when the writer is at rest, however often the task is cancelled."""
        if not self._in_doubt:
            return
        undoing = asyncio.ensure_future(self._writer.rollback())  # nothing after a COMMIT
        cancelled: asyncio.CancelledError | None = None
        while not undoing.done():
            try:
                await asyncio.wait([undoing])
            except asyncio.CancelledError as error:
                cancelled = error
        undoing.result()
        self._in_doubt = False
        if cancelled:
            raise cancelled

    async def overwrite_deleted(self) -> None:
        """Makes unreadable what a transaction with ``DELETED`` deleted; else does nothing.

        Rewrites the file: secure_delete does not reach the copies that SQLite leaves in the
        gaps of a page when it moves rows (3 of 2,600 removals left a canary there). What a
        crash or a full disk prevents is made good by the next call, and at the next opening.
        """
        async with self._turn:
            try:
                with self._usable():
                    await self._undo()
                    if await self._value("PRAGMA user_version"):
                        await self._overwrite()
            except StoreError as error:
                raise StoreError(
                    "What was removed is out of the library, but its words could not yet be "
                    f"overwritten in the file {self.path.name}. Remove it again to finish."
                ) from error

    async def _overwrite(self) -> None:
        large = self.path.stat().st_size > VACUUM_IN_MEMORY_BYTES
        await self._writer.execute_fetchall(f"PRAGMA temp_store = {'FILE' if large else 'MEMORY'}")
        await self._writer.execute_fetchall("VACUUM")
        if await self._value("PRAGMA wal_checkpoint(TRUNCATE)"):
            raise StoreError("The log file is being read.")
        await self._writer.execute_fetchall("PRAGMA user_version = 0")

    async def _value(self, sql: str) -> int:
        """The first column of the writer's first row."""
        ((value, *_),) = await self._writer.execute_fetchall(sql)
        return int(value)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        if self._closed:
            raise StoreError("The library is closed: Footnote is stopping. Try again in a minute.")
        with translate_errors(self.path):
            yield


async def _connect(path: Path, pragmas: Sequence[str]) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in pragmas:
            await connection.execute_fetchall(pragma)
    except BaseException:
        await connection.close()
        raise
    return connection
