"""Judges what was found outside the event loop's process, which so can use more than one core.

Judging the sentences of a question is most of its CPU, and in threads it would hold up everything
else. It is done by pure functions, which return the same wherever they are called: so ``judge``
takes the processes of ``judging_in_processes``, as a matter of the whole program, and a thread
where there are none. A process that dies, hangs or grows is killed and replaced; what it was doing
is done in a thread. Nobody waits without a limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

from bot.child_process import calls, frames
from bot.child_process.process import ChildDied, ChildProcess
from bot.search.judging import in_judging_thread

log = logging.getLogger(__name__)

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
WORKER = "bot.search.judging_worker"
MIB = 1024 * 1024
MEMORY_MB = 512  # 160 to 190 of them in use
START_S = 60.0  # 1 s where nothing else runs
JUDGE_S = 10.0  # a question takes some 0.2 s, in several calls
RESTART_DELAY_S = 5.0  # so that a machine without memory isn't kept busy by starts


class JudgingProcess(ChildProcess):
    """One process, with the thread that talks to it; so many calls are ``waiting`` for it."""

    def __init__(self) -> None:
        super().__init__(WORKER)
        self.waiting = 0
        self.has_died = asyncio.Event()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="process")

    def start(self) -> None:
        """Wait until the process is warm."""
        frames.send(self.requests, frames.dump({"memory_mb": MEMORY_MB}))
        if self.receive()["kind"] != "ready":
            raise frames.ProtocolError("a process that is not ready")

    def call(self, function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
        """What the function returns there."""
        result: Result = calls.call(self.requests, self.answers, function, arguments)
        return result


class JudgingPool:
    """``workers`` judging processes, which start in the background. Belongs to one event loop."""

    def __init__(self, workers: int):
        self._workers = workers
        self._ready: list[JudgingProcess] = []
        self._alive: set[JudgingProcess] = set()
        self._changed = asyncio.Condition()

    @property
    def ready_count(self) -> int:
        """How many processes can judge now."""
        return len(self._ready)

    async def wait_ready(self, count: int) -> None:
        """Wait until ``count`` processes can judge."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.ready_count >= count)

    def resident_bytes(self) -> int:
        """The memory of all processes; 0 where the system doesn't say."""
        return sum(process.resident_bytes() or 0 for process in self._alive)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[JudgingPool]:
        """The processes run inside the block."""
        keepers = [asyncio.ensure_future(self._keep()) for _ in range(self._workers)]
        try:
            yield self
        finally:
            for keeper in keepers:
                keeper.cancel()
            if keepers:
                await asyncio.wait(keepers)

    async def call(
        self, function: Callable[..., Result], arguments: tuple[Any, ...]
    ) -> tuple[Result] | None:
        """What a pure function returns, alone in a tuple; None if no process could call it."""
        if not self._ready:
            return None
        process = min(self._ready, key=lambda process: process.waiting)
        process.waiting += 1
        try:
            return (await _run(process, JUDGE_S, partial(process.call, function, arguments)),)
        except ChildDied as death:
            log.warning("a judging process died (%s): %s", death.cause, death.__cause__)
            self._set_aside(process)
            return None
        finally:
            process.waiting -= 1

    def _set_aside(self, process: JudgingProcess) -> None:
        if process in self._ready:
            self._ready.remove(process)
        process.has_died.set()

    async def _keep(self) -> None:
        """Starts a process, and another one whenever it has died."""
        while True:
            process = JudgingProcess()
            self._alive.add(process)
            try:
                await _run(process, START_S, process.start)
                self._ready.append(process)
                async with self._changed:
                    self._changed.notify_all()
                await process.has_died.wait()
            except ChildDied as death:
                log.error("no judging process could be started: %s (%s)", death, death.__cause__)
            finally:
                self._alive.discard(process)
                self._set_aside(process)
                process.kill("closed")
                await asyncio.to_thread(process.terminate)
                process.thread.shutdown(wait=False)
            await asyncio.sleep(RESTART_DELAY_S)


async def _run(process: JudgingProcess, wall_s: float, work: Callable[[], Result]) -> Result:
    """Do ``work`` with a process in its thread. Raises ChildDied."""
    guarded = partial(process.run_guarded, wall_s, MEMORY_MB * MIB, work)
    return await asyncio.get_running_loop().run_in_executor(process.thread, guarded)


class _Current:
    """The processes of this program, if it has any."""

    pool: JudgingPool | None = None


@asynccontextmanager
async def judging_in_processes(workers: int) -> AsyncIterator[JudgingPool]:
    """Judges in so many processes inside the block; 0: in a thread."""
    async with JudgingPool(workers).running() as pool:
        _Current.pool = pool
        try:
            yield pool
        finally:
            _Current.pool = None


async def judge(function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """What a pure function of values returns, whose types are those of ``child_process.values``."""
    if _Current.pool and (answered := await _Current.pool.call(function, arguments)):
        return answered[0]
    return await in_judging_thread(function, *arguments)
