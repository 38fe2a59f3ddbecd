"""How many questions are being answered, so that background work can wait for a quiet moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class ActivityTracker:
    """Counts the tasks inside ``track`` blocks."""

    def __init__(self) -> None:
        self._active = 0
        self._idle = asyncio.Event()
        self._started = asyncio.Event()
        self._concurrent = asyncio.Event()
        self._idle.set()

    def count(self) -> int:
        """How many tasks are active."""
        return self._active

    @contextmanager
    def track(self) -> Iterator[None]:
        """Count a task for as long as the block lasts."""
        self._active += 1
        self._idle.clear()
        self._started.set()
        if self._active > 1:
            self._concurrent.set()
        try:
            yield
        finally:
            self._active -= 1
            if self._active <= 1:
                self._concurrent.clear()
            if not self._active:
                self._idle.set()

    async def wait_until_idle(self, for_s: float) -> None:
        """Wait until nothing has been active for ``for_s`` seconds."""
        while True:
            await self._idle.wait()
            self._started.clear()
            try:
                async with asyncio.timeout(for_s):
                    await self._started.wait()
            except TimeoutError:
                return

    async def wait_until_concurrent(self) -> None:
        """Wait until two tasks are active at once."""
        await self._concurrent.wait()
