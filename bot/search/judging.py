"""The thread in which what was found is judged: one, because several would block the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
JUDGE_EXECUTOR = ThreadPoolExecutor(1, thread_name_prefix="judging")  # starts when first used


async def in_judging_thread(work: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """What ``work`` returns. Questions queue for the thread."""
    return await asyncio.get_running_loop().run_in_executor(JUDGE_EXECUTOR, work, *arguments)
