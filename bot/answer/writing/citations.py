"""A model's text, as it streams in → finished sentences, what they cite, and footnotes.

Promises: however a text is cut into pieces, the same sentences come out, citing the same; a
sentence is let out when the next one has well begun, so that marks behind its
full stop, or on a line of their own, have come; a line break ends a sentence (models do not
wrap lines); the time is linear. A mark that stands for nothing is dropped. Footnotes are
numbered in order of first use, the same range of the same version always with the same number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.answer.writing.citation_markers import (
    MarkedRange,
    Marker,
    find_markers,
    is_refusal,
    ranges,
    strip_partial_marker,
)
from bot.answer.writing.sanitize import sanitize
from bot.records import AnswerSentence, Citation, Sentence, StoredPassage
from bot.text.sentences import split_sentences

Find = Callable[[int, int], tuple[StoredPassage, Sentence] | None]

LONGEST_RANGE = 5  # sentences; a model that cites a whole passage cites nothing
# Borders are looked for at places that the whole text decides, never the pieces it comes in: after
# so many characters, and more when much is held, so that looking costs linear time in all.
LOOK_EVERY_CHARACTERS = 16
LOOK_EVERY_SHARE = 8  # an eighth of what is held
WELL_BEGUN_CHARACTERS = 40  # of what follows: all that decides whether a full stop ends a sentence
THINKING, THOUGHT = "<think>", "</think>"  # what a server that cannot tell it apart leaves in
# Two ways to fill the place of a mark, so that offsets stay: `split_sentences` knows a superscript
# as what hangs on a full stop; NUL is in no text.
HELD, GONE = "¹", "\0"
WIDE_STOPS = frozenset("。！？")
ENDS_WITH_MARKS = re.compile(rf"{HELD}[^\w{HELD}]*\Z")


class CitedSpan(NamedTuple):
    """Neighbouring sentences of a passage; offsets as everywhere in the version's text."""

    passage: StoredPassage
    start: int
    end: int

    @property
    def quote(self) -> str:
        """Its words, cut from the stored text."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A finished sentence as the model wrote it, and the ranges that it cites, each once."""

    text: str
    cited: tuple[CitedSpan, ...] = ()
    paragraph: bool = False  # it opens a new paragraph


@dataclass(slots=True)
class CitationNumbers:
    """Numbers citations in order of first use."""

    citations: list[Citation] = field(default_factory=list)
    ranges: list[CitedSpan] = field(default_factory=list)  # of the citations, in their order
    _numbers: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def cite(self, passage: StoredPassage, start: int, end: int) -> int:
        """The footnote number of a range of a passage's version."""
        key = (passage.version_id, start, end)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(citation(len(self.citations) + 1, passage, start, end))
            self.ranges.append(CitedSpan(passage, start, end))
        return self._numbers[key]

    def number(self, written: DraftSentence) -> AnswerSentence:
        """The sentence as a reader sees it; only one that is shown may use up numbers."""
        numbers = dict.fromkeys(self.cite(*cited) for cited in written.cited)
        return AnswerSentence(written.text, tuple(numbers), written.paragraph)


def cited_spans(marks: Iterable[Marker], find: Find) -> tuple[CitedSpan, ...]:
    """What the marks of one sentence stand for, each once."""
    found = [_cited(one, find) for mark in marks for one in ranges(mark.inside)]
    return tuple(dict.fromkeys(one for one in found if one))


def _cited(marked: MarkedRange, find: Find) -> CitedSpan | None:
    last = min(marked.last, marked.first + LONGEST_RANGE - 1)
    start = find(marked.passage, marked.first)
    if start is None:
        return None
    there = [find(marked.passage, i) for i in range(marked.first, last + 1)]
    return CitedSpan(start[0], start[1].start, max(found[1].end for found in there if found))


def citation(n: int, passage: StoredPassage, start: int, end: int) -> Citation:
    """A footnote; its quote is cut from the stored text, never written by a model."""
    return Citation(
        n=n,
        article_id=passage.article_id,
        version_id=passage.version_id,
        version=passage.version,
        title=passage.title,
        url=passage.url,
        page=passage.page_at(start),
        published=passage.published,
        start=start,
        end=end,
        quote=CitedSpan(passage, start, end).quote,
        submitter=passage.submitter,
    )


class _Unit(NamedTuple):
    """A sentence's words, and how far the marks behind it reach."""

    start: int
    end: int
    words_end: int


