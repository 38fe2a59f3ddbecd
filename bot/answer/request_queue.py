"""A first-come, first-served queue in front of a model's server.

A server on a CPU that gets two requests at once answers both at half the speed, or silently makes
the second one wait. Here a waiting request is told how many are ahead of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OnPosition = Callable[[int], None]
"""Called with the number of requests ahead when it changes; 0 means it's this request's turn."""


@dataclass(eq=False, slots=True)
class _Waiter:
    on_position: OnPosition
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    ahead: int = 0  # as last reported

    def report(self, ahead: int) -> None:
        if ahead != self.ahead:
            self.ahead = ahead
            self.on_position(ahead)


class RequestQueue:
    """``slots``: how many requests may use the server at once; None means any number."""

    def __init__(self, slots: int | None = None):
        self._slots = slots
        self._active = 0
        self._waiters: deque[_Waiter] = deque()

    @property
    def has_free_slot(self) -> bool:
        """Whether ``slot`` would be granted immediately."""
        return not self._waiters and self._has_room()

    def resize(self, slots: int | None) -> None:
        """Set the number of slots. Those already in use are not affected."""
        self._slots = slots
        self._advance()

    @asynccontextmanager
    async def slot(self, on_position: OnPosition = lambda ahead: None) -> AsyncIterator[None]:
        """Wait for a slot and hold it for the block. A cancelled wait leaves the queue."""
        waiter = _Waiter(on_position)
        self._waiters.append(waiter)
        self._advance()
        try:
            await waiter.turn.wait()
            yield
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            else:
                self._active -= 1
            self._advance()

    def _has_room(self) -> bool:
        return self._slots is None or self._active < self._slots

    def _advance(self) -> None:
        while self._waiters and self._has_room():
            self._active += 1
            first = self._waiters.popleft()
            first.turn.set()
            first.report(0)
        for i, waiter in enumerate(self._waiters):
            waiter.report(self._active + i)
