"""The queue of submissions: durable, bounded, fair between servers.

When ``submit`` returns, the submission is on disk: it will be stored, refused with a reason or
cancelled, even if this process dies. A server's jobs run in the order they came; servers take
turns. Temporary failures are retried. ``follow`` yields a job's progress and then its outcome;
nobody has to follow, and a slow follower delays nothing.

Between ``claim`` and its end a job is *leased* by this process. A running job without a lease (its
process died, or its end could not be written) is requeued the next time its library is visited.
Whatever must not interleave with that takes the server's lock.
Knows nothing of Discord, of SQL, or of how an article is read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from bot.errors import (
    DocumentTooComplex,
    FootnoteError,
    LibraryElsewhere,
    LibraryNotFound,
    ReadingCancelled,
    ReadingPaused,
    StoreError,
)
from bot.ingest.job_log import log_job, log_trouble, log_unexpected
from bot.ingest.job_payload import from_payload, to_payload
from bot.ingest.job_progress import (
    CANCELLED,
    JobTracker,
    Ticket,
    Waiting,
    check_may_change,
    is_temporary,
    job_result,
    load_outcome,
    pending_progress,
)
from bot.ingest.progress import Progress
from bot.ingest.round_robin import RoundRobin
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope
from bot.store.protocols import Library, Store
from bot.store.values import Job, JobPayload, JobResult, StatusMessage
from bot.strings import N_, _

__all__ = ["IngestQueue", "Ticket", "Waiting"]

log = logging.getLogger(__name__)

RETRY_DELAYS_S = (30, 120, 600, 3600)  # a hiccup, a restart, an outage, a long one
MAX_INTERRUPTIONS = 3  # a job that ends the process this often would do it for ever
TROUBLE_DELAY_S = 60.0  # before a library that could not be used is tried again
KEPT_S = 24 * 3600.0  # how long the outcome of a job is kept for its followers
LOOK_S = 2.0  # between two looks at a job that another process may be doing
CLOSING_S = 4.0  # of the 5 s within which everything stops
PAUSED = N_(
    "Footnote is shutting down. Your submission is saved: it will be read after the restart, "
    "and then appear in the list of articles."
)
CLOSED = N_("Footnote is shutting down, so nothing was accepted. Add it again in a minute.")
GIVEN_UP = N_(
    "Footnote stopped {times} times while reading this, so I gave up and nothing was stored. "
    "Add it in parts, or as plain text."
)

OnProgress = Callable[[Progress], None]
Handle = Callable[[Submission, Library, Scope, OnProgress], Awaitable[IngestResult]]


@dataclass(frozen=True, slots=True)
class _LeasedJob:
    """A job that a worker is doing."""

    ticket: Ticket
    job: Job
    payload: JobPayload
    tracker: JobTracker


class IngestQueue:
    """The jobs of all servers. ``handle`` reads one submission and stores its article.

    It must pass ``submission.job_id`` on to the NewArticle: the job then ends in the transaction
    that stores the article. It is cancelled when its job is, and when Footnote stops.
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
        self._visited: set[str] = set()  # servers whose running jobs are all leased
        self._leased: dict[Ticket, JobTracker] = {}
        self._trackers: WeakValueDictionary[Ticket, JobTracker] = WeakValueDictionary()
        self._waited_for: list[JobTracker] = []
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # --- for submitters ----------------------------------------------------------------------

    async def submit(
        self,
        submission: Submission,
        scope: Scope,
        *,
        event_id: int | None = None,
        shown: StatusMessage | None = None,
    ) -> Ticket:
        """Accept a submission: it is on disk on return. The same event gives the same ticket.

        Raises QueueFull, and StoreError when it could not be written or Footnote is stopping.
        """
        if self._closed:
            raise StoreError(_(CLOSED))
        server_id = scope.server_id
        payload = replace(to_payload(submission, scope, event_id), status_message=shown)
        try:
            async with self._store.library(server_id) as library, self._lock(server_id):
                await self._store.mark_pending(server_id)
                job_id = await library.jobs.enqueue(payload, now=self._clock(), most=self._most)
        finally:
            self._turns.offer(server_id)  # also if cancelled: it may have been written anyway
        return Ticket(server_id, job_id)

    async def follow(self, ticket: Ticket) -> AsyncGenerator[Progress | IngestResult]:
        """Yield the latest progress whenever it changes, and the IngestResult at the end.

        Raises the ArticleRefused that ended the job; ArticleNotFound for one that is forgotten
        or erased; ReadingPaused when Footnote stops first.
        """
        tracker = self._tracker_of(ticket)
        async with self._store.library(ticket.server_id) as library:
            await self._catch_up(tracker, ticket, library)
        last: Progress | None = None
        while tracker.outcome is None:
            if tracker.latest is not last and tracker.latest is not None:
                last = tracker.latest
                yield last
            else:
                await self._wait_or_look(tracker, ticket)
        if not isinstance(tracker.outcome, IngestResult):
            raise tracker.outcome.with_traceback(None)
        yield tracker.outcome

    async def cancel(self, ticket: Ticket, by: int | None) -> bool:
        """Cancel a submission; False if it had ended, or was stored at the last moment.

        ``by`` is the id of a person, who may cancel only their own; None may cancel any.
        Raises NotAllowed, and ArticleNotFound when the job is not known.
        """
        tracker = self._tracker_of(ticket)
        async with self._store.library(ticket.server_id) as library:
            async with self._lock(ticket.server_id):
                check_may_change(await library.jobs.job(ticket.job_id), by)
                if ticket in self._leased:
                    tracker.cancel()
                else:
                    cancelled = JobResult("cancelled")
                    job = await library.jobs.finish(ticket.job_id, cancelled, self._clock())
                    tracker.finish(await load_outcome(job, library, ticket.server_id))
                    self._turns.offer(ticket.server_id)
            while tracker.outcome is None:
                await self._wait_for_change(tracker)
        return isinstance(tracker.outcome, ReadingCancelled)

    async def keep_similar(self, ticket: Ticket, by: int | None, *, waits: bool = False) -> bool:
        """Read again and store what ended as "similar"; False if there is nothing to store.

        ``by`` as in ``cancel``. ``waits``: for approval. Raises NotAllowed, and ArticleNotFound
        when it is forgotten.
        """
        server_id = ticket.server_id
        async with self._store.library(server_id) as library, self._lock(server_id):
            check_may_change(await library.jobs.job(ticket.job_id), by)
            await self._store.mark_pending(server_id)
            job = await library.jobs.keep_similar(ticket.job_id, self._clock(), waits=waits)
            self._trackers.pop(ticket, None)
        self._turns.offer(server_id)
        return job is not None and not job.has_ended

    async def drop_similar(self, ticket: Ticket, by: int | None) -> None:
        """Discard the text of what ended as "similar". Raises as ``keep_similar`` does."""
        async with self._store.library(ticket.server_id) as library:
            check_may_change(await library.jobs.job(ticket.job_id), by)
            await library.jobs.drop_similar(ticket.job_id)

    async def _catch_up(self, tracker: JobTracker, ticket: Ticket, library: Library) -> None:
        """Bring ``tracker`` up to what the library knows of the job."""
        job = await library.jobs.job(ticket.job_id)
        if job is None or job.has_ended:
            tracker.finish(await load_outcome(job, library, ticket.server_id))
        elif self._closed:
            tracker.finish(ReadingPaused(_(PAUSED)))
        elif tracker.latest is None:
            tracker.report(pending_progress(job, self._clock()))

    # --- from the start to the end -----------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[IngestQueue]:
        """Run the workers inside this block; they do what is submitted (see also ``resume``).

        Leaving it takes at most 5 s: unfinished jobs are queued again.
        """
        # A TaskGroup around the body would wrap the body's own errors.
        self._owner = asyncio.ensure_future(self._run_workers())
        try:
            yield self
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop, as at the end of ``running``. Idempotent."""
        if not self._closed:
            await self._close(self._owner)

    async def resume(self) -> None:
        """Go on with the jobs of an earlier process; opens only libraries marked as pending."""
        for server_id in await self._store.pending_servers():
            self._turns.offer(server_id)

    async def _run_workers(self) -> None:
        async with asyncio.TaskGroup() as self._group:
            for _ in range(self._workers):
                self._group.create_task(self._work())

    async def _close(self, owner: asyncio.Future[None]) -> None:
        self._closed = True
        owner.cancel()
        _done, late = await asyncio.wait([owner], timeout=CLOSING_S)
        if late:
            log.warning("jobs: a reading did not stop in time; it starts over after the restart")
        elif not owner.cancelled():
            owner.result()
        for tracker in list(self._trackers.values()):
            tracker.finish(ReadingPaused(_(PAUSED)))

    # --- the workers -------------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._closed:  # an error may have taken the place of the worker's cancellation
            server_id = await self._turns.next()
            try:
                await self._serve(server_id)
            except (LibraryElsewhere, LibraryNotFound):  # of another process now, or erased
                self._visited.discard(server_id)
            except Exception as error:  # noqa: BLE001 - the outer edge of a job
                log_trouble(server_id, error)
                if self._closed:
                    return
                self._visited.discard(server_id)
                self._turns.offer_at(server_id, self._clock() + TROUBLE_DELAY_S, self._group)

    async def _serve(self, server_id: str) -> None:
        """Do one job of a server, if one is due. Raises LibraryNotFound if it was erased."""
        async with self._store.library(server_id, background=True) as library:
            leased = await self._lease(server_id, library)
            if leased is None:
                return
            self._turns.offer(server_id)  # another worker may take its next job meanwhile
            try:
                outcome = await self._attempt(leased, library)
                async with self._lock(server_id):
                    try:
                        await self._record(leased, outcome, library)
                    finally:
                        del self._leased[leased.ticket]
            except asyncio.CancelledError:
                with suppress(StoreError):
                    await library.jobs.release(leased.job.id)
                raise
        self._turns.offer(server_id)

    async def _lease(self, server_id: str, library: Library) -> _LeasedJob | None:
        """Claim the server's next job; None if none is due."""
        async with self._lock(server_id):
            if server_id not in self._visited:
                leased = [ticket.job_id for ticket in self._leased if ticket.server_id == server_id]
                await library.jobs.requeue_orphans(leased)
                await self._catch_up_followers(server_id, library)
                self._visited.add(server_id)
            claimed = await library.jobs.claim(self._clock())
            if claimed is None:
                await self._schedule_next_visit(server_id, library)
                return None
            job, payload = claimed
            ticket = Ticket(server_id, job.id)
            self._leased[ticket] = self._tracker_of(ticket)
            return _LeasedJob(ticket, job, payload, self._leased[ticket])

    async def _catch_up_followers(self, server_id: str, library: Library) -> None:
        """Tell followers of jobs that ended in the library, but whose end could not be told."""
        for ticket, tracker in list(self._trackers.items()):
            if ticket.server_id == server_id and ticket not in self._leased:
                await self._catch_up(tracker, ticket, library)

    async def _schedule_next_visit(self, server_id: str, library: Library) -> None:
        """Visit the server again when its next job is due; never, if it has none."""
        await library.jobs.forget(self._clock() - KEPT_S)
        pending, due = await library.jobs.pending()
        if due is not None:
            self._turns.offer_at(server_id, due, self._group)
        elif not pending and not await library.jobs.undisplayed():
            # An undisplayed job has ended, but its status message does not show it yet.
            await self._store.clear_pending(server_id)

    async def _attempt(self, leased: _LeasedJob, library: Library) -> IngestResult | FootnoteError:
        """Read the submission in its own task, which can be cancelled."""
        if leased.job.interrupted >= MAX_INTERRUPTIONS:
            return DocumentTooComplex(_(GIVEN_UP).format(times=MAX_INTERRUPTIONS))
        tracker = leased.tracker
        async with asyncio.TaskGroup() as group:
            tracker.task = group.create_task(self._run_handler(leased, library))
            if tracker.cancelled:
                tracker.task.cancel()
        if tracker.task.cancelled():
            return ReadingCancelled(_(CANCELLED))
        return tracker.task.result()

    async def _run_handler(
        self, leased: _LeasedJob, library: Library
    ) -> IngestResult | FootnoteError:
        try:
            submission, scope = from_payload(leased.payload, leased.job.id)
            return await self._handle(submission, library, scope, leased.tracker.report_if_running)
        except FootnoteError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the outer edge of a job
            return log_unexpected(error, leased.ticket.server_id)

    async def _record(
        self, leased: _LeasedJob, outcome: IngestResult | FootnoteError, library: Library
    ) -> None:
        """Write the outcome of an attempt, and report it as the library then has it.

        So an article that was stored although its task failed or was cancelled counts as stored.
        """
        now = self._clock()
        job, tracker, server_id = leased.job, leased.tracker, leased.ticket.server_id
        delays = RETRY_DELAYS_S[job.failures :]
        can_retry = bool(delays) and not tracker.cancelled
        if isinstance(outcome, FootnoteError) and is_temporary(outcome) and can_retry:
            until = now + delays[0]
            updated = await library.jobs.retry_later(job.id, until, outcome.code, outcome.message)
        else:
            updated = await library.jobs.finish(job.id, job_result(outcome, tracker), now)
        log_job(server_id, job.id, updated)
        if updated is not None and not updated.has_ended:
            tracker.report(pending_progress(updated, now))
        elif isinstance(outcome, IngestResult):
            attached = tuple(await library.jobs.attached(job.id))
            tracker.finish(replace(outcome, attachments=(), attached_jobs=attached))
        else:
            tracker.finish(await load_outcome(updated, library, server_id))

    async def _wait_or_look(self, tracker: JobTracker, ticket: Ticket) -> None:
        """Wait for a change here; look now and then whether another process has done the job."""
        is_ours = self._store.claims is None or ticket in self._leased
        try:
            async with asyncio.timeout(None if is_ours else LOOK_S):
                await self._wait_for_change(tracker)
        except TimeoutError:
            async with self._store.library(ticket.server_id) as library:
                await self._catch_up(tracker, ticket, library)

    async def _wait_for_change(self, tracker: JobTracker) -> None:
        """Wait, and hold the tracker: nothing else may hold it and, through it, the task that
        waits, which would then be collected as garbage (asyncio's own references are weak).
        """
        self._waited_for.append(tracker)
        try:
            await tracker.wait_for_change()
        finally:
            self._waited_for.remove(tracker)

    def _tracker_of(self, ticket: Ticket) -> JobTracker:
        return self._trackers.setdefault(ticket, JobTracker())

    def _lock(self, server_id: str) -> asyncio.Lock:
        return self._locks.setdefault(server_id, asyncio.Lock())
