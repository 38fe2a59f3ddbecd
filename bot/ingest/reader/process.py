"""One reader process as the bot sees it: started, spoken to, killed.

Promises: the process gets nothing of the bot's environment, open files or terminal; an answer
that is not one counts as a crash; ``end`` leaves nothing behind. Blocks: for threads. What the
process forbids itself is in ``reader_child``; how long it may take is decided in ``reader``.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from bot import errors
from bot.errors import ArticleRefused, DamagedDocument, DocumentTooComplex, ReaderUnavailable
from bot.ingest.formats.document import Document, OnProgress
from bot.ingest.reader import ipc
from bot.records import Passage

log = logging.getLogger(__name__)

T = TypeVar("T")

WATCH_INTERVAL_S = 0.05  # looking costs 30 µs; memory that the kernel limits grows 50 MB in it
# The bot may be installed in any way, so the reader is told where its modules are.
PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from bot.ingest.reader.worker import main; main()"
)
SIGXCPU = getattr(signal, "SIGXCPU", None)  # not on Windows
SIGKILL = getattr(signal, "SIGKILL", None)

TOO_SLOW = (
    "Reading this file took longer than one article may take, so nothing was stored. "
    "Hand it in in parts, or paste the text of the article."
)
TOO_MUCH_MEMORY = (
    "Reading this file took more memory than one article may use, so nothing was stored. "
    "Hand it in in parts, or paste the text of the article."
)
CRASHED = (
    "This file is built in a way that stops the program that reads it, so nothing was stored. "
    "Save it anew with another program, or paste the text of the article."
)
FAILED = (
    "Something in this file is not as its format has it and could not be read, so nothing was "
    "stored. Save it anew with another program, or paste the text of the article."
)
CLOSED = "Footnote is shutting down, so nothing was stored. Try again when it is back."


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A file as a reader gives it back."""

    document: Document
    passages: tuple[Passage, ...]


class WorkerDied(Exception):
    """The process ended before it answered: of "time", "memory", a "crash", or "closed"."""

    def __init__(self, why: str):
        super().__init__(why)
        self.cause = why

    def refusal(self) -> ArticleRefused:
        """What the user is told."""
        if self.cause == "closed":
            return ReaderUnavailable(CLOSED)
        return DocumentTooComplex(
            {"time": TOO_SLOW, "memory": TOO_MUCH_MEMORY, "crash": CRASHED}[self.cause]
        )


class ReaderProcess:
    """One reader process. Its pipes are used by one thread at a time; anyone may kill it."""

    def __init__(self) -> None:
        self.documents_read = 0
        self.layers: dict[str, bool] = {}
        self.kill_cause = ""  # why, when it was the bot
        self._process = subprocess.Popen(
            _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries print may quote the article
            cwd=os.sep,
            env=_environment(),
            start_new_session=True,  # Ctrl-C in the terminal is for the bot
        )
        self._requests = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)

    def start(self, orders: ipc.Json) -> None:
        """Waits until the process is warm and confined. Raises WireError when it cannot be."""
        ipc.send(self._requests, ipc.dump(orders))
        answer = self._hear()
        if answer["kind"] != "ready":
            raise ipc.ProtocolError(answer["error"])
        self.layers = answer["layers"]

    def read(
        self, about: ipc.Json, data: bytes | str, tell: OnProgress
    ) -> ReadResult | ArticleRefused:
        """Sends one file and waits for what becomes of it."""
        frame = ipc.dump_text(data) if isinstance(data, str) else data
        ipc.send(self._requests, ipc.dump(about), frame)
        tell = ipc.ThrottledProgress(tell)
        while (answer := self._hear())["kind"] == "progress":
            tell(int(answer["page"]), int(answer["pages"]))
        return self._hear_read(answer) if answer["kind"] == "read" else _refusal(answer)

    def run_guarded(self, wall_s: float, memory_bytes: int, work: Callable[[], T]) -> T:
        """Does ``work`` with this process, which is killed when it goes too far.

        Raises Died, with nothing left of the process, when the talk breaks off.
        """
        is_done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(is_done, wall_s, memory_bytes))
        watcher.start()
        try:
            return work()
        except Exception as error:  # a rim: no answer may harm the bot
            if not isinstance(error, EOFError | OSError):
                self.kill("crash")
            self.terminate()
            raise WorkerDied(self._cause_of_death()) from error
        finally:
            is_done.set()
            watcher.join()

    def kill(self, why: str) -> None:
        """Ends the process at once; who talks with it meets the end of the stream."""
        self.kill_cause = self.kill_cause or why
        self._process.kill()

    def terminate(self) -> None:
        """Leaves nothing of the process. Waits for the kernel: 0.1 s for a gigabyte."""
        self._process.kill()
        for pipe in (self._requests, self._answers):
            with suppress(OSError):  # what was not sent yet cannot be
                pipe.close()
        self._process.wait()

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def resident_bytes(self) -> int | None:
        """Bytes of memory in use; None where the kernel does not tell in /proc."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        except OSError:
            return None
        return int(pages) * mmap.PAGESIZE

    def _watch(self, is_done: threading.Event, wall_s: float, memory_bytes: int) -> None:
        deadline = time.monotonic() + wall_s
        while not is_done.wait(WATCH_INTERVAL_S):
            if time.monotonic() > deadline:
                self.kill("time")
            elif (self.resident_bytes() or 0) > memory_bytes:
                self.kill("memory")

    def _hear(self) -> ipc.Json:
        return ipc.load(ipc.receive(self._answers))

    def _hear_read(self, answer: ipc.Json) -> ReadResult:
        document = ipc.load_document(ipc.receive(self._answers), ipc.receive(self._answers))
        passages: list[Passage] = []
        while len(passages) < answer["passages"]:
            passages += ipc.load_passages(ipc.receive(self._answers))
        return ReadResult(document, tuple(passages))

    def _cause_of_death(self) -> str:
        if self.kill_cause:
            return self.kill_cause
        if SIGXCPU and self._process.returncode == -SIGXCPU:
            return "time"
        if SIGKILL and self._process.returncode == -SIGKILL:
            return "memory"  # nobody else kills but a kernel that has run out of it
        return "crash"


def _command() -> list[str]:
    postings = [str(Path(place).absolute()) for place in sys.path]
    home = str(Path(__file__).parents[2])
    if home not in postings:
        postings.insert(0, home)
    bytecode = ["-B"] if sys.dont_write_bytecode else []
    return [sys.executable, "-I", "-S", "-X", "utf8", *bytecode, "-c", PROGRAM, *postings]


def _environment() -> dict[str, str]:
    """Nothing; Windows cannot start a program without knowing where it is itself."""
    if sys.platform == "win32":
        return {"SYSTEMROOT": os.environ["SYSTEMROOT"]}  # noqa: TID251 - not a setting
    return {}


def _refusal(answer: ipc.Json) -> ArticleRefused:
    """The error that an answer other than a document stands for."""
    if answer["kind"] == "refused":
        found = getattr(errors, answer["error"], ArticleRefused)
        is_refusal = isinstance(found, type) and issubclass(found, ArticleRefused)
        return (found if is_refusal else ArticleRefused)(answer["message"])
    if answer["kind"] == "exceeded":
        return DocumentTooComplex(TOO_MUCH_MEMORY)
    log.error("reading failed: %s", answer["error"])
    return DamagedDocument(FAILED)
