"""A process's connections to the database, made when they are needed.

While the database is away (a restart, a failover, a machine that doesn't answer at all) nobody
waits long for it: who has waited ``PATIENCE_S`` for a new connection is told so, and whoever needs
one from then on within ``LOOK_S``, until one can be made again. Discord gives 3 s to acknowledge
what somebody did.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.errors import StoreError
from bot.store.postgres.failures import CANNOT_OPEN
from bot.store.postgres.rows import PostgresRow, named_rows
from bot.strings import _

Connection = psycopg.AsyncConnection[PostgresRow]
CONNECT_TIMEOUT_S = 5
# A machine that vanished, and doesn't even close its connections, is noticed by what is sent to it
# within 2.5 s (three retransmissions), and by who waits for a result within some 8 s.
NETWORK: dict[str, Any] = {
    "tcp_user_timeout": 2_500,  # ms
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 4,
}
POOL_TIMEOUT_S = 10.0  # for a connection, where others use them all; a person waits for an answer
CONNECTIONS = 8  # at most, a process
PATIENCE_S = 2.0  # for a new connection, which takes some 30 ms; then the database counts as away
GIVE_UP_S = 1.0  # of connecting; the next who needs a connection tries again at once
LOOK_S = 0.5


async def check_connection(url: str) -> None:
    """Raise StoreError with the reason if a database can't be opened."""
    try:
        connection = await psycopg.AsyncConnection.connect(url, connect_timeout=CONNECT_TIMEOUT_S)
        await connection.close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise StoreError(_(CANNOT_OPEN).format(reason=reason)) from error


class ConnectionPool:
    """At most ``CONNECTIONS`` connections. ``open`` it first, and ``close`` it."""

    def __init__(self, url: str):
        self._is_away = False
        self._in_use = 0
        self._pool = AsyncConnectionPool(
            make_conninfo(**(NETWORK | conninfo_to_dict(url))),
            kwargs={
                "autocommit": True,
                "prepare_threshold": None,
                "row_factory": named_rows,
                "connect_timeout": CONNECT_TIMEOUT_S,
            },
            connection_class=psycopg.AsyncConnection[PostgresRow],
            min_size=0,
            max_size=CONNECTIONS,
            reconnect_timeout=GIVE_UP_S,
            reconnect_failed=self._note_away,
            open=False,
        )

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._pool.close()

    async def replace_lost(self) -> None:
        """Drop the connections that no longer work."""
        await self._pool.check()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for the block. Raises PoolTimeout if there is none in time."""
        connection = await self._get()
        self._in_use += 1
        try:
            async with connection:
                yield connection
        finally:
            self._in_use -= 1
            await self._pool.putconn(connection)

    async def _get(self) -> Connection:
        began = monotonic()
        while True:
            try:
                connection = await self._pool.getconn(LOOK_S)
            except PoolTimeout:
                waited = monotonic() - began
                if self._in_use < CONNECTIONS and waited >= PATIENCE_S:
                    self._is_away = True  # a connection is being made, and should be there
                if self._is_away or waited > POOL_TIMEOUT_S:
                    raise
            else:
                self._is_away = False
                return connection

    async def _note_away(self, _pool: object) -> None:
        self._is_away = True
