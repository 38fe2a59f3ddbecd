"""What a child process does to itself, once it is warm: its pipes, its limits, no network.

Promises: what ``confine`` leaves can open no connection, start no process and write no file; the
process exits when its standard input ends, even in the middle of its work.
"""

from __future__ import annotations

import ctypes
import importlib
import math
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

MIB = 1024 * 1024
OPEN_FILES = 64  # three are open; a library may read a table of its own
MIN_HEADROOM_MIB = 64  # beyond what is in use, whatever the memory limit says
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # <linux/sched.h>
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
FORBIDDEN_EVENTS = frozenset(
    f"{module}.{action}"
    for module, actions in {
        "socket": "__new__ bind connect getaddrinfo gethostbyaddr gethostbyname sendmsg sendto",
        "subprocess": "Popen",
        "os": "exec fork forkpty posix_spawn spawn startfile startfile/2 system kill killpg "
        "chmod chown link mkdir remove rename rmdir symlink truncate utime",
    }.items()
    for action in actions.split()
)


def import_if_there(name: str) -> ModuleType | None:
    """A module; None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


resource: Any = import_if_there("resource")  # not on Windows


def take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes to the bot, moved out of the reach of ``print`` and ``input``."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)
    os.dup2(devnull, 1)
    os.close(devnull)
    return requests, answers


def confine(*, memory_mb: int, cpu_s: float | None) -> dict[str, bool]:
    """Apply the layers of protection; which of them hold. The audit hook has to come last.

    ``cpu_s``: of CPU time from now on; None for a process that works as long as the bot.
    """
    layers = {
        "memory_limit": _limit_memory(memory_mb),
        "cpu_limit": cpu_s is not None and limit_cpu(cpu_s),
        "open_files_limit": _limit("RLIMIT_NOFILE", OPEN_FILES),
        "no_core_dump": _limit("RLIMIT_CORE", 0),
        "no_file_growth": _limit("RLIMIT_FSIZE", 0),
        "no_new_process": _limit("RLIMIT_NPROC", 0),
        "audit_hook": True,
    }
    sys.addaudithook(_refuse)
    return layers


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN_EVENTS or (event == "open" and _writes(arguments)):
        raise PermissionError("not in a child process")


def _writes(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & WRITING)


def _limit(name: str, soft: int, *, final: bool = True) -> bool:
    """Lower a resource limit of this process, for good if ``final``; False if that failed."""
    kind = getattr(resource, name, None)
    if kind is None:
        return False
    _, hard = resource.getrlimit(kind)
    soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    try:
        resource.setrlimit(kind, (soft, soft if final else hard))
    except (OSError, ValueError):
        return False
    return True


def limit_cpu(seconds: float) -> bool:
    """Limit the CPU time from now on; the kernel counts whole seconds."""
    return _limit("RLIMIT_CPU", math.ceil(time.process_time() + seconds), final=False)


def _limit_memory(megabytes: int) -> bool:
    """Limit the address space: libraries reserve more than they use, so that comes on top."""
    if not sys.platform.startswith("linux"):
        return False  # other kernels do not enforce RLIMIT_AS
    addresses, resident = (
        int(pages) * resource.getpagesize()
        for pages in Path("/proc/self/statm").read_text().split()[:2]
    )
    return _limit("RLIMIT_AS", addresses + max(megabytes * MIB - resident, MIN_HEADROOM_MIB * MIB))


def leave_network() -> bool:
    """Move into an empty network namespace; not every machine permits it."""
    try:
        unshare = ctypes.CDLL(None).unshare
    except (AttributeError, OSError, TypeError):
        return False
    return any(unshare(spaces) == 0 for spaces in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))
