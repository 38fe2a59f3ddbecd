"""What prompt and model agree on: marks such as ``[1.2]`` behind a sentence, and the sentinel.

A mark stands for sentence 2 of passage 1. Read are ``[1.2]``, ``[1.2, 1.3]``, ``[1.2-4]`` and
``[1.2–1.4]``, also in 【】 and ［］, in parentheses, in bold, in backticks, or as a link's label.
So is what models write in their place: ``[passage 1.4]``, ``[S1.4]``, ``[^1.4]``, ``[1:4]``,
``[[1.4]]``, ``[1.4 and 2.1]``, ``【1.4†source】``, ``<cite>1.4</cite>``, ``(1.4)``.
Other short numbers in brackets are marks that stand for nothing: a reader would take them for
footnotes. A year, a word or an ellipsis in brackets is text, and so is what stands in code. What
may well be text (``(1.4)``, ``[1:4]``) is a mark only where the prompt has such a sentence, and
in parentheses only where a mark would stand and no passage has that figure.
Every pattern here takes linear time on any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.records import Sentence, StoredPassage

SENTINEL = "NOT_IN_THE_LIBRARY"
_SQUEEZED = SENTINEL.replace("_", "")

FindSentence = Callable[[int, int], tuple[StoredPassage, Sentence] | None]

_OPEN, _CLOSE = r"[\[【［]", r"[\]】］]"
_BETWEEN = r"[\s.,;、，；．–—−‑-]"  # what may stand between the digits of a mark
_DIGITS = r"\d{1,3}"  # no prompt has a thousand passages; four digits are a year
_ONE = rf"{_OPEN}{_BETWEEN}*{_DIGITS}(?:{_BETWEEN}+{_DIGITS})*{_BETWEEN}*{_CLOSE}"
# What models write in front of the digits, and between them.
_LABEL = (
    r"(?:(?:see|siehe|cf|passages?|sources?|sentences?|cit(?:e|ed|ations?)|ref(?:erence)?s?|"
    r"docs?|documents?|context|quellen?|satz|fuentes?|pasajes?|footnotes?|notes?|id|s|p|ss|pp)"
    r"(?![^\W\d_])|段落|来源|出处)"
)
_JOIN = r"(?:and|or|to|through|und|oder|bis|et|ou|y|e|и|и|和|до)(?![^\W\d_])"
_OTHER = rf"(?:{_BETWEEN}|[:：^#§&+/]|(?i:{_LABEL}|{_JOIN}))"
_SOURCE = r"(?:†[^\]】］\n]{0,40})?"  # 【1.2†source】
_MORE = (
    rf"\\{{0,2}}{_OPEN}{{1,2}}{_OTHER}*{_DIGITS}(?:{_OTHER}+{_DIGITS})*{_OTHER}*{_SOURCE}"
    rf"\\{{0,2}}{_CLOSE}{{1,2}}"
)
_RUN = rf"{_MORE}(?:[ \t]*[,;]?[ \t]*{_MORE})*"
_LINK_TARGET = r"(?:\((?:<|#|/|https?:)[^\s()]{0,300}\))?"
_CODE = r"`(?!\s)[^`\n]{1,300}(?<!\s)`"
_PAIR = rf"{_DIGITS}\s?[.．:]\s?{_DIGITS}"
_PAIRS = rf"{_PAIR}(?:{_OTHER}+{_PAIR})*(?:\s?[–—−‑-]\s?{_DIGITS})?"
_NAMED = rf"passages?\s{_DIGITS},?\s(?:s|sent\.?|sentences?)\s{_DIGITS}"
_ROUND = rf"\((?:(?P<label>(?i:{_LABEL}[.:]?\s?)+)?(?P<pairs>{_PAIRS})|(?i:(?P<named>{_NAMED})))\)"
_TAGS = "cite|citation|ref|footnote"
_TAG = (
    rf"<(?P<tag>{_TAGS}|sup)\b[^<>]{{0,80}}>\s?(?P<within>{_PAIRS}|{_RUN})\s?</(?P=tag)>"
    rf"|</?(?:{_TAGS})\b(?P<attributes>[^<>]{{0,80}})>"
)
_MARKS = re.compile(
    rf"(?<![ \t])[ \t]*(?:(?P<run>\((?i:{_LABEL}:?\s)?{_RUN}\)|(?P<stars>\*{{1,2}}){_RUN}(?P=stars)"
    rf"|`{_RUN}`|\^?{_RUN}){_LINK_TARGET}|(?P<round>{_ROUND})|(?P<tagged>{_TAG}))|{_CODE}"
)
_PLAIN = re.compile(rf"{_ONE}(?:[ \t]*[,;]?[ \t]*{_ONE})*")
_LABELLED = re.compile(r"(?i:passage|source|quelle|fuente|段落|来源|出处)|\^|†|\[\[")
_HALF = re.compile(rf"{_OPEN}(?:\d|{_BETWEEN})*\Z")
HALF_CHARACTERS = 80  # that a mark with words in it may have
_HALF_MORE = re.compile(r"[\\^*`]*[\[【［(<][^\]】］)>\n]*\Z")
_ENDS_PLACE = re.compile(r"[ \t]*(?:[.,;:!?…。，；：！？)\]\n(]|\Z)")
_STOP_BEFORE = re.compile(r"[.!?…。！？][\"'”’»)]?\Z")
_SENTENCE_STOP = re.compile(r"[.!?…]\s|[。！？\n]")
_RANGE = re.compile(
    r"(?<![\d.．])(\d{1,3})\s?[.．]\s?(\d{1,3})"
    r"(?:\s?[–—−‑-]\s?(?:(\d{1,3})\s?[.．]\s?)?(\d{1,3}))?(?![.．]?\d)"
)
_COLON = re.compile(r"(?<=\d)\s?[:：]\s?(?=\d)")
_THROUGH = re.compile(r"(?<=\d)\s?(?:to|through|bis|до)\s?(?=\d)", re.IGNORECASE)
_NAMED_PARTS = re.compile(rf"(?i:passages?)\s({_DIGITS}),?\s(?i:s\w*\.?)\s({_DIGITS})")
_BRACKETED = re.compile(rf"{_MORE}|{_OPEN}(?:{_BETWEEN}|\d)+{_CLOSE}")


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a mark, or a run of them, stands in a text, with the white space before it."""

    start: int
    end: int
    inside: str


