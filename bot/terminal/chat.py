"""``footnote chat``: a conversation at the prompt, in which follow-ups are understood.

A line is a question; a number alone opens a footnote of the last answer, or chooses an article of
those that it asks back with. In a terminal the prompt has line editing, Ctrl-C stops the model
(twice: the program), and Ctrl-D ends. When standard input is a file or a pipe, each question is
printed before its answer. Nothing but questions and answers goes to standard output.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import AsyncIterator

from bot.answer.conversation.memory import read_turns
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
from bot.terminal.console import PROMPT, console
from bot.terminal.live import wrap
from bot.terminal.output import DONE, EMPTY_LIBRARY, FAILED, Result

MAX_NUMBER_DIGITS = 3  # a longer number is a question, perhaps of a year
HOW_TO = N_("Type a question, or the number of a footnote to open it. Ctrl-D ends.")


async def chat(app: App, arguments: argparse.Namespace) -> Result:
    """Answer line after line; failed if a line of a file or a pipe could not be answered."""
    if not console().abilities.has_input:  # it was closed
        return DONE, None, ""
    is_interactive = console().abilities.is_input_terminal
    async with app.store.library(arguments.server) as library:
        conversation = _Conversation(app, library, arguments)
        if is_interactive:
            await _greet(library, Scope(arguments.server))
        async for line in _lines():
            if not is_interactive:
                console().write(PROMPT + line)
            await conversation.answer_line(line)
            console().write("")
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
                await self._choose(int(number))
            else:
                await self._ask(line)
        except FootnoteError as error:
            self.has_failed = True
            console().write_error(error.message)

    async def _choose(self, n: int) -> None:
        """Ask of the article that was offered as the ``n``-th, or else open a footnote."""
        choices = [i for turn in read_turns(self._turns[-1:]) for i in turn.choices]
        if 0 < n <= len(choices):
            await self._ask(f"#{choices[n - 1]}")
        else:
            await self._open_footnote(n)

    async def _open_footnote(self, n: int) -> None:
        opened = await open_last_footnote(self._library, self._arguments.server, n)
        is_terminal = console().abilities.is_output_terminal
        console().write(footnote_text(opened, is_terminal=is_terminal))

    async def _ask(self, line: str) -> None:
        stop = StopSignal()
        question = question_of(self._arguments, line, self._turns)
        with console().stopped_by_interrupt(stop):
            result = await answer_and_keep(self._app, self._library, question, stop=stop)
        console().write(answer_text(result.answer, is_printed=result.is_printed))
        if result.answer.mode == "help":
            return
        self._turns = [*self._turns, result.turn][-MAX_TURNS:]


# --- the prompt ------------------------------------------------------------------------------


async def _greet(library: Library, scope: Scope) -> None:
    count = (await library.articles.totals(scope)).articles
    size = ngettext("{n:,} article.", "{n:,} articles.", count).format(n=count)
    head = size if count else _(EMPTY_LIBRARY)
    console().write_error(f"{head}\n{wrap(_(HOW_TO))}\n")


async def _lines() -> AsyncIterator[str]:
    """The lines that are not empty, until the end of standard input."""
    while (line := await console().read_line()) is not None:
        if text := line.strip():
            yield text
