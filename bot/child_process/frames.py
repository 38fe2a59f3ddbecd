"""What goes through the pipes of a child process: frames.

A frame is its length in four bytes and then its bytes. Promises: any text comes through, even lone
surrogates; nothing is ever unpickled; a frame is at most ``FRAME_BYTES``. Knows nothing of
processes.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

Json = dict[str, Any]

FRAME_BYTES = 256 * 1024 * 1024  # far above MAX_FILE_MB; a greater length is a broken stream
_LENGTH = struct.Struct(">I")


class ProtocolError(Exception):
    """The other end broke the protocol."""


def send(stream: BinaryIO, *frames: bytes) -> None:
    """Write frames and flush the stream."""
    for frame in frames:
        stream.write(_LENGTH.pack(len(frame)))
        stream.write(frame)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """Read the next frame. Raises EOFError at the end of the stream; ProtocolError if too long."""
    (length,) = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))
    if length > FRAME_BYTES:
        raise ProtocolError(f"a frame of {length} bytes")
    return _read_exactly(stream, length)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the stream ended")
    return data


def dump(value: Json) -> bytes:
    """JSON in one frame."""
    return dump_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def load(frame: bytes) -> Json:
    """The JSON object of a frame. Raises ValueError."""
    value: Json = json.loads(load_text(frame))
    return value


def dump_text(text: str) -> bytes:
    """Text in one frame."""
    return text.encode("utf-8", "surrogatepass")


def load_text(frame: bytes) -> str:
    """The text of a frame."""
    return frame.decode("utf-8", "surrogatepass")
