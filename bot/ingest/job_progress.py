"""How far a job is and how it ended, as those who follow it are told.

Knows nothing of who does the jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import ArticleNotFound, ArticleRefused, FootnoteError, ReadingCancelled
from bot.ingest.pipeline import IngestResult, Progress
from bot.records import Scope
from bot.store.protocols import Library
from bot.store.values import Job

CANCELLED = "This was cancelled before it was read. Nothing was stored."
GONE = "How this ended is no longer known, or its article was removed. Look at the list."


@dataclass(frozen=True, slots=True)
class Ticket:
    """What stands for an accepted submission, also after a restart."""

    server_id: str
    job_id: int


@dataclass(frozen=True, slots=True)
class Waiting(Progress):
    """A failure that may pass: the next try is at ``until`` (seconds since 1970)."""

    until: float = 0.0
    reason: str = ""

    def describe(self) -> str:
        """The same for people: nobody has to do anything."""
        return f"{self.reason} It is kept, and tried again by itself."


class JobProgress:
    """How far one job is, for its worker and for whoever follows it."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.outcome: IngestResult | FootnoteError | None = None
        self.cancelled = False
        self.task: asyncio.Task[IngestResult | FootnoteError] | None = None
        self._news = asyncio.Event()

    def report(self, progress: Progress) -> None:
        self.progress = progress
        self._wake()

    def report_from_task(self, progress: Progress) -> None:
        """What the task itself tells; nothing once it is done."""
        if self.task is not None and not self.task.done():
            self.report(progress)

    def finish(self, end: IngestResult | FootnoteError) -> None:
        """The first end counts."""
        if self.outcome is None:
            self.outcome = end
            self._wake()

    def cancel(self) -> None:
        self.cancelled = True
        if self.task is not None:
            self.task.cancel()

    async def wait_for_change(self) -> None:
        """Returns at the next change."""
        await self._news.wait()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def pending_progress(job: Job, now: float) -> Progress:
    """How far a job is that has not ended."""
    if job.state == "running":
        return Progress("reading")
    if job.failures and job.not_before > now:
        return Waiting("waiting", until=job.not_before, reason=job.reason)
    return Progress("queued")


async def load_outcome(
    job: Job | None, library: Library, server_id: str
) -> IngestResult | FootnoteError:
    """How a job ended, as its row tells it."""
    if job is None or (job.state == "done" and not (job.article_id and job.status)):
        return ArticleNotFound(GONE)
    if job.state == "cancelled":
        return ReadingCancelled(CANCELLED)
    if job.state == "refused":
        return _refusal(job.code, job.reason)
    assert job.article_id
    assert job.status
    try:
        article = await library.article(job.article_id, Scope(server_id))
        return IngestResult(article, job.status, float(job.reason) if job.reason else None)
    except ArticleNotFound:
        return ArticleNotFound(GONE)


def _refusal(code: str, reason: str) -> FootnoteError:
    """The error that was kept by its code."""
    kinds = (kind for kind in _kinds(FootnoteError) if kind.code == code)
    return next(kinds, ArticleRefused)(reason)


def _kinds(kind: type[FootnoteError]) -> Iterator[type[FootnoteError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _kinds(child)