@dataclass(slots=True)
class SentenceStream:
    """Feed it text as it comes; it gives back the sentences that are finished.

    ``refused`` is set by the sentinel. When nothing had been cited before it, all that
    follows it is ignored; otherwise only the sentence that holds it is dropped.
    """

    find: Find
    refused: bool = False
    _cites: bool = False  # something was cited so far
    _held: str = ""  # not yet let out
    _coming: list[str] = field(default_factory=list)  # since the last look
    _until_look: int = LOOK_EVERY_CHARACTERS
    _begun: bool = False

    def feed(self, piece: str) -> list[DraftSentence]:
        """The sentences that ``piece`` finished."""
        said: list[DraftSentence] = []
        at = 0
        while at < len(piece):
            part = piece[at : at + self._until_look]
            at += len(part)
            self._coming.append(part)
            self._until_look -= len(part)
            if not self._until_look:
                said += self._emit(_well_followed)
                self._until_look = max(LOOK_EVERY_CHARACTERS, len(self._held) // LOOK_EVERY_SHARE)
        return said

    def finish(self) -> list[DraftSentence]:
        """What is left, when the text has ended."""
        return self._emit(_all)

    def cut(self) -> list[DraftSentence]:
        """What is left and whole, when the text has broken off: half a sentence may mislead."""
        return self._emit(_whole)

    def _emit(self, choose: Choose) -> list[DraftSentence]:
        self._held += "".join(self._coming)
        self._coming.clear()
        if not self._begun:
            self._held = _without_thoughts(self._held)
            if self._held.startswith(THINKING):
                return []
        text = self._held if choose is _all else strip_partial_marker(self._held)
        marks = list(find_markers(text))
        masked = _filled(text, marks, HELD)
        bare = _filled(text, marks, GONE)
        at = 0
        said: list[DraftSentence] = []
        for unit in choose(masked, _units(bare, masked, marks)):
            own = [mark for mark in marks if unit.start <= mark.start < unit.end]
            words = bare[unit.start : unit.words_end].replace(GONE, "")
            said += self._sentence(words, own, opens="\n" in text[at : unit.start])
            at = unit.end
        self._held = self._held[at:]
        return said

    def _sentence(
        self, words: str, marks: Sequence[Marker], *, opens: bool
    ) -> Iterator[DraftSentence]:
        words = sanitize(words)
        self.refused = self.refused or is_refusal(words)
        ignored = self.refused and not self._cites
        if not ignored and not is_refusal(words) and _has_words(words):
            cited = cited_spans(marks, self.find)
            self._cites = self._cites or bool(cited)
            yield DraftSentence(words, cited, opens and self._begun)
            self._begun = True


Choose = Callable[[str, list[_Unit]], list[_Unit]]


def _well_followed(masked: str, units: list[_Unit]) -> list[_Unit]:
    """Those after which enough has come to know that they ended, and to have all their marks."""
    return [u for u in units[:-1] if units[-1].words_end - u.end >= WELL_BEGUN_CHARACTERS]


def _whole(masked: str, units: list[_Unit]) -> list[_Unit]:
    """All but a last one that does not end with its marks."""
    if units and not ENDS_WITH_MARKS.search(masked[units[-1].start :]):
        return units[:-1]
    return units


def _all(masked: str, units: list[_Unit]) -> list[_Unit]:
    return units


def _without_thoughts(text: str) -> str:
    """The beginning of an answer without the model's thinking, finished or not."""
    text = text.lstrip()
    if text.startswith(THINKING) and THOUGHT in text:
        return text.partition(THOUGHT)[2].lstrip()
    return text


def _filled(text: str, marks: Iterable[Marker], fill: str) -> str:
    """The text with ``fill`` all over its marks."""
    parts: list[str] = []
    at = 0
    for mark in marks:
        parts += [text[at : mark.start], fill * (mark.end - mark.start)]
        at = mark.end
    return "".join([*parts, text[at:]])


def _units(bare: str, masked: str, marks: Iterable[Marker]) -> list[_Unit]:
    """The sentences, each with the wordless rest behind it; before the first one, in front."""
    units: list[_Unit] = []
    rest_start: int | None = None
    for sentence in split_sentences(masked, sorted(_cuts(masked, marks))):
        start, end = sentence.start, sentence.end
        if _has_words(bare[start:end]):
            first = start if rest_start is None else rest_start
            units.append(_Unit(first, end, words_end=end))
            rest_start = None
        elif units:
            units[-1] = units[-1]._replace(end=end)
        elif rest_start is None:
            rest_start = start
    return units


def _cuts(masked: str, marks: Iterable[Marker]) -> Iterator[int]:
    """Where a sentence ends in any case: at a line break, and behind the marks of ``。[1.2]``."""
    yield from (at for at, character in enumerate(masked) if character == "\n")
    yield from (mark.end for mark in marks if masked[mark.start - 1 : mark.start] in WIDE_STOPS)


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
