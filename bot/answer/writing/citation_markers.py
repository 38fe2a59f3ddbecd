"""What prompt and model agree on: marks such as ``[1.2]`` behind a sentence, and the sentinel.

A mark stands for sentence 2 of passage 1. Read are ``[1.2]``, ``[1.2, 1.3]``, ``[1.2-4]`` and
``[1.2–1.4]``, also in 【】 and ［］, in parentheses, in bold, in backticks, or as a link's label.
Other short numbers in brackets are marks that stand for nothing: a reader would take them for
footnotes. A year, a word or an ellipsis in brackets is text, and so is what stands in code.
Every pattern here takes linear time on any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SENTINEL = "NOT_IN_THE_LIBRARY"
_SQUEEZED = SENTINEL.replace("_", "")

_OPEN, _CLOSE = r"[\[【［]", r"[\]】］]"
_BETWEEN = r"[\s.,;、，；．–—−‑-]"  # what may stand between the digits of a mark
_DIGITS = r"\d{1,3}"  # no prompt has a thousand passages; four digits are a year
_ONE = rf"{_OPEN}{_BETWEEN}*{_DIGITS}(?:{_BETWEEN}+{_DIGITS})*{_BETWEEN}*{_CLOSE}"
_RUN = rf"{_ONE}(?:[ \t]*[,;]?[ \t]*{_ONE})*"
_LINK_TARGET = r"(?:\((?:<|#|/|https?:)[^\s()]{0,300}\))?"
_CODE = r"`(?!\s)[^`\n]{1,300}(?<!\s)`"
_MARKS = re.compile(
    rf"(?<![ \t])[ \t]*(?P<run>\({_RUN}\)|\*\*{_RUN}\*\*|`{_RUN}`|{_RUN}){_LINK_TARGET}|{_CODE}"
)
_HALF = re.compile(rf"{_OPEN}(?:\d|{_BETWEEN})*\Z")
_RANGE = re.compile(
    r"(?<![\d.．])(\d{1,3})\s?[.．]\s?(\d{1,3})"
    r"(?:\s?[–—−‑-]\s?(?:(\d{1,3})\s?[.．]\s?)?(\d{1,3}))?(?![.．]?\d)"
)
_BRACKETED_DIGITS = re.compile(rf"{_OPEN}((?:{_BETWEEN}|\d)+){_CLOSE}")


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a mark, or a run of them, stands in a text, with the white space before it."""

    start: int
    end: int
    inside: str


@dataclass(frozen=True, slots=True)
class MarkedRange:
    """Sentences ``first`` to ``last`` of a passage, counted from 1 as in the prompt."""

    passage: int
    first: int
    last: int


def find_markers(text: str) -> Iterator[Marker]:
    """The marks of a text, in order; most of them stand for something."""
    for match in _MARKS.finditer(text):
        if match["run"]:
            yield Marker(match.start(), match.end(), match["run"])


def strip_partial_marker(text: str) -> str:
    """The text as far as it cannot be the beginning of a mark."""
    half = _HALF.search(text)
    return text[: half.start()] if half else text


def ranges(inside: str) -> Iterator[MarkedRange]:
    """What a mark stands for; a range over two passages is its first sentence."""
    for match in _RANGE.finditer(inside):
        passage, first = int(match[1]), int(match[2])
        last = int(match[4] or first)
        if match[3] and int(match[3]) != passage:
            last = first
        yield MarkedRange(passage, min(first, last), max(first, last))


def escape_markers(text: str) -> str:
    """A source's text with its bracketed digits in parentheses: nothing in it is a mark."""
    return _BRACKETED_DIGITS.sub(_in_parentheses, text)


def _in_parentheses(match: re.Match[str]) -> str:
    return f"({match[1]})" if any(map(str.isdigit, match[1])) else match[0]


def is_refusal(sentence: str) -> bool:
    """Whether a sentence holds the sentinel, however it is quoted, spaced or escaped."""
    return _SQUEEZED in re.sub(r"[\W_]+", "", sentence)
