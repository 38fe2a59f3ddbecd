"""The bot's handle on one reader process: start it, send it a file, kill it.

Promises: the process inherits none of the bot's environment, open files or terminal; a malformed
answer counts as a crash; ``terminate`` leaves nothing behind. The methods block: call them in a
thread. What the process forbids itself is in ``worker``; its limits are set in ``pool``.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import subprocess  # nosec B404
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar, cast

from bot import errors
from bot.errors import ArticleRefused, DamagedDocument, DocumentTooComplex, ReaderUnavailable
from bot.ingest.extract.document import Document, OnProgress
from bot.ingest.worker import ipc
from bot.records import Passage
from bot.strings import N_, _

log = logging.getLogger(__name__)

T = TypeVar("T")

WATCH_INTERVAL_S = 0.05  # looking costs 30 µs; memory that the kernel limits grows 50 MB in it
# The bot may be installed in any way, so the worker receives its module search path.
PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from bot.ingest.worker.worker import main; main()"
)
SIGXCPU = getattr(signal, "SIGXCPU", None)  # not on Windows
SIGKILL = getattr(signal, "SIGKILL", None)

TOO_SLOW = N_(
    "Reading this file took too long, so nothing was stored. "
    "Add it in parts, or paste the text of the article."
)
TOO_MUCH_MEMORY = N_(
    "Reading this file took too much memory, so nothing was stored. "
    "Add it in parts, or paste the text of the article."
)
CRASHED = N_(
    "This file crashes the program that reads it, so nothing was stored. "
    "Save it again with another program, or paste the text of the article."
)
FAILED = N_(
    "Something in this file breaks the rules of its format, so it couldn't be read and nothing "
    "was stored. Save it again with another program, or paste the text of the article."
)
CLOSED = N_("Footnote is shutting down, so nothing was stored. Try again when it's back.")
DeathCause = Literal["time", "memory", "crash", "closed", "cancelled"]
REFUSALS: dict[DeathCause, str] = {"time": TOO_SLOW, "memory": TOO_MUCH_MEMORY, "crash": CRASHED}


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a reader returns for a file."""

    document: Document
    passages: tuple[Passage, ...]


class WorkerDied(Exception):
    """The process ended before it answered."""

    def __init__(self, cause: DeathCause):
        super().__init__(cause)
        self.cause = cause

    def refusal(self) -> ArticleRefused:
        """The error shown to the user."""
        if self.cause == "closed":
            return ReaderUnavailable(_(CLOSED))
        return DocumentTooComplex(_(REFUSALS[self.cause]))


class ReaderProcess:
    """One reader process. One thread at a time may use its pipes; any thread may kill it."""

    def __init__(self) -> None:
        self.documents_read = 0
        self.layers: dict[str, bool] = {}
        self.kill_cause: DeathCause | None = None  # set when the bot killed it
        self._process = subprocess.Popen(  # nosec B603  # fixed words, without a shell
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

    def start(self, settings: ipc.Json) -> None:
        """Wait until the process is warm and confined. Raises ProtocolError if that fails."""
        ipc.send(self._requests, ipc.dump(settings))
        answer = self._receive()
        if answer["kind"] != "ready":
            raise ipc.ProtocolError(answer["error"])
        self.layers = answer["layers"]

    def read(
        self, header: ipc.Json, data: bytes | str, on_progress: OnProgress
    ) -> ReadResult | ArticleRefused:
        """Send one file and wait for its result."""
        frame = ipc.dump_text(data) if isinstance(data, str) else data
        ipc.send(self._requests, ipc.dump(header), frame)
        report = ipc.ThrottledProgress(on_progress)
        while (answer := self._receive())["kind"] == "progress":
            report(int(answer["page"]), int(answer["pages"]))
        return self._receive_result(answer) if answer["kind"] == "read" else _refusal(answer)

    def run_guarded(self, wall_s: float, memory_bytes: int, work: Callable[[], T]) -> T:
        """Do ``work`` with this process, and kill it if it exceeds a limit.

        Raises WorkerDied, with nothing left of the process, when the conversation breaks off.
        """
        is_done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(is_done, wall_s, memory_bytes))
        watcher.start()
        try:
            return work()
        except Exception as error:  # an outer edge: no answer may harm the bot
            if not isinstance(error, EOFError | OSError):
                self.kill("crash")
            self.terminate()
            raise WorkerDied(self._cause_of_death()) from error
        finally:
            is_done.set()
            watcher.join()

    def kill(self, cause: DeathCause) -> None:
        """End the process at once; a thread that reads from it gets EOFError."""
        self.kill_cause = self.kill_cause or cause
        self._process.kill()

    def terminate(self) -> None:
        """Kill the process, close its pipes and reap it. Takes 0.1 s per gigabyte it used."""
        self._process.kill()
        for pipe in (self._requests, self._answers):
            with suppress(OSError):  # unsent data cannot be flushed
                pipe.close()
        self._process.wait()

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def resident_bytes(self) -> int | None:
        """Bytes of memory in use; None where there is no /proc."""
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

    def _receive(self) -> ipc.Json:
        return ipc.load(ipc.receive(self._answers))

    def _receive_result(self, answer: ipc.Json) -> ReadResult:
        frames = iter(partial(ipc.receive, self._answers), None)
        document = ipc.load_document(frames)
        passages: list[Passage] = []
        while len(passages) < answer["passages"]:
            passages += ipc.load_passages(ipc.receive(self._answers))
        return ReadResult(document, tuple(passages))

    def _cause_of_death(self) -> DeathCause:
        if self.kill_cause:
            return self.kill_cause
        if SIGXCPU and self._process.returncode == -SIGXCPU:
            return "time"
        if SIGKILL and self._process.returncode == -SIGKILL:
            return "memory"  # only a kernel that is out of memory sends this signal
        return "crash"


def _command() -> list[str]:
    search_path = [str(Path(entry).absolute()) for entry in sys.path]
    root = str(Path(__file__).parents[2])
    if root not in search_path:
        search_path.insert(0, root)
    bytecode = ["-B"] if sys.dont_write_bytecode else []
    return [sys.executable, "-I", "-S", "-X", "utf8", *bytecode, "-c", PROGRAM, *search_path]


def _environment() -> dict[str, str]:
    """Empty, except on Windows, which cannot start a program without SYSTEMROOT."""
    if sys.platform == "win32":
        return {"SYSTEMROOT": os.environ["SYSTEMROOT"]}  # noqa: TID251 - not a setting
    return {}


def _refusal(answer: ipc.Json) -> ArticleRefused:
    """The error for an answer other than a document."""
    if answer["kind"] == "refused":
        error = getattr(errors, answer["error"], ArticleRefused)
        is_refusal = isinstance(error, type) and issubclass(error, ArticleRefused)
        return (error if is_refusal else ArticleRefused)(answer["message"])
    if answer["kind"] == "exceeded":
        return DocumentTooComplex(_(TOO_MUCH_MEMORY))
    log.error("reading failed: %s", answer["error"])
    return DamagedDocument(_(FAILED))
