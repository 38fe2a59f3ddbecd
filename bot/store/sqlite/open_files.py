"""A ceiling on the database files that are open at once. At the ceiling, a query waits.

An open database has two connections: five file handles and two threads. They are needed for as
long as a query or a transaction takes, not as long as an answer; after that they stay open until
another database needs the room. Many systems allow a process 1,024 handles.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bot.store.sqlite.uncancelled import run_to_end

MOST_OPEN = 64  # 320 handles, 128 threads and about 64 MB


class Connections(Protocol):
    """What is opened and closed again: the connections of one database."""

    async def connect(self) -> None:
        """Open them."""

    async def disconnect(self) -> None:
        """Close them; ``connect`` opens them again."""


@dataclass(slots=True)
class _Entry:
    """A database's place. Whoever holds ``lock`` opens or closes its connections."""

    users: int = 0
    is_open: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class OpenFiles:
    """At most ``most`` databases are open at once; the least recently used is closed for others."""

    def __init__(self, most: int = MOST_OPEN):
        self._most = most
        self._count = 0
        self._entries: OrderedDict[Connections, _Entry] = OrderedDict()
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def count(self) -> int:
        """How many are open, or being opened."""
        return self._count

    @asynccontextmanager
    async def using(self, database: Connections) -> AsyncIterator[None]:
        """Keeps a database open for the block, and opens it first if need be."""
        entry = self._entries.setdefault(database, _Entry())
        entry.users += 1
        try:
            self._entries.move_to_end(database)
            async with entry.lock:
                if not entry.is_open:
                    await self._open(database, entry)
            yield
        finally:
            entry.users -= 1
            if not entry.users:
                self._wake_next()

    async def forget(self, database: Connections) -> None:
        """Closes a database that is not used any more."""
        entry = self._entries.pop(database, None)
        if entry is not None:
            async with entry.lock:
                if entry.is_open:
                    await self._close(database, entry)

    async def _open(self, database: Connections, entry: _Entry) -> None:
        while self._count >= self._most:
            await self._make_room()
        self._count += 1
        await run_to_end(self._connect(database, entry))

    async def _connect(self, database: Connections, entry: _Entry) -> None:
        try:
            await database.connect()
        except BaseException:
            self._count -= 1
            self._wake_next()
            raise
        entry.is_open = True

    async def _close(self, database: Connections, entry: _Entry) -> None:
        await run_to_end(self._disconnect(database, entry))

    async def _disconnect(self, database: Connections, entry: _Entry) -> None:
        entry.is_open = False
        try:
            await database.disconnect()
        finally:
            self._count -= 1
            self._wake_next()

    async def _make_room(self) -> None:
        """Closes a database that nobody uses; if there is none, waits until there may be."""
        idle = next((i for i in self._entries.items() if i[1].is_open and not i[1].users), None)
        if idle is None:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                if waiting.done():  # it was this one's turn
                    self._wake_next()
                raise
            return
        database, entry = idle
        async with entry.lock:
            if entry.is_open and not entry.users:
                await self._close(database, entry)

    def _wake_next(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
