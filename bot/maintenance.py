"""Looks after the libraries in the background, one at a time and a little at a time.

What was removed a day ago is erased, old answers are forgotten, the library of a server that
the bot was removed from is erased after a week, and passages that have no vector of the
embedder in use get one: all of them after EMBEDDING_MODEL was changed. Until then questions
find those by words. Each batch of vectors is one transaction, so whoever is killed goes on
where it was; the other embedder's vectors go when the new ones are complete. What fails is
tried again in the next round. Knows nothing of Discord or SQL.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from bot.embedding import Embedder, LedgerWrapper, unmetered
from bot.errors import FootnoteError, ModelError, ModelRejected
from bot.records import Scope
from bot.store.protocols import Library, Store
from bot.store.values import Membership

log = logging.getLogger(__name__)

INTERVAL_S = 3_600.0
RETRY_INTERVAL_S = 300.0  # after a round in which an embeddings server failed
TRASH_RETENTION_S = 24 * 3600.0  # after removing
LEFT_SERVER_RETENTION_S = 7 * 24 * 3600.0  # after the bot was removed from a server
BATCH_PASSAGES = 32  # half a second offline, and one transaction
PASSAGES_PER_TURN = 1_024  # before the next library has its turn
LOG_INTERVAL_S = 60.0  # in the log
SHUTDOWN_TIMEOUT_S = 4.0  # of the 5 s within which everything stops


@dataclass(frozen=True, slots=True)
class EmbeddingProgress:
    """``done`` of ``total`` passages that had no vector have one now."""

    done: int = 0
    total: int = 0


class Presence(Protocol):
    """Which servers the bot is in, as Discord itself says."""

    async def application_id(self) -> int:
        """As which application it is connected; waits until it is."""

    async def is_member(self, server_id: str) -> bool | None:
        """Whether the bot is in a server; None when Discord did not say.

        False only when Discord was asked for this very server and answered.
        """


OnProgress = Callable[[EmbeddingProgress], None]
Pause = Callable[[float], Awaitable[None]]


async def _no_rest(worked_s: float) -> None:
    """Somebody waits for it."""


async def embedding_dimension(embedder: Embedder) -> int:
    """How many numbers its vectors have. Raises ModelError when its server does not say."""
    return int((await embedder.embed(["How long is a vector?"])).shape[1])


async def reembed_library(
    library: Library,
    scope: Scope,
    embedder: Embedder,
    dimension: int,
    on_progress: OnProgress,
    *,
    most: int | None = None,
    rest: Pause = _no_rest,
) -> bool:
    """Gives up to ``most`` passages of a scope their vector; whether all have one now.

    Those of other embedders are then deleted. ``rest`` is told how long each batch took.
    Raises ModelError or StoreError; what was embedded before is kept.
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
        made = await embedder.embed([text for _, text in batch])
        if made.shape[1] != dimension:  # they would never count as embedded
            raise ModelRejected("The embedder's vectors have another length than before.")
        await vectors.add(model, ids, made)
        done, after = done + len(ids), ids[-1]
        on_progress(EmbeddingProgress(done, max(done, total)))
        await rest(time.perf_counter() - began)
    return False


