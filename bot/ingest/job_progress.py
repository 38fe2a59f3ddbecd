"""The progress of a job and its outcome, for those who follow it.

Knows nothing of the workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import (
    ArticleNotFound,
    ArticleRefused,
    FootnoteError,
    NotAllowed,
    ReadingCancelled,
    StoreError,
)
from bot.ingest.progress import Progress
from bot.ingest.submission import IngestResult
from bot.records import Scope
from bot.store.protocols import Library
from bot.store.values import Job, JobResult
from bot.strings import N_, _

CANCELLED = N_("This was cancelled before it was read. Nothing was stored.")
GONE = N_("I've lost track of this one, or its article was removed. Check the list of articles.")


@dataclass(frozen=True, slots=True)
class Ticket:
    """The id of an accepted submission; it survives a restart."""

    server_id: str
    job_id: int


@dataclass(frozen=True, slots=True)
class Waiting(Progress):
    """A temporary failure: the next try is at ``until`` (seconds since 1970)."""

    until: float = 0.0
    reason: str = ""

    def describe(self) -> str:
        """The text shown to people, who don't have to do anything."""
        return _("{reason} I'll try again automatically.").format(reason=self.reason)


class JobTracker:
    """The latest progress and the outcome of one job: set by its worker, read by its followers."""

    def __init__(self) -> None:
        self.latest: Progress | None = None
        self.outcome: IngestResult | FootnoteError | None = None
        self.cancelled = False
        self.task: asyncio.Task[IngestResult | FootnoteError] | None = None
        self._changed = asyncio.Event()

    def report(self, progress: Progress) -> None:
        self.latest = progress
        self._notify()

    def report_if_running(self, progress: Progress) -> None:
        """Report progress, unless the task is already done."""
        if self.task is not None and not self.task.done():
            self.report(progress)

    def finish(self, outcome: IngestResult | FootnoteError) -> None:
        """Set the outcome; only the first one counts."""
        if self.outcome is None:
            self.outcome = outcome
            self._notify()

    def cancel(self) -> None:
        self.cancelled = True
        if self.task is not None:
            self.task.cancel()

    async def wait_for_change(self) -> None:
        """Return at the next change."""
        await self._changed.wait()

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def pending_progress(job: Job, now: float) -> Progress:
    """The progress of a job that has not ended."""
    if job.state == "running":
        return Progress("reading")
    if job.failures and job.not_before > now:
        return Waiting("waiting", until=job.not_before, reason=job.reason)
    return Progress("queued")


async def load_outcome(
    job: Job | None, library: Library, server_id: str
) -> IngestResult | FootnoteError:
    """How a job ended, according to its row."""
    if job is None or (job.state == "done" and not (job.article_id and job.status)):
        return ArticleNotFound(_(GONE))
    if job.state == "cancelled":
        return ReadingCancelled(_(CANCELLED))
    if job.state == "refused":
        return _refusal(job.code, job.reason)
    assert job.article_id
    assert job.status
    everywhere = Scope(server_id)
    try:
        if job.status == "waiting":
            waiting = await library.approvals.get(job.article_id, everywhere)
            return IngestResult(waiting.article, job.status)
        article = await library.articles.get(job.article_id, everywhere)
        attached = tuple(await library.jobs.attached(job.id))
        similarity = float(job.reason) if job.reason else None
        return IngestResult(article, job.status, similarity, attached_jobs=attached)
    except ArticleNotFound:
        return ArticleNotFound(_(GONE))


def job_result(outcome: IngestResult | FootnoteError, tracker: JobTracker) -> JobResult:
    """What the job's row stores of an outcome."""
    if isinstance(outcome, IngestResult):
        similarity = "" if outcome.similarity is None else f"{outcome.similarity:.3f}"
        return JobResult(
            "done", article_id=outcome.article.id, status=outcome.status, reason=similarity
        )
    if tracker.cancelled:
        return JobResult("cancelled")
    return JobResult("refused", code=outcome.code, reason=outcome.message)


def is_temporary(error: FootnoteError) -> bool:
    """Whether a retry may succeed: a full disk may be freed up, a damaged file stays damaged."""
    return error.is_transient or type(error) is StoreError


def check_may_change(job: Job | None, by: int | None) -> None:
    """Raise ArticleNotFound for an unknown job, NotAllowed if it is somebody else's."""
    if job is None:
        raise ArticleNotFound(_(GONE))
    if by is not None and by != job.submitter_id:
        raise NotAllowed(_("Only the person who added this, or a moderator, can do that."))


def _refusal(code: str, reason: str) -> FootnoteError:
    """Rebuild the error from its stored code."""
    matching = (error for error in _subclasses(FootnoteError) if error.code == code)
    return next(matching, ArticleRefused)(reason)


def _subclasses(error: type[FootnoteError]) -> Iterator[type[FootnoteError]]:
    for child in error.__subclasses__():
        yield child
        yield from _subclasses(child)
