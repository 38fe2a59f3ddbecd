"""Background maintenance of all libraries, one at a time and a little at a time.

The trash is purged after a day, old answers are forgotten, and the library of a server that the bot
was removed from is erased after a week. Articles whose tokens an older version of the code made are
indexed again while their old index serves. Passages without a vector of the current embedder get
one: all of them after EMBEDDING_MODEL was changed. Until then questions find those by words. Each
step is one transaction, so an interrupted run resumes where it stopped; the old index and the old
embedder's vectors are deleted once the new ones are complete. What fails is retried in the next
round. Knows nothing of Discord or SQL.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from bot.embedding import Embedder, LedgerWrapper, unmetered
from bot.errors import FootnoteError, LibraryElsewhere, ModelError, ModelRejected
from bot.records import Scope
from bot.store.backup_protocol import DailyBackups
from bot.store.protocols import Library, Store
from bot.store.values import Membership
from bot.strings import _

log = logging.getLogger(__name__)

INTERVAL_S = 3_600.0
RETRY_INTERVAL_S = 300.0  # after a round that failed
TRASH_RETENTION_S = 24 * 3600.0  # a trashed article can be restored
LEFT_SERVER_RETENTION_S = 7 * 24 * 3600.0  # a library is kept after the bot was removed
BATCH_PASSAGES = 32  # half a second of local embedding, and one transaction
PASSAGES_PER_TURN = 1_024  # before the next library gets its turn
LOG_INTERVAL_S = 60.0  # of the progress in the log
SHUTDOWN_TIMEOUT_S = 4.0  # of the 5 s within which everything stops


@dataclass(frozen=True, slots=True)
class EmbeddingProgress:
    """``done`` of the ``total`` passages that had no vector now have one."""

    done: int = 0
    total: int = 0


class Presence(Protocol):
    """Which servers the bot is in, according to Discord."""

    async def application_id(self) -> int:
        """The id of the connected application; waits until it is connected."""

    async def is_member(self, server_id: str) -> bool | None:
        """Whether the bot is in a server; None if Discord gave no answer.

        False only if Discord was asked about this very server and answered.
        """


Task = Callable[[], Awaitable[None]]
OnProgress = Callable[[EmbeddingProgress], None]
Pause = Callable[[float], Awaitable[None]]


async def _nothing() -> None:
    """There is nobody to give way to."""


async def _no_pause(worked_s: float) -> None:
    """Do not pause: somebody is waiting."""


async def embedding_dimension(embedder: Embedder) -> int:
    """The length of the embedder's vectors. Raises ModelError when its server fails."""
    return int((await embedder.embed(["How long is a vector?"])).shape[1])


async def reembed_library(
    library: Library,
    scope: Scope,
    embedder: Embedder,
    dimension: int,
    on_progress: OnProgress,
    *,
    most: int | None = None,
    pause: Pause = _no_pause,
) -> bool:
    """Embed up to ``most`` passages that have no vector. Returns whether all have one now.

    If so, the vectors of other embedders are deleted. ``pause`` is awaited after each batch, with
    the seconds that it took. Raises ModelError or StoreError; earlier batches are kept.
    """
    vectors, model = library.vectors, embedder.model
    total = await vectors.count_missing(model, dimension, scope)
    done = after = 0
    while most is None or done < most:
        began = time.perf_counter()
        batch = await vectors.missing(model, dimension, scope, after=after, limit=BATCH_PASSAGES)
        if not batch:
            await vectors.drop_others(model, dimension)
            return True
        ids = [passage_id for passage_id, _ in batch]
        embedded = await embedder.embed([text for _, text in batch])
        if embedded.shape[1] != dimension:  # they would never count as embedded
            raise ModelRejected(_("The embedder's vectors don't have the same length as before."))
        await vectors.add(model, ids, embedded)
        done, after = done + len(ids), ids[-1]
        on_progress(EmbeddingProgress(done, max(done, total)))
        await pause(time.perf_counter() - began)
    return False


async def renew_tokens(
    server_id: str, library: Library, pause: Pause = _no_pause, *, seconds: float | None = None
) -> bool:
    """Make outdated tokens again, for at most ``seconds``. Returns whether all are done now.

    ``pause`` is awaited after each transaction, with the seconds that it took.
    """
    outdated = await library.tokens.count_outdated()
    started = began = time.perf_counter()
    while await library.tokens.renew():
        await pause(time.perf_counter() - began)
        began = time.perf_counter()
        if seconds is not None and began - started > seconds:
            return False
    if outdated:
        log.info("index server=%s: %d articles indexed again", server_id, outdated)
    return True


async def forget_old_answers(library: Library, kept_days: int, now: float | None = None) -> None:
    """Forget the answers of a library that are older than ``kept_days``."""
    await library.answers.forget(_days_ago(kept_days, time.time() if now is None else now))


