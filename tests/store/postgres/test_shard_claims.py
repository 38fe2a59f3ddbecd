"""Processes on one PostgreSQL database share out a bot's shards, by leases."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.errors import DataFolderLocked, LibraryElsewhere, StoreError
from bot.search.memory_index import MemoryIndex
from bot.shards import Shards
from bot.store.lease_protocol import LEASE_S
from bot.store.postgres.connection import PostgresDatabase, PostgresTransaction
from bot.store.postgres.shard_claims import CONFIRM_AGAIN_S
from bot.store.postgres.store import PostgresStore
from tests.store.postgres.test_processes import Clock

COUNT = 8
SERVER_OF_7 = str(7 << 22)
NewProcess = Callable[[], Awaitable[PostgresStore]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def new_process(url: str, clock: Clock) -> AsyncIterator[NewProcess]:
    """Starts another process, as far as a store can tell."""

    async def start() -> PostgresStore:
        clock.now += 1
        store = await PostgresStore.open(url, MemoryIndex, shares=True, clock=clock)
        stack.push_async_callback(store.close)
        await store.claim_shards()
        await store.claims.join(COUNT, 1)
        return store

    async with AsyncExitStack() as stack:
        yield start


class LosesOne(PostgresDatabase):
    """Its next transaction fails: before it does anything, or when it has done it all."""

    def __init__(self, database: PostgresDatabase, *, has_begun: bool):
        super().__init__(database._process)
        self._has_begun, self._left = has_begun, 1

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        self._left -= 1
        if not self._left and not self._has_begun:
            raise StoreError("lost")
        async with super().transaction() as writer:
            yield writer
        if not self._left:
            raise StoreError("lost")


class Away(PostgresDatabase):
    """It can't be reached. ``looks``: how often it was tried."""

    def __init__(self, database: PostgresDatabase):
        super().__init__(database._process)
        self.looks = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        self.looks += 1
        await asyncio.sleep(0)
        raise StoreError("away")
        yield


async def settle(*stores: PostgresStore) -> list[tuple[int, ...]]:
    """A round of each; what is beyond a share is given back as if its connections were closed."""
    for store in (*stores, *stores):
        own = await store.claims.settle()
        await store.claims.give_back([i for i in store.shards.ids if i not in own.ids])
    return [store.shards.ids for store in stores]


async def test_each_has_its_fair_share_and_who_comes_later_is_given_some(
    new_process: NewProcess,
) -> None:
    one = await new_process()
    assert await settle(one) == [tuple(range(COUNT))]
    two = await new_process()
    assert await settle(one, two) == [(0, 1, 2, 3), (4, 5, 6, 7)]
    three = await new_process()
    assert await settle(one, two, three) == [(0, 1, 2), (4, 5, 6), (3, 7)]


async def test_what_is_beyond_the_share_is_kept_until_its_connection_is_closed(
    new_process: NewProcess,
) -> None:
    one = await new_process()
    await settle(one)
    two = await new_process()
    assert (await one.claims.settle()).ids == (0, 1, 2, 3)
    assert (await two.claims.settle()).ids == ()
    async with one.library(SERVER_OF_7):
        await one.claims.give_back([7])
        async with one.library(SERVER_OF_7):  # what was begun is finished there
            pass
    assert (await two.claims.settle()).ids == (7,)
    with pytest.raises(LibraryElsewhere):
        async with one.library(SERVER_OF_7):
            pass


async def test_the_shards_of_a_dead_process_are_taken_over_when_its_lease_ends(
    new_process: NewProcess, clock: Clock
) -> None:
    dead, alive = await new_process(), await new_process()
    await settle(dead, alive)
    await settle(dead, alive)
    clock.now += LEASE_S - 1
    await alive.leases.renew()
    assert await settle(alive) == [(4, 5, 6, 7)]
    clock.now += 2
    assert await settle(alive) == [tuple(range(COUNT))]


async def test_a_process_that_stops_leaves_its_shards_at_once(new_process: NewProcess) -> None:
    one, two = await new_process(), await new_process()
    await settle(one, two)
    await one.claims.leave()
    assert await settle(two) == [tuple(range(COUNT))]


