"""Stands in for ``extract`` in a reader process and does what the file's name says."""

from __future__ import annotations

import ctypes
import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.child_process import frames
from bot.ingest.extract.document import Bounds, Document

MIB = 1024 * 1024
PAGES = 20_000
hoarded: list[bytes] = []


def extract(
    data: bytes,
    name: str,
    *,
    bounds: Bounds,
    on_progress: Callable[[int, int], None],
    careful: bool = False,
    **options: object,
) -> Document:
    """``data`` is what the deed needs to know; its outcome is the document's text."""
    if name == "abort" and not careful:
        os.abort()
    if name == "pages":
        for page in range(1, PAGES + 1):
            on_progress(page, PAGES)
    if name == "pages in words":
        on_progress("many", "more")  # type: ignore[arg-type]
    return Document(DEEDS.get(name, bytes.decode)(data))


def compute(data: bytes) -> str:
    while True:
        pass


def wait(data: bytes) -> str:
    time.sleep(3_600)  # a test ends it
    return "awake"


def hoard(data: bytes) -> str:
    hoarded.extend(b"x" * MIB for _ in range(int(data)))
    return str(len(hoarded))


def weigh(data: bytes) -> str:
    """Pages of memory in use."""
    return Path("/proc/self/statm").read_text().split()[1]


def abort(data: bytes) -> str:
    os.abort()


def say(data: bytes) -> str:
    sys.stdout.write("printed")
    sys.stdout.flush()
    os.write(1, b"written")
    return sys.stdin.read() or "nothing to hear"


def babble(data: bytes) -> str:
    """Writes into the pipe that carries the answers."""
    for number in range(3, 20):
        try:
            os.write(number, b"\0\0\0\2[]" * 9)
        except OSError:
            continue
    return wait(data)


def flood(data: bytes) -> str:
    """Tells of pages in the bot's own language, and more often than a reader does."""
    stream = io.BytesIO()
    frames.send(stream, *[frames.dump({"kind": "progress", "page": 1, "pages": PAGES})] * PAGES)
    for number in range(3, 20):
        left = stream.getvalue()
        try:
            while left:
                left = left[os.write(number, left) :]
        except OSError:
            continue
    return "told"


def know(data: bytes) -> str:
    """All that there is to know: variables, open files, loaded modules."""
    files = [str(number) for number in range(1000) if _is_open(number)]
    variables = repr(dict(os.environ))  # noqa: TID251 - all of them
    return "\n".join([variables, " ".join(files), " ".join(sys.modules)])


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def fail(data: bytes) -> str:
    raise KeyError(data.decode())


def who(data: bytes) -> str:
    return str(os.getpid())


def attempt(data: bytes) -> str:
    """What comes of doing something that is forbidden."""
    deed, _, target = data.decode().partition(" ")
    try:
        FORBIDDEN[deed](target)
    except OSError as error:
        return f"refused: {error}"
    return "done"


def connect_natively(data: bytes) -> str:
    """Past Python and its audit hook, as a library in C could."""
    libc = ctypes.CDLL(None)
    port = int(data).to_bytes(2, "big")
    address = socket.AF_INET.to_bytes(2, sys.byteorder) + port + bytes([127, 0, 0, 1]) + bytes(8)
    number = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    return "done" if libc.connect(number, address, len(address)) == 0 else "refused"


FORBIDDEN: dict[str, Callable[[str], object]] = {
    "connect": lambda port: socket.create_connection(("127.0.0.1", int(port))),
    "resolve": lambda name: socket.getaddrinfo(name, 80),
    "run": lambda program: subprocess.run([program], check=True),
    "fork": lambda _: os.fork(),
    "shell": os.system,
    "create": lambda path: Path(path).write_text("x"),
    "append": lambda path: os.open(path, os.O_APPEND),
    "remove": os.remove,
    "rename": lambda path: Path(path).rename(path + "2"),
}
DEEDS: Mapping[str, Callable[[bytes], str]] = {
    "abort always": abort,
    "attempt": attempt,
    "babble": babble,
    "compute": compute,
    "connect natively": connect_natively,
    "fail": fail,
    "flood": flood,
    "hoard": hoard,
    "hoard and wait": lambda data: hoard(data) + wait(data),
    "know": know,
    "say": say,
    "wait": wait,
    "weigh": weigh,
    "who": who,
}
