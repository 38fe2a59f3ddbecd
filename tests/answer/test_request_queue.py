"""Turns at a model's server: in order, as many at once as it has slots, none lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.request_queue import RequestQueue


class Asker:
    """Somebody who waits for a turn, and what they were told."""

    def __init__(self, slots: RequestQueue, server_id: str = ""):
        slots = slots.for_server(server_id)
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


def test_a_server_with_many_requests_lets_the_others_take_turns() -> None:
    async def walk() -> None:
        slots = RequestQueue(1)
        many = [Asker(slots, "many") for _ in range(5)]
        await settle()
        one = Asker(slots, "one")
        await settle()
        assert one.told == [1], "only the one that is served"
        assert many[4].told[-1] == 5
        await many[0].leave()
        await settle()
        assert one.served.is_set()
        again = Asker(slots, "one")
        await one.leave()
        await settle()
        assert (many[1].served.is_set(), again.served.is_set()) == (True, False)
        for asker in [again, *many[1:]]:
            await asker.leave()
        assert slots.has_free_slot

    asyncio.run(walk())


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=24))
def test_between_two_turns_of_a_server_no_other_that_waits_has_to_wait_twice(
    coming: list[tuple[str, bool]],
) -> None:
    async def walk() -> None:
        slots = RequestQueue(1)
        holder = Asker(slots)
        await settle()
        waiting = [(server, Asker(slots, server)) for server, _ in coming]
        await settle()
        for (_, gives_up), (_, asker) in zip(coming, waiting, strict=True):
            if gives_up:
                await asker.leave()
        waiting = [w for w, (_, gives_up) in zip(waiting, coming, strict=True) if not gives_up]
        await holder.leave()
        served = []
        while waiting:
            await settle()
            (turn,) = [w for w in waiting if w[1].served.is_set()]
            served.append(turn[0])
            waiting.remove(turn)
            left = {server for server, _ in waiting}
            assert len(left) <= 1 or len(served) < 2 or served[-1] != served[-2]
            await turn[1].leave()

    asyncio.run(walk())
