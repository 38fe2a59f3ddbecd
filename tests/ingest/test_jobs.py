"""What was handed in is read once, in turn, and told to who follows it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import aclosing
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot.errors import (
    ArticleNotFound,
    ArticleRefused,
    EmptyArticle,
    FootnoteError,
    ModelUnavailable,
    QueueFull,
)
from bot.ingest.jobs import RETRY_DELAYS_S, IngestQueue
from bot.ingest.progress import Progress
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope, SourceMessage
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from tests.ingest.job_fakes import (
    ADA,
    Clock,
    OnProgress,
    Reading,
    Watched,
    end_of,
    handed_in,
    made,
    opened,
    submit,
    titles,
    waits,
)

# --- handing in and following -----------------------------------------------------------------


async def test_a_submission_is_read_and_told_step_by_step(
    jobs: IngestQueue, store: SqliteStore
) -> None:
    ticket = await submit(jobs)
    steps = [step async for step in jobs.follow(ticket)]
    assert isinstance(steps[-1], IngestResult)
    assert (steps[-1].status, steps[-1].article.title) == ("added", "a")
    assert {type(step) for step in steps[:-1]} <= {Progress}
    assert await titles(store) == ["a"]


async def test_a_job_that_has_ended_is_told_again(jobs: IngestQueue) -> None:
    ticket = await submit(jobs)
    first = await end_of(jobs, ticket)
    assert [step async for step in jobs.follow(ticket)] == [first]


async def test_a_slow_follower_sees_the_newest_and_holds_nothing_up(
    jobs: IngestQueue, store: SqliteStore, reading: Reading
) -> None:
    gate = reading.hold("slow")
    slow, other = await submit(jobs, "slow"), await submit(jobs, "other")
    async with aclosing(jobs.follow(slow)) as steps:
        await anext(steps)
        await end_of(jobs, other)
        gate.set()
        await end_of(jobs, slow)
        last = await anext(steps)
    assert isinstance(last, IngestResult)


async def test_a_follower_that_goes_away_changes_nothing(
    jobs: IngestQueue, reading: Reading
) -> None:
    gate = reading.hold("a")
    ticket = await submit(jobs)
    async with aclosing(jobs.follow(ticket)) as steps:
        await anext(steps)
    gate.set()
    assert (await end_of(jobs, ticket)).status == "added"


async def test_a_follower_that_only_the_loop_knows_is_told_the_end(
    jobs: IngestQueue, reading: Reading
) -> None:
    """The loop's references are weak: garbage collection must not take who waits in the queue."""
    gates = [reading.hold(name) for name in "abc"]  # two are read at once, the third waits
    ticket = [await submit(jobs, name) for name in "abc"][-1]
    waits_, ended = asyncio.Event(), asyncio.Event()

    async def follow() -> None:
        async for step in jobs.follow(ticket):
            (ended if isinstance(step, IngestResult) else waits_).set()

    follower = weakref.ref(asyncio.get_running_loop().create_task(follow()))
    await waits_.wait()
    await reading.begins("b")
    gc.collect()
    assert follower() is not None
    for gate in gates:
        gate.set()
    await ended.wait()


async def test_many_followers_are_told_the_same_end(jobs: IngestQueue, reading: Reading) -> None:
    gate = reading.hold("a")
    ticket = await submit(jobs)
    async with asyncio.TaskGroup() as group:
        ends = [group.create_task(end_of(jobs, ticket)) for _ in range(5)]
        await reading.begins("a")
        gate.set()
    assert len({end.result() for end in ends}) == 1


@pytest.mark.parametrize(
    "error", [EmptyArticle("Nothing is left."), ModelUnavailable("No."), ArticleRefused("No.")]
)
async def test_a_refusal_is_told_as_what_it_is_also_afterwards(
    error: FootnoteError, jobs: IngestQueue, reading: Reading, clock: Clock
) -> None:
    reading.errors["a"] = [error] * 9
    ticket = await submit(jobs)
    for _ in RETRY_DELAYS_S if error.is_transient else ():
        clock.advance((await waits(jobs, ticket)).until - clock.now)
        reading.started.clear()
        await reading.begins("a")
    for _ in range(2):
        with pytest.raises(type(error), match=str(error)) as told:
            await end_of(jobs, ticket)
        assert type(told.value) is type(error)


async def test_an_unexpected_error_is_logged_without_its_words_and_the_worker_goes_on(
    jobs: IngestQueue, reading: Reading, caplog: pytest.LogCaptureFixture
) -> None:
    reading.errors["a"] = [KeyError("a secret of the article")]
    with pytest.raises(ArticleRefused, match=r"Nothing was stored.*reference") as told:
        await end_of(jobs, await submit(jobs))
    reference = str(told.value).split("reference ")[1][:6]
    assert reference in caplog.text
    assert "job_fakes.py" in caplog.text
    assert "secret" not in caplog.text
    assert (await end_of(jobs, await submit(jobs, "b"))).status == "added"


