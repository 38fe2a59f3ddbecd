"""A model's text and its marks → sentences with their marks, and what stands around them.

A model lays out what it writes: lines, lists, headings, labels such as "Sources:". Known here is
where each sentence begins and ends, which marks are its own, whether it opens a line and which
item of a list it is. A mark belongs to the sentence in front of it; in a line that begins with a
mark, to the one behind it. Pure; knows nothing of passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.answer.writing.citation_markers import Marker
from bot.text.sentences import split_sentences

# Two ways to fill the place of a mark, so that offsets stay: `split_sentences` knows a superscript
# as what hangs on a full stop; NUL is in no text.
KEPT, REMOVED = "¹", "\0"
WIDE_STOPS = frozenset("。！？")
LABEL_WORDS = 3  # "Sources:", "List of references:"; what is longer says something
EXCLAIMED_WORDS = 5  # "Sure!", "Thanks for your question!"
_DRESS = "*_ \t\n"
_BULLET = re.compile(
    rf"(?:[\s{REMOVED}]*\n)?[ \t]*(?:[-*•–—‣▪◦·]|\*{{0,2}}\(?(?P<number>\d{{1,2}})[.)]\*{{0,2}})"
    rf"(?:[ \t]+|(?=[{REMOVED}{KEPT}]))"
)
_HEADING = re.compile(
    r"#{1,6}[ \t]+\S.*|\*\*[^*\n]{0,120}[^*\n.!?。！？]\*\*:?|__[^_\n]{0,120}[^_\n.!?。！？]__:?"
)
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)*_]*\Z")
_JOINS = re.compile(r"\A[*_]*[\s:–—-]+")
_DEFINED = re.compile(r"\s*\[\^?[\d.]{1,9}\]:")
_LABEL = re.compile(rf"[^\w\n]*(?:\w+[^\w\n:]+){{0,{LABEL_WORDS - 1}}}\w+[^\w\n:]{{0,4}}[:：]\W*")


class SentenceUnit(NamedTuple):
    """A sentence's words, with the wordless rest in front of it and the marks behind it."""

    start: int
    end: int
    words_end: int


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text with its marks found; ``masked`` and ``bare`` have something else in their places."""

    text: str
    marks: Sequence[Marker]
    masked: str
    bare: str

    @classmethod
    def of(cls, text: str, marks: Sequence[Marker]) -> MarkedText:
        return cls(text, marks, _filled(text, marks, KEPT), _filled(text, marks, REMOVED))

    def units(self) -> list[SentenceUnit]:
        """The sentences, each with the wordless rest behind it; before the first one, in front."""
        units: list[SentenceUnit] = []
        rest_start: int | None = None
        for sentence in split_sentences(self.masked, sorted(self._cuts())):
            start, end = sentence.start, sentence.end
            if has_words(self.bare[start:end]):
                first = start if rest_start is None else rest_start
                units.append(SentenceUnit(first, end, words_end=end))
                rest_start = None
            elif units:
                units[-1] = units[-1]._replace(end=end)
            elif rest_start is None:
                rest_start = start
        return units

    def _cuts(self) -> Iterator[int]:
        """Where a sentence ends in any case: at a line break, behind the marks of ``。[1.2]``."""
        yield from (at for at, character in enumerate(self.masked) if character == "\n")
        for mark in self.marks:
            if self.masked[mark.start - 1 : mark.start] in WIDE_STOPS:
                yield mark.end

    def own_marks(self, unit: SentenceUnit) -> list[Marker]:
        """The marks from its beginning to the next one's."""
        return [mark for mark in self.marks if unit.start <= mark.start < unit.end]

    def begins_with_mark(self, unit: SentenceUnit) -> bool:
        """Whether a mark stands in front of its words, behind a bullet or nothing."""
        line = self.masked[unit.start : unit.words_end]
        bullet = _BULLET.match(line)
        return line[bullet.end() if bullet else 0 :].lstrip(_DRESS).startswith(KEPT)

    def number(self, unit: SentenceUnit) -> int | None:
        """The number of a numbered line; 0 for a bullet; None for any other."""
        found = _BULLET.match(self.bare[unit.start : unit.words_end])
        return None if found is None else int(found["number"] or 0)

    def words(self, unit: SentenceUnit, *, item: bool) -> str:
        """A unit without its marks, without what joins one to its words, an ``item`` without its
        bullet."""
        text = self.bare[unit.start : unit.words_end]
        bullet = _BULLET.match(text) if item else None
        text = text[bullet.end() :] if bullet else text
        begins = text.lstrip(_DRESS).startswith(REMOVED)
        text = text.replace(REMOVED, "")
        return _JOINS.sub("", text, count=1) if begins else text

    def is_defined(self, unit: SentenceUnit) -> bool:
        """Whether it is a footnote's own line (``[^1]: …``)."""
        return bool(_DEFINED.match(self.text, unit.start))

    def is_alone(self, unit: SentenceUnit, following: SentenceUnit | None) -> bool:
        """Whether nothing stands behind it in its line."""
        return following is None or "\n" in self.text[unit.words_end : following.start]

    def marks_of_next(self, unit: SentenceUnit) -> list[Marker]:
        """The marks behind its full stop."""
        ends = [m for m in self.own_marks(unit) if _ENDED.search(self._before(unit, m))]
        return [mark for mark in ends if not has_words(self.bare[mark.end : unit.words_end])]

    def _before(self, unit: SentenceUnit, mark: Marker) -> str:
        return self.bare[unit.start : mark.start].replace(REMOVED, "").rstrip()


def is_heading(words: str) -> bool:
    """Of a line: with heading signs, or in bold as a whole and without an end."""
    return bool(_HEADING.fullmatch(words.strip()))


def is_label(words: str) -> bool:
    """ "Sources:" and the like."""
    return bool(_LABEL.fullmatch(words))


def is_exclaimed(words: str) -> bool:
    """ "Sure!" and the like: a few words that say nothing of the world."""
    words = words.strip()
    few = len(words.split()) <= EXCLAIMED_WORDS and not any(map(str.isdigit, words))
    return few and words.endswith(("!", "！"))


def is_ended(words: str) -> bool:
    """Whether it ends as a sentence does."""
    return bool(_ENDED.search(words.strip()))


def has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _filled(text: str, marks: Iterable[Marker], fill: str) -> str:
    """The text with ``fill`` all over its marks."""
    parts: list[str] = []
    at = 0
    for mark in marks:
        parts += [text[at : mark.start], fill * (mark.end - mark.start)]
        at = mark.end
    return "".join([*parts, text[at:]])
