"""Limits how often a person may ask and add articles. Kept in memory, so a restart resets it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from math import ceil

from bot.errors import NotAllowed
from bot.strings import N_, _

WINDOW_S = 60.0
MAX_MEMBERS = 10_000  # above this, members without a recent action are dropped
TOO_MANY_QUESTIONS = N_(
    "You're asking too fast: {limit} questions a minute is the limit. Try again {time}."
)
TOO_MANY_ARTICLES = N_(
    "You're adding too fast: {limit} articles a minute is the limit. Try again {time}. Nothing was "
    "added."
)
FormatTime = Callable[[int], str]  # of a time in seconds since 1970, for the person it is told


class Cooldown:
    """A limit per minute for each member of each server.

    ``message``: what to say when it is reached, with {limit} and {time}, translated at use.
    """

    def __init__(
        self,
        limit: int,
        message: str,
        format_time: FormatTime,
        clock: Callable[[], float] = time.time,
    ):
        self._limit, self._message, self._clock = limit, message, clock
        self._format_time = format_time
        self._times: dict[tuple[str, int], deque[float]] = {}

    def check(self, who: tuple[str, int], count: int = 1) -> None:
        """Raises NotAllowed if ``count`` more would exceed the limit; it says when to try again.

        A ``count`` above the limit is allowed once nothing was done for a minute.
        """
        times = self._recent(who)
        excess = len(times) + min(count, self._limit) - self._limit
        if excess > 0:
            until = ceil(times[excess - 1] + WINDOW_S)
            text = _(self._message).format(limit=self._limit, time=self._format_time(until))
            raise NotAllowed(text)

    def record(self, who: tuple[str, int], count: int = 1) -> None:
        """Records that ``count`` things were done now."""
        if len(self._times) > MAX_MEMBERS:
            self._drop_inactive()
        self._times.setdefault(who, deque()).extend([self._clock()] * min(count, self._limit))

    def _recent(self, who: tuple[str, int]) -> deque[float]:
        times = self._times.get(who, deque())
        while times and times[0] <= self._clock() - WINDOW_S:
            times.popleft()
        return times

    def _drop_inactive(self) -> None:
        start = self._clock() - WINDOW_S
        self._times = {w: times for w, times in self._times.items() if times and times[-1] > start}
