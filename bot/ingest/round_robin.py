"""Servers that may have work, served one after another, some only after a delay.

Knows nothing of jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class RoundRobin:
    """A queue that holds each server at most once. Times are ``clock``'s, in seconds."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]):
        self._clock = clock
        self._sleep = sleep
        self._servers: dict[str, None] = {}
        self._offered = asyncio.Event()
        self._timers: dict[str, asyncio.Task[None]] = {}

    def offer(self, server_id: str) -> None:
        """Give a server a turn, after those already waiting."""
        self._servers.setdefault(server_id)
        self._offered.set()

    async def next(self) -> str:
        """Wait for the server whose turn it is."""
        while not self._servers:
            self._offered.clear()
            await self._offered.wait()
        server_id = next(iter(self._servers))
        del self._servers[server_id]
        return server_id

    def offer_at(self, server_id: str, at: float, group: asyncio.TaskGroup) -> None:
        """Give a server a turn at the time ``at``; this replaces its earlier timer."""
        if earlier := self._timers.pop(server_id, None):
            earlier.cancel()
        self._timers[server_id] = group.create_task(self._offer_later(server_id, at))

    async def _offer_later(self, server_id: str, at: float) -> None:
        await self._sleep(max(0.0, at - self._clock()))
        del self._timers[server_id]
        self.offer(server_id)
