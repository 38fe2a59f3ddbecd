"""A model's text, as it streams in → finished sentences and what they cite.

Promises: however a text is cut into pieces, the same sentences come out, citing the same; a
sentence is let out when the next one has well begun, so that marks behind its
full stop, or on a line of their own, have come; a line break ends a sentence (models do not
wrap lines); the time is linear. A mark that stands for nothing is dropped. A sentence without
marks waits, for a few more at most, for those that its paragraph has.
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
from bot.answer.writing.citations import DraftSentence
from bot.answer.writing.layout import KEPT, MarkedText, SentenceUnit
from bot.answer.writing.paragraphs import ParagraphReader
from bot.answer.writing.reasoning import ReasoningFilter

# Borders are looked for at places that the whole text decides, never the pieces it comes in: after
# so many characters, and more when much is held, so that looking costs linear time in all.
LOOK_EVERY_CHARACTERS = 16
LOOK_EVERY_SHARE = 8  # an eighth of what is held
WELL_BEGUN_CHARACTERS = 40  # of what follows: all that decides whether a full stop ends a sentence
ENDS_WITH_MARKS = re.compile(rf"{KEPT}[^\w{KEPT}]*\Z")

Choose = Callable[[str, list[SentenceUnit]], list[SentenceUnit]]


@dataclass(slots=True)
class SentenceStream:
    """Feed it text as it comes; it gives back the sentences that are finished.

    ``refused`` is set by the sentinel. When nothing had been cited before it, all that
    follows it is ignored; otherwise only the sentence that holds it is dropped.
    ``reasons_first``: the model is known to begin with reasoning that no tag opens.
    """

    find_sentence: FindSentence
    reasons_first: bool = False
    refused: bool = False
    _reasoning: ReasoningFilter = field(init=False)
    _reader: MarkerReader = field(init=False)
    _paragraphs: ParagraphReader = field(init=False)
    _held: str = ""  # not yet let out
    _coming: list[str] = field(default_factory=list)  # since the last look
    _until_look: int = LOOK_EVERY_CHARACTERS

    def __post_init__(self) -> None:
        self._reasoning = ReasoningFilter(self.reasons_first)
        self._reader = MarkerReader(self.find_sentence)
        self._paragraphs = ParagraphReader(self._reader)

    @property
    def has_unopened_reasoning(self) -> bool:
        """Whether reasoning came that no tag had opened: the next time, ``reasons_first``."""
        return self._reasoning.unopened

    def feed(self, text: str) -> list[DraftSentence]:
        """The sentences that ``text`` finished."""
        said: list[DraftSentence] = []
        for piece in self._reasoning.feed(text):
            if piece.anew:
                self._begin_anew()
            said += self._take(piece.text)
        return said

    def finish(self) -> list[DraftSentence]:
        """What is left, when the text has ended."""
        said = [one for piece in self._reasoning.finish() for one in self._take(piece.text)]
        return [*said, *self._emit(_all), *self._paragraphs.rest()]

    def finish_truncated(self) -> list[DraftSentence]:
        """What is left and whole, when the text has broken off: half a sentence may mislead."""
        pieces = self._reasoning.finish(cut=True)
        said = [one for piece in pieces for one in self._take(piece.text)]
        return [*said, *self._emit(_whole), *self._paragraphs.rest()]

    def _begin_anew(self) -> None:
        """What has come and was not let out was reasoning."""
        self._held, self.refused = "", False
        self._coming.clear()
        self._until_look = LOOK_EVERY_CHARACTERS
        self._paragraphs.begin_anew()

    def _take(self, text: str) -> list[DraftSentence]:
        said: list[DraftSentence] = []
        at = 0
        while at < len(text):
            part = text[at : at + self._until_look]
            at += len(part)
            self._coming.append(part)
            self._until_look -= len(part)
            if not self._until_look:
                said += self._emit(_well_followed)
                self._until_look = max(LOOK_EVERY_CHARACTERS, len(self._held) // LOOK_EVERY_SHARE)
        return said

    def _emit(self, choose: Choose) -> list[DraftSentence]:
        self._held += "".join(self._coming)
        self._coming.clear()
        text = self._held if choose is _all else strip_partial_marker(self._held)
        page = MarkedText.of(text, self._reader.find_markers(text))
        units = page.units()
        at = 0
        said: list[DraftSentence] = []
        for unit, following in zip(choose(page.masked, units), [*units[1:], None], strict=False):
            said += self._sentence(page, unit, following, at)
            at = unit.end
        self._held = self._held[at:]
        return said

    def _sentence(
        self, page: MarkedText, unit: SentenceUnit, following: SentenceUnit | None, at: int
    ) -> Iterator[DraftSentence]:
        """The unit, unless it refuses; ``at``: where the one before it ended."""
        is_sentinel = is_refusal(page.words(unit, item=False))
        self.refused = self.refused or is_sentinel
        if not is_sentinel and (not self.refused or self._paragraphs.cites):
            opens = "\n" in page.text[at : unit.start]
            yield from self._paragraphs.take(page, unit, following, opens_line=opens)


def _well_followed(masked: str, units: list[SentenceUnit]) -> list[SentenceUnit]:
    """Those after which enough has come to know that they ended, and to have all their marks."""
    return [u for u in units[:-1] if units[-1].words_end - u.end >= WELL_BEGUN_CHARACTERS]


def _whole(masked: str, units: list[SentenceUnit]) -> list[SentenceUnit]:
    """All but a last one that does not end with its marks."""
    if units and not ENDS_WITH_MARKS.search(masked[units[-1].start :]):
        return units[:-1]
    return units


def _all(masked: str, units: list[SentenceUnit]) -> list[SentenceUnit]:
    return units