@dataclass(frozen=True, slots=True)
class SentenceRange:
    """Sentences ``first`` to ``last`` of a passage, counted from 1 as in the prompt."""

    passage: int
    first: int
    last: int


def find_markers(text: str) -> Iterator[Marker]:
    """The marks of a text, in order, as far as they are marks in any prompt."""
    for match in _MARKS.finditer(text):
        if match["run"] and _is_mark_anywhere(match["run"]):
            yield Marker(match.start(), match.end(), match["run"])


def _is_mark_anywhere(run: str) -> bool:
    return bool(_PLAIN.search(run) or _LABELLED.search(run))


@dataclass(slots=True)
class MarkerReader:
    """Reads the marks of an answer, knowing which sentences its prompt has."""

    find_sentence: FindSentence
    bracketed: bool = False  # a mark in brackets that stands for something was let out
    _figures: dict[str, bool] = field(default_factory=dict)

    def find_markers(self, text: str) -> list[Marker]:
        """The marks of a text, in order; most of them stand for something."""
        found: list[tuple[Marker, bool]] = []
        for match in _MARKS.finditer(text):
            if (mark := self._mark(match, text)) is not None:
                found.append((mark, bool(match["pairs"] and not match["label"])))
        return list(self._in_one_style(found, text))

    def _mark(self, match: re.Match[str], text: str) -> Marker | None:
        run, tagged = match["run"], match["tagged"]
        if run and (_is_mark_anywhere(run) or self.is_valid(run)):
            return Marker(match.start(), match.end(), run)
        if tagged and match["within"]:
            return Marker(match.start(), match.end(), match["within"])
        if tagged:  # a tag around words: the space in front of it is theirs
            return Marker(match.start("tagged"), match.end(), match["attributes"])
        if match["round"] and self._is_round_mark(match, text):
            return Marker(match.start(), match.end(), match["pairs"] or match["named"])
        return None

    def is_valid(self, inside: str) -> bool:
        """Whether a mark stands for a sentence of the prompt."""
        return any(self.find_sentence(one.passage, one.first) for one in parse_ranges(inside))

    def _is_round_mark(self, match: re.Match[str], text: str) -> bool:
        told = list(parse_ranges(match["pairs"] or match["named"]))
        if not told or not all(self.find_sentence(one.passage, one.first) for one in told):
            return False
        if match["label"] or match["named"]:
            return True
        before = text[max(0, match.start() - 3) : match.start()]
        placed = _ENDS_PLACE.match(text, match.end()) or _STOP_BEFORE.search(before)
        return bool(placed) and not any(self._is_figure(f"{r.passage}.{r.first}") for r in told)

    def _is_figure(self, pair: str) -> bool:
        """Whether a passage has the two numbers as a figure of its own."""
        if pair not in self._figures:
            figure = re.compile(rf"(?<![\d.]){re.escape(pair)}(?!\d)")
            self._figures[pair] = any(figure.search(text) for text in self._texts())
        return self._figures[pair]

    def has_in_passages(self, words: Sequence[str]) -> bool:
        """Whether a passage has these words, one behind the other."""
        wanted = re.compile(r"\s+".join(map(re.escape, words)))
        return any(wanted.search(text) for text in self._texts())

    def _texts(self) -> Iterator[str]:
        for number in count(1):
            if (found := self.find_sentence(number, 1)) is None:
                return
            yield found[0].text

    def _in_one_style(self, found: list[tuple[Marker, bool]], text: str) -> Iterator[Marker]:
        """Without parentheses where the answer, or the sentence, has its marks in brackets."""
        bracketed = self.bracketed
        for i, (mark, is_round) in enumerate(found):
            if not is_round:
                bracketed = bracketed or self.is_valid(mark.inside)
                yield mark
            elif not bracketed and not self._bracket_follows(found[i + 1 : i + 2], mark, text):
                yield mark

    def _bracket_follows(self, after: list[tuple[Marker, bool]], mark: Marker, text: str) -> bool:
        return any(
            not is_round and not _SENTENCE_STOP.search(text, mark.end, one.start)
            for one, is_round in after
            if self.is_valid(one.inside)
        )


