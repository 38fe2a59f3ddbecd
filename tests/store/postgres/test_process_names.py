"""A process that has ended on this machine is known to be dead, and no other one is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.store.postgres.process_names import is_dead, new_name

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ids of processes are Linux's")


def named(pid: int) -> str:
    place, _own, random = new_name().split("-")
    return f"{place}-{pid}-{random}"


def test_an_ended_process_is_dead() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert is_dead(named(ended.pid))


@pytest.mark.parametrize("name", ["", "x", "other-1-ab", "-1-ab", "other-x"])
def test_a_process_elsewhere_is_not(name: str) -> None:
    assert not is_dead(name)


def test_a_living_one_is_not() -> None:
    assert not is_dead(new_name())
    assert not is_dead(named(os.getppid()))
