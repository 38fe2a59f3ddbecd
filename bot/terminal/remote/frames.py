"""What goes over the socket: a JSON object with bytes behind it; and the addresses of sockets."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.shards import Shards

Json = dict[str, Any]

DATA_BYTES = 256 * 1024 * 1024  # far above MAX_FILE_MB
MESSAGE_BYTES = 64 * 1024 * 1024
ALL_NAMES = "commands*.sock"
PATH_BYTES = 103  # a socket's address has no room for more on some systems
_LENGTHS = struct.Struct(">II")


class BrokenFrame(Exception):
    """The other end sent something else."""


def pack(message: Json, data: bytes = b"") -> bytes:
    """A message, and bytes that belong to it, in one frame."""
    text = json.dumps(message).encode("ascii")
    return _LENGTHS.pack(len(text), len(data)) + text + data


async def receive(reader: asyncio.StreamReader) -> tuple[Json, bytes]:
    """The next message and its bytes. Raises EOFError at the end, BrokenFrame for anything else."""
    try:
        lengths = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
        if lengths[0] > MESSAGE_BYTES or lengths[1] > DATA_BYTES:
            raise BrokenFrame(f"a message of {lengths[0]} and {lengths[1]} bytes")
        text, data = [await reader.readexactly(length) for length in lengths]
        message = json.loads(text)
    except ConnectionError as error:
        raise EOFError("the connection was cut") from error
    except ValueError as error:
        raise BrokenFrame("not a message") from error
    if not isinstance(message, dict):
        raise BrokenFrame("not a message")
    return message, data


def socket_name(shards: Shards) -> str:
    """The name of the socket of the process that serves some shards."""
    return "commands.sock" if shards.are_all else f"commands-{shards.process_number}.sock"


@contextmanager
def address_in(folder: Path, name: str) -> Iterator[str]:
    """The address of a socket in a data folder, also where the folder's path is too long for one.

    Raises OSError where there is no such folder, or no way to shorten its path.
    """
    path = str(folder / name)
    if len(os.fsencode(path)) <= PATH_BYTES or sys.platform != "linux":
        yield path
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{name}"
    finally:
        os.close(handle)
