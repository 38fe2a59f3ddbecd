"""A short run of the benchmark that kills a process while it adds and removes articles."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bench.kill import run

ROUNDS = 3


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_nothing_is_partial(
    tmp_path: Path,
) -> None:
    found = asyncio.run(run(ROUNDS, tmp_path, seed=2))
    assert [(one.lost, one.partial, one.sound) for one in found] == [(0, 0, True)] * ROUNDS
    assert found[-1].acknowledged >= ROUNDS
