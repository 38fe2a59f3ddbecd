"""Killed at any call, what was accepted is kept once and told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path

import aiosqlite
import pytest

from bot.errors import (
    StoreError,
)
from bot.ingest.job_progress import Ticket
from bot.store.sqlite import connection
from tests.ingest.job_fakes import (
    Clock,
    Reading,
    end_of,
    made,
    opened,
    submit,
    titles,
)
from tests.store.fault_injection import CALLS


class Mortal:
    """All connections of a process that dies before its n-th call."""

    def __init__(self, n: int):
        self._left = n
        self._connections: list[aiosqlite.Connection] = []
        self.dead = asyncio.Event()

    def connected(self, connection: aiosqlite.Connection) -> Thread:
        self._connections.append(connection)
        return Thread(connection, self)

    async def call(self, method: Callable[..., Awaitable[object]], *arguments: object) -> object:
        self._left -= 1
        if self._left > 0:
            return await method(*arguments)
        if self._left == 0:
            for open_one in self._connections:
                await open_one.rollback()  # as the end of a process does
            self.dead.set()
        raise sqlite3.OperationalError("killed")


class Thread:
    """A connection of a mortal process."""

    def __init__(self, connection: aiosqlite.Connection, mortal: Mortal):
        self._connection = connection
        self._mortal = mortal

    def __getattr__(self, name: str) -> object:
        method = getattr(self._connection, name)
        return partial(self._mortal.call, method) if name in CALLS else method


async def life(folder: Path, clock: Clock, accepted: list[Ticket]) -> None:
    """Hands in and reads."""
    async with opened(folder) as store, made(store, Reading(), clock).running() as jobs:
        await jobs.resume()
        accepted.append(await submit(jobs, event=5))
        await end_of(jobs, accepted[0])
        await store.rested.wait()


async def test_killed_at_any_call_what_was_accepted_is_kept_once_and_told_as_added(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = connection._connect
    for n in range(1, 200):
        folder = tmp_path / str(n)
        mortal = Mortal(n)

        async def mortally(path: Path, pragmas: tuple[str, ...], mortal: Mortal = mortal) -> Thread:
            return mortal.connected(await connect(path, pragmas))

        accepted: list[Ticket] = []
        with monkeypatch.context() as process:
            process.setattr(connection, "_connect", mortally)
            await until_dead(life(folder, clock, accepted), mortal)
        async with opened(folder) as store, made(store, Reading(), clock).running() as jobs:
            await jobs.resume()
            for ticket in accepted:
                assert (await end_of(jobs, ticket)).status == "added"
            ticket = await submit(jobs, event=5)
            assert accepted in ([], [ticket])
            assert (await end_of(jobs, ticket)).status == "added"
            assert await titles(store) == ["a"]
        if not mortal.dead.is_set():
            break
    assert n > 30


async def until_dead(work: Coroutine[None, None, None], mortal: Mortal) -> None:
    async with asyncio.TaskGroup() as group:
        living = group.create_task(suppressed(work))
        dying = group.create_task(mortal.dead.wait())
        await asyncio.wait([living, dying], return_when=asyncio.FIRST_COMPLETED)
        living.cancel()
        dying.cancel()


async def suppressed(work: Coroutine[None, None, None]) -> None:
    with suppress(StoreError, sqlite3.Error):
        await work