async def test_every_field_of_a_submission_comes_to_the_reader_as_it_was(
    store: SqliteStore, clock: Clock
) -> None:
    given = Submission("m\ud835.pdf", b"\x00\xff", "Mars \U0001d49c", "2030-01-01", "Bob")
    given = replace(given, url="u", tags=("a", "b"), submitter=ADA, article_id=3, keep_similar=True)
    given = replace(given, needs_approval=True)
    given = replace(given, message=SourceMessage(77, 8), attached_to="Mail", attachments_left=3)
    seen: list[object] = []

    async def look(
        submission: Submission, library: Library, scope: Scope, tell: OnProgress
    ) -> IngestResult:
        seen.extend([replace(submission, job_id=None), scope, submission.job_id])
        raise EmptyArticle("Seen.")

    default = Submission("", None)
    unset = [f.name for f in fields(given) if getattr(given, f.name) == getattr(default, f.name)]
    assert unset == ["job_id"]
    scope = Scope("1", frozenset({2, 1}))
    async with IngestQueue(store, look, clock=clock, sleep=clock.sleep).running() as jobs:
        ticket = await jobs.submit(given, scope)
        with pytest.raises(EmptyArticle):
            await end_of(jobs, ticket)
    assert seen == [given, scope, ticket.job_id]


@pytest.mark.parametrize("channels", [None, frozenset({3}), frozenset()])
async def test_a_submission_is_read_within_what_its_submitter_sees(
    channels: frozenset[int] | None, jobs: IngestQueue
) -> None:
    await end_of(jobs, await submit(jobs))  # Ada's, of channel 11
    ticket = await jobs.submit(handed_in("again", "This is a."), Scope("1", channels))
    end = await end_of(jobs, ticket)
    assert end.status == ("duplicate" if channels is None else "added")


async def test_an_erased_article_has_no_job_to_tell_of(
    jobs: IngestQueue, store: SqliteStore
) -> None:
    ticket = await submit(jobs)
    end = await end_of(jobs, ticket)
    async with store.library("1") as library:
        await library.articles.erase([end.article.id], Scope("1"))
    with pytest.raises(ArticleNotFound, match="list"):
        await end_of(jobs, ticket)


async def test_the_end_of_a_job_is_forgotten_a_day_later(
    jobs: IngestQueue, store: Watched, clock: Clock
) -> None:
    ticket = await submit(jobs)
    await end_of(jobs, ticket)
    await store.rested.wait()
    clock.advance(25 * 3600)
    store.rested.clear()
    await end_of(jobs, await submit(jobs, "b"))
    await store.rested.wait()
    with pytest.raises(ArticleNotFound):
        await end_of(jobs, ticket)


# --- order, fairness, bounds ------------------------------------------------------------------


async def test_one_server_does_not_starve_another_and_each_is_served_in_order(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    jobs = made(store, reading, clock, workers=1)
    busy = [await submit(jobs, f"busy{i}", "1") for i in range(5)]
    late = [await submit(jobs, f"late{i}", "2") for i in range(2)]
    async with jobs.running():
        for ticket in busy + late:
            await end_of(jobs, ticket)
    assert reading.started == ["busy0", "late0", "busy1", "late1", "busy2", "busy3", "busy4"]


async def test_as_many_are_read_at_once_as_there_are_workers_and_each_once(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    async with made(store, reading, clock, workers=3).running() as jobs:
        for source in ("0", "1", "2"):
            reading.hold(source)
        tickets = [await submit(jobs, str(i), server) for i in range(5) for server in "12"]
        for gate in reading.gates.values():
            gate.set()
        for ticket in tickets:
            await end_of(jobs, ticket)
    assert reading.most_at_once == 3
    assert sorted(reading.started) == sorted(str(i) for i in range(5) for _ in "12")


async def test_a_full_queue_refuses_and_another_server_is_not_touched(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    jobs = made(store, reading, clock)
    for i in range(5):
        await submit(jobs, str(i))
    with pytest.raises(QueueFull, match="5 articles"):
        await submit(jobs, "one more")
    await submit(jobs, "another", server="2")


async def test_the_same_event_gives_the_same_ticket_also_after_a_restart(
    tmp_path: Path, reading: Reading, clock: Clock
) -> None:
    async with opened(tmp_path) as store, made(store, reading, clock).running() as jobs:
        ticket = await submit(jobs, event=5)
        assert await submit(jobs, event=5) == ticket
        await end_of(jobs, ticket)
    async with opened(tmp_path) as store, made(store, reading, clock).running() as jobs:
        assert await submit(jobs, event=5) == ticket
        assert (await end_of(jobs, ticket)).status == "added"
    assert reading.started == ["a"]
