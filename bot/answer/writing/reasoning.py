"""A model's raw text, as it streams in → the answer in it, without reasoning and special tokens.

Servers that do not tell the two apart leave a model's reasoning in its text. Read are tags
(``<think>``, ``<reasoning>``, ``[THINK]`` …), channels (``<|channel|>analysis<|message|>``), and a
closing tag without an opening one, as templates write that open the reasoning themselves: then all
before it was reasoning. Tokens that open a message, or end it, go; what stands behind the end of
the answer, or in a message of anybody but the model, is no part of it. A tag in backticks is text.

Promises: however a text is cut into pieces, the same comes out; the time is linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import regex

_THOUGHT = (
    "think|thinking|thoughts?|thought_process|reasoning|reasoning_content|reflection|scratchpad|"
    "analysis|inner_monologue|seed:think"
)
_ANSWER = "answer|final_answer|response|final|solution"
LONGEST_TOKEN = 64  # characters; each of the patterns below matches less
HEADER_CHARACTERS = 60  # who speaks, and in which channel; a longer one is text
TOKEN = regex.compile(
    rf"""(?<!`)(?:
      <(?P<close>/)?\s?(?:(?P<thought>{_THOUGHT})|(?P<answer>{_ANSWER}))\s?>
    | \[(?P<close>/)?(?P<thought>THINK)\] | ◁(?P<close>/)?(?P<thought>think)▷
    | <[|｜](?P<special>[\w▁:.-]{{1,40}}|/?\s?INST)[|｜]> | \[/?(?P<special>INST)\]
    | <(?P<special>start_of_turn|end_of_turn)> | <(?P<special>/?s)>
    | (?P<special>assistant(?:commentary)?final)(?=\p{{Lu}})
    )""",
    regex.VERBOSE | regex.IGNORECASE,
)
GLUED = "analysis"  # how a text begins whose server took the tokens of a channel and left its name
HEADERS = frozenset({"start", "channel", "im_start", "start_header_id", "start_of_turn"})
HEADER_LINES = frozenset({"im_start", "start_of_turn"})  # their header ends with the line
END_TOKENS = (
    "end return im_end eot eot_id eom_id endoftext end_of_text end_of_sentence end_of_turn "
    "end_of_turn_token call /s"
)
ENDS = frozenset(END_TOKENS.split())
OTHERS = frozenset({"user", "system", "tool", "developer", "human", "observation"})
OPENS = regex.compile(r"(?:begin|start)_?(?:of_?)?(?:thought|think|thinking|reasoning)|thinking")
CLOSES = regex.compile(r"end_?(?:of_?)?(?:thought|think|thinking|reasoning)|/think(?:ing)?")


class StreamState(StrEnum):
    """What the text that comes is."""

    ANSWER = "answer"
    REASONING = "reasoning"
    HEADER = "header"  # who speaks, or the channel
    OVER = "over"  # the message has ended, or is somebody else's


class Delta(NamedTuple):
    """Some of the answer. ``anew``: what came before was reasoning, and the answer begins here."""

    text: str
    anew: bool = False


@dataclass(slots=True)
class ReasoningFilter:
    """Feed it a model's text; it gives back the answer's.

    ``reasons_first``: the text is known to begin with reasoning that no tag opens. ``unopened``:
    a closing tag came without an opening one.
    """

    reasons_first: bool = False
    unopened: bool = False
    _state: StreamState = StreamState.ANSWER
    _held: str = ""  # what may be the beginning of a token
    _before: str = ""  # the character in front of it
    _header: str = ""
    _line_ends_header: bool = False
    _given: bool = False  # words of the answer
    _anew: bool = False  # the answer begins with what comes next
    _begun: bool = False  # that the text does not begin with GLUED is known
    _doubtful: list[str] = field(default_factory=list)  # reasoning, if its end still comes

    def __post_init__(self) -> None:
        if self.reasons_first:
            self._state = StreamState.REASONING

    def feed(self, text: str) -> Iterator[Delta]:
        """The pieces of the answer that ``text`` completes."""
        text = self._held + text
        if not self._begun and self._may_be_glued(text):
            self._held = text
            return
        yield from self._read(text)

    def _may_be_glued(self, text: str) -> bool:
        """Whether more is needed to tell how the text begins."""
        start = text.lstrip()
        if len(start) <= len(GLUED) and GLUED.startswith(start[: len(GLUED)]):
            return True
        self._begun = True
        if start.startswith(GLUED) and start[len(GLUED)].isupper():
            self._state = StreamState.REASONING
        return False

    def _read(self, text: str) -> Iterator[Delta]:
        whole, at = self._before + text, len(self._before)
        for found in TOKEN.finditer(whole, at):
            yield from self._text(whole[at : found.start()])
            self._token(found)
            at = found.end()
        hold = TOKEN.search(whole, max(at, len(whole) - LONGEST_TOKEN), partial=True)
        end = hold.start() if hold and hold.partial else len(whole)
        yield from self._text(whole[at:end])
        self._held = whole[end:]
        self._before = whole[end - 1 : end] if end else ""

    def finish(self, *, cut: bool = False) -> Iterator[Delta]:
        """What is left when the text has ended, or broken off."""
        yield from self._text(self._held)
        self._held = ""
        if self._anew:
            yield Delta("", anew=True)
        if self.reasons_first and not cut:
            yield Delta("".join(self._doubtful))
        self._doubtful.clear()

    def _text(self, text: str) -> Iterator[Delta]:
        if self._state is StreamState.HEADER:
            text = self._rest_of_header(text)
        if self._state is StreamState.REASONING and self.reasons_first:
            self._doubtful.append(text)
        if self._state is StreamState.ANSWER and text:
            self._given = self._given or any(map(str.isalnum, text))
            yield Delta(text, self._anew)
            self._anew = False

    def _rest_of_header(self, text: str) -> str:
        """Takes the header out of the text; what is left is what it heads."""
        room = HEADER_CHARACTERS - len(self._header)
        line, ends, rest = text.partition("\n") if self._line_ends_header else (text, "", "")
        if len(line) > room:
            self._state = StreamState.OVER if self._given else StreamState.ANSWER
            text, self._header = self._header + text, ""
            return text
        self._header += line
        if ends:
            self._read_header()
        return rest

    def _read_header(self) -> None:
        """The header is complete: it says whose the message is."""
        words = set(regex.findall(r"\w+", self._header.lower()))
        self._header = ""
        if "final" in words and not words & OTHERS:
            self._begin_answer()
        elif self._given or words & OTHERS:
            self._state = StreamState.OVER
        elif words <= {"assistant", "model"}:
            self._state = StreamState.ANSWER
        else:
            self._state = StreamState.REASONING

    def _token(self, found: regex.Match[str]) -> None:
        if found["special"]:
            self._special(found["special"].lower().replace("▁", "_"))
        elif found["answer"]:
            if not found["close"] and self._state is not StreamState.OVER:
                self._begin_answer()
        elif found["close"]:
            self._end_reasoning()
        elif self._state is not StreamState.OVER:
            self._state = StreamState.REASONING

    def _special(self, name: str) -> None:
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
            self._state = StreamState.OVER if self._given else StreamState.ANSWER
        elif OPENS.fullmatch(name):
            self._state = StreamState.REASONING
        elif CLOSES.fullmatch(name):
            self._end_reasoning()

    def _end_message(self) -> None:
        if self._given or self._state is not StreamState.ANSWER:
            self._state = StreamState.OVER

    def _end_reasoning(self) -> None:
        if self._state is StreamState.ANSWER or self.reasons_first:
            self.unopened = True
            self._begin_answer()
        elif self._state is StreamState.REASONING:
            self._state = StreamState.ANSWER

    def _begin_answer(self) -> None:
        self._anew = self._anew or self._given
        self._given = self.reasons_first = False
        self._doubtful.clear()
        self._state = StreamState.ANSWER
