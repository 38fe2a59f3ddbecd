"""What is almost another article's text waits a day for its submitter's word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import ArticleNotFound, NotAllowed
from bot.ingest.job_progress import Ticket
from bot.ingest.jobs import KEPT_S, IngestQueue
from bot.ingest.progress import Progress
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from tests.ingest.job_fakes import (
    ADA,
    Clock,
    OnProgress,
    Watched,
    end_of,
    handed_in,
    kept,
)

HERE = Scope("1")


async def _read(
    submission: Submission, library: Library, scope: Scope, tell: OnProgress
) -> IngestResult:
    tell(Progress("reading"))
    there = await library.articles.select(scope)
    if there and not submission.keep_similar:
        return IngestResult(there[0], "similar", 0.875)
    return await kept(submission, library, scope)


def _made(store: SqliteStore, clock: Clock) -> IngestQueue:
    return IngestQueue(store, _read, clock=clock, sleep=clock.sleep)


async def _similar(jobs: IngestQueue) -> Ticket:
    await end_of(jobs, await jobs.submit(handed_in("a"), HERE))
    ticket = await jobs.submit(handed_in("b"), HERE)
    assert (await end_of(jobs, ticket)).similarity == 0.875
    return ticket


async def test_it_is_told_again_as_it_was(store: Watched, clock: Clock) -> None:
    async with _made(store, clock).running() as jobs:
        ticket = await _similar(jobs)
        again = await end_of(jobs, ticket)
    assert (again.status, again.article.title, again.similarity) == ("similar", "a", 0.875)


async def test_its_submitter_may_have_it_kept_also_after_a_restart(
    store: Watched, clock: Clock
) -> None:
    async with _made(store, clock).running() as jobs:
        ticket = await _similar(jobs)
    async with _made(store, clock).running() as jobs:
        assert await jobs.keep_similar(ticket, ADA.user_id)
        end = await end_of(jobs, ticket)
        assert (end.status, end.article.title) == ("added", "b")
        assert not await jobs.keep_similar(ticket, ADA.user_id)


async def test_nobody_else_decides_about_it(store: Watched, clock: Clock) -> None:
    async with _made(store, clock).running() as jobs:
        ticket = await _similar(jobs)
        with pytest.raises(NotAllowed):
            await jobs.keep_similar(ticket, 99)
        with pytest.raises(NotAllowed):
            await jobs.drop_similar(ticket, 99)
        assert await jobs.keep_similar(ticket, None)


async def test_what_was_dropped_cannot_be_kept_any_more(store: Watched, clock: Clock) -> None:
    async with _made(store, clock).running() as jobs:
        ticket = await _similar(jobs)
        await jobs.drop_similar(ticket, ADA.user_id)
        assert not await jobs.keep_similar(ticket, ADA.user_id)
    async with store.library("1") as library:
        assert (await library.articles.totals(HERE)).articles == 1


async def test_after_a_day_it_is_forgotten(store: Watched, clock: Clock) -> None:
    async with _made(store, clock).running() as jobs:
        ticket = await _similar(jobs)
        await store.rested.wait()
        clock.advance(KEPT_S + 1)
        store.rested.clear()
        await end_of(jobs, await jobs.submit(replace(handed_in("c"), keep_similar=True), HERE))
        await store.rested.wait()
        with pytest.raises(ArticleNotFound):
            await jobs.keep_similar(ticket, None)
