"""What a command talks to: the terminal here, or one at the other end of a socket.

Results go to standard output, progress and errors to standard error. The commands use the console
of their context, so one code serves ``footnote ask`` and the same question asked through a running
bot (``remote``). Knows nothing of what the commands do.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from bot.answer.model_stream import StopSignal
from bot.errors import ArticleRefused
from bot.strings import _

PROMPT = "> "
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a console's three streams are, and how many characters fit in a line."""

    has_input: bool
    is_input_terminal: bool
    is_output_terminal: bool
    is_error_terminal: bool
    columns: int


class Console(Protocol):
    """Where a command's words go, and where its lines and files come from."""

    @property
    def abilities(self) -> Abilities:
        """What the streams are."""

    def write(self, text: str, end: str = "\n") -> None:
        """Print to standard output and flush. A reader that has closed the pipe is no error."""

    def write_error(self, text: str, end: str = "\n") -> None:
        """Print to standard error and flush."""

    async def read_line(self) -> str | None:
        """The next line of standard input, None at the end. Ctrl-C at the prompt: an empty one."""

    async def read_file(self, source: str, most: int) -> bytes:
        """The first ``most`` bytes of a file, or of standard input. Raises ArticleRefused."""

    def stopped_by_interrupt(self, stop: StopSignal) -> AbstractContextManager[None]:
        """Inside, Ctrl-C stops the model, and pressed again it ends the program."""


class LocalConsole:
    """The terminal of this process."""

    @property
    def abilities(self) -> Abilities:
        return Abilities(
            has_input=sys.stdin is not None,
            is_input_terminal=sys.stdin is not None and sys.stdin.isatty(),
            is_output_terminal=sys.stdout.isatty(),
            is_error_terminal=sys.stderr.isatty(),
            columns=shutil.get_terminal_size().columns,
        )

    def write(self, text: str, end: str = "\n") -> None:
        try:
            print(text, end=end, flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def write_error(self, text: str, end: str = "\n") -> None:
        print(text, end=end, file=sys.stderr, flush=True)

    async def read_line(self) -> str | None:
        with _default_interrupt():
            if not sys.stdin.isatty():
                line = sys.stdin.buffer.readline()
                return line.decode("utf-8", "replace") if line else None
            return self._prompt()

    def _prompt(self) -> str | None:
        with suppress(ImportError):  # not on Windows
            import_module("readline")  # from then on, input() uses it
        try:
            if sys.stdout.isatty():
                return input(PROMPT)
            self.write_error(PROMPT, end="")
            return input()
        except KeyboardInterrupt:
            self.write_error("")
            return ""
        except EOFError:
            self.write_error("")
            return None

    async def read_file(self, source: str, most: int) -> bytes:
        return await asyncio.to_thread(_read_file, source, most)

    def stopped_by_interrupt(self, stop: StopSignal) -> AbstractContextManager[None]:
        return _stopped_by_interrupt(stop)


HERE = LocalConsole()
_console: ContextVar[Console] = ContextVar("console")


def console() -> Console:
    """The console of the block; that of this process outside of ``talking_to``."""
    return _console.get(HERE)


@contextmanager
def talking_to(other: Console) -> Iterator[None]:
    """Inside, commands talk to another console."""
    token = _console.set(other)
    try:
        yield
    finally:
        _console.reset(token)


def _read_file(source: str, most: int) -> bytes:
    if source == STANDARD_INPUT:
        return sys.stdin.buffer.read(most)
    try:
        with Path(source).open("rb") as file:
            return file.read(most)
    except OSError as error:
        message = _("The file can't be read: {reason}.").format(reason=error.strerror)
        raise ArticleRefused(message) from error


@contextmanager
def _default_interrupt() -> Iterator[None]:
    """Inside, Ctrl-C raises KeyboardInterrupt at once: asyncio's handler waits for the loop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _stopped_by_interrupt(stop: StopSignal) -> Iterator[None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def interrupt() -> None:
        if stop.is_set:
            task.cancel()
        stop.set()

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, RuntimeError, ValueError):  # on Windows, or not the main thread
        yield
        return
    try:
        yield
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        loop.remove_signal_handler(signal.SIGINT)
