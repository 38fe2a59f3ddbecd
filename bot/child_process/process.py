"""The bot's handle on one child process: start it, talk to it, kill it.

Promises: the process inherits none of the bot's environment, open files or terminal; a malformed
answer counts as a crash; ``terminate`` leaves nothing behind. The methods block: call them in a
thread. What the process forbids itself is in ``confinement``.
"""

from __future__ import annotations

import mmap
import os
import signal
import subprocess  # nosec B404
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar, cast

from bot.child_process import frames

T = TypeVar("T")

WATCH_INTERVAL_S = 0.05  # looking costs 30 µs; memory that the kernel limits grows 50 MB in it
# The bot may be installed in any way, so the child receives its module search path.
PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from {module} import main; main()"
SIGXCPU = getattr(signal, "SIGXCPU", None)  # not on Windows
SIGKILL = getattr(signal, "SIGKILL", None)
DeathCause = Literal["time", "memory", "crash", "closed", "cancelled"]


class ChildDied(Exception):
    """The process ended before it answered."""

    def __init__(self, cause: DeathCause):
        super().__init__(cause)
        self.cause = cause


class ChildProcess:
    """A process that runs ``main`` of a module of the bot.

    One thread at a time may use its pipes; any thread may kill it.
    """

    def __init__(self, module: str) -> None:
        self.kill_cause: DeathCause | None = None  # set when the bot killed it
        self._process = subprocess.Popen(  # nosec B603  # fixed words, without a shell
            _command(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries print may quote the article
            cwd=os.sep,
            env=_environment(),
            start_new_session=True,  # Ctrl-C in the terminal is for the bot
        )
        self.requests = cast(BinaryIO, self._process.stdin)
        self.answers = cast(BinaryIO, self._process.stdout)

    def receive(self) -> frames.Json:
        """The next answer, as JSON."""
        return frames.load(frames.receive(self.answers))

    def run_guarded(self, wall_s: float, memory_bytes: int, work: Callable[[], T]) -> T:
        """Do ``work`` with this process, and kill it if it exceeds a limit.

        Raises ChildDied, with nothing left of the process, when the conversation breaks off.
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
            raise ChildDied(self._cause_of_death()) from error
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
        for pipe in (self.requests, self.answers):
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

    def _cause_of_death(self) -> DeathCause:
        if self.kill_cause:
            return self.kill_cause
        if SIGXCPU and self._process.returncode == -SIGXCPU:
            return "time"
        if SIGKILL and self._process.returncode == -SIGKILL:
            return "memory"  # only a kernel that is out of memory sends this signal
        return "crash"


def _command(module: str) -> list[str]:
    search_path = [str(Path(entry).absolute()) for entry in sys.path]
    root = str(Path(__file__).parents[2])
    if root not in search_path:
        search_path.insert(0, root)
    program = PROGRAM.format(module=module)
    bytecode = ["-B"] if sys.dont_write_bytecode else []
    return [sys.executable, "-I", "-S", "-X", "utf8", *bytecode, "-c", program, *search_path]


def _environment() -> dict[str, str]:
    """Empty, except on Windows, which cannot start a program without SYSTEMROOT."""
    if sys.platform == "win32":
        return {"SYSTEMROOT": os.environ["SYSTEMROOT"]}  # noqa: TID251 - not a setting
    return {}
