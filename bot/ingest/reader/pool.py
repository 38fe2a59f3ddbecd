"""Hands files to warm reader processes, and bears what those do with hostile ones.

Promises: the bot's own process neither parses nor tokenises a file; every file ends in a ``Read``
or an ArticleRefused; a reader that takes too long or too much, dies, is cancelled, or has read
enough files is killed and replaced; files wait their turn first come, first served. Knows
nothing of formats.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TypeVar

from bot.errors import ArticleRefused, ReaderUnavailable
from bot.ingest.formats.document import Bounds, OnProgress, ignore_progress
from bot.ingest.reader import ipc
from bot.ingest.reader.process import CLOSED, ReaderProcess, ReadResult, WorkerDied

__all__ = ["ReadResult", "Reader"]

log = logging.getLogger(__name__)

T = TypeVar("T")

MIB = 1024 * 1024
EXTRACT = "bot.ingest.formats.extract:extract"
START_S = 30.0  # 1 s where nothing else runs
RECYCLE_MEMORY_SHARE = (
    0.5  # of the memory limit still in use after a file: little would be left for the next
)
NOT_STARTED = (
    "The program that reads files could not be started, so nothing was stored. "
    "Try again later; the operator finds the reason in the log."
)


class Reader:
    """Reads files in at most ``workers`` processes; they are started when they are needed.

    Each file may cost ``cpu_s`` of computing and ``wall_s`` of waiting, each process may use
    ``memory_mb``; a process is replaced after ``documents`` files. Belongs to one event loop.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        memory_mb: int = 1024,
        cpu_s: float = 15,
        wall_s: float = 25,
        documents: int = 100,
        extract: str = EXTRACT,
    ):
        self._memory_mb = memory_mb
        self._wall_s = wall_s
        self._documents = documents
        self._orders: ipc.Json = {"extract": extract, "memory_mb": memory_mb, "cpu_s": cpu_s}
        self._turns = asyncio.Semaphore(workers)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="reader")
        self._idle: list[ReaderProcess] = []
        self._living: set[ReaderProcess] = set()
        self._warming: asyncio.Future[None] | None = None
        self._closed = False

    async def read(
        self,
        data: bytes | str,
        name: str,
        on_progress: OnProgress = ignore_progress,
        *,
        bounds: Bounds | None = None,
        **options: object,
    ) -> ReadResult:
        """One file, or text as it was pasted. ``options`` are ``extract``'s, plain JSON values;
        text has no use for them.

        Raises the ArticleRefused that extracting raised; DocumentTooComplex when a limit was hit
        or the process died of the file; ReaderUnavailable when that is not the file's doing.
        ``on_progress`` is called with a page and the number of pages, in the event loop, at most
        ten times a second.
        """
        about: ipc.Json = {
            "name": name,
            "is_text": isinstance(data, str),
            "bounds": asdict(bounds) if bounds else None,
            "options": options,
        }
        loop = asyncio.get_running_loop()

        def tell(page: int, pages: int) -> None:
            loop.call_soon_threadsafe(on_progress, page, pages)

        async with self._turns:
            result = await self._outcome(about, data, tell)
        if isinstance(result, ArticleRefused):
            raise result
        return result

    def warm(self) -> asyncio.Future[None]:
        """Begins to start a process, so that the first file need not wait for it.

        Nobody need wait for the end of it; ``close`` ends it. A failure is logged, not raised.
        For long-lived processes, once all is loaded: what is there now is taken to stay.
        """
        self._warming = self._warming or asyncio.ensure_future(self._warm())
        return self._warming

    async def _warm(self) -> None:
        with suppress(ReaderUnavailable):  # the first file tries again, and tells its user
            await self.layers()

    async def layers(self) -> dict[str, bool]:
        """Which layers of protection hold on this machine, as a reader process found them."""
        async with self._turns:
            child = await self._child()
            self._idle.append(child)
        return {**child.layers, "memory_watched": child.resident_bytes() is not None}

    async def close(self) -> None:
        """Ends all processes; what is being read ends in ReaderUnavailable."""
        self._closed = True
        for child in self._living:
            child.kill("closed")
        if self._warming:
            await asyncio.wait({self._warming})
        await asyncio.to_thread(self._threads.shutdown)
        for child in tuple(self._living):
            await self._end(child)

    async def _outcome(
        self, about: ipc.Json, data: bytes | str, tell: OnProgress
    ) -> ReadResult | ArticleRefused:
        try:
            return await self._read(about, data, tell)
        except WorkerDied as death:
            log.warning("a reader process died (%s) reading %d bytes", death.cause, len(data))
            if death.cause != "crash" or about["is_text"] or about["options"].get("careful"):
                raise death.refusal() from death
        # A file may kill a fast library and be sound.
        careful = {**about, "options": {**about["options"], "careful": True}}
        return await self._outcome(careful, data, tell)

    async def _read(
        self, about: ipc.Json, data: bytes | str, tell: OnProgress
    ) -> ReadResult | ArticleRefused:
        child = await self._child()
        result = await self._within(self._wall_s, child, partial(child.read, about, data, tell))
        await self._put_back(child)
        return result

    async def _child(self) -> ReaderProcess:
        """A warm process. Raises ReaderUnavailable."""
        while self._idle:
            child = self._idle.pop()
            if child.is_alive():
                return child
            await self._end(child)
        try:
            return await self._started()
        except (WorkerDied, OSError) as error:
            if self._closed:
                raise ReaderUnavailable(CLOSED) from error
            log.error("no reader process could be started: %s (%s)", error, error.__cause__)
            raise ReaderUnavailable(NOT_STARTED) from error

    async def _started(self) -> ReaderProcess:
        if self._closed:
            raise ReaderUnavailable(CLOSED)
        child = ReaderProcess()
        self._living.add(child)
        await self._within(START_S, child, partial(child.start, self._orders))
        return child

    async def _put_back(self, child: ReaderProcess) -> None:
        child.documents_read += 1
        is_worn = (child.resident_bytes() or 0) > RECYCLE_MEMORY_SHARE * self._memory_mb * MIB
        if is_worn or child.kill_cause or child.documents_read >= self._documents:
            await self._end(child)
        else:
            self._idle.append(child)

    async def _end(self, child: ReaderProcess) -> None:
        self._living.discard(child)
        await asyncio.to_thread(child.terminate)

    async def _within(self, wall_s: float, child: ReaderProcess, work: Callable[[], T]) -> T:
        """Runs ``work`` with ``child`` in a thread; a cancelled one takes the child with it.

        The thread waits for nothing but the child, so killing that ends the thread's work too.
        """
        if self._closed:
            raise ReaderUnavailable(CLOSED)
        loop = asyncio.get_running_loop()
        limited = partial(child.run_guarded, wall_s, self._memory_mb * MIB, work)
        working = loop.run_in_executor(self._threads, limited)
        working.add_done_callback(partial(self._forget_dead, child))
        try:
            await asyncio.wait({working})
        except asyncio.CancelledError:
            child.kill("cancelled")
            await asyncio.wait({working})
            await self._end(child)
            raise
        return working.result()

    def _forget_dead(self, child: ReaderProcess, working: asyncio.Future[T]) -> None:
        if working.exception() is not None:
            self._living.discard(child)
