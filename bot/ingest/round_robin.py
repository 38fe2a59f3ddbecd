"""Whose turn it is: servers that may have work, one after another, some only after a while.

Knows nothing of jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class RoundRobin:
    """A queue in which a server stands at most once. Times are ``clock``'s, in seconds."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]):
        self._clock = clock
        self._sleep = sleep
        self._servers: dict[str, None] = {}
        self._offered = asyncio.Event()
        self._alarms: dict[str, asyncio.Task[None]] = {}

    def offer(self, server_id: str) -> None:
        """A server may have work: it gets a turn, after those who wait already."""
        self._servers.setdefault(server_id)
        self._offered.set()

    async def next(self) -> str:
        """The server whose turn it is."""
        while not self._servers:
            self._offered.clear()
            await self._offered.wait()
        server_id = next(iter(self._servers))
        del self._servers[server_id]
        return server_id

    def offer_at(self, server_id: str, at: float, group: asyncio.TaskGroup) -> None:
        """A server gets a turn at a time, in place of what was set for it before."""
        if earlier := self._alarms.pop(server_id, None):
            earlier.cancel()
        self._alarms[server_id] = group.create_task(self._ring(server_id, at))

    async def _ring(self, server_id: str, at: float) -> None:
        await self._sleep(max(0.0, at - self._clock()))
        del self._alarms[server_id]
        self.offer(server_id)
