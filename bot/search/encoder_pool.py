"""Encodes sentences outside the event loop's process, which so can use more than one core.

Reading a question's best sentences is most of its CPU (``sentence_encoder``), and in threads it
would hold up everything else. Whoever encodes a sentence, its vector is the same: so
``encode_sentences`` takes the processes of ``encoding_in_processes``, as a matter of the whole
program, and a thread where there are none. A process that dies, hangs or grows is killed and
replaced; what it was encoding is encoded in a thread. Nobody waits without a limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.child_process import frames
from bot.child_process.process import ChildDied, ChildProcess
from bot.search.judging import in_judging_thread
from bot.search.sentence_encoder import DIMENSION, encode

log = logging.getLogger(__name__)

T = TypeVar("T")
Floats = NDArray[np.float32]
WORKER = "bot.search.encoder_worker"
MIB = 1024 * 1024
MEMORY_MB = 512  # 85 of them in use
START_S = 60.0  # 1 s where nothing else runs
ENCODE_S = 10.0  # 24 sentences take 0.15 s
RESTART_DELAY_S = 5.0  # so that a machine without memory isn't kept busy by starts


class EncoderProcess(ChildProcess):
    """One encoder process, with the thread that talks to it; ``waiting`` texts for it."""

    def __init__(self) -> None:
        super().__init__(WORKER)
        self.waiting = 0
        self.has_died = asyncio.Event()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    def start(self) -> None:
        """Wait until the process is warm."""
        frames.send(self.requests, frames.dump({"memory_mb": MEMORY_MB}))
        if self.receive()["kind"] != "ready":
            raise frames.ProtocolError("an encoder that is not ready")

    def encode(self, texts: Sequence[str]) -> Floats:
        """(text, DIMENSION) vectors, as ``sentence_encoder.encode``."""
        frames.send(self.requests, frames.dump({"texts": list(texts)}))
        vectors = np.frombuffer(frames.receive(self.answers), np.float32)
        return vectors.reshape(len(texts), DIMENSION)


class EncoderPool:
    """``workers`` encoder processes, which start in the background. Belongs to one event loop."""

    def __init__(self, workers: int):
        self._workers = workers
        self._ready: list[EncoderProcess] = []
        self._alive: set[EncoderProcess] = set()
        self._changed = asyncio.Condition()

    @property
    def ready_count(self) -> int:
        """How many processes can encode now."""
        return len(self._ready)

    async def wait_ready(self, count: int) -> None:
        """Wait until ``count`` processes can encode."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.ready_count >= count)

    def resident_bytes(self) -> int:
        """The memory of all processes; 0 where the system doesn't say."""
        return sum(process.resident_bytes() or 0 for process in self._alive)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[EncoderPool]:
        """The processes run inside the block."""
        keepers = [asyncio.ensure_future(self._keep()) for _ in range(self._workers)]
        try:
            yield self
        finally:
            for keeper in keepers:
                keeper.cancel()
            if keepers:
                await asyncio.wait(keepers)

    async def encode(self, texts: Sequence[str]) -> Floats | None:
        """The vectors of some texts; None if no process could encode them."""
        if not self._ready:
            return None
        process = min(self._ready, key=lambda process: process.waiting)
        process.waiting += len(texts)
        try:
            return await _run(process, ENCODE_S, partial(process.encode, texts))
        except ChildDied as death:
            log.warning("an encoder process died (%s)", death.cause)
            self._set_aside(process)
            return None
        finally:
            process.waiting -= len(texts)

    def _set_aside(self, process: EncoderProcess) -> None:
        if process in self._ready:
            self._ready.remove(process)
        process.has_died.set()

    async def _keep(self) -> None:
        """Starts a process, and another one whenever it has died."""
        while True:
            process = EncoderProcess()
            self._alive.add(process)
            try:
                await _run(process, START_S, process.start)
                self._ready.append(process)
                async with self._changed:
                    self._changed.notify_all()
                await process.has_died.wait()
            except ChildDied as death:
                log.error("no encoder process could be started: %s (%s)", death, death.__cause__)
            finally:
                self._alive.discard(process)
                self._set_aside(process)
                process.kill("closed")
                await asyncio.to_thread(process.terminate)
                process.thread.shutdown(wait=False)
            await asyncio.sleep(RESTART_DELAY_S)


async def _run(process: EncoderProcess, wall_s: float, work: Callable[[], T]) -> T:
    """Do ``work`` with a process in its thread. Raises ChildDied."""
    guarded = partial(process.run_guarded, wall_s, MEMORY_MB * MIB, work)
    return await asyncio.get_running_loop().run_in_executor(process.thread, guarded)


class _Current:
    """The processes of this program, if it has any."""

    pool: EncoderPool | None = None


@asynccontextmanager
async def encoding_in_processes(workers: int) -> AsyncIterator[EncoderPool]:
    """Encodes in so many processes inside the block; 0: in a thread."""
    async with EncoderPool(workers).running() as pool:
        _Current.pool = pool
        try:
            yield pool
        finally:
            _Current.pool = None


async def encode_sentences(texts: Sequence[str]) -> Floats:
    """(text, DIMENSION) unit vectors of at least one text."""
    vectors = await _Current.pool.encode(texts) if _Current.pool else None
    return await in_judging_thread(encode, texts) if vectors is None else vectors
