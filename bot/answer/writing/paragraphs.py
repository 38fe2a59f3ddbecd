"""Units of a model's text, in order → the sentences of an answer, what they cite and are offered.

A sentence without marks is offered those of the next one in its paragraph that has some: many
models write them once, at a paragraph's end. Greetings, headings, labels ("Sources:") and lists
of references are no sentences of an answer; a list's numbers are no figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.answer.writing.citation_markers import Marker, MarkerReader
from bot.answer.writing.citations import CitedSpan, DraftSentence, cited_spans
from bot.answer.writing.layout import (
    MarkedText,
    SentenceUnit,
    has_words,
    is_ended,
    is_exclaimed,
    is_heading,
    is_label,
)
from bot.answer.writing.sanitize import sanitize

WAITING = 3  # unmarked sentences that wait for marks at their paragraph's end


@dataclass(slots=True)
class ParagraphReader:
    """Units in their order → the sentences of an answer, with what they cite and are offered."""

    reader: MarkerReader
    cites: bool = False  # something was cited so far
    _begun: bool = False  # a sentence was written
    _waiting: list[DraftSentence] = field(
        default_factory=list
    )  # for marks that they may be offered
    _earlier: tuple[CitedSpan, ...] = ()  # cited in this line so far
    _carried: tuple[CitedSpan, ...] = ()  # by marks that stood in front of what comes
    _is_front: bool = False  # this line has its marks in front
    _list_number: int = 0  # of the last item
    _lists_references: bool = False  # a label or heading came last
    _first: bool = True  # nothing came yet
    _cited: set[CitedSpan] = field(default_factory=set)

    def begin_anew(self) -> None:
        """What was not written yet was reasoning."""
        self._waiting.clear()
        self._earlier = self._carried = ()
        self._is_front, self._lists_references, self._first = False, False, True

    def rest(self) -> list[DraftSentence]:
        """Those that wait, when nothing comes any more."""
        return self._offer(self._earlier)

    def take(
        self,
        page: MarkedText,
        unit: SentenceUnit,
        following: SentenceUnit | None,
        *,
        opens_line: bool,
    ) -> Iterator[DraftSentence]:
        """The sentences that stand now."""
        opens_line = opens_line or self._first
        self._first = False
        item = opens_line and self._is_item(page, unit)
        cited = self._own(page, unit, following, opens_line=opens_line)
        words = page.words(unit, item=item)
        if is_label(words) and (cited or (opens_line and page.is_alone(unit, following))):
            yield from self._label(cited, opens_line=opens_line)
        elif not self._is_frame(page, unit, following, words, cited, opens_line=opens_line):
            text = sanitize(words)
            if has_words(text):
                written = DraftSentence(text, cited, opens_line and self._begun, item)
                yield from self._write(written, opens_line=opens_line)

    def _own(
        self,
        page: MarkedText,
        unit: SentenceUnit,
        following: SentenceUnit | None,
        *,
        opens_line: bool,
    ) -> tuple[CitedSpan, ...]:
        """What the unit's marks stand for; in a line with marks in front, the next one's go on."""
        self._is_front = page.begins_with_mark(unit) if opens_line else self._is_front
        goes_on = self._is_front and not page.is_alone(unit, following)
        next_one = page.marks_of_next(unit) if goes_on else []
        own = [mark for mark in page.own_marks(unit) if mark not in next_one]
        cited = (*self._carried, *cited_spans(own, self.reader.find_sentence))
        self._carried = cited_spans(next_one, self.reader.find_sentence)
        self.reader.bracketed = self.reader.bracketed or (
            any(map(_is_bracketed, own)) and bool(cited)
        )
        return tuple(dict.fromkeys(cited))

    def _is_item(self, page: MarkedText, unit: SentenceUnit) -> bool:
        """Whether a bullet or a list's number opens it: the next number, and none of a source's."""
        number = page.number(unit)
        if not number or number not in (1, self._list_number + 1):
            return number == 0
        self._list_number = number
        return not self.reader.has_in_passages(page.words(unit, item=False).split()[:2])

    def _is_frame(
        self,
        page: MarkedText,
        unit: SentenceUnit,
        following: SentenceUnit | None,
        words: str,
        cited: tuple[CitedSpan, ...],
        *,
        opens_line: bool,
    ) -> bool:
        """A greeting, a heading, or an entry in a list of references: no sentence."""
        if not cited and not self._begun and is_exclaimed(words):
            return True
        if not cited and opens_line and is_heading(words):
            self._lists_references = self._begun
            return page.is_alone(unit, following) and (following is not None or words[0] == "#")
        if not (self._begun and opens_line and page.begins_with_mark(unit)):
            return False
        return (not cited and page.is_defined(unit)) or self._is_reference(words, cited)

    def _is_reference(self, words: str, cited: tuple[CitedSpan, ...]) -> bool:
        """Whether a line with its mark in front only names what was cited."""
        told = _squeezed(words)
        if not is_ended(words) and (self._lists_references or not cited):
            return True
        if any(told in (_squeezed(c.passage.title), _squeezed(c.passage.heading)) for c in cited):
            return True
        return any(one in self._cited and _squeezed(one.quote).startswith(told) for one in cited)

    def _label(self, cited: tuple[CitedSpan, ...], *, opens_line: bool) -> list[DraftSentence]:
        """Its marks are those of the sentence in front of it, or of the paragraph."""
        self._lists_references = self._begun
        if cited and self._waiting and not opens_line:
            self._waiting[-1] = replace(self._waiting[-1], spans=cited)
        return self._offer(cited or self._earlier)

    def _write(self, written: DraftSentence, *, opens_line: bool) -> Iterator[DraftSentence]:
        self._begun, self._lists_references = True, False
        if opens_line:
            yield from self._offer(self._earlier)
            self._earlier = ()
        self._earlier = tuple(dict.fromkeys([*self._earlier, *written.spans]))
        if written.spans:
            self.cites = True
            self._cited.update(written.spans)
            yield from self._offer(self._earlier)
            yield written
        else:
            self._waiting.append(written)
            if len(self._waiting) > WAITING:
                yield replace(self._waiting.pop(0), candidate_spans=self._earlier)

    def _offer(self, ranges: tuple[CitedSpan, ...]) -> list[DraftSentence]:
        """Those that wait, in their order."""
        waiting = [
            one if one.spans else replace(one, candidate_spans=ranges) for one in self._waiting
        ]
        self._waiting.clear()
        return waiting


def _is_bracketed(mark: Marker) -> bool:
    return not set("[【［").isdisjoint(mark.inside)


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
