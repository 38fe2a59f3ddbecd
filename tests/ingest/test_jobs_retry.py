"""What may pass is tried again later, also across a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import (
    EmptyArticle,
    ModelUnavailable,
    PageUnavailable,
    StoreError,
)
from bot.ingest.jobs import RETRY_DELAYS_S, TROUBLE_DELAY_S, IngestQueue
from bot.store.parts.jobs import SqlJobs
from tests.ingest.job_fakes import (
    Clock,
    Reading,
    end_of,
    made,
    opened,
    submit,
    waits,
)


async def test_what_may_pass_is_tried_again_after_growing_delays(
    jobs: IngestQueue, reading: Reading, clock: Clock
) -> None:
    reading.errors["a"] = [PageUnavailable("It did not answer."), ModelUnavailable("Busy.")]
    ticket = await submit(jobs)
    for n, delay in enumerate(RETRY_DELAYS_S[:2], 1):
        waiting = await waits(jobs, ticket)
        assert (waiting.stage, waiting.until) == ("waiting", clock.now + delay)
        clock.advance(delay - 1)
        await end_of(jobs, await submit(jobs, f"meanwhile{n}"))
        assert reading.started.count("a") == n
        clock.advance(1)
        await reading.begins("a", times=n + 1)
    assert (await end_of(jobs, ticket)).status == "added"


async def test_a_full_disk_may_pass_too(jobs: IngestQueue, reading: Reading, clock: Clock) -> None:
    reading.errors["a"] = [StoreError("The disk is full.")]
    ticket = await submit(jobs)
    assert (await waits(jobs, ticket)).reason == "The disk is full."
    clock.advance(RETRY_DELAYS_S[0])
    assert (await end_of(jobs, ticket)).status == "added"


async def test_a_wait_outlives_a_restart(tmp_path: Path, reading: Reading, clock: Clock) -> None:
    reading.errors["a"] = [PageUnavailable("It did not answer.")]
    async with opened(tmp_path) as store, made(store, reading, clock).running() as jobs:
        ticket = await submit(jobs)
        until = (await waits(jobs, ticket)).until
    clock.advance(1)
    async with opened(tmp_path) as store, made(store, reading, clock).running() as jobs:
        await jobs.resume()
        waiting = await waits(jobs, ticket)
        assert (waiting.until, waiting.reason) == (until, "It did not answer.")
        await end_of(jobs, await submit(jobs, "b"))
        clock.advance(until - clock.now)
        assert (await end_of(jobs, ticket)).status == "added"


async def test_an_end_that_cannot_be_written_is_made_up_for_later(
    jobs: IngestQueue, reading: Reading, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    async def fail(*arguments: object) -> None:
        failed.set()
        raise StoreError("The disk is full.")

    reading.errors["a"] = [EmptyArticle("No.")] * 2
    with monkeypatch.context() as broken:
        broken.setattr(SqlJobs, "finish", fail)
        ticket = await submit(jobs)
        await failed.wait()
    await clock.slept.wait()
    clock.advance(TROUBLE_DELAY_S)
    with pytest.raises(EmptyArticle):
        await end_of(jobs, ticket)
