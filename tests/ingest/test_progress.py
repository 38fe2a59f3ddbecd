"""What people read while an article is added, and whose turn is next."""

from __future__ import annotations

import asyncio

import pytest

from bot.ingest.progress import Progress
from bot.ingest.round_robin import RoundRobin


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("fetching", 0, 3 * 2**20), "fetching 0.0 of 3.0 MB …"),
        (Progress("fetching", 5), "fetching …"),
        (Progress("reading", 2, 9), "page 2 of 9 …"),
        (Progress("reading", 2), "reading …"),
        (Progress("recognizing", 2, 9), "recognizing text, page 2 of 9 …"),
        (Progress("recognizing", 2), "recognizing text …"),
        (Progress("embedding", 2, 3), "3 passages, indexing 66 % …"),
        (Progress("embedding", 1, 1), "1 passage, indexing 100 % …"),
        (Progress("embedding"), "0 passages, indexing 0 % …"),
        (Progress("waiting", 2, 9), "waiting …"),
    ],
)
def test_progress_says_how_far_it_is_where_that_is_known(progress: Progress, text: str) -> None:
    assert progress.describe() == text


class Clock:
    """Time that passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


async def test_servers_take_turns_and_wait_only_once() -> None:
    clock = Clock()
    turns = RoundRobin(lambda: clock.now, clock.sleep)
    for server in ("a", "b", "a"):
        turns.offer(server)
    assert [await turns.next(), await turns.next()] == ["a", "b"]
    turns.offer("c")
    assert await turns.next() == "c"


@pytest.mark.parametrize(("at", "slept"), [(107.5, 7.5), (100.0, 0.0), (90.0, 0.0)])
async def test_a_turn_at_a_time_comes_then_or_at_once(at: float, slept: float) -> None:
    clock = Clock()
    turns = RoundRobin(lambda: clock.now, clock.sleep)
    async with asyncio.TaskGroup() as group:
        turns.offer_at("a", at, group)
        assert await turns.next() == "a"
    assert clock.slept == [slept]


async def test_a_later_timer_replaces_the_earlier_one() -> None:
    clock = Clock()
    turns = RoundRobin(lambda: clock.now, clock.sleep)
    async with asyncio.TaskGroup() as group:
        turns.offer_at("a", 120, group)
        turns.offer_at("a", 110, group)
        assert await turns.next() == "a"
    assert clock.slept in ([10], [20, 10])
    turns.offer("b")
    assert await turns.next() == "b"
