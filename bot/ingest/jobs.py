"""The queue of what was handed in: durable, bounded, fair between servers.

When ``submit`` returns, the submission is on disk: it will be kept, refused for a reason or
cancelled, whatever becomes of this process. A server's jobs are taken up in the order they
came; servers take turns. What may pass is tried again later. ``follow`` tells how far a job
is and then how it ended; nobody has to watch, and who watches slowly holds nothing up.

Between ``claim`` and the end a job is *held* here. A running job that is not held (its
process died, or its end could not be written) is queued again when its library is next looked
at. Everything that must not be mixed up with that goes through a server's *door*, one at a time.
Knows nothing of Discord, of SQL, or of how an article is read.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from bot.errors import (
    ArticleNotFound,
    ArticleRefused,
    DocumentTooComplex,
    FootnoteError,
    LibraryNotFound,
    NotAllowed,
    ReadingCancelled,
    ReadingPaused,
    StoreError,
)
from bot.ingest.job_payload import from_payload, to_payload
from bot.ingest.job_progress import (
    CANCELLED,
    GONE,
    JobProgress,
    Ticket,
    Waiting,
    load_outcome,
    pending_progress,
)
from bot.ingest.pipeline import IngestResult, Progress, Submission
from bot.ingest.round_robin import RoundRobin
from bot.records import Scope
from bot.store.protocols import Library, Store
from bot.store.values import Job, JobPayload, JobResult, StatusMessage

__all__ = ["IngestQueue", "Ticket", "Waiting"]

log = logging.getLogger(__name__)

RETRY_DELAYS_S = (30, 120, 600, 3600)  # a hiccup, a restart, an outage, a long one
MAX_INTERRUPTIONS = 3  # a job that ends the process so often would do it for ever
TROUBLE_DELAY_S = 60.0  # before a library that could not be used is tried again
KEPT_S = 24 * 3600.0  # how long the end of a job is kept, for who asks
CLOSING_S = 4.0  # of the 5 s within which everything stops
PAUSED = (
    "Footnote is stopping. What was handed in is kept: it is read when Footnote is back, "
    "and then stands in the list of articles."
)
CLOSED = "Footnote is stopping, so nothing was accepted. Hand it in again in a minute."
GIVEN_UP = (
    f"Footnote stopped {MAX_INTERRUPTIONS} times while it was reading this, so it was given up "
    "and nothing was stored. Hand it in in parts, or as plain text."
)
UNEXPECTED = (
    "Something went wrong on Footnote's side while this was read; nothing was stored. "
    "The operator finds the reason in the log (reference {reference})."
)

OnProgress = Callable[[Progress], None]
Handle = Callable[[Submission, Library, Scope, OnProgress], Awaitable[IngestResult]]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A job that a worker holds."""

    ticket: Ticket
    job: Job
    order: JobPayload
    course: JobProgress


