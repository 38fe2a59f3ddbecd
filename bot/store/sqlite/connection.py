"""One SQLite file: a single writer and a reader, each with its own thread (aiosqlite).

Every write is a BEGIN IMMEDIATE transaction, durable at COMMIT (WAL, synchronous FULL). Deleted
data is overwritten (secure_delete). A task that is cancelled during a transaction leaves nothing
half done: a connection runs its calls in order, so the ROLLBACK comes after whatever still runs,
and is awaited. SQLite's errors are translated into ours here. Needs SQLite 3.38 (json_each).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import DatabaseDamaged, StoreError
from bot.store.parts.database import Parameters
from bot.store.passage_index import IndexChanges
from bot.store.sqlite.migrate import MARK_FOR_REWRITE, migrate, migrations
from bot.store.sqlite.open_files import OpenFiles
from bot.store.sqlite.overwrite import Overwriting
from bot.store.sqlite.queries import named_or_sql
from bot.store.sqlite.uncancelled import run_to_end
from bot.strings import _

BUSY_TIMEOUT_MS = 10_000
WAL_LIMIT_BYTES = 64 * 1024 * 1024
MARK_DELETED = MARK_FOR_REWRITE  # run in transactions that delete text

WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # no article's text in temporary files
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}",
)
READER_PRAGMAS = (
    "PRAGMA query_only = ON",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
)


def is_disk_full(error: sqlite3.Error) -> bool:
    """Whether there was no room for the file, or for the index of its log."""
    name = getattr(error, "sqlite_errorname", "")
    return "is full" in str(error) or name == "SQLITE_IOERR_SHMSIZE"


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as StoreErrors, with a message for a user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = _("the disk is full") if is_disk_full(error) else f"SQLite: {error}"
        raise StoreError(
            _(
                "The library could not be used ({reason}). Nothing was changed or lost. "
                "Try again, or tell the operator."
            ).format(reason=reason)
        ) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:  # its children are mistakes of ours
            raise
        raise DatabaseDamaged(
            _(
                "The file {file} can't be read as a database. Nothing was written to it. "
                "The operator should replace it with a backup."
            ).format(file=path.name)
        ) from error
    except UnicodeEncodeError as error:
        raise StoreError(
            _(
                "This text contains half a character (a lone surrogate), which can't be stored. "
                "Nothing was changed. Remove it and add the text again."
            )
        ) from error


class SqliteWriter:
    """See ``parts.database.Transaction``. A statement is a query's name, or SQL."""

    def __init__(self, connection: aiosqlite.Connection):
        self._connection = connection
        self.changes = IndexChanges()
        self.has_deleted = False

    async def execute(self, statement: str, parameters: Parameters = ()) -> int:
        return (await self._connection.execute(named_or_sql(statement), parameters)).rowcount

    async def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        await self._connection.executemany(named_or_sql(statement), rows)

    async def fetch(self, statement: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        return list(await self._connection.execute_fetchall(named_or_sql(statement), parameters))

    async def insert(self, statement: str, parameters: Parameters = ()) -> int:
        cursor = await self._connection.execute(named_or_sql(statement), parameters)
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    async def mark_deleted(self) -> None:
        self.has_deleted = True
        await self._connection.execute(MARK_DELETED)


class Database:
    """An open database. Use ``fetch`` to read and ``transaction`` to write."""

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
        files: OpenFiles | None = None,
    ):
        self.path = path
        self._files = files
        self._writer = writer
        self._reader = reader
        self._write_lock = asyncio.Lock()
        self._maybe_open = False  # a transaction may still be open, because its ROLLBACK failed
        self._closed = False
        self._deletions = 0
        self._overwriting = Overwriting(self)
        self._overwrite_lock = asyncio.Lock()
        self._connecting = asyncio.Lock()  # held while the file is exchanged
        self._is_lost = False  # the connections could not be opened again after that

    @classmethod
    async def open(cls, path: Path, schema: str, files: OpenFiles | None = None) -> Database:
        """Migrate the file, which is created if absent, and open it.

        ``files`` limits how many are open at once: the connections then open when they are needed.
        """
        with translate_errors(path):
            await asyncio.to_thread(migrate, path, migrations(schema))
            writer, reader = new_connection(path), new_connection(path)
            database = cls(path, writer, reader, files)
            try:
                if files is None:
                    await database.connect()
                with suppress(StoreError):  # retried later; reading works without it
                    await database.overwrite_deleted(at_opening=True)
            except BaseException:
                await database.close()
                raise
        return database

    async def connect(self) -> None:
        """Open both connections."""
        with translate_errors(self.path):
            async with AsyncExitStack() as opened:
                self._writer = await _connect(self.path, WRITER_PRAGMAS)
                opened.push_async_callback(self._writer.close)
                self._reader = await _connect(self.path, READER_PRAGMAS)
                opened.pop_all()
        self._maybe_open = self._is_lost = False

    async def disconnect(self) -> None:
        """Close both connections. Idempotent."""
        try:
            await self._reader.close()
        finally:
            await self._writer.close()

    async def close(self) -> None:
        """Close both connections for good. Idempotent."""
        self._overwriting.stop()
        async with self._overwrite_lock, self._write_lock:
            self._closed = True
            if self._files is None:
                await self.disconnect()
            else:
                await self._files.forget(self)

    def _open(self) -> AbstractAsyncContextManager[None]:
        """Keeps the connections open for a block."""
        if self._closed:
            raise StoreError(_("Footnote is stopping. Try again in a minute."))
        return nullcontext() if self._files is None else self._files.using(self)

    async def fetch(self, statement: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a query, by name or in SQL, that only reads."""
        sql = named_or_sql(statement)
        async with self._open():
            with self._translating():
                await self._be_connected()
                return list(await self._reader.execute_fetchall(sql, parameters))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteWriter]:
        """The writer, in a transaction that commits at the end and rolls back on any error.

        If the task is cancelled during the COMMIT, the transaction may be stored nevertheless.
        """
        async with self._write_lock, self._open():
            with self._translating():
                await self._be_connected()
                await self._rollback()
                writer = SqliteWriter(self._writer)
                try:
                    self._maybe_open = True
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield writer
                    await self._writer.execute("COMMIT")
                    self._maybe_open = False
                finally:
                    self._deletions += writer.has_deleted  # it may be stored despite an error
                    await self._rollback()

    async def _rollback(self) -> None:
        """Roll back an open transaction. Returns when it is done, even if the task is cancelled."""
        if not self._maybe_open:
            return

        async def roll_back() -> None:
            await self._writer.rollback()  # does nothing after a COMMIT
            self._maybe_open = False

        await run_to_end(roll_back())

    async def overwrite_deleted(self, *, at_opening: bool = False) -> None:
        """Overwrite what a transaction with ``MARK_DELETED`` deleted, if there was one.

        Others can read and write meanwhile (``overwrite``). What a crash or a full disk prevents
        is done by the next call, or at the next opening.
        """
        async with self._overwrite_lock, self._open():
            try:
                with self._translating():
                    await self._overwriting.run(at_opening=at_opening)
            except (StoreError, OSError) as error:
                raise StoreError(
                    _(
                        "It was removed from the library, but its text could not be overwritten in "
                        "the file {file} yet. Remove it again to finish."
                    ).format(file=self.path.name)
                ) from error

    @property
    def writer(self) -> aiosqlite.Connection:
        """The connection that writes: for whoever has the turn."""
        return self._writer

    @property
    def deletions(self) -> int:
        """How many transactions have deleted text since the database was opened, at least."""
        return self._deletions

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The writer is in no transaction, and nobody else writes. SQLite's errors pass through."""
        async with self._write_lock, self._open():
            await self._be_connected()
            await self._rollback()
            yield

    async def while_closed(self, work: Callable[[], None]) -> None:
        """In the caller's turn, run something in a thread while no connection is open."""
        async with self._connecting:
            self._is_lost = True
            try:
                await self.disconnect()  # after the queries that run
                await asyncio.to_thread(work)
            finally:
                await self.connect()

    async def _be_connected(self) -> None:
        """Wait while the file is exchanged."""
        async with self._connecting:
            if self._is_lost:
                await self.connect()

    @contextmanager
    def _translating(self) -> Iterator[None]:
        if self._closed:
            raise StoreError(_("Footnote is stopping. Try again in a minute."))
        with translate_errors(self.path):
            yield


class _ClosingConnection(sqlite3.Connection):
    """Closes the cursors of ``executemany`` in its own thread.

    Otherwise such a cursor holds its statement until the event loop's thread collects it, which
    resets the statement. If the same one is running just then, Python takes it for reset although
    it ran to its end afterwards, and the next use fails with SQLITE_MISUSE (Python 3.11).
    """

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        cursor = super().executemany(sql, parameters)
        cursor.close()
        return cursor


def new_connection(path: Path) -> aiosqlite.Connection:
    """A connection that is not open yet."""
    return aiosqlite.connect(path, isolation_level=None, factory=_ClosingConnection)


async def _connect(path: Path, pragmas: Sequence[str]) -> aiosqlite.Connection:
    connection = await new_connection(path)
    await apply_pragmas(connection, pragmas)
    return connection


async def apply_pragmas(connection: aiosqlite.Connection, pragmas: Sequence[str]) -> None:
    """Set up an open connection, which is closed if that fails."""
    try:
        connection.row_factory = sqlite3.Row
        for pragma in pragmas:
            await connection.execute_fetchall(pragma)
    except BaseException:
        await connection.close()
        raise
