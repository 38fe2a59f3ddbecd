"""Which tasks serve people, so that background work can wait for a quiet moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class ActivityTracker:
    """The tasks inside ``track`` blocks."""

    def __init__(self) -> None:
        self._active: list[asyncio.Task[Any] | None] = []
        self._idle = asyncio.Event()
        self._started = asyncio.Event()
        self._concurrent = asyncio.Event()
        self._idle.set()

    def count(self) -> int:
        """How many tasks are active."""
        return len(self._active)

    @contextmanager
    def track(self) -> Iterator[None]:
        """Count a task for as long as the block lasts."""
        task = asyncio.current_task()
        self._active.append(task)
        self._idle.clear()
        self._started.set()
        if len(self._active) > 1:
            self._concurrent.set()
        try:
            yield
        finally:
            self._active.remove(task)
            if len(self._active) <= 1:
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

    async def cancel(self, limit_s: float) -> None:
        """Cancel every task, and wait for their ends, for at most ``limit_s``."""
        tasks = set(filter(None, self._active)) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=limit_s)

    async def wait_until_concurrent(self) -> None:
        """Wait until two tasks are active at once."""
        await self._concurrent.wait()
