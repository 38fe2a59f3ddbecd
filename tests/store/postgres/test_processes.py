"""Two processes on one PostgreSQL database: what one writes, the other knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer_records import Usage
from bot.errors import ArticleRefused, BudgetSpent, DataFolderLocked, ReadingCancelled
from bot.ingest import jobs
from bot.ingest.submission import IngestResult, Submission
from bot.search.memory_index import MemoryIndex
from bot.shards import ALL_SHARDS, Shards
from bot.store.lease_protocol import LEASE_S
from bot.store.ledger_protocol import Charge, DailyLimits
from bot.store.postgres.store import PostgresStore
from bot.store.values import JobPayload, JobResult, NewArticle
from tests.contract.samples import (
    ALL,
    MODEL,
    SERVER,
    ids_with_term,
    ids_with_vector,
    new_article,
    unit_vectors,
)

DAY = "2026-03-01"


def _for_job(job_id: int) -> NewArticle:
    return replace(new_article(), job_id=job_id)


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def two_stores(
    url: str, clock: Clock, shards: Shards = ALL_SHARDS
) -> AsyncIterator[list[PostgresStore]]:
    async with AsyncExitStack() as stack:
        stores = [await PostgresStore.open(url, MemoryIndex, shards, clock=clock) for _ in "ab"]
        for store in stores:
            stack.push_async_callback(store.close)
        yield stores


async def test_each_finds_at_once_what_the_other_adds_and_no_more_what_it_removes(
    store: PostgresStore, other_store: PostgresStore
) -> None:
    for number, text in enumerate(("one canary", "two canaries"), 1):
        async with other_store.library(SERVER) as there:
            assert len(await ids_with_term(there, "canar")) == number - 1
        async with store.library(SERVER) as here:
            await here.articles.add(new_article(text), ALL)
        async with other_store.library(SERVER) as there:
            assert len(await ids_with_term(there, "canar")) == number
            assert len(await ids_with_vector(there)) == number
    async with other_store.library(SERVER) as there:
        await there.articles.trash([1], ALL)
    async with store.library(SERVER) as here:
        assert await ids_with_term(here, "canar") == [2]


async def test_a_vector_that_the_other_makes_late_is_found(
    store: PostgresStore, other_store: PostgresStore
) -> None:
    async with store.library(SERVER) as here, other_store.library(SERVER) as there:
        await here.articles.add(new_article(), ALL)
        assert await ids_with_vector(there, model="new/1") == []
        await here.vectors.add("new/1", [1, 2], unit_vectors(2))
    async with other_store.library(SERVER) as there:
        assert await ids_with_vector(there, model="new/1") == [1, 2]
        assert await ids_with_vector(there, model=MODEL) == [1, 2]


async def test_ids_rise_without_gaps_in_the_order_of_the_commits(
    store: PostgresStore, other_store: PostgresStore
) -> None:
    async def add(where: PostgresStore, n: int) -> tuple[int, list[int]]:
        async with where.library(SERVER) as library:
            added = await library.articles.add(new_article(f"text {n}"), ALL)
            passages = await library.articles.passages_of(added.article.id, ALL)
            return added.article.id, [passage.id for passage in passages]

    stores = (store, other_store)
    made = await asyncio.gather(*(add(stores[n % 2], n) for n in range(8)))
    assert sorted(made) == [(n, [n]) for n in range(1, 9)]


async def test_no_limit_is_overspent_by_two_processes(
    store: PostgresStore, other_store: PostgresStore
) -> None:
    async def reserve(where: PostgresStore, event: int) -> bool:
        async with where.library(SERVER) as library:
            try:
                charge = Charge(DAY, Usage(99, 1), 0, 7, event)
                await library.ledger.reserve(charge, DailyLimits(server_tokens=450))
            except BudgetSpent:
                return False
            return True

    stores = (store, other_store)
    made = await asyncio.gather(*(reserve(stores[n % 2], n) for n in range(12)))
    assert sum(made) == 4


async def test_a_job_is_claimed_by_one_process_alone(
    store: PostgresStore, other_store: PostgresStore
) -> None:
    async with store.library(SERVER) as here, other_store.library(SERVER) as there:
        for event in (1, 1, 2):
            await here.jobs.enqueue(JobPayload("{}", "a", event_id=event), now=0, most=9)
        claims = await asyncio.gather(*(jobs.claim(1.0) for jobs in (here.jobs, there.jobs) * 2))
        assert sorted(claim[0].id for claim in claims if claim) == [1, 2]
        for jobs in (here.jobs, there.jobs):
            await jobs.requeue_orphans([1, 2])
            assert await jobs.claim(1.0) is None


async def test_the_job_of_a_dead_process_is_taken_over_and_ends_once(url: str) -> None:
    clock = Clock()
    async with (
        two_stores(url, clock) as (dead, alive),
        dead.library(SERVER) as there,
        alive.library(SERVER) as here,
    ):
        await there.jobs.enqueue(JobPayload("{}", "a"), now=0, most=9)
        assert await there.jobs.claim(1.0)
        clock.now += LEASE_S - 1
        await alive.leases.renew()
        await here.jobs.requeue_orphans([])
        assert await here.jobs.claim(1.0) is None
        assert await here.jobs.pending() == (1, clock.now + 1)
        clock.now += 1
        claimed = await here.jobs.claim(1.0)
        assert claimed
        assert claimed[0].interrupted == 1
        with pytest.raises(ReadingCancelled):  # it was only slow: its article is not stored
            await there.articles.add(_for_job(1), ALL)
        await there.jobs.finish(1, JobResult("refused"), 2.0)
        assert (await here.jobs.job(1)).state == "running"  # type: ignore[union-attr]
        assert (await here.articles.add(_for_job(1), ALL)).status == "added"
        assert (await there.jobs.job(1)).state == "done"  # type: ignore[union-attr]


async def test_the_shards_of_another_process_are_refused_until_it_is_dead(url: str) -> None:
    clock = Clock()
    async with two_stores(url, clock, Shards(4, (1, 2))) as (one, two):
        await one.claim_shards()
        await one.claim_shards()
        with pytest.raises(DataFolderLocked, match="serves the shards 1, 2"):
            await two.claim_shards(wait_s=0)
        clock.now += LEASE_S
        await two.claim_shards(wait_s=0)


async def test_two_processes_cannot_have_one_data_folder_with_one_socket(
    url: str, tmp_path: Path
) -> None:
    options = (MemoryIndex, ALL_SHARDS, tmp_path / "data")
    one, two = [await PostgresStore.open(url, *options, shares=True) for _ in "ab"]
    await one.claim_shards()
    with pytest.raises(DataFolderLocked, match="in use by another Footnote"):
        await two.claim_shards()
    await one.close()
    await two.claim_shards()
    await two.close()


async def test_a_lease_has_one_owner_until_it_ends_or_is_given_back(url: str) -> None:
    clock = Clock()
    async with two_stores(url, clock) as (one, two):
        shards = ["0", "1", "2"]
        assert await one.leases.take("shard", shards, most=2) == ["0", "1"]
        assert await two.leases.take("shard", shards, most=2) == ["2"]
        await one.leases.give_back("shard", "1")
        assert await two.leases.take("shard", shards, most=2) == ["1", "2"]
        clock.now += LEASE_S - 1
        await two.leases.renew()
        clock.now += 2
        assert await one.leases.current("shard") == []
        assert await two.leases.take("shard", shards, most=3) == shards
        await two.close()
        assert await one.leases.take("shard", shards, most=3) == shards


async def test_who_follows_a_job_hears_of_its_end_in_another_process(
    store: PostgresStore, other_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object) -> IngestResult:
        raise ArticleRefused("not this one")

    monkeypatch.setattr(jobs, "LOOK_S", 0.01)
    following = jobs.IngestQueue(store, refuse, workers=0)
    async with following.running(), jobs.IngestQueue(other_store, refuse).running() as reading:
        ticket = await following.submit(Submission("a.txt", b"text"), ALL)
        await reading.resume()
        with pytest.raises(ArticleRefused, match="not this one"):
            async for _progress in following.follow(ticket):
                pass
