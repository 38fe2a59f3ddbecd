"""What was accepted is read, refused or cancelled: in turn, once, across every interruption."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import aiosqlite
import pytest

from bot.errors import (
    ArticleNotFound,
    ArticleRefused,
    DocumentTooComplex,
    EmptyArticle,
    FootnoteError,
    ModelUnavailable,
    NotAllowed,
    PageUnavailable,
    QueueFull,
    ReadingCancelled,
    ReadingPaused,
    StoreError,
)
from bot.ingest import jobs as queue
from bot.ingest.courses import Ticket, Waiting
from bot.ingest.jobs import MOST_INTERRUPTIONS, RETRY_DELAYS_S, TROUBLE_DELAY_S, Jobs
from bot.ingest.pipeline import Outcome, Progress, Submission
from bot.records import Scope, Submitter
from bot.store import connection
from bot.store.base import Library
from bot.store.jobs import SqliteJobs
from bot.store.library import SqliteLibrary
from bot.store.sqlite import SqliteStore
from tests.contract.samples import draft
from tests.store.trouble import CALLS

ADA = Submitter(7, "Ada", 11)
OnProgress = Callable[[Progress], None]


class Clock:
    """A time that passes when it is told to. It begins now, as the library's own clock does."""

    def __init__(self) -> None:
        self.now = time.time()
        self._sleepers: dict[asyncio.Future[None], float] = {}
        self.slept = asyncio.Event()  # somebody waits for a time

    def __call__(self) -> float:
        return self.now

    async def sleep(self, delay_s: float) -> None:
        if delay_s <= 0:
            return
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = self.now + delay_s
        self.slept.set()
        await sleeper

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for sleeper, until in list(self._sleepers.items()):
            if until <= self.now:
                del self._sleepers[sleeper]
                if not sleeper.done():
                    sleeper.set_result(None)


class Reading:
    """A handler: keeps each submission as an article, unless told to wait or to fail."""

    def __init__(self) -> None:
        self.errors: dict[str, list[Exception]] = defaultdict(list)  # raised in turn, by source
        self.gates: dict[str, asyncio.Event] = {}  # waited for before anything is kept
        self.started: list[str] = []
        self.ended: list[str] = []
        self.at_once = self.most_at_once = 0
        self._begun = asyncio.Event()

    async def __call__(
        self, submission: Submission, library: Library, scope: Scope, tell: OnProgress
    ) -> Outcome:
        self.started.append(submission.source)
        self._begun.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            tell(Progress("embedding", 1, 2))
            if gate := self.gates.get(submission.source):
                await gate.wait()
            if self.errors[submission.source]:
                raise self.errors[submission.source].pop(0)
            return await kept(submission, library, scope)
        finally:
            self.at_once -= 1
            self.ended.append(submission.source)

    def hold(self, source: str) -> asyncio.Event:
        """What has this source is not kept before the event is set."""
        return self.gates.setdefault(source, asyncio.Event())

    async def begins(self, source: str, times: int = 1) -> None:
        """Returns when a submission with this source has been taken up so many times."""
        while self.started.count(source) < times:
            self._begun.clear()
            await self._begun.wait()


async def kept(submission: Submission, library: Library, scope: Scope) -> Outcome:
    """The article of a submission, in the library."""
    same = await library.find_same(str(submission.data), scope)
    if same is not None:
        return Outcome(same, "duplicate")
    article = draft(str(submission.data), title=submission.source)
    made = replace(article, submitter=submission.submitter, job_id=submission.job_id)
    added = await library.add(made, scope)
    return Outcome(added.article, added.status)


def handed_in(source: str = "a", data: str = "") -> Submission:
    return Submission(source, data or f"This is {source}.", submitter=ADA)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reading() -> Reading:
    return Reading()


class Watched(SqliteStore):
    """Knows which libraries were used, and when a server was said to have no work."""

    used: list[str]
    rested: asyncio.Event

    @asynccontextmanager
    async def library(
        self, server_id: str, *, in_passing: bool = False
    ) -> AsyncIterator[SqliteLibrary]:
        self.used.append(server_id)
        async with super().library(server_id, in_passing=in_passing) as library:
            yield library

    async def no_work_left(self, server_id: str) -> None:
        await super().no_work_left(server_id)
        self.rested.set()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Watched]:
    store = await Watched.open(folder)
    assert isinstance(store, Watched)
    store.used, store.rested = [], asyncio.Event()
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Watched]:
    async with opened(tmp_path) as store:
        yield store


@pytest.fixture
async def jobs(store: SqliteStore, reading: Reading, clock: Clock) -> AsyncIterator[Jobs]:
    async with made(store, reading, clock).running() as jobs:
        yield jobs


