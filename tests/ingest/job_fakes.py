"""What the tests of the jobs share: a clock, a reader, a watched store, and steps to their ends."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.ingest.job_progress import Ticket, Waiting
from bot.ingest.jobs import Handle, IngestQueue
from bot.ingest.progress import Progress
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope, Submitter
from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.store import SqliteStore
from bot.store.values import text_hash
from tests.contract.samples import new_article

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
    ) -> IngestResult:
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


async def kept(submission: Submission, library: Library, scope: Scope) -> IngestResult:
    """The article of a submission, in the library."""
    same = await library.articles.find_same_text(text_hash(str(submission.data)), scope)
    if same is not None:
        return IngestResult(same, "duplicate")
    article = new_article(str(submission.data), title=submission.source)
    made = replace(article, submitter=submission.submitter, job_id=submission.job_id)
    added = await library.articles.add(made, scope)
    return IngestResult(added.article, added.status)


def handed_in(source: str = "a", data: str = "") -> Submission:
    return Submission(source, data or f"This is {source}.", submitter=ADA)


class Watched(SqliteStore):
    """Knows which libraries were used, and when a server was said to have no work."""

    used: list[str]
    rested: asyncio.Event

    @asynccontextmanager
    async def library(
        self, server_id: str, *, background: bool = False
    ) -> AsyncIterator[SqliteLibrary]:
        self.used.append(server_id)
        async with super().library(server_id, background=background) as library:
            yield library

    async def clear_pending(self, server_id: str) -> None:
        await super().clear_pending(server_id)
        self.rested.set()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Watched]:
    store = await Watched.open(folder, MemoryIndex)
    assert isinstance(store, Watched)
    store.used, store.rested = [], asyncio.Event()
    try:
        yield store
    finally:
        await store.close()


def made(store: SqliteStore, reading: Handle, clock: Clock, workers: int = 2) -> IngestQueue:
    return IngestQueue(
        store, reading, workers=workers, most_queued_per_server=5, clock=clock, sleep=clock.sleep
    )


async def submit(
    jobs: IngestQueue, source: str = "a", server: str = "1", event: int | None = None
) -> Ticket:
    return await jobs.submit(handed_in(source), Scope(server), event_id=event)


async def end_of(jobs: IngestQueue, ticket: Ticket) -> IngestResult:
    """The outcome of a job, however long it takes."""
    steps = [step async for step in jobs.follow(ticket)]
    assert isinstance(steps[-1], IngestResult)
    assert [step for step in steps[:-1] if isinstance(step, IngestResult)] == []
    return steps[-1]


async def waits(jobs: IngestQueue, ticket: Ticket) -> Waiting:
    """The next time that a job is said to wait."""
    async with aclosing(jobs.follow(ticket)) as steps:
        async for step in steps:
            if isinstance(step, Waiting):
                return step
    raise AssertionError("it did not wait")


async def titles(store: SqliteStore, server: str = "1") -> list[str]:
    async with store.library(server) as library:
        return [article.title for article in reversed(await library.articles.select(Scope(server)))]
