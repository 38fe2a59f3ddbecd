"""Transactions of one server, over a pool of connections (``parts.database.SqlDatabase``).

Nothing outlives a transaction: no prepared statement, no session variable, no lock. So a pooler in
transaction mode (pgbouncer) may stand in between. Each transaction first names its server, which
the policies of row-level security compare with each row; "*" is the bot's own data. Who writes to a
library locks its row of ``library_state`` first, so the ids that are given rise in the order of
the commits. A connection that was lost is replaced, and what had not begun is begun again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

from bot.errors import LibraryNotFound, StoreError
from bot.store.parts.database import Parameters
from bot.store.passage_index import IndexChanges
from bot.store.postgres.failures import is_lost, translate_errors
from bot.store.postgres.pool import Connection, ConnectionPool
from bot.store.postgres.queries import NEW_ID, Query, by_name, statement
from bot.store.postgres.rows import PostgresRow
from bot.strings import _

Clock = Callable[[], float]
ALL_SERVERS = "*"
NAME_SERVER = "SELECT set_config('footnote.server', %s, true)"
ROWS_PER_TURN = 2_000  # converted in about 4 ms, on the event loop
TRIES = 2  # of what had not begun when the connection was lost


@dataclass(frozen=True, slots=True)
class Process:
    """What a query may need to know of the process: its name among the leases, and the time."""

    pool: ConnectionPool
    owner: str
    clock: Clock
    read_only: bool = False


class PostgresTransaction:
    """See ``parts.database.Transaction``."""

    def __init__(self, connection: Connection, process: Process, server_id: str):
        self._connection = connection
        self._context = {"server": server_id, "owner": process.owner}
        self._clock = process.clock
        self.changes = IndexChanges()

    async def execute(self, name: str, parameters: Parameters = ()) -> int:
        return (await self.run(name, parameters)).rowcount

    async def fetch(self, name: str, parameters: Parameters = ()) -> list[PostgresRow]:
        return await (await self.run(name, parameters)).fetchall()

    async def executemany(self, name: str, rows: Iterable[Parameters]) -> None:
        query = statement(name)
        values = [self._values(row) for row in rows]
        if not values:
            return
        if query.gives_id:
            last = await self._next_id(query.gives_id, len(values))
            for new_id, row in enumerate(values, last - len(values) + 1):
                row[NEW_ID] = new_id
        async with self._connection.cursor() as cursor:
            for sql in query.statements:
                await cursor.executemany(sql, values)

    async def insert(self, name: str, parameters: Parameters = ()) -> int:
        query = statement(name)
        assert query.gives_id is not None
        new_id = await self._next_id(query.gives_id, 1)
        await self._execute(query, self._values(parameters) | {NEW_ID: new_id})
        return new_id

    async def mark_deleted(self) -> None:
        """Autovacuum looks for what was deleted each minute."""

    async def run(self, name: str, parameters: Parameters) -> psycopg.AsyncCursor[PostgresRow]:
        """Run a named query. Returns its last statement's result."""
        query, values = statement(name), self._values(parameters)
        if query.gives_id:
            values[NEW_ID] = await self._next_id(query.gives_id, 1)
        return await self._execute(query, values)

    async def _execute(
        self, query: Query, values: dict[str, Any]
    ) -> psycopg.AsyncCursor[PostgresRow]:
        cursor = self._connection.cursor(binary=True)
        for sql in query.statements:
            await cursor.execute(sql, values)
        return cursor

    async def _next_id(self, table: str, count: int) -> int:
        """The last of ``count`` new ids: a table's own counter, in the library's locked row."""
        cursor = await self._connection.execute(
            f"UPDATE library_state SET {table} = {table} + %(count)s "
            f"WHERE server_id = %(server)s RETURNING {table}",
            {"count": count, **self._context},
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    def _values(self, parameters: Parameters) -> dict[str, Any]:
        return by_name(parameters) | self._context | {"clock": self._clock()}


class PostgresDatabase:
    """See ``parts.database.SqlDatabase``: the rows of one server, or the bot's own (``"*"``)."""

    def __init__(self, process: Process, server_id: str = ALL_SERVERS):
        self._process = process
        self._server_id = server_id
        self._writing = asyncio.Lock()  # at most one connection waits for a library's lock

    async def fetch(self, name: str, parameters: Parameters = ()) -> list[PostgresRow]:
        with translate_errors():
            for attempt in range(TRIES):
                try:
                    return await self._read(name, parameters)
                except psycopg.Error as error:
                    await self._recover(error, attempt)
        raise AssertionError("unreachable")

    async def _read(self, name: str, parameters: Parameters) -> list[PostgresRow]:
        """A transaction of one query, in one round trip: all that a pipeline sends is one."""
        async with self._process.pool.connection() as connection:
            transaction = PostgresTransaction(connection, self._process, self._server_id)
            async with connection.pipeline():
                await connection.execute(NAME_SERVER, (self._server_id,))
                cursor = await transaction.run(name, parameters)
            rows: list[PostgresRow] = []
            while batch := await cursor.fetchmany(ROWS_PER_TURN):
                rows += batch
                if len(batch) == ROWS_PER_TURN:
                    await asyncio.sleep(0)  # others take their turn
            return rows

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Raises LibraryNotFound if the library was erased."""
        if self._process.read_only:
            raise StoreError(_("This command only reads. Nothing was changed."))
        async with self._writing:
            with translate_errors():
                for attempt in range(TRIES):
                    has_begun = False
                    try:
                        async with self._begin() as transaction:
                            await self._lock(transaction)
                            has_begun = True
                            yield transaction
                        return
                    except psycopg.Error as error:
                        if has_begun:
                            raise
                        await self._recover(error, attempt)

    @asynccontextmanager
    async def unlocked(self) -> AsyncIterator[PostgresTransaction]:
        """A transaction on a library that may not exist."""
        with translate_errors():
            async with self._begin() as transaction:
                yield transaction

    async def overwrite_deleted(self) -> None:
        """Nothing: PostgreSQL frees the place itself, and its log is the operator's."""

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[PostgresTransaction]:
        async with self._process.pool.connection() as connection, connection.transaction():
            await connection.execute(NAME_SERVER, (self._server_id,))
            yield PostgresTransaction(connection, self._process, self._server_id)

    async def _lock(self, transaction: PostgresTransaction) -> None:
        if self._server_id == ALL_SERVERS:
            return
        if not await transaction.fetch("lock_library"):
            message = _("The server {id} has no library.")
            raise LibraryNotFound(message.format(id=self._server_id))

    async def _recover(self, error: psycopg.Error, attempt: int) -> None:
        """Replace lost connections, or raise the error again."""
        if attempt + 1 == TRIES or not is_lost(error) or isinstance(error, PoolTimeout):
            raise error
        await self._process.pool.replace_lost()
