"""Filters reasoning and special tokens out of a model's streamed text.

Some servers leave a model's reasoning in its text. Recognized are tags (``<think>``,
``<reasoning>``, ``[THINK]`` …), channels (``<|channel|>analysis<|message|>``), and a closing tag
without an opening one, from templates that open the reasoning themselves: everything before it was
reasoning. Tokens that open or end a message are dropped, and so is text after the end of the answer
or in another role's message. A tag in backticks is text.

However the text is divided into chunks, the same comes out, in linear time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import regex

from bot.text.lazy_pattern import lazy_pattern

_THOUGHT = (
    "think|thinking|thoughts?|thought_process|reasoning|reasoning_content|reflection|scratchpad|"
    "analysis|inner_monologue|seed:think"
)
_ANSWER = "answer|final_answer|response|final|solution"
MAX_TOKEN_CHARACTERS = 64  # each of the patterns below matches less
HEADER_CHARACTERS = 60  # role and channel; a longer header is text
TOKEN = lazy_pattern(
    rf"""(?<!`)(?:
      <(?P<close>/)?\s?(?:(?P<thought>{_THOUGHT})|(?P<answer>{_ANSWER}))\s?>
    | \[(?P<close>/)?(?P<thought>THINK)\] | ◁(?P<close>/)?(?P<thought>think)▷
    | <[|｜](?P<special>[\w▁:.-]{{1,40}}|/?\s?INST)[|｜]> | \[/?(?P<special>INST)\]
    | <(?P<special>start_of_turn|end_of_turn)> | <(?P<special>/?s)>
    | (?P<special>assistant(?:commentary)?final)(?=\p{{Lu}})
    )""",
    regex.VERBOSE | regex.IGNORECASE,
)
BARE_CHANNEL = "analysis"  # opens the text if a server dropped a channel's tokens but not its name
HEADERS = frozenset({"start", "channel", "im_start", "start_header_id", "start_of_turn"})
HEADER_LINES = frozenset({"im_start", "start_of_turn"})  # whose header ends with the line
END_TOKENS = (
    "end return im_end eot eot_id eom_id endoftext end_of_text end_of_sentence end_of_turn "
    "end_of_turn_token call /s"
)
ENDS = frozenset(END_TOKENS.split())
OTHERS = frozenset({"user", "system", "tool", "developer", "human", "observation"})
OPENS = lazy_pattern(r"(?:begin|start)_?(?:of_?)?(?:thought|think|thinking|reasoning)|thinking")
CLOSES = lazy_pattern(r"end_?(?:of_?)?(?:thought|think|thinking|reasoning)|/think(?:ing)?")


class StreamState(StrEnum):
    """What the incoming text is part of."""

    ANSWER = "answer"
    REASONING = "reasoning"
    HEADER = "header"  # role or channel
    OVER = "over"  # after the message, or in another role's


class Delta(NamedTuple):
    """A part of the answer. ``restarts``: all before was reasoning, and the answer begins here."""

    text: str
    restarts: bool = False


@dataclass(slots=True)
class ReasoningFilter:
    """Takes a model's text as it streams in, and returns the answer's.

    ``reasons_first``: the text is known to begin with reasoning that no tag opens. ``unopened``:
    a closing tag came without an opening one.
    """

    reasons_first: bool = False
    unopened: bool = False
    _state: StreamState = StreamState.ANSWER
    _buffer: str = ""  # may be the beginning of a token
    _before: str = ""  # the character before it
    _header: str = ""
    _line_ends_header: bool = False
    _has_answer: bool = False  # words of the answer were returned
    _restarts: bool = False  # the answer begins with the next text
    _checked_start: bool = False  # for BARE_CHANNEL
    _maybe_reasoning: list[str] = field(default_factory=list)  # if a closing tag follows

    def __post_init__(self) -> None:
        if self.reasons_first:
            self._state = StreamState.REASONING

    def feed(self, text: str) -> Iterator[Delta]:
        """The parts of the answer that ``text`` completes."""
        text = self._buffer + text
        if not self._checked_start and self._may_be_bare_channel(text):
            self._buffer = text
            return
        yield from self._read(text)

    def _may_be_bare_channel(self, text: str) -> bool:
        """Whether more text is needed to recognize its beginning."""
        start = text.lstrip()
        if len(start) <= len(BARE_CHANNEL) and BARE_CHANNEL.startswith(start[: len(BARE_CHANNEL)]):
            return True
        self._checked_start = True
        if start.startswith(BARE_CHANNEL) and start[len(BARE_CHANNEL)].isupper():
            self._state = StreamState.REASONING
        return False

    def _read(self, text: str) -> Iterator[Delta]:
        whole, at = self._before + text, len(self._before)
        for token in TOKEN.finditer(whole, at):
            yield from self._text(whole[at : token.start()])
            self._handle_token(token)
            at = token.end()
        partial = TOKEN.search(whole, max(at, len(whole) - MAX_TOKEN_CHARACTERS), partial=True)
        end = partial.start() if partial and partial.partial else len(whole)
        yield from self._text(whole[at:end])
        self._buffer = whole[end:]
        self._before = whole[end - 1 : end] if end else ""

    def finish(self, *, truncated: bool = False) -> Iterator[Delta]:
        """The rest, when the text has ended or was truncated."""
        yield from self._text(self._buffer)
        self._buffer = ""
        if self._restarts:
            yield Delta("", restarts=True)
        if self.reasons_first and not truncated:
            yield Delta("".join(self._maybe_reasoning))
        self._maybe_reasoning.clear()

    def _text(self, text: str) -> Iterator[Delta]:
        if self._state is StreamState.HEADER:
            text = self._take_header(text)
        if self._state is StreamState.REASONING and self.reasons_first:
            self._maybe_reasoning.append(text)
        if self._state is StreamState.ANSWER and text:
            self._has_answer = self._has_answer or any(map(str.isalnum, text))
            yield Delta(text, self._restarts)
            self._restarts = False

    def _take_header(self, text: str) -> str:
        """Move the header out of the text; returns the text after it."""
        room = HEADER_CHARACTERS - len(self._header)
        line, ends, rest = text.partition("\n") if self._line_ends_header else (text, "", "")
        if len(line) > room:
            self._state = StreamState.OVER if self._has_answer else StreamState.ANSWER
            text, self._header = self._header + text, ""
            return text
        self._header += line
        if ends:
            self._read_header()
        return rest

    def _read_header(self) -> None:
        """Decide by the complete header whose message follows."""
        words = set(regex.findall(r"\w+", self._header.lower()))
        self._header = ""
        if "final" in words and not words & OTHERS:
            self._begin_answer()
        elif self._has_answer or words & OTHERS:
            self._state = StreamState.OVER
        elif words <= {"assistant", "model"}:
            self._state = StreamState.ANSWER
        else:
            self._state = StreamState.REASONING

    def _handle_token(self, token: regex.Match[str]) -> None:
        if token["special"]:
            self._handle_special(token["special"].lower().replace("▁", "_"))
        elif token["answer"]:
            if not token["close"] and self._state is not StreamState.OVER:
                self._begin_answer()
        elif token["close"]:
            self._end_reasoning()
        elif self._state is not StreamState.OVER:
            self._state = StreamState.REASONING

    def _handle_special(self, name: str) -> None:
        if name.startswith("assistant") and name.endswith("final"):
            self._begin_answer()
        elif name in HEADERS:
            self._header = f"{self._header} " if name == "channel" else ""
            self._line_ends_header = name in HEADER_LINES
            self._state = StreamState.HEADER
        elif name in ("message", "end_header_id") and self._state is StreamState.HEADER:
            self._read_header()
        elif name in ENDS:
            self._end_message()
        elif name in OTHERS:
            self._state = StreamState.OVER
        elif name == "assistant":
            self._state = StreamState.OVER if self._has_answer else StreamState.ANSWER
        elif OPENS.fullmatch(name):
            self._state = StreamState.REASONING
        elif CLOSES.fullmatch(name):
            self._end_reasoning()

    def _end_message(self) -> None:
        if self._has_answer or self._state is not StreamState.ANSWER:
            self._state = StreamState.OVER

    def _end_reasoning(self) -> None:
        if self._state is StreamState.ANSWER or self.reasons_first:
            self.unopened = True
            self._begin_answer()
        elif self._state is StreamState.REASONING:
            self._state = StreamState.ANSWER

    def _begin_answer(self) -> None:
        self._restarts = self._restarts or self._has_answer
        self._has_answer = self.reasons_first = False
        self._maybe_reasoning.clear()
        self._state = StreamState.ANSWER