def made(store: SqliteStore, reading: Reading, clock: Clock, workers: int = 2) -> Jobs:
    return Jobs(
        store, reading, workers=workers, most_queued_per_server=5, clock=clock, sleep=clock.sleep
    )


async def submit(
    jobs: Jobs, source: str = "a", server: str = "1", event: int | None = None
) -> Ticket:
    return await jobs.submit(handed_in(source), Scope(server), event_id=event)


async def end_of(jobs: Jobs, ticket: Ticket) -> Outcome:
    """The outcome of a job, however long it takes."""
    steps = [step async for step in jobs.follow(ticket)]
    assert isinstance(steps[-1], Outcome)
    assert [step for step in steps[:-1] if isinstance(step, Outcome)] == []
    return steps[-1]


async def waits(jobs: Jobs, ticket: Ticket) -> Waiting:
    """The next time that a job is said to wait."""
    async with aclosing(jobs.follow(ticket)) as steps:
        async for step in steps:
            if isinstance(step, Waiting):
                return step
    raise AssertionError("it did not wait")


async def titles(store: SqliteStore, server: str = "1") -> list[str]:
    async with store.library(server) as library:
        return [article.title for article in reversed(await library.articles(Scope(server)))]


# --- handing in and following ----------------------------------------------------------------


async def test_a_submission_is_read_and_told_step_by_step(jobs: Jobs, store: SqliteStore) -> None:
    ticket = await submit(jobs)
    steps = [step async for step in jobs.follow(ticket)]
    assert isinstance(steps[-1], Outcome)
    assert (steps[-1].status, steps[-1].article.title) == ("added", "a")
    assert {type(step) for step in steps[:-1]} <= {Progress}
    assert await titles(store) == ["a"]


async def test_a_job_that_has_ended_is_told_again(jobs: Jobs) -> None:
    ticket = await submit(jobs)
    first = await end_of(jobs, ticket)
    assert [step async for step in jobs.follow(ticket)] == [first]


async def test_a_slow_follower_sees_the_newest_and_holds_nothing_up(
    jobs: Jobs, store: SqliteStore, reading: Reading
) -> None:
    gate = reading.hold("slow")
    slow, other = await submit(jobs, "slow"), await submit(jobs, "other")
    async with aclosing(jobs.follow(slow)) as steps:
        await anext(steps)
        await end_of(jobs, other)
        gate.set()
        await end_of(jobs, slow)
        last = await anext(steps)
    assert isinstance(last, Outcome)


async def test_a_follower_that_goes_away_changes_nothing(jobs: Jobs, reading: Reading) -> None:
    gate = reading.hold("a")
    ticket = await submit(jobs)
    async with aclosing(jobs.follow(ticket)) as steps:
        await anext(steps)
    gate.set()
    assert (await end_of(jobs, ticket)).status == "added"


async def test_many_followers_are_told_the_same_end(jobs: Jobs, reading: Reading) -> None:
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
    error: FootnoteError, jobs: Jobs, reading: Reading, clock: Clock
) -> None:
    reading.errors["a"] = [error] * 9
    ticket = await submit(jobs)
    for _ in RETRY_DELAYS_S if error.may_pass else ():
        clock.advance((await waits(jobs, ticket)).until - clock.now)
        reading.started.clear()
        await reading.begins("a")
    for _ in range(2):
        with pytest.raises(type(error), match=str(error)) as told:
            await end_of(jobs, ticket)
        assert type(told.value) is type(error)


async def test_an_unexpected_error_is_logged_without_its_words_and_the_worker_goes_on(
    jobs: Jobs, reading: Reading, caplog: pytest.LogCaptureFixture
) -> None:
    reading.errors["a"] = [KeyError("a secret of the article")]
    with pytest.raises(ArticleRefused, match=r"nothing was stored.*reference") as told:
        await end_of(jobs, await submit(jobs))
    reference = str(told.value).split("reference ")[1][:6]
    assert reference in caplog.text
    assert "test_jobs.py" in caplog.text
    assert "secret" not in caplog.text
    assert (await end_of(jobs, await submit(jobs, "b"))).status == "added"


async def test_every_field_of_a_submission_comes_to_the_reader_as_it_was(
    store: SqliteStore, clock: Clock
) -> None:
    given = Submission("m\ud835.pdf", b"\x00\xff", "Mars \U0001d49c", "2030-01-01", "Bob")
    given = replace(given, url="u", tags=("a", "b"), submitter=ADA, article_id=3, keep_similar=True)
    seen: list[object] = []

    async def look(
        submission: Submission, library: Library, scope: Scope, tell: OnProgress
    ) -> Outcome:
        seen.extend([replace(submission, job_id=None), scope, submission.job_id])
        raise EmptyArticle("Seen.")

    default = Submission("", None)
    unset = [f.name for f in fields(given) if getattr(given, f.name) == getattr(default, f.name)]
    assert unset == ["job_id"]
    scope = Scope("1", frozenset({2, 1}))
    async with Jobs(store, look, clock=clock, sleep=clock.sleep).running() as jobs:
        ticket = await jobs.submit(given, scope)
        with pytest.raises(EmptyArticle):
            await end_of(jobs, ticket)
    assert seen == [given, scope, ticket.job_id]


