"""A cancelled job keeps nothing, whatever the moment; one that was kept is not cancelled."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import (
    ArticleNotFound,
    NotAllowed,
    PageUnavailable,
    ReadingCancelled,
    StoreError,
)
from bot.ingest.job_progress import Ticket
from bot.ingest.jobs import IngestQueue
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from tests.ingest.job_fakes import (
    Clock,
    OnProgress,
    Reading,
    end_of,
    made,
    submit,
    titles,
    waits,
)


async def test_what_waits_is_cancelled_and_never_read(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    jobs = made(store, reading, clock)
    ticket = await submit(jobs)
    assert await jobs.cancel(ticket, 7) is True
    async with jobs.running():
        await end_of(jobs, await submit(jobs, "b"))
        with pytest.raises(ReadingCancelled, match="Nothing was stored"):
            await end_of(jobs, ticket)
    assert reading.started == ["b"]


async def test_what_is_being_read_is_cancelled_and_nothing_is_stored(
    jobs: IngestQueue, store: SqliteStore, reading: Reading
) -> None:
    reading.hold("a")
    ticket = await submit(jobs)
    await reading.begins("a")
    assert await jobs.cancel(ticket, None) is True
    assert reading.ended == ["a"]
    assert await titles(store) == []
    with pytest.raises(ReadingCancelled):
        await end_of(jobs, ticket)
    assert await jobs.cancel(ticket, None) is True


async def test_a_cancellation_that_comes_out_as_an_error_is_one_all_the_same(
    store: SqliteStore, clock: Clock
) -> None:
    begun = asyncio.Event()

    async def fail(
        submission: Submission, library: Library, scope: Scope, tell: OnProgress
    ) -> IngestResult:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise StoreError("It could not be undone.")

    async with IngestQueue(store, fail, clock=clock, sleep=clock.sleep).running() as jobs:
        ticket = await submit(jobs)
        await begun.wait()
        assert await jobs.cancel(ticket, 7) is True


async def test_what_waits_for_another_try_can_be_cancelled(
    jobs: IngestQueue, reading: Reading
) -> None:
    reading.errors["a"] = [PageUnavailable("It did not answer.")]
    ticket = await submit(jobs)
    await waits(jobs, ticket)
    assert await jobs.cancel(ticket, 7) is True


async def test_what_has_been_kept_cannot_be_cancelled(
    jobs: IngestQueue, store: SqliteStore
) -> None:
    ticket = await submit(jobs)
    await end_of(jobs, ticket)
    assert await jobs.cancel(ticket, 7) is False
    assert await titles(store) == ["a"]


async def test_only_who_handed_it_in_may_cancel_it(jobs: IngestQueue, reading: Reading) -> None:
    gate = reading.hold("a")
    ticket = await submit(jobs)
    with pytest.raises(NotAllowed, match="moderator"):
        await jobs.cancel(ticket, 8)
    with pytest.raises(ArticleNotFound):
        await jobs.cancel(Ticket("1", 99), 7)
    gate.set()
    await end_of(jobs, ticket)


async def test_cancelled_at_any_moment_it_is_kept_and_told_or_neither(
    jobs: IngestQueue, store: SqliteStore, reading: Reading
) -> None:
    for n in range(40):
        ticket = await submit(jobs, f"a{n}")
        for _ in range(n):
            await asyncio.sleep(0)
        cancelled = await jobs.cancel(ticket, 7)
        assert (f"a{n}" in await titles(store)) is not cancelled
