"""A queue in front of what is scarce: a model's server, or the processor. A turn for each server.

A model's server on a CPU that gets two requests at once answers both at half the speed, or silently
makes the second one wait. Here a waiting request is told how many are ahead of it. A Discord server
that asks a hundred questions at once does not make another one wait for all of them: the next turn
is for the server that has gone longest without one, and each server's questions are served in
order.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import zip_longest

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


class _RoundRobin:
    """The requests that are served and those that wait, by Discord server."""

    def __init__(self, slots: int | None):
        self.slots = slots
        self.active = 0
        self.waiting: dict[str, deque[_Waiter]] = {}
        self._last_turns: dict[str, int] = {}  # numbers of turns, by server; empty when idle
        self._numbers = itertools.count(1)

    def has_room(self) -> bool:
        return self.slots is None or self.active < self.slots

    def join(self, server_id: str, waiter: _Waiter) -> None:
        self.waiting.setdefault(server_id, deque()).append(waiter)
        self.advance()

    def leave(self, server_id: str, waiter: _Waiter) -> None:
        """Ends a turn, or gives up a place."""
        waiters = self.waiting.get(server_id, deque())
        if waiter in waiters:
            waiters.remove(waiter)
            self._remove_idle(server_id)
        else:
            self.active -= 1
        self.advance()

    def advance(self) -> None:
        while self.waiting and self.has_room():
            self.active += 1
            first = self._pop_next()
            first.turn.set()
            first.report(0)
        if not self.waiting and self.active == 0:
            self._last_turns.clear()
        for i, waiter in enumerate(self._in_order()):
            waiter.report(self.active + i)

    def _pop_next(self) -> _Waiter:
        server_id = self._servers_in_order()[0]
        self._last_turns[server_id] = next(self._numbers)
        waiter = self.waiting[server_id].popleft()
        self._remove_idle(server_id)
        return waiter

    def _remove_idle(self, server_id: str) -> None:
        if not self.waiting[server_id]:
            del self.waiting[server_id]

    def _servers_in_order(self) -> list[str]:
        return sorted(self.waiting, key=lambda server_id: self._last_turns.get(server_id, 0))

    def _in_order(self) -> Iterator[_Waiter]:
        for turns in zip_longest(*map(self.waiting.__getitem__, self._servers_in_order())):
            yield from filter(None, turns)


class RequestQueue:
    """``slots``: how many requests are served at once; None means any number."""

    def __init__(self, slots: int | None = None):
        self._turns = _RoundRobin(slots)
        self._server_id = ""

    def for_server(self, server_id: str) -> RequestQueue:
        """The same queue, for the requests of one Discord server."""
        queue = RequestQueue()
        queue._turns, queue._server_id = self._turns, server_id
        return queue

    @property
    def has_free_slot(self) -> bool:
        """Whether ``slot`` would be granted immediately."""
        return not self._turns.waiting and self._turns.has_room()

    def resize(self, slots: int | None) -> None:
        """Set the number of slots. Those already in use are not affected."""
        self._turns.slots = slots
        self._turns.advance()

    @asynccontextmanager
    async def slot(self, on_position: OnPosition = lambda ahead: None) -> AsyncIterator[None]:
        """Wait for a slot and hold it for the block. A cancelled wait leaves the queue."""
        waiter = _Waiter(on_position)
        self._turns.join(self._server_id, waiter)
        try:
            await waiter.turn.wait()
            yield
        finally:
            self._turns.leave(self._server_id, waiter)