class IngestQueue:
    """The jobs of all servers. ``handle`` reads one submission and keeps its article.

    It must hand ``submission.job_id`` on to the Draft: the job then ends in the transaction
    that keeps the article. It is cancelled when its job is, and when Footnote stops.
    """

    def __init__(
        self,
        store: Store,
        handle: Handle,
        *,
        workers: int = 2,
        most_queued_per_server: int = 50,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        self._store = store
        self._handle = handle
        self._workers = workers
        self._most = most_queued_per_server
        self._clock = clock
        self._closed = False
        self._turns = RoundRobin(clock, sleep)
        self._visited: set[str] = set()  # servers whose running jobs are all held
        self._held: dict[Ticket, JobProgress] = {}
        self._courses: WeakValueDictionary[Ticket, JobProgress] = WeakValueDictionary()
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # --- for who hands in --------------------------------------------------------------------

    async def submit(
        self,
        submission: Submission,
        scope: Scope,
        *,
        event_id: int | None = None,
        shown: StatusMessage | None = None,
    ) -> Ticket:
        """Accepts a submission: it is on disk on return. The same event gives the same ticket.

        Raises QueueFull, and StoreError when it could not be written or Footnote is stopping.
        """
        if self._closed:
            raise StoreError(CLOSED)
        server_id = scope.server_id
        order = replace(to_payload(submission, scope, event_id), status_message=shown)
        try:
            async with self._store.library(server_id) as library, self._lock(server_id):
                await self._store.mark_pending(server_id)
                job_id = await library.jobs.enqueue(order, now=self._clock(), most=self._most)
        finally:
            self._turns.offer(server_id)  # also when cancelled: it may have been kept all the same
        return Ticket(server_id, job_id)

    async def follow(self, ticket: Ticket) -> AsyncGenerator[Progress | IngestResult]:
        """The newest progress whenever there is one, at last the Outcome.

        Raises the ArticleRefused that ended the job; ArticleNotFound for one that is forgotten
        or erased; ReadingPaused when Footnote stops first.
        """
        course = self._course(ticket)
        async with self._store.library(ticket.server_id) as library:
            await self._catch_up(course, ticket, library)
        seen: Progress | None = None
        while course.outcome is None:
            if course.progress is not seen and course.progress is not None:
                seen = course.progress
                yield seen
            else:
                await course.wait_for_change()
        if not isinstance(course.outcome, IngestResult):
            raise course.outcome.with_traceback(None)
        yield course.outcome

    async def cancel(self, ticket: Ticket, by: int | None) -> bool:
        """Takes a submission back; False when it had ended, or was kept at the last moment.

        ``by`` is a person's id, who may take back their own; None for who may take back any.
        Raises NotAllowed, and ArticleNotFound when the job is not known.
        """
        course = self._course(ticket)
        async with self._store.library(ticket.server_id) as library:
            async with self._lock(ticket.server_id):
                _check_may_cancel(await library.jobs.job(ticket.job_id), by)
                if ticket in self._held:
                    course.cancel()
                else:
                    ending = JobResult("cancelled")
                    job = await library.jobs.finish(ticket.job_id, ending, self._clock())
                    course.finish(await load_outcome(job, library, ticket.server_id))
                    self._turns.offer(ticket.server_id)
            while course.outcome is None:
                await course.wait_for_change()
        return isinstance(course.outcome, ReadingCancelled)

    async def keep_similar(self, ticket: Ticket, by: int | None) -> bool:
        """Reads again, and keeps, what ended as "similar"; False when there is nothing to keep.

        ``by`` as in ``cancel``. Raises NotAllowed, and ArticleNotFound when it is forgotten.
        """
        server_id = ticket.server_id
        async with self._store.library(server_id) as library, self._lock(server_id):
            _check_may_cancel(await library.jobs.job(ticket.job_id), by)
            await self._store.mark_pending(server_id)
            job = await library.jobs.keep_similar(ticket.job_id, self._clock())
            self._courses.pop(ticket, None)
        self._turns.offer(server_id)
        return job is not None and not job.has_ended

    async def drop_similar(self, ticket: Ticket, by: int | None) -> None:
        """Forgets the text of what ended as "similar". Raises as ``keep_similar`` does."""
        async with self._store.library(ticket.server_id) as library:
            _check_may_cancel(await library.jobs.job(ticket.job_id), by)
            await library.jobs.drop_similar(ticket.job_id)

    async def _catch_up(self, course: JobProgress, ticket: Ticket, library: Library) -> None:
        """Tells a course what the library knows."""
        job = await library.jobs.job(ticket.job_id)
        if job is None or job.has_ended:
            course.finish(await load_outcome(job, library, ticket.server_id))
        elif self._closed:
            course.finish(ReadingPaused(PAUSED))
        elif course.progress is None:
            course.report(pending_progress(job, self._clock()))

    # --- from the start to the end -----------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[IngestQueue]:
        """Workers are at work inside, and do what is submitted; see ``resume`` for the rest.

        Leaving it takes at most 5 s: what was being read is queued again.
        """
        # A TaskGroup around the body would wrap the body's own errors.
        owner = asyncio.ensure_future(self._work_together())
        try:
            yield self
        finally:
            await self._close(owner)

    async def resume(self) -> None:
        """Goes on with what an earlier process left; only the libraries hinted at are opened."""
        for server_id in await self._store.pending_servers():
            self._turns.offer(server_id)

    async def _work_together(self) -> None:
        async with asyncio.TaskGroup() as self._group:
            for _ in range(self._workers):
                self._group.create_task(self._work())

    async def _close(self, owner: asyncio.Future[None]) -> None:
        self._closed = True
        owner.cancel()
        _, late = await asyncio.wait([owner], timeout=CLOSING_S)
        if late:
            log.warning("jobs: what was being read did not stop in time; it is read again")
        elif not owner.cancelled():
            owner.result()
        for course in list(self._courses.values()):
            course.finish(ReadingPaused(PAUSED))

    # --- the workers -------------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._closed:  # an error may have taken the place of the worker's cancellation
            server_id = await self._turns.next()
            try:
                await self._serve(server_id)
            except LibraryNotFound:
                self._visited.discard(server_id)
            except Exception as error:  # noqa: BLE001 - the rim of a job
                _log_trouble(server_id, error)
                if self._closed:
                    return
                self._visited.discard(server_id)
                self._turns.offer_at(server_id, self._clock() + TROUBLE_DELAY_S, self._group)

    async def _serve(self, server_id: str) -> None:
        """Does one job of a server, if one is due. Raises LibraryNotFound: it was erased."""
        async with self._store.library(server_id, background=True) as library:
            taken = await self._take(server_id, library)
            if taken is None:
                return
            self._turns.offer(server_id)  # the next worker may take its next job meanwhile
            try:
                end = await self._attempt(taken, library)
                async with self._lock(server_id):
                    try:
                        await self._record(taken, end, library)
                    finally:
                        del self._held[taken.ticket]
            except asyncio.CancelledError:
                with suppress(StoreError):
                    await library.jobs.release(taken.job.id)
                raise
        self._turns.offer(server_id)

    async def _take(self, server_id: str, library: Library) -> _Taken | None:
        async with self._lock(server_id):
            if server_id not in self._visited:
                held = [ticket.job_id for ticket in self._held if ticket.server_id == server_id]
                await library.jobs.requeue_orphans(held)
                self._visited.add(server_id)
            claimed = await library.jobs.claim(self._clock())
            if claimed is None:
                await self._rest(server_id, library)
                return None
            job, order = claimed
            ticket = Ticket(server_id, job.id)
            self._held[ticket] = self._course(ticket)
            return _Taken(ticket, job, order, self._held[ticket])

    async def _rest(self, server_id: str, library: Library) -> None:
        """Nothing is due: the server comes back when something is, or is not looked at again."""
        await library.jobs.forget(self._clock() - KEPT_S)
        pending, due = await library.jobs.pending()
        if due is not None:
            self._turns.offer_at(server_id, due, self._group)
        elif (
            not pending and not await library.jobs.undisplayed()
        ):  # a card may still wait for its end
            await self._store.clear_pending(server_id)

    # --- one job -----------------------------------------------------------------------------

    async def _attempt(self, taken: _Taken, library: Library) -> IngestResult | FootnoteError:
        """Reads the submission in a task of its own, which can be cancelled."""
        if taken.job.interrupted >= MAX_INTERRUPTIONS:
            return DocumentTooComplex(GIVEN_UP)
        course = taken.course
        async with asyncio.TaskGroup() as group:
            course.task = group.create_task(self._handled(taken, library))
            if course.cancelled:
                course.task.cancel()
        if course.task.cancelled():
            return ReadingCancelled(CANCELLED)
        return course.task.result()

    async def _handled(self, taken: _Taken, library: Library) -> IngestResult | FootnoteError:
        try:
            submission, scope = from_payload(taken.order, taken.job.id)
            return await self._handle(submission, library, scope, taken.course.report_from_task)
        except FootnoteError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the rim of a job
            return _unexpected(error)

    async def _record(
        self, taken: _Taken, end: IngestResult | FootnoteError, library: Library
    ) -> None:
        """Writes how an attempt ended, and tells it as the library then knows it.

        So an article that was kept although its task failed or was cancelled counts as kept.
        """
        now = self._clock()
        job, course, server_id = taken.job, taken.course, taken.ticket.server_id
        delays = RETRY_DELAYS_S[job.failures :]
        if isinstance(end, FootnoteError) and _may_pass(end) and delays and not course.cancelled:
            until = now + delays[0]
            after = await library.jobs.retry_later(job.id, until, end.code, end.message)
        else:
            after = await library.jobs.finish(job.id, _ending(end, course), now)
        _log_job(server_id, job.id, after)
        if after is not None and not after.has_ended:
            course.report(pending_progress(after, now))
        elif isinstance(end, IngestResult):
            course.finish(end)
        else:
            course.finish(await load_outcome(after, library, server_id))

    def _course(self, ticket: Ticket) -> JobProgress:
        return self._courses.setdefault(ticket, JobProgress())

    def _lock(self, server_id: str) -> asyncio.Lock:
        return self._doors.setdefault(server_id, asyncio.Lock())


# --- how an attempt ended ----------------------------------------------------------------------


def _ending(end: IngestResult | FootnoteError, course: JobProgress) -> JobResult:
    if isinstance(end, IngestResult):
        reason = "" if end.similarity is None else f"{end.similarity:.3f}"
        return JobResult("done", article_id=end.article.id, status=end.status, reason=reason)
    if course.cancelled:
        return JobResult("cancelled")
    return JobResult("refused", code=end.code, reason=end.message)


def _may_pass(error: FootnoteError) -> bool:
    """A full disk is emptied some day; a damaged or a newer file (its children) stays so."""
    return error.is_transient or type(error) is StoreError


def _check_may_cancel(job: Job | None, by: int | None) -> None:
    if job is None:
        raise ArticleNotFound(GONE)
    if by is not None and by != job.submitter_id:
        raise NotAllowed("Only who handed this in, or a moderator, can decide about it.")


def _unexpected(error: Exception) -> ArticleRefused:
    """Logged with where it happened, but not in its own words: they may quote the article."""
    reference = secrets.token_hex(3)
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("unexpected %s %s\n%s", type(error).__name__, reference, where)
    return ArticleRefused(UNEXPECTED.format(reference=reference))


def _log_trouble(server_id: str, error: Exception) -> None:
    if isinstance(error, FootnoteError):
        log.warning("jobs server=%s wait: %s", server_id, error.message)
    else:
        _unexpected(error)


def _log_job(server_id: str, job_id: int, job: Job | None) -> None:
    if job is not None:
        log.info(
            "job server=%s id=%s state=%s code=%s failures=%s article=%s",
            *(server_id, job_id, job.state, job.code, job.failures, job.article_id),
        )