def strip_partial_marker(text: str) -> str:
    """The text as far as it cannot be the beginning of a mark."""
    if half := _HALF.search(text):
        text = text[: half.start()]
    at = max(0, len(text) - HALF_CHARACTERS)
    half = _HALF_MORE.search(text, at)
    return text[: half.start()] if half else text


def parse_ranges(inside: str) -> Iterator[SentenceRange]:
    """What a mark stands for; a range over two passages is its first sentence."""
    inside = _NAMED_PARTS.sub(r"\1.\2", _COLON.sub(".", inside))
    for match in _RANGE.finditer(_THROUGH.sub("-", inside)):
        passage, first = int(match[1]), int(match[2])
        last = int(match[4] or first)
        if match[3] and int(match[3]) != passage:
            last = first
        yield SentenceRange(passage, min(first, last), max(first, last))


def escape_markers(text: str) -> str:
    """A source's text with its bracketed numbers in parentheses: nothing in it is a mark."""
    return _BRACKETED.sub(_in_parentheses, text)


def _in_parentheses(match: re.Match[str]) -> str:
    inside = match[0].strip("[]【】［］\\")
    return f"({inside})" if any(map(str.isdigit, inside)) else match[0]


def is_refusal(sentence: str) -> bool:
    """Whether a sentence holds the sentinel, however it is quoted, spaced or escaped."""
    return _SQUEEZED in re.sub(r"[\W_]+", "", sentence)
