"""Turns at a model's server: as many questions at once as it has slots, the others in order.

A server on a CPU that is asked twice at once answers both at half the speed, or keeps the second
waiting without a word; here whoever waits is told how many are before them. Knows nothing of
questions and servers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OnPosition = Callable[[int], None]
"""Is told how many are before one, each time that this changes; 0: it is one's turn."""


@dataclass(eq=False, slots=True)
class _Waiting:
    tell: OnPosition
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    before: int = 0  # as it was told last

    def moved(self, before: int) -> None:
        if before != self.before:
            self.before = before
            self.tell(before)


class ServerQueue:
    """``total``: how many may use the server at once; None: everybody."""

    def __init__(self, total: int | None = None):
        self._total = total
        self._busy = 0
        self._queue: deque[_Waiting] = deque()

    @property
    def has_free_slot(self) -> bool:
        """Whether a turn would come at once."""
        return not self._queue and self._has_room()

    def resize(self, total: int | None) -> None:
        """Another number of slots, as a server tells it. Turns that were given stand."""
        self._total = total
        self._advance()

    @asynccontextmanager
    async def slot(self, tell: OnPosition = lambda before: None) -> AsyncIterator[None]:
        """A turn, waited for in order. Whoever gives up waiting gives up the place."""
        waiting = _Waiting(tell)
        self._queue.append(waiting)
        self._advance()
        try:
            await waiting.turn.wait()
            yield
        finally:
            if waiting in self._queue:
                self._queue.remove(waiting)
            else:
                self._busy -= 1
            self._advance()

    def _has_room(self) -> bool:
        return self._total is None or self._busy < self._total

    def _advance(self) -> None:
        while self._queue and self._has_room():
            self._busy += 1
            first = self._queue.popleft()
            first.turn.set()
            first.moved(0)
        for ahead, waiting in enumerate(self._queue):
            waiting.moved(self._busy + ahead)
