"""Turns at a model's server: in order, as many at once as it has slots, none lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.request_queue import RequestQueue


class Asker:
    """Somebody who waits for a turn, and what they were told."""

    def __init__(self, slots: RequestQueue):
        self.told: list[int] = []
        self.served = asyncio.Event()
        self.done = asyncio.Event()
        self.task = asyncio.ensure_future(self._ask(slots))

    async def _ask(self, slots: RequestQueue) -> None:
        async with slots.slot(self.told.append):
            self.served.set()
            await self.done.wait()

    async def leave(self) -> None:
        """Ends the turn, or gives up the place."""
        if self.served.is_set():
            self.done.set()
        else:
            self.task.cancel()
        await asyncio.wait([self.task])


async def come(slots: RequestQueue, count: int) -> list[Asker]:
    askers = [Asker(slots) for _ in range(count)]
    await settle()
    return askers


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_slot_is_given_in_order_and_positions_are_reported() -> None:
    slots = RequestQueue(1)
    first, second, third = await come(slots, 3)
    assert [one.served.is_set() for one in (first, second, third)] == [True, False, False]
    assert (first.told, second.told, third.told) == ([], [1], [2])
    await first.leave()
    await settle()
    assert (second.told, third.told) == ([1, 0], [2, 1])
    assert (second.served.is_set(), third.served.is_set()) == (True, False)
    await second.leave()
    await third.leave()
    assert slots.has_free_slot


async def test_a_cancelled_wait_leaves_the_queue() -> None:
    slots = RequestQueue(1)
    first, second, third = await come(slots, 3)
    await second.leave()
    assert third.told == [2, 1]
    await first.leave()
    await settle()
    assert third.served.is_set()
    await third.leave()
    assert slots.has_free_slot


async def test_a_slot_of_a_cancelled_request_goes_to_the_next() -> None:
    slots = RequestQueue(1)
    first, second, third = await come(slots, 3)
    first.done.set()
    second.task.cancel()
    await settle()
    assert third.served.is_set()
    await third.leave()
    assert slots.has_free_slot


async def test_without_a_limit_nobody_waits() -> None:
    slots = RequestQueue()
    askers = await come(slots, 20)
    assert all(asker.served.is_set() for asker in askers)
    assert slots.has_free_slot
    for asker in askers:
        await asker.leave()


async def test_more_slots_serve_more_requests() -> None:
    slots = RequestQueue(1)
    askers = await come(slots, 4)
    slots.resize(3)
    await settle()
    assert [asker.served.is_set() for asker in askers] == [True, True, True, False]
    for asker in askers:
        await asker.leave()
    assert slots.has_free_slot


@given(st.integers(1, 3), st.lists(st.integers(0, 7), max_size=20))
def test_there_are_never_more_active_requests_than_slots(total: int, leaving: list[int]) -> None:
    async def walk() -> None:
        slots = RequestQueue(total)
        askers: list[Asker] = []
        for one in leaving:
            askers += await come(slots, 1)
            if one < len(askers):
                await askers.pop(one).leave()
            await settle()
            served = [asker.served.is_set() for asker in askers]
            assert served == sorted(served, reverse=True), "somebody was passed over"
            assert sum(served) == min(total, len(askers))
        for asker in askers:
            await asker.leave()
        assert slots.has_free_slot

    asyncio.run(walk())


def test_an_error_inside_a_slot_is_raised() -> None:
    async def fail() -> None:
        slots = RequestQueue(1)
        with pytest.raises(ValueError, match="no"):
            async with slots.slot():
                raise ValueError("no")
        assert slots.has_free_slot

    asyncio.run(fail())
