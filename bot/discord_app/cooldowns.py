"""How often one member may ask and hand in. Kept in memory: a restart forgives.

Knows nothing of Discord but how it writes a moment.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from math import ceil

from bot.errors import NotAllowed

WINDOW_S = 60.0
MAX_MEMBERS = 10_000  # people; who has not acted for a minute is forgotten then


class Cooldown:
    """At most so many of something, by one member of one server, in a minute."""

    def __init__(self, most: int, words: str, clock: Callable[[], float] = time.time):
        self._most, self._words, self._clock = most, words, clock
        self._times: dict[tuple[str, int], deque[float]] = {}

    def check(self, who: tuple[str, int], count: int = 1) -> None:
        """Raises NotAllowed, which says when it ends. ``count`` more than ever may be, may be
        after a minute of nothing."""
        times = self._recent(who)
        over = len(times) + min(count, self._most) - self._most
        if over > 0:
            ends = ceil(times[over - 1] + WINDOW_S)
            raise NotAllowed(
                f"That would be more than {self._most} {self._words} within a minute, the most "
                f"for one person here. Try again <t:{ends}:R>; nothing was changed."
            )

    def record(self, who: tuple[str, int], count: int = 1) -> None:
        """Notes that something was done."""
        if len(self._times) > MAX_MEMBERS:
            self._forget()
        self._times.setdefault(who, deque()).extend([self._clock()] * min(count, self._most))

    def _recent(self, who: tuple[str, int]) -> deque[float]:
        times = self._times.get(who, deque())
        while times and times[0] <= self._clock() - WINDOW_S:
            times.popleft()
        return times

    def _forget(self) -> None:
        before = self._clock() - WINDOW_S
        self._times = {w: times for w, times in self._times.items() if times and times[-1] > before}