class Maintenance:
    """The duties of all libraries. ``progress`` tells a front end how far vectors are."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        *,
        answers_kept_days: int,
        charged: LedgerWrapper = unmetered,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        self._store = store
        self._embedder = embedder
        self._charged = charged
        self._answers_kept = timedelta(days=answers_kept_days)
        self._clock = clock
        self._sleep = sleep
        self._dimension: int | None = None
        self._watches: dict[str, _Watch] = {}
        self._told: set[str] = set()  # servers of which the log says when they end

    def progress(self, server_id: str) -> EmbeddingProgress | None:
        """How far a library's vectors are; None when nothing is being done about them."""
        watch = self._watches.get(server_id)
        return watch.so_far if watch is not None and watch.so_far.total else None

    @asynccontextmanager
    async def running(self, presence: Presence | None = None) -> AsyncIterator[Maintenance]:
        """Duties are done inside; leaving it undoes at most one batch.

        Without ``presence`` no library of a server that was left is erased.
        """
        # A TaskGroup around the body would wrap the body's own errors.
        owner = asyncio.ensure_future(self._work(presence))
        try:
            yield self
        finally:
            owner.cancel()
            await asyncio.wait([owner], timeout=SHUTDOWN_TIMEOUT_S)

    async def _work(self, presence: Presence | None) -> None:
        async with asyncio.TaskGroup() as group:
            if presence is not None:
                group.create_task(self._rounds(partial(self.review_memberships, presence)))
            group.create_task(self._rounds(self.clean_up))
            group.create_task(self._rounds(self.embed))

    async def _rounds(self, duty: Callable[[], Awaitable[None]]) -> None:
        while True:
            delay_s = INTERVAL_S
            try:
                await duty()
            except FootnoteError as error:
                log.warning("upkeep: %s", error.message)
                delay_s = RETRY_INTERVAL_S
            except Exception:  # a rim: the next round may go well
                log.exception("upkeep failed")
            await self._sleep(delay_s)

    # --- what is to be deleted -----------------------------------------------------------------

    async def clean_up(self) -> None:
        """Erases and forgets what is due, in every library."""
        for server_id in await self._store.servers():
            try:
                async with self._store.library(server_id, background=True) as library:
                    await self._tidy(server_id, library)
            except FootnoteError as error:  # one library's trouble is not the others'
                log.warning("upkeep server=%s: %s", server_id, error.message)

    async def _tidy(self, server_id: str, library: Library) -> None:
        now = self._clock()
        erased = await library.purge(now - TRASH_RETENTION_S, Scope(server_id))
        if erased:
            log.info("upkeep server=%s erased=%d", server_id, erased)
        before = datetime.fromtimestamp(now, UTC) - self._answers_kept
        await library.answers.forget(before.isoformat(timespec="seconds"))

    # --- servers that the bot was removed from -------------------------------------------------

    async def mark_left(self, server_id: str, application_id: int) -> None:
        """The bot was removed from a server: its library is erased after a week."""
        now = self._clock()
        if await self._store.mark_left(server_id, application_id, now):
            self._told.discard(server_id)
            await self._tell_when(server_id, now)

    async def review_memberships(self, presence: Presence) -> None:
        """Erases the libraries of servers that the bot was removed from a week ago.

        Each server is asked about, also one whose end is due. What another application was in
        stays as it is.
        """
        mine = await presence.application_id()
        for membership in await self._store.memberships():
            if membership.application_id != mine:
                continue
            try:
                await self._review(membership, presence)
            except FootnoteError as error:
                log.warning("upkeep server=%s: %s", membership.server_id, error.message)

    async def _review(self, membership: Membership, presence: Presence) -> None:
        server_id, left_at = membership.server_id, membership.left_at
        is_member = await presence.is_member(server_id)
        if is_member and left_at is not None:
            await self._store.mark_joined([server_id], membership.application_id)
            log.info("library server=%s stays: Footnote is back", server_id)
        if is_member is not False:
            return
        if left_at is None:
            await self.mark_left(server_id, membership.application_id)
        elif self._clock() < left_at + LEFT_SERVER_RETENTION_S:
            await self._tell_when(server_id, left_at)
        else:
            await self._store.erase_library(server_id)
            log.info("library server=%s erased: Footnote was removed from there", server_id)

    async def _tell_when(self, server_id: str, left_at: float) -> None:
        if server_id not in self._told and server_id in await self._store.servers():
            self._told.add(server_id)
            day = datetime.fromtimestamp(left_at + LEFT_SERVER_RETENTION_S, UTC).date()
            log.info("library server=%s is erased on %s, unless Footnote returns", server_id, day)

    # --- vectors -------------------------------------------------------------------------------

    async def embed(self) -> None:
        """Embeds what lacks a vector; libraries take turns. Raises the ModelError that ended it."""
        if self._dimension is None:
            self._dimension = await embedding_dimension(self._embedder)
        waiting = await self._store.servers()
        try:
            while waiting:
                waiting = [s for s in waiting if not await self._turn(s, self._dimension)]
                there = set(await self._store.servers())
                waiting = [s for s in waiting if s in there]
        finally:
            self._watches.clear()

    async def _turn(self, server_id: str, dimension: int) -> bool:
        """Embeds some passages of a library; whether nothing more is to be done there."""
        watch = self._watches.setdefault(server_id, _Watch(server_id))
        watch.begin_turn()
        try:
            async with self._store.library(server_id, background=True) as library:
                complete = await reembed_library(
                    library,
                    Scope(server_id),
                    self._charged(self._embedder, library.ledger),
                    dimension,
                    watch,
                    most=PASSAGES_PER_TURN,
                    rest=self._sleep,  # as long as it took: questions have half of the time
                )
        except ModelError:
            raise
        except FootnoteError as error:
            log.warning("upkeep server=%s: %s", server_id, error.message)
            complete = True
        if complete:
            self._watches.pop(server_id).tell()
        return complete


class _Watch:
    """Adds up the turns that a library has, for who asks and for the log."""

    def __init__(self, server_id: str):
        self.so_far = EmbeddingProgress()
        self._server_id = server_id
        self._before = 0
        self._told_at = time.monotonic()

    def begin_turn(self) -> None:
        self._before = self.so_far.done

    def __call__(self, turn: EmbeddingProgress) -> None:
        self.so_far = EmbeddingProgress(self._before + turn.done, self._before + turn.total)
        if time.monotonic() - self._told_at > LOG_INTERVAL_S:
            self.tell()

    def tell(self) -> None:
        self._told_at = time.monotonic()
        if self.so_far.total:
            log.info("vectors server=%s %d of %d", self._server_id, *astuple(self.so_far))
