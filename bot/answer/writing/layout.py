"""Splits a model's text into sentences with their citation marks, and recognizes its layout.

Models write lines, lists, headings, and labels such as "Sources:". This finds where each sentence
begins and ends, which marks belong to it, whether it opens a line, and its number in a list. A mark
belongs to the sentence before it; in a line that begins with a mark, to the one after it. Pure;
knows nothing of passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.answer.writing.citation_markers import Marker
from bot.text.sentences import split_sentences

# Characters that replace a mark, so that offsets stay: `split_sentences` keeps a superscript with
# the full stop before it; NUL occurs in no text.
MARK_CHAR, NO_MARK = "¹", "\0"
_STOPPED_TWICE = re.compile(rf"(?<=[.!?…。！？])([\"'”’»)]*)[ \t]*{NO_MARK}+[ \t]*[.。]")
_CLOSES = re.compile(rf"[ \t{NO_MARK}]*([\"”’»)])")  # a quotation that ended after its full stop
_CLOSED_APART = re.compile(r"(?<=[.!?…])[ \t]+(?=[\"”’»)]\Z)")
WIDE_STOPS = frozenset("。！？")
LABEL_WORDS = 3  # "Sources:", "List of references:"; a longer one is a sentence
EXCLAMATION_WORDS = 5  # "Sure!", "Thanks for your question!"
_MARKUP = "*_ \t\n"
_BULLET = re.compile(
    rf"(?:[\s{NO_MARK}]*\n)?[ \t]*(?:[-*•–—‣▪◦·]|\*{{0,2}}\(?(?P<number>\d{{1,2}})[.)]\*{{0,2}})"
    rf"(?:[ \t]+|(?=[{NO_MARK}{MARK_CHAR}]))"
)
_HEADING = re.compile(
    r"#{1,6}[ \t]+\S.*|\*\*[^*\n]{0,120}[^*\n.!?。！？]\*\*:?|__[^_\n]{0,120}[^_\n.!?。！？]__:?"
)
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)*_]*\Z")
_SEPARATOR = re.compile(r"\A[*_]*[\s:–—-]+")
_FOOTNOTE_DEFINITION = re.compile(r"\s*\[\^?[\d.]{1,9}\]:")
_LABEL = re.compile(rf"[^\w\n]*(?:\w+[^\w\n:]+){{0,{LABEL_WORDS - 1}}}\w+[^\w\n:]{{0,4}}[:：]\W*")


class SentenceUnit(NamedTuple):
    """A sentence with its marks; ``words_end`` is where its own text ends."""

    start: int
    end: int
    words_end: int


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text and its marks; ``masked`` replaces them with MARK_CHAR, ``bare`` with NO_MARK."""

    text: str
    marks: Sequence[Marker]
    masked: str
    bare: str

    @classmethod
    def of(cls, text: str, marks: Sequence[Marker]) -> MarkedText:
        return cls(text, marks, _filled(text, marks, MARK_CHAR), _filled(text, marks, NO_MARK))

    def units(self) -> list[SentenceUnit]:
        """The sentences, each with the wordless text after it, the first also with that before."""
        units: list[SentenceUnit] = []
        rest_start: int | None = None
        for sentence in split_sentences(self.masked, sorted(self._forced_breaks())):
            start, end = sentence.start, sentence.end
            if has_words(self.bare[start:end]):
                first = start if rest_start is None else rest_start
                units.append(SentenceUnit(first, end, words_end=end))
                rest_start = None
            elif units:
                closes = _CLOSES.match(self.bare, units[-1].end, end)
                words_end = closes.end() if closes else units[-1].words_end
                units[-1] = units[-1]._replace(end=end, words_end=words_end)
            elif rest_start is None:
                rest_start = start
        return units

    def _forced_breaks(self) -> Iterator[int]:
        """Where a sentence always ends: at a line break, and after the marks of ``。[1.2]``."""
        yield from (at for at, character in enumerate(self.masked) if character == "\n")
        for mark in self.marks:
            if self.masked[mark.start - 1 : mark.start] in WIDE_STOPS:
                yield mark.end

    def own_marks(self, unit: SentenceUnit) -> list[Marker]:
        """The marks within a unit."""
        return [mark for mark in self.marks if unit.start <= mark.start < unit.end]

    def begins_with_mark(self, unit: SentenceUnit) -> bool:
        """Whether a mark comes before its words, after at most a bullet."""
        line = self.masked[unit.start : unit.words_end]
        bullet = _BULLET.match(line)
        return line[bullet.end() if bullet else 0 :].lstrip(_MARKUP).startswith(MARK_CHAR)

    def number(self, unit: SentenceUnit) -> int | None:
        """The number of a numbered line; 0 for a bullet; None for any other."""
        bullet = _BULLET.match(self.bare[unit.start : unit.words_end])
        return None if bullet is None else int(bullet["number"] or 0)

    def words(self, unit: SentenceUnit, *, item: bool) -> str:
        """The text of a unit without its marks and their separators.

        A list ``item`` also loses its bullet.
        """
        text = self.bare[unit.start : unit.words_end]
        bullet = _BULLET.match(text) if item else None
        text = text[bullet.end() :] if bullet else text
        begins = text.lstrip(_MARKUP).startswith(NO_MARK)
        text = _STOPPED_TWICE.sub(r"\1", text).replace(NO_MARK, "")
        text = _CLOSED_APART.sub("", text)
        return _SEPARATOR.sub("", text, count=1) if begins else text

    def is_footnote_definition(self, unit: SentenceUnit) -> bool:
        """Whether it is a footnote definition (``[^1]: …``)."""
        return bool(_FOOTNOTE_DEFINITION.match(self.text, unit.start))

    def is_alone(self, unit: SentenceUnit, following: SentenceUnit | None) -> bool:
        """Whether nothing follows it in its line."""
        return following is None or "\n" in self.text[unit.words_end : following.start]

    def marks_of_next(self, unit: SentenceUnit) -> list[Marker]:
        """The marks after its full stop, which belong to the next sentence if marks come first."""
        at_end = [m for m in self.own_marks(unit) if _SENTENCE_END.search(self._before(unit, m))]
        return [mark for mark in at_end if not has_words(self.bare[mark.end : unit.words_end])]

    def _before(self, unit: SentenceUnit, mark: Marker) -> str:
        return self.bare[unit.start : mark.start].replace(NO_MARK, "").rstrip()


def is_heading(words: str) -> bool:
    """Whether a line has heading signs, or is all bold without a full stop."""
    return bool(_HEADING.fullmatch(words.strip()))


def is_label(words: str) -> bool:
    """Whether it is a label such as "Sources:"."""
    return bool(_LABEL.fullmatch(words))


def is_exclamation(words: str) -> bool:
    """Whether it is an exclamation such as "Sure!": a few words without content."""
    words = words.strip()
    is_short = len(words.split()) <= EXCLAMATION_WORDS and not any(map(str.isdigit, words))
    return is_short and words.endswith(("!", "！"))


def ends_like_sentence(words: str) -> bool:
    """Whether it ends like a sentence."""
    return bool(_SENTENCE_END.search(words.strip()))


def has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _filled(text: str, marks: Iterable[Marker], fill: str) -> str:
    """The text with its marks overwritten by ``fill``."""
    parts: list[str] = []
    at = 0
    for mark in marks:
        parts += [text[at : mark.start], fill * (mark.end - mark.start)]
        at = mark.end
    return "".join([*parts, text[at:]])
