"""A connection whose n-th call fails or is cancelled."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import aiosqlite

from bot.errors import StoreError
from bot.search.memory_index import MemoryIndex
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from tests.contract.samples import SERVER
from tests.store.open_files import open_database

CALLS = {"execute", "executemany", "execute_fetchall", "rollback"}
Kind = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]


async def refused(call: Callable[[], Awaitable[Any]]) -> Any:
    """SQLite fails before it did anything."""
    raise sqlite3.OperationalError("disk I/O error")


async def lost(call: Callable[[], Awaitable[Any]]) -> Any:
    """SQLite did it, and its answer is an error all the same."""
    await call()
    raise sqlite3.OperationalError("disk I/O error")


async def cancelled(call: Callable[[], Awaitable[Any]]) -> Any:
    """The task is cancelled while the connection's thread is at work."""
    _cancel()
    return await call()


async def cancelled_twice(call: Callable[[], Awaitable[Any]]) -> Any:
    """As ``cancelled``, and again while the transaction is being undone."""
    asyncio.get_running_loop().call_soon(_cancel_later, asyncio.current_task())
    return await cancelled(call)


def _cancel() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


def _cancel_later(task: asyncio.Task[Any] | None) -> None:
    assert task is not None
    asyncio.get_running_loop().call_soon(task.cancel)


class Troubled:
    """Passes everything on to a connection, but for the call that was armed."""

    def __init__(self, connection: aiosqlite.Connection):
        self._connection = connection
        self._left = 0
        self._kind: Kind = refused

    def arm(self, kind: Kind, n: int) -> None:
        """The ``n``-th call from now on meets trouble, once."""
        self._kind, self._left = kind, n

    @property
    def met(self) -> bool:
        """Whether the trouble has come."""
        return self._left <= 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        return partial(self._call, method) if name in CALLS else method

    async def _call(self, method: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        self._left -= 1
        call = partial(method, *arguments)
        return await (self._kind(call) if self._left == 0 else call())


@asynccontextmanager
async def troubled_library(path: Path) -> AsyncIterator[tuple[SqliteLibrary, Troubled]]:
    """A library whose writer can be made to fail."""
    async with open_database(path) as whole:
        trouble = Troubled(whole._writer)
        database = Database(path, cast(aiosqlite.Connection, trouble), whole._reader)
        yield SqliteLibrary(SERVER, database, MemoryIndex), trouble


async def outcome(work: Awaitable[object]) -> BaseException | None:
    """Runs ``work`` in a task of its own; the error that ended it, if one did."""
    ends: list[BaseException] = []

    async def run() -> None:
        try:
            await work
        except (StoreError, asyncio.CancelledError) as error:
            ends.append(error)

    async with asyncio.TaskGroup() as group:
        group.create_task(run())
    return ends[0] if ends else None
