"""A database that doesn't answer at all: who needs a connection is told, and soon."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from psycopg_pool import PoolTimeout

from bot.store.postgres import pool as pool_module
from bot.store.postgres.pool import CONNECTIONS, Connection, ConnectionPool
from tests.postgres_server import PostgresServer

ENDLESS_S = 3_600
DISCORD_S = 3.0  # to acknowledge what somebody did


@pytest.fixture(params=["silent", "dropping"])
def black_hole(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """A listener that takes a connection and never says a word, or doesn't even take one."""
    with socket.socket() as listener, socket.socket() as taken:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)  # one connection; what comes then is dropped
        if request.param == "dropping":
            taken.connect(listener.getsockname())
        yield listener


def only(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    """Sets some limits, and lifts the others."""
    for name in ("CONNECT_TIMEOUT_S", "POOL_TIMEOUT_S", "GIVE_UP_S", "PATIENCE_S"):
        monkeypatch.setattr(pool_module, name, limits.get(name, ENDLESS_S))
    monkeypatch.setattr(pool_module, "LOOK_S", 0.01)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[ConnectionPool]:
    pool = ConnectionPool(url)
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


async def use(pool: ConnectionPool) -> None:
    async with pool.connection() as connection:
        await connection.execute("SELECT 1")


async def test_who_waits_for_a_database_that_never_answers_is_told_and_the_next_at_once(
    black_hole: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pool_module.PATIENCE_S + pool_module.LOOK_S < DISCORD_S
    only(monkeypatch, PATIENCE_S=0.03)
    host, port = black_hole.getsockname()
    async with opened(f"postgresql://bot@{host}:{port}/footnote") as pool:
        with pytest.raises(PoolTimeout):
            await use(pool)
        only(monkeypatch)
        for _ in range(2):
            with pytest.raises(PoolTimeout):
                await use(pool)
        black_hole.close()  # ends what is still connecting


async def test_who_waits_for_others_to_end_is_not_told_that_the_database_is_away(
    postgres_server: PostgresServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch)
    async with opened(url) as pool, AsyncExitStack() as others:
        for _ in range(CONNECTIONS):
            await others.enter_async_context(pool.connection())
        only(monkeypatch, PATIENCE_S=0.0)
        getting = pool._pool.getconn
        looks: list[float] = []

        async def look(timeout_s: float) -> Connection:
            looks.append(timeout_s)
            if len(looks) == 3:  # two of them were in vain
                await others.aclose()
            return await getting(timeout_s)

        monkeypatch.setattr(pool._pool, "getconn", look)
        await use(pool)
