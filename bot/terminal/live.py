"""An answer as it comes: its sentences on standard output, the wait for them on standard error.

What is on standard output is part of the answer: preliminary quotes are not, so they go beside it.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

from bot.answer.events import Event, Preview, Queued, Retrieved, SentenceAdded
from bot.records import AnswerSentence, superscript

WIDTH = 100  # characters; a line of text is read no more easily when it is longer
STILL_WRITING = "The model is still writing. In the meantime, quoted from the sources:"
STILL_WRITING_NO_QUOTES = "The model is still writing, and nothing can be quoted directly."


def show_progress(text: str) -> None:
    """A line of progress that the next one overwrites; nothing when nobody watches."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{text[:width]}", end="", file=sys.stderr, flush=True)


def wrap(text: str, indent: str = "") -> str:
    """A paragraph in lines that the terminal can hold."""
    return textwrap.fill(text, _width(), subsequent_indent=indent, break_on_hyphens=False)


def write(text: str, end: str = "\n") -> None:
    """Prints to standard output, at once. Whoever reads it may have seen enough."""
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class LiveAnswer:
    """Prints an answer event by event. ``silent``: only what goes to standard error."""

    def __init__(self, *, silent: bool = False):
        self._silent = silent
        self._column = 0

    @property
    def has_started(self) -> bool:
        """Whether sentences were printed."""
        return self._column > 0

    def handle(self, event: Event) -> None:
        """Prints what happened."""
        match event:
            case Retrieved(findings):
                show_progress(
                    f"reading {len(findings.hits)} passages of {findings.passages_in_scope}"
                )
            case Queued(before) if before:
                show_progress(f"{before} question{'s' if before > 1 else ''} before yours")
            case Preview(sentences):
                self._beside(sentences)
            case SentenceAdded(sentence) if not self._silent:
                self._say(sentence)

    def end(self) -> None:
        """Ends the last line."""
        show_progress("")
        if self.has_started:
            write("")

    def _beside(self, sentences: tuple[AnswerSentence, ...]) -> None:
        show_progress("")
        lines = [STILL_WRITING, *(f"  “{sentence.text}”" for sentence in sentences)]
        for line in lines if sentences else [STILL_WRITING_NO_QUOTES]:
            print(wrap(line, "  "), file=sys.stderr, flush=True)

    def _say(self, sentence: AnswerSentence) -> None:
        show_progress("")
        if self.has_started and sentence.paragraph:
            write("")
            self._column = 0
        words = (sentence.text + superscript(sentence.footnotes)).split(" ")
        text = ""
        for word in filter(None, words):
            fits = self._column + 1 + len(word) <= _width()
            if self._column:
                text += " " if fits else "\n"
            self._column = self._column + 1 + len(word) if self._column and fits else len(word)
            text += word
        write(text, end="")


def _width() -> int:
    return min(WIDTH, shutil.get_terminal_size().columns)
