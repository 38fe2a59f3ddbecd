"""``footnote chat``: a conversation at the prompt, in which follow-ups are understood.

A line is a question; a number alone opens a footnote of the last answer. In a terminal the prompt
has line editing, Ctrl-C stops the model (twice: the program), and Ctrl-D ends. When standard input
is a file or a pipe, each question is printed before its answer. Nothing but questions and answers
goes to standard output.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module

from bot.answer.model_stream import StopSignal
from bot.app import App
from bot.errors import FootnoteError
from bot.records import Scope
from bot.service.ask import MAX_TURNS
from bot.store.protocols import Library
from bot.store.values import StoredAnswer
from bot.strings import N_, _, ngettext
from bot.terminal.answer_text import answer_text, footnote_text
from bot.terminal.asking import answer_and_keep, open_last_footnote, question_of
from bot.terminal.live import wrap, write
from bot.terminal.output import DONE, EMPTY_LIBRARY, FAILED, Result

PROMPT = "> "
MAX_NUMBER_DIGITS = 3  # a longer number is a question, perhaps of a year
HOW_TO = N_("Type a question, or the number of a footnote to open it. Ctrl-D ends.")


async def chat(app: App, arguments: argparse.Namespace) -> Result:
    """Answer line after line; failed if a line of a file or a pipe could not be answered."""
    if sys.stdin is None:  # it was closed
        return DONE, None, ""
    is_interactive = sys.stdin.isatty()
    async with app.store.library(arguments.server) as library:
        conversation = _Conversation(app, library, arguments)
        if is_interactive:
            _use_line_editing()
            await _greet(library, Scope(arguments.server))
        for line in _lines(is_interactive=is_interactive):
            if not is_interactive:
                write(PROMPT + line)
            await conversation.answer_line(line)
            write("")
    failed = conversation.has_failed and not is_interactive
    return FAILED if failed else DONE, None, ""


class _Conversation:
    """The questions so far, and what is done with a line."""

    def __init__(self, app: App, library: Library, arguments: argparse.Namespace):
        self._app, self._library, self._arguments = app, library, arguments
        self._turns: list[StoredAnswer] = []
        self.has_failed = False

    async def answer_line(self, line: str) -> None:
        """Print the answer, the footnote or the error."""
        try:
            number = unicodedata.normalize("NFKC", line)  # ¹, copied from the answer, is 1
            if number.isdecimal() and len(number) <= MAX_NUMBER_DIGITS:
                await self._open_footnote(int(number))
            else:
                await self._ask(line)
        except FootnoteError as error:
            self.has_failed = True
            print(error.message, file=sys.stderr, flush=True)

    async def _open_footnote(self, n: int) -> None:
        opened = await open_last_footnote(self._library, self._arguments.server, n)
        write(footnote_text(opened, is_terminal=sys.stdout.isatty()))

    async def _ask(self, line: str) -> None:
        stop = StopSignal()
        question = question_of(self._arguments, line, self._turns)
        with _stopped_by_interrupt(stop):
            result = await answer_and_keep(self._app, self._library, question, stop=stop)
        write(answer_text(result.answer, is_printed=result.is_printed))
        if result.answer.mode == "help":
            return
        self._turns = [*self._turns, result.turn][-MAX_TURNS:]


# --- the prompt ------------------------------------------------------------------------------


def _use_line_editing() -> None:
    with suppress(ImportError):  # not on Windows
        import_module("readline")  # from then on, input() uses it


async def _greet(library: Library, scope: Scope) -> None:
    count = (await library.articles.totals(scope)).articles
    size = ngettext("{n:,} article.", "{n:,} articles.", count).format(n=count)
    head = size if count else _(EMPTY_LIBRARY)
    print(head, wrap(_(HOW_TO)), sep="\n", end="\n\n", file=sys.stderr, flush=True)


def _lines(*, is_interactive: bool) -> Iterator[str]:
    """The lines that are not empty, until the end of standard input."""
    while (line := _read(is_interactive=is_interactive)) is not None:
        if text := line.strip():
            yield text


def _read(*, is_interactive: bool) -> str | None:
    """The next line, None at the end. Ctrl-C at the prompt begins a new line."""
    with _default_interrupt():
        if not is_interactive:
            line = sys.stdin.buffer.readline()
            return line.decode("utf-8", "replace") if line else None
        try:
            if sys.stdout.isatty():
                return input(PROMPT)
            print(PROMPT, end="", file=sys.stderr, flush=True)
            return input()
        except KeyboardInterrupt:
            print(file=sys.stderr)
            return ""
        except EOFError:
            print(file=sys.stderr)
            return None


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
    """Inside, Ctrl-C stops the model, and pressed again it ends the program."""
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