async def test_after_a_long_pause_a_shard_is_lost_if_another_process_took_it_and_else_is_not(
    new_process: NewProcess, clock: Clock
) -> None:
    paused, other = await new_process(), await new_process()
    await settle(paused, other)
    await settle(paused, other)
    clock.now += 10 * LEASE_S
    await other.leases.renew()
    assert (await paused.claims.settle()).ids == (0, 1, 2, 3)  # nobody took them
    clock.now += 10 * LEASE_S
    await other.leases.renew()
    assert await paused.claims.holds(0)
    clock.now += LEASE_S / 2
    await other.leases.renew()
    clock.now += LEASE_S / 2
    assert await settle(other) == [tuple(range(COUNT))]
    assert not await paused.claims.holds(0)
    assert (await paused.claims.settle()).ids == ()
    with pytest.raises(LibraryElsewhere):
        async with paused.library("0"):
            pass


@pytest.mark.parametrize("has_begun", [False, True])
async def test_a_shard_whose_lease_was_not_given_back_for_an_outage_is_taken_by_another(
    new_process: NewProcess, clock: Clock, *, has_begun: bool
) -> None:
    one = await new_process()
    await settle(one)
    two = await new_process()
    own = await one.claims.settle()
    one.leases._database = LosesOne(one.leases._database, has_begun=has_begun)
    for shard in set(one.shards.ids) - set(own.ids):
        with contextlib.suppress(StoreError):
            await one.claims.give_back([shard])
    for _ in range(2):
        clock.now += LEASE_S / 2 + 1
        for store in (one, two):
            await store.leases.renew()
    assert await settle(one, two) == [(0, 1, 2, 3), (4, 5, 6, 7)]


async def test_a_shard_that_was_taken_without_a_reply_is_not_kept_from_all(
    new_process: NewProcess, clock: Clock
) -> None:
    one = await new_process()
    one.leases._database = LosesOne(one.leases._database, has_begun=True)
    with pytest.raises(StoreError):
        await one.claims.settle()
    for _ in range(2):
        clock.now += LEASE_S / 2 + 1
        await one.leases.renew()
    assert await settle(one) == [tuple(range(COUNT))]


async def test_while_the_database_cannot_be_reached_nothing_is_given_up(
    new_process: NewProcess, clock: Clock
) -> None:
    store = await new_process()
    await settle(store)
    clock.now += LEASE_S
    await store._process.pool.close()
    assert await store.claims.holds(0)


async def test_while_the_database_is_away_one_look_is_enough_for_all_that_is_heard(
    new_process: NewProcess, clock: Clock
) -> None:
    store = await new_process()
    await settle(store)
    clock.now += LEASE_S
    away = store.leases._database = Away(store.leases._database)
    assert all(await asyncio.gather(*(store.claims.holds(shard) for shard in range(COUNT))))
    assert await store.claims.holds(0)
    assert away.looks == 1
    clock.now += CONFIRM_AGAIN_S
    assert await store.claims.holds(0)
    assert away.looks == 2


@pytest.mark.parametrize(("said", "recommended", "count"), [(None, 3, COUNT), (COUNT, 3, COUNT)])
async def test_all_processes_have_the_same_number_of_shards(
    new_process: NewProcess, url: str, said: int | None, recommended: int, count: int
) -> None:
    first = await new_process()
    await settle(first)
    later = await PostgresStore.open(url, MemoryIndex, shares=True, clock=first._process.clock)
    assert await later.claims.join(said, recommended) == count
    with pytest.raises(DataFolderLocked, match=f"has {COUNT} shards, and this one 5"):
        await later.claims.join(5, recommended)
    await later.close()


async def test_a_process_whose_shards_are_fixed_takes_no_others(
    url: str, new_process: NewProcess
) -> None:
    sharing = await new_process()
    fixed = await PostgresStore.open(
        url, MemoryIndex, Shards(COUNT, (2, 3)), clock=sharing._process.clock
    )
    await fixed.claim_shards()
    await fixed.claims.join(COUNT, 1)
    assert await settle(fixed, sharing) == [(2, 3), (0, 1, 4, 5)]
    await fixed.close()