@pytest.mark.parametrize("channels", [None, frozenset({3}), frozenset()])
async def test_a_submission_is_read_within_what_its_submitter_sees(
    channels: frozenset[int] | None, jobs: Jobs
) -> None:
    await end_of(jobs, await submit(jobs))  # Ada's, of channel 11
    ticket = await jobs.submit(handed_in("again", "This is a."), Scope("1", channels))
    end = await end_of(jobs, ticket)
    assert end.status == ("duplicate" if channels is None else "added")


async def test_an_erased_article_has_no_job_to_tell_of(jobs: Jobs, store: SqliteStore) -> None:
    ticket = await submit(jobs)
    end = await end_of(jobs, ticket)
    async with store.library("1") as library:
        await library.remove([end.article.id], Scope("1"))
    with pytest.raises(ArticleNotFound, match="list"):
        await end_of(jobs, ticket)


async def test_the_end_of_a_job_is_forgotten_a_day_later(
    jobs: Jobs, store: Watched, clock: Clock
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


# --- order, fairness, bounds -----------------------------------------------------------------


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


# --- what may pass ---------------------------------------------------------------------------


async def test_what_may_pass_is_tried_again_after_growing_delays(
    jobs: Jobs, reading: Reading, clock: Clock
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


async def test_a_full_disk_may_pass_too(jobs: Jobs, reading: Reading, clock: Clock) -> None:
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
    jobs: Jobs, reading: Reading, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    async def fail(*arguments: object) -> None:
        failed.set()
        raise StoreError("The disk is full.")

    reading.errors["a"] = [EmptyArticle("No.")] * 2
    with monkeypatch.context() as broken:
        broken.setattr(SqliteJobs, "end", fail)
        ticket = await submit(jobs)
        await failed.wait()
    await clock.slept.wait()
    clock.advance(TROUBLE_DELAY_S)
    with pytest.raises(EmptyArticle):
        await end_of(jobs, ticket)


# --- cancelling ------------------------------------------------------------------------------


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
    jobs: Jobs, store: SqliteStore, reading: Reading
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
    ) -> Outcome:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise StoreError("It could not be undone.")

    async with Jobs(store, fail, clock=clock, sleep=clock.sleep).running() as jobs:
        ticket = await submit(jobs)
        await begun.wait()
        assert await jobs.cancel(ticket, 7) is True


async def test_what_waits_for_another_try_can_be_cancelled(jobs: Jobs, reading: Reading) -> None:
    reading.errors["a"] = [PageUnavailable("It did not answer.")]
    ticket = await submit(jobs)
    await waits(jobs, ticket)
    assert await jobs.cancel(ticket, 7) is True


async def test_what_has_been_kept_cannot_be_cancelled(jobs: Jobs, store: SqliteStore) -> None:
    ticket = await submit(jobs)
    await end_of(jobs, ticket)
    assert await jobs.cancel(ticket, 7) is False
    assert await titles(store) == ["a"]


async def test_only_who_handed_it_in_may_cancel_it(jobs: Jobs, reading: Reading) -> None:
    gate = reading.hold("a")
    ticket = await submit(jobs)
    with pytest.raises(NotAllowed, match="moderator"):
        await jobs.cancel(ticket, 8)
    with pytest.raises(ArticleNotFound):
        await jobs.cancel(Ticket("1", 99), 7)
    gate.set()
    await end_of(jobs, ticket)


async def test_cancelled_at_any_moment_it_is_kept_and_told_or_neither(
    jobs: Jobs, store: SqliteStore, reading: Reading
) -> None:
    for n in range(40):
        ticket = await submit(jobs, f"a{n}")
        for _ in range(n):
            await asyncio.sleep(0)
        cancelled = await jobs.cancel(ticket, 7)
        assert (f"a{n}" in await titles(store)) is not cancelled


# --- stopping and starting -------------------------------------------------------------------


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
        with pytest.raises(ReadingPaused, match="is kept"):
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
    ) -> Outcome:
        begun.set()
        while not deaf.is_set():
            with suppress(asyncio.CancelledError):
                await deaf.wait()
        done.set()
        raise EmptyArticle("Too late.")

    async with Jobs(store, ignore, clock=clock, sleep=clock.sleep).running() as jobs:
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
    jobs: Jobs, store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(server_id: str) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "expect_work", fail)
    with pytest.raises(StoreError, match="full"):
        await submit(jobs)
    async with store.library("1") as library:
        assert await library.jobs.pending() == (0, None)


