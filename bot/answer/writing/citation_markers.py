"""Parses the citation marks that a model writes after a sentence, and its refusal sentinel.

``[1.2]`` cites sentence 2 of passage 1. Also read: ``[1.2, 1.3]``, ``[1.2-4]`` and ``[1.2–1.4]``;
marks in 【】 and ［］, in parentheses, bold or backticks, or as a link's label; and what models
write instead: ``[passage 1.4]``, ``[S1.4]``, ``[^1.4]``, ``[1:4]``, ``[[1.4]]``, ``[1.4 and 2.1]``,
``【1.4†source】``, ``<cite>1.4</cite>``, ``(1.4)``.
Other short numbers in brackets are marks without a meaning, since a reader would take them for
footnotes. A year, a word or an ellipsis in brackets is text, and so is anything in code. What could
be text (``(1.4)``, ``[1:4]``) is a mark only if the prompt has that sentence; in parentheses, only
at the end of a phrase and if no passage has that figure.
Every pattern here takes linear time on any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.citations import CitedSpan
from bot.records import Sentence, StoredPassage
from bot.text.lazy_pattern import lazy_re

SENTINEL = "NOT_IN_THE_LIBRARY"
MAX_SPAN_SENTENCES = 5  # a model that cites a whole passage cites nothing
_SENTINEL_LETTERS = SENTINEL.replace("_", "")

FindSentence = Callable[[int, int], tuple[StoredPassage, Sentence] | None]

_OPEN, _CLOSE = r"[\[【［]", r"[\]】］]"
_BETWEEN = r"[\s.,;、，；．–—−‑-]"  # what may stand between the digits of a mark
_DIGITS = r"\d{1,3}"  # no prompt has a thousand passages; four digits are a year
_STANDARD = rf"{_OPEN}{_BETWEEN}*{_DIGITS}(?:{_BETWEEN}+{_DIGITS})*{_BETWEEN}*{_CLOSE}"
# What models write in front of the digits, and between them.
_LABEL = (
    r"(?:(?:see|siehe|cf|passages?|sources?|sentences?|cit(?:e|ed|ations?)|ref(?:erence)?s?|"
    r"docs?|documents?|context|quellen?|satz|fuentes?|pasajes?|footnotes?|notes?|id|s|p|ss|pp)"
    r"(?![^\W\d_])|段落|来源|出处)"
)
_JOIN = r"(?:and|or|to|through|und|oder|bis|et|ou|y|e|и|и|和|до)(?![^\W\d_])"
_FILLER = rf"(?:{_BETWEEN}|[:：^#§&+/]|(?i:{_LABEL}|{_JOIN}))"
_SOURCE = r"(?:†[^\]】］\n]{0,40})?"  # 【1.2†source】
_VARIANT = (
    rf"\\{{0,2}}{_OPEN}{{1,2}}{_FILLER}*{_DIGITS}(?:{_FILLER}+{_DIGITS})*{_FILLER}*{_SOURCE}"
    rf"\\{{0,2}}{_CLOSE}{{1,2}}"
)
_RUN = rf"{_VARIANT}(?:[ \t]*[,;]?[ \t]*{_VARIANT})*"
_LINK_TARGET = r"(?:\((?:<|#|/|https?:)[^\s()]{0,300}\))?"
_CODE = r"`(?!\s)[^`\n]{1,300}(?<!\s)`"
_PAIR = rf"{_DIGITS}\s?[.．:]\s?{_DIGITS}"
_PAIRS = rf"{_PAIR}(?:{_FILLER}+{_PAIR})*(?:\s?[–—−‑-]\s?{_DIGITS})?"
_NAMED = rf"passages?\s{_DIGITS},?\s(?:s|sent\.?|sentences?)\s{_DIGITS}"
_ROUND = rf"\((?:(?P<label>(?i:{_LABEL}[.:]?\s?)+)?(?P<pairs>{_PAIRS})|(?i:(?P<named>{_NAMED})))\)"
_TAGS = "cite|citation|ref|footnote"
_TAG = (
    rf"<(?P<tag>{_TAGS}|sup)\b[^<>]{{0,80}}>\s?(?P<within>{_PAIRS}|{_RUN})\s?</(?P=tag)>"
    rf"|</?(?:{_TAGS})\b(?P<attributes>[^<>]{{0,80}})>"
)
_MARKS = lazy_re(
    rf"(?<![ \t])[ \t]*(?:(?P<run>\((?i:{_LABEL}:?\s)?{_RUN}\)|(?P<stars>\*{{1,2}}){_RUN}(?P=stars)"
    rf"|`{_RUN}`|\^?{_RUN}){_LINK_TARGET}|(?P<round>{_ROUND})|(?P<tagged>{_TAG}))|{_CODE}"
)
_PLAIN = lazy_re(rf"{_STANDARD}(?:[ \t]*[,;]?[ \t]*{_STANDARD})*")
_LABELLED = lazy_re(r"(?i:passage|source|quelle|fuente|段落|来源|出处)|\^|†|\[\[")
_PARTIAL = lazy_re(rf"{_OPEN}(?:\d|{_BETWEEN})*\Z")
PARTIAL_CHARACTERS = 80  # the longest mark with words in it
_PARTIAL_VARIANT = lazy_re(r"[\\^*`]*[\[【［(<][^\]】］)>\n]*\Z")
_PHRASE_END = lazy_re(r"[ \t]*(?:[.,;:!?…。，；：！？)\]\n(]|\Z)")
_STOP_BEFORE = lazy_re(r"[.!?…。！？][\"'”’»)]?\Z")
_SENTENCE_STOP = lazy_re(r"[.!?…]\s|[。！？\n]")
_RANGE = lazy_re(
    r"(?<![\d.．])(\d{1,3})\s?[.．]\s?(\d{1,3})"
    r"(?:\s?[–—−‑-]\s?(?:(\d{1,3})\s?[.．]\s?)?(\d{1,3}))?(?![.．]?\d)"
)
_COLON = lazy_re(r"(?<=\d)\s?[:：]\s?(?=\d)")
_THROUGH = lazy_re(r"(?<=\d)\s?(?:to|through|bis|до)\s?(?=\d)", re.IGNORECASE)
_NAMED_PARTS = lazy_re(rf"(?i:passages?)\s({_DIGITS}),?\s(?i:s\w*\.?)\s({_DIGITS})")
_BRACKETED = lazy_re(rf"{_VARIANT}|{_OPEN}(?:{_BETWEEN}|\d)+{_CLOSE}")


@dataclass(frozen=True, slots=True)
class Marker:
    """A mark, or a run of marks, in a text, with the white space before it."""

    start: int
    end: int
    inside: str


@dataclass(frozen=True, slots=True)
class SentenceRange:
    """Sentences ``first`` to ``last`` of a passage, counted from 1 as in the prompt."""

    passage: int
    first: int
    last: int


def _is_always_mark(run: str) -> bool:
    return bool(_PLAIN.search(run) or _LABELLED.search(run))


@dataclass(slots=True)
class MarkerReader:
    """Finds the marks of an answer to a prompt, whose sentences it can look up."""

    find_sentence: FindSentence
    bracketed: bool = False  # the answer has valid marks in brackets
    _figures: dict[str, bool] = field(default_factory=dict)  # whether a passage has the figure

    def find_markers(self, text: str) -> list[Marker]:
        """The marks of a text, in order."""
        marks: list[tuple[Marker, bool]] = []
        for match in _MARKS.finditer(text):
            if (mark := self._mark(match, text)) is not None:
                marks.append((mark, bool(match["pairs"] and not match["label"])))
        return list(self._keep_one_style(marks, text))

    def _mark(self, match: re.Match[str], text: str) -> Marker | None:
        run, tagged = match["run"], match["tagged"]
        if run and (_is_always_mark(run) or self.is_valid(run)):
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
        return any(self.find_sentence(r.passage, r.first) for r in parse_ranges(inside))

    def _is_round_mark(self, match: re.Match[str], text: str) -> bool:
        ranges = list(parse_ranges(match["pairs"] or match["named"]))
        if not ranges or not all(self.find_sentence(r.passage, r.first) for r in ranges):
            return False
        if match["label"] or match["named"]:
            return True
        before = text[max(0, match.start() - 3) : match.start()]
        ends_phrase = _PHRASE_END.match(text, match.end()) or _STOP_BEFORE.search(before)
        return bool(ends_phrase) and not any(
            self._is_figure(f"{r.passage}.{r.first}") for r in ranges
        )

    def _is_figure(self, pair: str) -> bool:
        """Whether the pair is a decimal number in one of the passages."""
        if pair not in self._figures:
            figure = lazy_re(rf"(?<![\d.]){re.escape(pair)}(?!\d)")
            self._figures[pair] = any(figure.search(text) for text in self._texts())
        return self._figures[pair]

    def has_in_passages(self, words: Sequence[str]) -> bool:
        """Whether a passage has these words in sequence."""
        phrase = lazy_re(r"\s+".join(map(re.escape, words)))
        return any(phrase.search(text) for text in self._texts())

    def _texts(self) -> Iterator[str]:
        for number in count(1):
            if (match := self.find_sentence(number, 1)) is None:
                return
            yield match[0].text

    def _keep_one_style(self, marks: list[tuple[Marker, bool]], text: str) -> Iterator[Marker]:
        """The marks without those in parentheses, if the answer or sentence uses brackets."""
        bracketed = self.bracketed
        for i, (mark, is_round) in enumerate(marks):
            if not is_round:
                bracketed = bracketed or self.is_valid(mark.inside)
                yield mark
            elif not bracketed and not self._bracket_follows(marks[i + 1 : i + 2], mark, text):
                yield mark

    def _bracket_follows(self, after: list[tuple[Marker, bool]], mark: Marker, text: str) -> bool:
        return any(
            not is_round and not _SENTENCE_STOP.search(text, mark.end, following.start)
            for following, is_round in after
            if self.is_valid(following.inside)
        )


def strip_partial_marker(text: str) -> str:
    """The text without an end that could be the beginning of a mark."""
    if partial := _PARTIAL.search(text):
        text = text[: partial.start()]
    at = max(0, len(text) - PARTIAL_CHARACTERS)
    partial = _PARTIAL_VARIANT.search(text, at)
    return text[: partial.start()] if partial else text


def parse_ranges(inside: str) -> Iterator[SentenceRange]:
    """The sentences that a mark cites; a range across passages cites only its first sentence."""
    inside = _NAMED_PARTS.sub(r"\1.\2", _COLON.sub(".", inside))
    for match in _RANGE.finditer(_THROUGH.sub("-", inside)):
        passage, first = int(match[1]), int(match[2])
        last = int(match[4] or first)
        if match[3] and int(match[3]) != passage:
            last = first
        yield SentenceRange(passage, min(first, last), max(first, last))


def cited_spans(marks: Iterable[Marker], find: FindSentence) -> tuple[CitedSpan, ...]:
    """The spans that the marks of one sentence stand for, each once."""
    ranges = [sentences for mark in marks for sentences in parse_ranges(mark.inside)]
    spans = [_cited_span(sentences, find) for sentences in ranges]
    return tuple(dict.fromkeys(span for span in spans if span))


def _cited_span(sentences: SentenceRange, find: FindSentence) -> CitedSpan | None:
    last = min(sentences.last, sentences.first + MAX_SPAN_SENTENCES - 1)
    start = find(sentences.passage, sentences.first)
    if start is None:
        return None
    cited = [find(sentences.passage, i) for i in range(sentences.first, last + 1)]
    return CitedSpan(start[0], start[1].start, max(match[1].end for match in cited if match))


def escape_markers(text: str) -> str:
    """A source's text with bracketed numbers in parentheses, so that none looks like a mark."""
    return _BRACKETED.sub(_in_parentheses, text)


def _in_parentheses(match: re.Match[str]) -> str:
    inside = match[0].strip("[]【】［］\\")
    return f"({inside})" if any(map(str.isdigit, inside)) else match[0]


def is_refusal(sentence: str) -> bool:
    """Whether a sentence has the sentinel, however it is quoted, spaced or escaped."""
    return _SENTINEL_LETTERS in re.sub(r"[\W_]+", "", sentence)
