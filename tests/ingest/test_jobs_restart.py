"""What was accepted outlives stopping and starting, and holds up nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from bot.errors import (
    DocumentTooComplex,
    EmptyArticle,
    ReadingPaused,
    StoreError,
)
from bot.ingest import jobs as queue
from bot.ingest.jobs import MAX_INTERRUPTIONS, IngestQueue
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.store.values import StatusMessage
from tests.ingest.job_fakes import (
    Clock,
    OnProgress,
    Reading,
    Watched,
    end_of,
    made,
    opened,
    submit,
    titles,
)


async def test_stopping_puts_back_what_is_being_read_and_a_restart_reads_it(
    tmp_path: Path, reading: Reading, clock: Clock
) -> None:
    reading.hold("a")
    async with opened(tmp_path) as store:
        async with made(store, reading, clock).running() as jobs:
            ticket = await submit(jobs)
            await reading.begins("a")
            follower = asyncio.ensure_future(end_of(jobs, ticket))
            await asyncio.sleep(0)
        with pytest.raises(ReadingPaused, match="is saved"):
            await follower
        with pytest.raises(StoreError, match="nothing was accepted"):
            await submit(jobs, "b")
        async with store.library("1") as library:
            job = await library.jobs.job(ticket.job_id)
        assert job is not None
        assert (job.state, job.interrupted) == ("queued", 0)
    reading.gates.clear()
    async with opened(tmp_path) as store, made(store, reading, clock).running() as jobs:
        await jobs.resume()
        assert (await end_of(jobs, ticket)).status == "added"
        assert await titles(store) == ["a"]


async def test_who_follows_is_told_the_end_that_came_before_footnote_stopped(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    gate = reading.hold("a")
    async with made(store, reading, clock).running() as jobs:
        ticket = await submit(jobs)
        steps = jobs.follow(ticket)
        await anext(steps)
        gate.set()
        end = await end_of(jobs, ticket)
    assert await anext(steps) == end
    await steps.aclose()


async def test_stopping_does_not_wait_for_who_ignores_it(
    store: SqliteStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "CLOSING_S", 0.01)
    begun, deaf, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def ignore(
        submission: Submission, library: Library, scope: Scope, tell: OnProgress
    ) -> IngestResult:
        begun.set()
        while not deaf.is_set():
            with suppress(asyncio.CancelledError):
                await deaf.wait()
        done.set()
        raise EmptyArticle("Too late.")

    async with IngestQueue(store, ignore, clock=clock, sleep=clock.sleep).running() as jobs:
        ticket = await submit(jobs)
        await begun.wait()
    assert not done.is_set()
    with pytest.raises(ReadingPaused):
        await end_of(jobs, ticket)
    deaf.set()
    await done.wait()


async def test_errors_of_who_uses_it_come_through_as_they_are(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    with pytest.raises(EmptyArticle):
        async with made(store, reading, clock).running():
            raise EmptyArticle("No.")


async def test_only_libraries_with_work_are_opened_at_the_start(
    tmp_path: Path, reading: Reading, clock: Clock
) -> None:
    async with opened(tmp_path) as store:
        async with made(store, reading, clock).running() as jobs:
            await end_of(jobs, await submit(jobs, server="1"))
            await store.rested.wait()
        ticket = await submit(made(store, reading, clock), server="2")
    async with opened(tmp_path) as store, made(store, reading, clock).running() as jobs:
        await jobs.resume()
        await end_of(jobs, ticket)
        assert set(store.used) == {"2"}


async def test_nothing_is_accepted_that_a_restart_would_not_find(
    jobs: IngestQueue, store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(server_id: str) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "mark_pending", fail)
    with pytest.raises(StoreError, match="full"):
        await submit(jobs)
    async with store.library("1") as library:
        assert await library.jobs.pending() == (0, None)


async def test_a_submission_while_the_hint_is_cleared_keeps_it(
    jobs: IngestQueue, store: SqliteStore, reading: Reading
) -> None:
    for n in range(30):
        first = await submit(jobs, f"a{n}")
        await end_of(jobs, first)
        for _ in range(n):
            await asyncio.sleep(0)
        gate = reading.hold(f"b{n}")
        second = await submit(jobs, f"b{n}")
        assert await store.pending_servers() == ["1"]
        gate.set()
        await end_of(jobs, second)


async def test_a_job_that_ends_the_process_again_and_again_is_given_up(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    ticket = await submit(made(store, reading, clock))
    async with store.library("1") as library:
        for _ in range(MAX_INTERRUPTIONS):
            await library.jobs.claim(clock.now)
            await library.jobs.requeue_orphans([])
    async with made(store, reading, clock).running() as jobs:
        await jobs.resume()
        with pytest.raises(DocumentTooComplex, match="gave up and nothing was stored"):
            await end_of(jobs, ticket)
    assert reading.started == []


async def test_a_library_that_cannot_be_opened_holds_up_no_other(
    store: SqliteStore, reading: Reading, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "libraries" / "9.db").write_text("no database" * 500)
    await store.mark_pending("9")
    async with made(store, reading, clock, workers=1).running() as jobs:
        await jobs.resume()
        for source in ("a", "b"):
            assert (await end_of(jobs, await submit(jobs, source))).status == "added"


async def test_where_a_job_is_shown_is_known_after_the_restart_until_its_end_is_shown(
    tmp_path: Path, reading: Reading, clock: Clock
) -> None:
    shown = StatusMessage(11, 12, "a.txt")
    async with opened(tmp_path) as store, made(store, reading, clock).running() as jobs:
        ticket = await jobs.submit(Submission("a", "text"), Scope("1"), shown=shown)
        await end_of(jobs, ticket)  # and the bot is killed before the card tells it
    async with opened(tmp_path) as store:
        assert "1" in await store.pending_servers()
        async with store.library("1") as library, made(store, reading, clock).running() as jobs:
            await jobs.resume()
            assert await library.jobs.undisplayed() == [(ticket.job_id, shown)]
            assert (await end_of(jobs, ticket)).status == "added"
            await library.jobs.mark_displayed([ticket.job_id])
            assert await library.jobs.undisplayed() == []
            await library.jobs.mark_displayed([ticket.job_id])


async def test_an_erased_article_takes_along_where_it_was_shown(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    async with made(store, reading, clock).running() as jobs, store.library("1") as library:
        shown = StatusMessage(11, 12, "a.txt")
        ticket = await jobs.submit(Submission("a", "text"), Scope("1"), shown=shown)
        added = await end_of(jobs, ticket)
        await library.articles.erase([added.article.id], Scope("1"))
        assert await library.jobs.undisplayed() == []