async def test_a_submission_while_the_hint_is_cleared_keeps_it(
    jobs: Jobs, store: SqliteStore, reading: Reading
) -> None:
    for n in range(30):
        first = await submit(jobs, f"a{n}")
        await end_of(jobs, first)
        for _ in range(n):
            await asyncio.sleep(0)
        gate = reading.hold(f"b{n}")
        second = await submit(jobs, f"b{n}")
        assert await store.with_work() == ["1"]
        gate.set()
        await end_of(jobs, second)


async def test_a_job_that_ends_the_process_again_and_again_is_given_up(
    store: SqliteStore, reading: Reading, clock: Clock
) -> None:
    ticket = await submit(made(store, reading, clock))
    async with store.library("1") as library:
        for _ in range(MOST_INTERRUPTIONS):
            await library.jobs.claim(clock.now)
            await library.jobs.take_back([])
    async with made(store, reading, clock).running() as jobs:
        await jobs.resume()
        with pytest.raises(DocumentTooComplex, match="given up and nothing was stored"):
            await end_of(jobs, ticket)
    assert reading.started == []


async def test_a_library_that_cannot_be_opened_holds_up_no_other(
    store: SqliteStore, reading: Reading, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "libraries" / "9.db").write_text("no database" * 500)
    await store.expect_work("9")
    async with made(store, reading, clock, workers=1).running() as jobs:
        await jobs.resume()
        for source in ("a", "b"):
            assert (await end_of(jobs, await submit(jobs, source))).status == "added"


# --- kill -9 ---------------------------------------------------------------------------------


class Mortal:
    """All connections of a process that dies before its n-th call."""

    def __init__(self, n: int):
        self._left = n
        self._connections: list[aiosqlite.Connection] = []
        self.dead = asyncio.Event()

    def connected(self, connection: aiosqlite.Connection) -> Thread:
        self._connections.append(connection)
        return Thread(connection, self)

    async def call(self, method: Callable[..., Awaitable[object]], *arguments: object) -> object:
        self._left -= 1
        if self._left > 0:
            return await method(*arguments)
        if self._left == 0:
            for open_one in self._connections:
                await open_one.rollback()  # as the end of a process does
            self.dead.set()
        raise sqlite3.OperationalError("killed")


class Thread:
    """A connection of a mortal process."""

    def __init__(self, connection: aiosqlite.Connection, mortal: Mortal):
        self._connection = connection
        self._mortal = mortal

    def __getattr__(self, name: str) -> object:
        method = getattr(self._connection, name)
        return partial(self._mortal.call, method) if name in CALLS else method


async def life(folder: Path, clock: Clock, accepted: list[Ticket]) -> None:
    """Hands in and reads."""
    async with opened(folder) as store, made(store, Reading(), clock).running() as jobs:
        await jobs.resume()
        accepted.append(await submit(jobs, event=5))
        await end_of(jobs, accepted[0])
        await store.rested.wait()


async def test_killed_at_any_call_what_was_accepted_is_kept_once_and_told_as_added(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = connection._connect
    for n in range(1, 200):
        folder = tmp_path / str(n)
        mortal = Mortal(n)

        async def mortally(path: Path, pragmas: tuple[str, ...], mortal: Mortal = mortal) -> Thread:
            return mortal.connected(await connect(path, pragmas))

        accepted: list[Ticket] = []
        with monkeypatch.context() as process:
            process.setattr(connection, "_connect", mortally)
            await until_dead(life(folder, clock, accepted), mortal)
        async with opened(folder) as store, made(store, Reading(), clock).running() as jobs:
            await jobs.resume()
            for ticket in accepted:
                assert (await end_of(jobs, ticket)).status == "added"
            ticket = await submit(jobs, event=5)
            assert accepted in ([], [ticket])
            assert (await end_of(jobs, ticket)).status == "added"
            assert await titles(store) == ["a"]
        if not mortal.dead.is_set():
            break
    assert n > 30


async def until_dead(work: Coroutine[None, None, None], mortal: Mortal) -> None:
    async with asyncio.TaskGroup() as group:
        living = group.create_task(suppressed(work))
        dying = group.create_task(mortal.dead.wait())
        await asyncio.wait([living, dying], return_when=asyncio.FIRST_COMPLETED)
        living.cancel()
        dying.cancel()


async def suppressed(work: Coroutine[None, None, None]) -> None:
    with suppress(StoreError, sqlite3.Error):
        await work
