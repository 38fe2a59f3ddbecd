"""Who is at work, so that what can wait waits until nobody is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class ActivityTracker:
    """Counts those at work."""

    def __init__(self) -> None:
        self._workers = 0
        self._idle, self._begun, self._crowd = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle.set()

    @contextmanager
    def track(self) -> Iterator[None]:
        """Somebody is at work inside."""
        self._workers += 1
        self._idle.clear()
        self._begun.set()
        if self._workers > 1:
            self._crowd.set()
        try:
            yield
        finally:
            self._workers -= 1
            if self._workers <= 1:
                self._crowd.clear()
            if not self._workers:
                self._idle.set()

    async def wait_until_idle(self, for_s: float) -> None:
        """Waits until nobody has been at work for so long."""
        while True:
            await self._idle.wait()
            self._begun.clear()
            try:
                async with asyncio.timeout(for_s):
                    await self._begun.wait()
            except TimeoutError:
                return

    async def wait_until_concurrent(self) -> None:
        """Waits until two are at work at once."""
        await self._crowd.wait()