def _days_ago(days: int, now: float) -> str:
    """The time ``days`` before ``now``, as ISO 8601 in UTC."""
    before = datetime.fromtimestamp(now, UTC) - timedelta(days=days)
    return before.isoformat(timespec="seconds")


def _log_failure(server_id: str, error: FootnoteError) -> None:
    if not isinstance(error, LibraryElsewhere):  # given to another process meanwhile, which does it
        log.warning("maintenance server=%s: %s", server_id, error.message)


class Maintenance:
    """The maintenance tasks of all libraries."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        *,
        answers_kept_days: int,
        charged: LedgerWrapper = unmetered,
        backups: DailyBackups | None = None,
        leads: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        self._store = store
        self._embedder = embedder
        self._charged = charged
        self._backups = backups
        self._leads = leads  # whether this process does what is done once for all processes
        self._answers_kept_days = answers_kept_days
        self._clock = clock
        self._sleep = sleep
        self._dimension: int | None = None
        self._give_way: Task = _nothing
        self._trackers: dict[str, _ProgressTracker] = {}
        self._announced: set[str] = set()  # servers whose end was announced in the log
        self._woken = asyncio.Event()

    def progress(self, server_id: str) -> EmbeddingProgress | None:
        """How many of a library's vectors are done; None if none are being computed."""
        tracker = self._trackers.get(server_id)
        if tracker is None or not tracker.total_progress.total:
            return None
        return tracker.total_progress

    @asynccontextmanager
    async def running(
        self,
        presence: Presence | None = None,
        front_end: Sequence[Task] = (),
        *,
        give_way: Task | None = None,
    ) -> AsyncIterator[Maintenance]:
        """Run the tasks inside the block. Leaving it loses at most one batch.

        Without ``presence``, libraries of servers that the bot left are not erased. ``front_end``:
        tasks of the front end, in the same rounds. ``give_way`` is awaited before each library.
        """
        self._give_way = give_way or self._give_way
        # A TaskGroup around the body would wrap the body's own errors.
        worker = asyncio.ensure_future(self._work(presence, front_end))
        try:
            yield self
        finally:
            worker.cancel()
            await asyncio.wait([worker], timeout=SHUTDOWN_TIMEOUT_S)

    def wake(self) -> None:
        """Begin the next rounds now: there are other libraries than before."""
        self._woken.set()
        self._woken = asyncio.Event()

    async def _work(self, presence: Presence | None, front_end: Sequence[Task]) -> None:
        async with asyncio.TaskGroup() as group:
            if presence is not None:
                group.create_task(self._repeat(partial(self.review_memberships, presence)))
            if self._backups is not None:
                group.create_task(self._repeat(partial(self.back_up, self._backups)))
            for task in (self.clean_up, self.refresh_index, *front_end):
                group.create_task(self._repeat(task))

    async def _repeat(self, task: Task) -> None:
        while True:
            delay_s, woken = INTERVAL_S, self._woken
            try:
                await task()
            except FootnoteError as error:
                log.warning("maintenance: %s", error.message)
                delay_s = RETRY_INTERVAL_S
            except Exception:  # the outermost handler: the next round may succeed
                log.exception("maintenance failed")
            await self._pause(delay_s, woken)

    async def _pause(self, delay_s: float, woken: asyncio.Event) -> None:
        sleeping = asyncio.ensure_future(self._sleep(delay_s))
        waking = asyncio.ensure_future(woken.wait())
        try:
            await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waking.cancel()

    # --- backups -------------------------------------------------------------------------------

    async def back_up(self, backups: DailyBackups) -> None:
        """Make the daily backup, if the operator wants one and it is due."""
        made = await backups.back_up_if_due() if self._leads() else None
        if made is None:
            return
        log.info("backup %s libraries=%d", made.path.name, len(made.libraries))
        for name, reason in made.failed.items():
            log.warning("backup %s: %s is missing: %s", made.path.name, name, reason)

    # --- trash and old answers -----------------------------------------------------------------

    async def clean_up(self) -> None:
        """Purge the trash and forget old answers, in every library, and old questions."""
        erasures_since = await self._backups.clean_up() if self._backups else 0.0
        if self._leads():
            questions_since = _days_ago(self._answers_kept_days, self._clock())
            await self._store.forget_old_questions(questions_since)
            await self._store.forget_erasures(erasures_since)
        for server_id in await self._store.servers():
            await self._give_way()
            try:
                async with self._store.library(server_id, background=True) as library:
                    await self._clean_up(server_id, library, erasures_since)
            except FootnoteError as error:  # one library's failure must not stop the others
                _log_failure(server_id, error)

    async def _clean_up(self, server_id: str, library: Library, erasures_since: float) -> None:
        now = self._clock()
        erased = await library.articles.purge(now - TRASH_RETENTION_S, Scope(server_id))
        if erased:
            log.info("maintenance server=%s erased=%d", server_id, erased)
        settings = await library.settings.current()
        await forget_old_answers(library, settings.days_kept(self._answers_kept_days), now)
        await library.erasures.forget(erasures_since)

    # --- servers that the bot was removed from -------------------------------------------------

    async def mark_left(self, server_id: str, application_id: int) -> None:
        """Store that the bot was removed from a server: its library is erased after a week."""
        now = self._clock()
        if await self._store.mark_left(server_id, application_id, now):
            self._announced.discard(server_id)
            await self._announce_erasure(server_id, now)

    async def review_memberships(self, presence: Presence) -> None:
        """Erase the libraries of servers that the bot was removed from a week ago.

        Discord is asked about each server first. Servers of another application are skipped.
        """
        application_id = await presence.application_id()
        for membership in await self._store.memberships():
            if membership.application_id != application_id:
                continue
            try:
                await self._review(membership, presence)
            except FootnoteError as error:
                _log_failure(membership.server_id, error)

    async def _review(self, membership: Membership, presence: Presence) -> None:
        server_id, left_at = membership.server_id, membership.left_at
        is_member = await presence.is_member(server_id)
        if is_member and left_at is not None:
            await self._store.mark_joined([server_id], membership.application_id)
            log.info("library server=%s is kept: Footnote is back", server_id)
        if is_member is not False:
            return
        if left_at is None:
            await self.mark_left(server_id, membership.application_id)
        elif self._clock() < left_at + LEFT_SERVER_RETENTION_S:
            await self._announce_erasure(server_id, left_at)
        else:
            await self._store.erase_library(server_id)
            log.info("library server=%s erased: Footnote was removed from the server", server_id)

    async def _announce_erasure(self, server_id: str, left_at: float) -> None:
        if server_id not in self._announced and server_id in await self._store.servers():
            self._announced.add(server_id)
            day = datetime.fromtimestamp(left_at + LEFT_SERVER_RETENTION_S, UTC).date()
            log.info(
                "library server=%s will be erased on %s unless Footnote returns", server_id, day
            )

    async def refresh_index(self) -> None:
        """Bring what passages are found by up to date: first tokens, then vectors."""
        for server_id in await self._store.servers():
            await self._give_way()
            try:
                async with self._store.library(server_id, background=True) as library:
                    await renew_tokens(server_id, library, self._sleep)
            except FootnoteError as error:
                _log_failure(server_id, error)
        await self.embed()

    async def embed(self) -> None:
        """Embed all passages without a vector; libraries take turns. Raises ModelError."""
        if self._dimension is None:
            self._dimension = await embedding_dimension(self._embedder)
        waiting = await self._store.servers()
        try:
            while waiting:
                waiting = [s for s in waiting if not await self._embed_turn(s, self._dimension)]
                existing = set(await self._store.servers())
                waiting = [s for s in waiting if s in existing]
        finally:
            self._trackers.clear()

    async def _embed_turn(self, server_id: str, dimension: int) -> bool:
        """Embed some passages of a library. Returns whether it needs no more turns."""
        tracker = self._trackers.setdefault(server_id, _ProgressTracker(server_id))
        tracker.begin_turn()
        await self._give_way()
        try:
            async with self._store.library(server_id, background=True) as library:
                complete = await reembed_library(
                    library,
                    Scope(server_id),
                    self._charged(self._embedder, library.ledger),
                    dimension,
                    tracker,
                    most=PASSAGES_PER_TURN,
                    pause=self._sleep,  # leaves half the time for questions
                )
        except ModelError:
            raise
        except FootnoteError as error:
            _log_failure(server_id, error)
            complete = True
        if complete:
            self._trackers.pop(server_id).log_progress()
        return complete


class _ProgressTracker:
    """Adds up a library's progress over its turns, and logs it now and then."""

    def __init__(self, server_id: str):
        self.total_progress = EmbeddingProgress()
        self._server_id = server_id
        self._before = 0
        self._logged_at = time.monotonic()

    def begin_turn(self) -> None:
        self._before = self.total_progress.done

    def __call__(self, turn: EmbeddingProgress) -> None:
        self.total_progress = EmbeddingProgress(self._before + turn.done, self._before + turn.total)
        if time.monotonic() - self._logged_at > LOG_INTERVAL_S:
            self.log_progress()

    def log_progress(self) -> None:
        self._logged_at = time.monotonic()
        if self.total_progress.total:
            log.info("vectors server=%s %d of %d", self._server_id, *astuple(self.total_progress))
