"""Prints an answer while it is written: sentences to standard output, progress to standard error.

Preliminary quotes are not part of the answer, so they go to standard error too.
"""

from __future__ import annotations

import textwrap

from bot.answer.events import (
    Checking,
    Event,
    Preview,
    Queued,
    Retrieved,
    Searching,
    SentenceAdded,
)
from bot.answer_records import AnswerSentence, superscript
from bot.service.progress import ahead_line, checking_line, looking_line, reading_line
from bot.strings import N_, _
from bot.terminal.console import console
from bot.verify.verification_summary import mark_unchecked

MAX_WIDTH = 100  # characters; longer lines are harder to read
STILL_WRITING = N_("The model is still writing. In the meantime, quoted from the sources:")
STILL_WRITING_NO_QUOTES = N_("The model is still writing. There are no direct quotes to show.")


def show_progress(text: str) -> None:
    """Print a progress line that the next one overwrites. Only on a terminal."""
    abilities = console().abilities
    if abilities.is_error_terminal:
        console().write_error(f"\r\x1b[K{text[: abilities.columns - 1]}", end="")


def wrap(text: str, indent: str = "") -> str:
    """A paragraph wrapped to the terminal's width."""
    return textwrap.fill(text, _width(), subsequent_indent=indent, break_on_hyphens=False)


class LiveAnswer:
    """Prints an answer event by event. ``silent``: only to standard error."""

    def __init__(self, *, silent: bool = False):
        self._silent = silent
        self._column = 0

    @property
    def has_started(self) -> bool:
        """Whether any sentence was printed."""
        return self._column > 0

    def handle(self, event: Event) -> None:
        """Print one event."""
        match event:
            case Retrieved(findings):
                show_progress(reading_line(findings))
            case Queued(ahead) if ahead:
                show_progress(ahead_line(ahead))
            case Searching(searches):
                show_progress(looking_line("; ".join(searches)))
            case Checking(sentences):
                show_progress(checking_line(sentences))
            case Preview(sentences):
                self._print_preliminary(sentences)
            case SentenceAdded(sentence) if not self._silent:
                self._print_sentence(sentence)

    def end(self) -> None:
        """End the last line."""
        show_progress("")
        if self.has_started:
            console().write("")

    def _print_preliminary(self, sentences: tuple[AnswerSentence, ...]) -> None:
        show_progress("")
        quotes = [f"  “{sentence.text}”" for sentence in sentences]
        for line in [_(STILL_WRITING), *quotes] if quotes else [_(STILL_WRITING_NO_QUOTES)]:
            console().write_error(wrap(line, "  "))

    def _print_sentence(self, sentence: AnswerSentence) -> None:
        show_progress("")
        if self.has_started and sentence.paragraph:
            console().write("")
            self._column = 0
        marks = superscript(sentence.footnotes) + mark_unchecked(sentence)
        words = (sentence.text + marks).split(" ")
        text = ""
        for word in filter(None, words):
            fits = self._column + 1 + len(word) <= _width()
            if self._column:
                text += " " if fits else "\n"
            self._column = self._column + 1 + len(word) if self._column and fits else len(word)
            text += word
        console().write(text, end="")


def _width() -> int:
    return min(MAX_WIDTH, console().abilities.columns)
