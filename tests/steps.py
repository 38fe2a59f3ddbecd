"""Counts the work of a function in lines of Python run: the same on every machine.

What a C library or a regular expression does within one line is one step here. Where that work
could grow too fast, a test hands in so much text that the suite's own time limit ends it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(work: Callable[[], object]) -> int:
    """How many lines ``work`` ran in this thread, in all functions and on each turn of a loop."""
    counted = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal counted
        counted += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


def growth(work: Callable[[int], object], size: int) -> float:
    """The steps of ``work(4 * size)`` over those of ``work(size)``: 4 if linear, 16 if quadratic.

    Another size is run first, so that what is loaded once counts in neither.
    """
    work(size // 2)
    few = steps(lambda: work(size))
    return steps(lambda: work(4 * size)) / few
