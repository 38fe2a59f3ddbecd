"""A pool of warm reader processes that survives whatever a hostile file does to them.

Promises: the bot's own process neither parses nor tokenizes a file; every file ends in a
``ReadResult`` or an ArticleRefused; a process that exceeds its time or memory, dies, is cancelled,
or has read enough files is killed and replaced; files are served in the order they came. Knows
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

from bot.child_process.frames import Json
from bot.child_process.process import ChildDied
from bot.errors import ArticleRefused, ReaderUnavailable
from bot.ingest.extract.document import Bounds, OnProgress, ignore_progress
from bot.ingest.worker.process import CLOSED, ReaderProcess, ReadResult, refusal_of
from bot.strings import N_, _

__all__ = ["ReadResult", "Reader"]

log = logging.getLogger(__name__)

T = TypeVar("T")

MIB = 1024 * 1024
EXTRACT = "bot.ingest.extract.extract:extract"
START_S = 30.0  # 1 s where nothing else runs
# Of the memory limit still in use after a file: little would be left for the next.
RECYCLE_MEMORY_SHARE = 0.5
NOT_STARTED = N_(
    "The program that reads files couldn't be started, so nothing was stored. "
    "Try again later. The operator can find the reason in the log."
)


class Reader:
    """Reads files in at most ``workers`` processes, started on demand.

    A file may take ``cpu_s`` of CPU time and ``wall_s`` of wall time, a process may use
    ``memory_mb``; it is replaced after ``documents`` files. Belongs to one event loop.
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
        self._settings: Json = {"extract": extract, "memory_mb": memory_mb, "cpu_s": cpu_s}
        self._slots = asyncio.Semaphore(workers)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="reader")
        self._idle: list[ReaderProcess] = []
        self._alive: set[ReaderProcess] = set()
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
        """Read one file, or pasted text. ``options`` are ``extract``'s, as plain JSON values;
        they are ignored for text.

        Raises the ArticleRefused that extracting raised; DocumentTooComplex when a limit was hit
        or the file killed the process; ReaderUnavailable when the file was not the cause.
        ``on_progress`` is called with a page and the number of pages, in the event loop, at most
        ten times a second.
        """
        header: Json = {
            "name": name,
            "is_text": isinstance(data, str),
            "bounds": asdict(bounds) if bounds else None,
            "options": options,
        }
        loop = asyncio.get_running_loop()

        def report(page: int, pages: int) -> None:
            loop.call_soon_threadsafe(on_progress, page, pages)

        async with self._slots:
            result = await self._read_or_retry(header, data, report)
        if isinstance(result, ArticleRefused):
            raise result
        return result

    def warm(self) -> asyncio.Future[None]:
        """Start a process in the background, so that the first file need not wait for it.

        Nobody has to await the result; ``close`` ends it. A failure is logged, not raised.
        """
        self._warming = self._warming or asyncio.ensure_future(self._warm())
        return self._warming

    async def _warm(self) -> None:
        with suppress(ReaderUnavailable):  # the first file tries again, and reports the failure
            await self.layers()

    async def layers(self) -> dict[str, bool]:
        """Which layers of protection a reader process has on this machine."""
        async with self._slots:
            process = await self._acquire()
            self._idle.append(process)
        return {**process.layers, "memory_watched": process.resident_bytes() is not None}

    async def close(self) -> None:
        """End all processes; files being read end in ReaderUnavailable."""
        self._closed = True
        for process in self._alive:
            process.kill("closed")
        if self._warming:
            await asyncio.wait({self._warming})
        await asyncio.to_thread(self._threads.shutdown)
        for process in tuple(self._alive):
            await self._terminate(process)

    async def _read_or_retry(
        self, header: Json, data: bytes | str, report: OnProgress
    ) -> ReadResult | ArticleRefused:
        """Read a file; if it crashes the process, once more without the fast library."""
        try:
            return await self._read(header, data, report)
        except ChildDied as death:
            log.warning("a reader process died (%s) reading %d bytes", death.cause, len(data))
            if death.cause != "crash" or header["is_text"] or header["options"].get("careful"):
                raise refusal_of(death) from death
        # A sound file may still crash the fast library.
        careful = {**header, "options": {**header["options"], "careful": True}}
        return await self._read_or_retry(careful, data, report)

    async def _read(
        self, header: Json, data: bytes | str, report: OnProgress
    ) -> ReadResult | ArticleRefused:
        process = await self._acquire()
        work = partial(process.read, header, data, report)
        result = await self._run_guarded(self._wall_s, process, work)
        await self._release(process)
        return result

    async def _acquire(self) -> ReaderProcess:
        """A warm process. Raises ReaderUnavailable."""
        while self._idle:
            process = self._idle.pop()
            if process.is_alive():
                return process
            await self._terminate(process)
        try:
            return await self._start()
        except (ChildDied, OSError) as error:
            if self._closed:
                raise ReaderUnavailable(_(CLOSED)) from error
            log.error("no reader process could be started: %s (%s)", error, error.__cause__)
            raise ReaderUnavailable(_(NOT_STARTED)) from error

    async def _start(self) -> ReaderProcess:
        if self._closed:
            raise ReaderUnavailable(_(CLOSED))
        process = ReaderProcess()
        self._alive.add(process)
        await self._run_guarded(START_S, process, partial(process.start, self._settings))
        return process

    async def _release(self, process: ReaderProcess) -> None:
        """Return a process to the pool, or recycle it."""
        process.documents_read += 1
        limit = RECYCLE_MEMORY_SHARE * self._memory_mb * MIB
        is_bloated = (process.resident_bytes() or 0) > limit
        if is_bloated or process.kill_cause or process.documents_read >= self._documents:
            await self._terminate(process)
        else:
            self._idle.append(process)

    async def _terminate(self, process: ReaderProcess) -> None:
        self._alive.discard(process)
        await asyncio.to_thread(process.terminate)

    async def _run_guarded(self, wall_s: float, process: ReaderProcess, work: Callable[[], T]) -> T:
        """Run ``work`` with ``process`` in a thread; cancelling it kills the process.

        The thread waits only for the process, so killing that ends the thread's work too.
        """
        if self._closed:
            raise ReaderUnavailable(_(CLOSED))
        loop = asyncio.get_running_loop()
        guarded = partial(process.run_guarded, wall_s, self._memory_mb * MIB, work)
        future = loop.run_in_executor(self._threads, guarded)
        future.add_done_callback(partial(self._discard_dead, process))
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError:
            process.kill("cancelled")
            await asyncio.wait({future})
            await self._terminate(process)
            raise
        return future.result()

    def _discard_dead(self, process: ReaderProcess, future: asyncio.Future[T]) -> None:
        if future.exception() is not None:
            self._alive.discard(process)
