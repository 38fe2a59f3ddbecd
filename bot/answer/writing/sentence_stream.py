"""Splits a model's streamed text into finished sentences with their citations.

However the text is divided into chunks, the same sentences and citations come out, in linear time.
A sentence is emitted once enough of the next one has come that marks after its full stop, or on a
line of their own, must have arrived. A line break ends a sentence, since models do not wrap lines.
Invalid marks are dropped. A sentence without marks is held back for at most a few more, in case
its paragraph has marks at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.answer.writing.citation_markers import (
    FindSentence,
    MarkerReader,
    is_refusal,
    strip_partial_marker,
)
from bot.answer.writing.layout import MARK_CHAR, MarkedText, SentenceUnit
from bot.answer.writing.paragraphs import ParagraphCitations
from bot.answer.writing.reasoning import ReasoningFilter
from bot.citations import DraftSentence

# Boundaries are looked for at positions that depend on the whole text, never on its chunks: after
# so many characters, and less often the more is buffered, so that the total time is linear.
SCAN_EVERY_CHARACTERS = 16
SCAN_EVERY_SHARE = 8  # an eighth of the buffer
LOOKAHEAD_CHARACTERS = 40  # after a full stop, which decide whether it ends a sentence
ENDS_WITH_MARKS = re.compile(rf"{MARK_CHAR}[^\w{MARK_CHAR}]*\Z")

Choose = Callable[[str, list[SentenceUnit]], list[SentenceUnit]]


@dataclass(slots=True)
class SentenceStream:
    """Takes text as it streams in, and returns the sentences that are finished.

    ``refused`` is set by the sentinel. If nothing was cited before it, everything after it is
    ignored; otherwise only its sentence is dropped. ``reasons_first``: the model is known to begin
    with reasoning that no tag opens.
    """

    find_sentence: FindSentence
    reasons_first: bool = False
    refused: bool = False
    _reasoning: ReasoningFilter = field(init=False)
    _reader: MarkerReader = field(init=False)
    _paragraphs: ParagraphCitations = field(init=False)
    _buffer: str = ""  # not emitted yet
    _incoming: list[str] = field(default_factory=list)  # since the last scan
    _until_scan: int = SCAN_EVERY_CHARACTERS

    def __post_init__(self) -> None:
        self._reasoning = ReasoningFilter(self.reasons_first)
        self._reader = MarkerReader(self.find_sentence)
        self._paragraphs = ParagraphCitations(self._reader)

    @property
    def has_unopened_reasoning(self) -> bool:
        """Whether reasoning came without an opening tag; then set ``reasons_first`` next time."""
        return self._reasoning.unopened

    def feed(self, text: str) -> list[DraftSentence]:
        """The sentences that ``text`` completes."""
        sentences: list[DraftSentence] = []
        for delta in self._reasoning.feed(text):
            if delta.restarts:
                self._restart()
            sentences += self._take(delta.text)
        return sentences

    def finish(self) -> list[DraftSentence]:
        """The remaining sentences, when the text has ended."""
        sentences = [s for delta in self._reasoning.finish() for s in self._take(delta.text)]
        return [*sentences, *self._emit(_all), *self._paragraphs.rest()]

    def finish_truncated(self) -> list[DraftSentence]:
        """The remaining whole sentences, when the text has broken off: half a one may mislead."""
        deltas = self._reasoning.finish(truncated=True)
        sentences = [s for delta in deltas for s in self._take(delta.text)]
        return [*sentences, *self._emit(_whole), *self._paragraphs.rest()]

    def _restart(self) -> None:
        """Drop the buffer: it was reasoning."""
        self._buffer, self.refused = "", False
        self._incoming.clear()
        self._until_scan = SCAN_EVERY_CHARACTERS
        self._paragraphs.restart()

    def _take(self, text: str) -> list[DraftSentence]:
        sentences: list[DraftSentence] = []
        at = 0
        while at < len(text):
            part = text[at : at + self._until_scan]
            at += len(part)
            self._incoming.append(part)
            self._until_scan -= len(part)
            if not self._until_scan:
                sentences += self._emit(_well_followed)
                self._until_scan = max(SCAN_EVERY_CHARACTERS, len(self._buffer) // SCAN_EVERY_SHARE)
        return sentences

    def _emit(self, choose: Choose) -> list[DraftSentence]:
        self._buffer += "".join(self._incoming)
        self._incoming.clear()
        text = self._buffer if choose is _all else strip_partial_marker(self._buffer)
        marked = MarkedText.of(text, self._reader.find_markers(text))
        units = marked.units()
        at = 0
        sentences: list[DraftSentence] = []
        for unit, following in zip(choose(marked.masked, units), [*units[1:], None], strict=False):
            sentences += self._sentence(marked, unit, following, at)
            at = unit.end
        self._buffer = self._buffer[at:]
        return sentences

    def _sentence(
        self, marked: MarkedText, unit: SentenceUnit, following: SentenceUnit | None, at: int
    ) -> Iterator[DraftSentence]:
        """The unit as a sentence, unless it is the sentinel; ``at``: where the last one ended."""
        is_sentinel = is_refusal(marked.words(unit, item=False))
        self.refused = self.refused or is_sentinel
        if not is_sentinel and (not self.refused or self._paragraphs.cites):
            opens = "\n" in marked.text[at : unit.start]
            yield from self._paragraphs.take(marked, unit, following, opens_line=opens)


def _well_followed(masked: str, units: list[SentenceUnit]) -> list[SentenceUnit]:
    """The units that have surely ended and have all their marks, given what follows."""
    return [u for u in units[:-1] if units[-1].words_end - u.end >= LOOKAHEAD_CHARACTERS]


def _whole(masked: str, units: list[SentenceUnit]) -> list[SentenceUnit]:
    """All units except a last one that does not end with marks."""
    if units and not ENDS_WITH_MARKS.search(masked[units[-1].start :]):
        return units[:-1]
    return units


def _all(masked: str, units: list[SentenceUnit]) -> list[SentenceUnit]:
    return units
