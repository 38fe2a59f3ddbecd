"""Names of processes among the leases, by which a dead one of the same machine is known at once.

A name says where process ids are valid (a boot of a machine, and a namespace in it) and the id.
Elsewhere than on Linux, and from other machines, a process is dead once its lease has ended.
"""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

BOOT, NAMESPACE = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
RANDOM_BYTES = 4  # an id is used again some day


def new_name() -> str:
    """The name of this process."""
    return f"{_place()}-{os.getpid()}-{secrets.token_hex(RANDOM_BYTES)}"


def is_dead(name: str) -> bool:
    """Whether a process has ended for certain."""
    place, _dash, rest = name.partition("-")
    pid, _dash, _random = rest.partition("-")
    if not place or place != _place() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:  # somebody else's
        return False
    return False


def _place() -> str:
    """Where process ids mean the same; empty where that isn't known."""
    with suppress(OSError):
        parts = (socket.gethostname(), BOOT.read_text(), str(NAMESPACE.readlink()))
        return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
    return ""
