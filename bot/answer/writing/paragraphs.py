"""Turns the units of a model's text into the sentences of an answer, with their citations.

A sentence without marks gets the next marks of its paragraph as candidates, since many models write
them only at a paragraph's end. Greetings, headings, labels ("Sources:") and reference lists are
dropped, and so are the numbers of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.answer.writing.citation_markers import Marker, MarkerReader, cited_spans
from bot.answer.writing.layout import (
    MarkedText,
    SentenceUnit,
    ends_like_sentence,
    has_words,
    is_exclamation,
    is_heading,
    is_label,
)
from bot.answer.writing.sanitize import sanitize
from bot.citations import CitedSpan, DraftSentence

MAX_WAITING = 3  # unmarked sentences held back for marks at their paragraph's end


@dataclass(slots=True)
class ParagraphCitations:
    """Takes units in order, and returns the sentences of the answer."""

    reader: MarkerReader
    cites: bool = False  # something was cited so far
    _begun: bool = False  # a sentence was written
    _waiting: list[DraftSentence] = field(default_factory=list)  # for marks of their paragraph
    _earlier: tuple[CitedSpan, ...] = ()  # cited in this line so far
    _carried: tuple[CitedSpan, ...] = ()  # cited by marks before the next sentence
    _marks_first: bool = False  # this line has its marks before the words
    _list_number: int = 0  # of the last item
    _lists_references: bool = False  # a label or heading came last
    _first: bool = True  # nothing came yet
    _cited: set[CitedSpan] = field(default_factory=set)

    def restart(self) -> None:
        """Drop what was not written yet: it was reasoning."""
        self._waiting.clear()
        self._earlier = self._carried = ()
        self._marks_first, self._lists_references, self._first = False, False, True

    def rest(self) -> list[DraftSentence]:
        """The sentences still held back, at the end of the text."""
        return self._release_waiting(self._earlier)

    def take(
        self,
        marked: MarkedText,
        unit: SentenceUnit,
        following: SentenceUnit | None,
        *,
        opens_line: bool,
    ) -> Iterator[DraftSentence]:
        """The sentences that are complete now."""
        opens_line = opens_line or self._first
        self._first = False
        item = opens_line and self._is_item(marked, unit)
        cited = self._own_spans(marked, unit, following, opens_line=opens_line)
        words = marked.words(unit, item=item)
        if is_label(words) and (cited or (opens_line and marked.is_alone(unit, following))):
            yield from self._label(cited, opens_line=opens_line)
        elif not self._is_dropped(marked, unit, following, words, cited, opens_line=opens_line):
            text = sanitize(words)
            if has_words(text):
                written = DraftSentence(text, cited, opens_line and self._begun, item)
                yield from self._write(written, opens_line=opens_line)

    def _own_spans(
        self,
        marked: MarkedText,
        unit: SentenceUnit,
        following: SentenceUnit | None,
        *,
        opens_line: bool,
    ) -> tuple[CitedSpan, ...]:
        """What the unit cites; in a line with marks first, its last marks are the next one's."""
        self._marks_first = marked.begins_with_mark(unit) if opens_line else self._marks_first
        continues = self._marks_first and not marked.is_alone(unit, following)
        next_marks = marked.marks_of_next(unit) if continues else []
        own = [mark for mark in marked.own_marks(unit) if mark not in next_marks]
        cited = (*self._carried, *cited_spans(own, self.reader.find_sentence))
        self._carried = cited_spans(next_marks, self.reader.find_sentence)
        self.reader.bracketed = self.reader.bracketed or (
            any(map(_is_bracketed, own)) and bool(cited)
        )
        return tuple(dict.fromkeys(cited))

    def _is_item(self, marked: MarkedText, unit: SentenceUnit) -> bool:
        """Whether it opens with a bullet or the list's next number, which no passage has."""
        number = marked.number(unit)
        if not number or number not in (1, self._list_number + 1):
            return number == 0
        self._list_number = number
        return not self.reader.has_in_passages(marked.words(unit, item=False).split()[:2])

    def _is_dropped(
        self,
        marked: MarkedText,
        unit: SentenceUnit,
        following: SentenceUnit | None,
        words: str,
        cited: tuple[CitedSpan, ...],
        *,
        opens_line: bool,
    ) -> bool:
        """Whether it is a greeting, a heading, or an entry in a list of references."""
        if not cited and not self._begun and is_exclamation(words):
            return True
        if not cited and opens_line and is_heading(words):
            self._lists_references = self._begun
            return marked.is_alone(unit, following) and (following is not None or words[0] == "#")
        if not (self._begun and opens_line and marked.begins_with_mark(unit)):
            return False
        return (not cited and marked.is_footnote_definition(unit)) or self._is_reference(
            words, cited
        )

    def _is_reference(self, words: str, cited: tuple[CitedSpan, ...]) -> bool:
        """Whether a line that begins with a mark only names its source."""
        letters = _letters(words)
        if not ends_like_sentence(words) and (self._lists_references or not cited):
            return True
        if any(letters in (_letters(c.passage.title), _letters(c.passage.heading)) for c in cited):
            return True
        return any(c in self._cited and _letters(c.quote).startswith(letters) for c in cited)

    def _label(self, cited: tuple[CitedSpan, ...], *, opens_line: bool) -> list[DraftSentence]:
        """Give a label's marks to the sentence before it, or to the paragraph."""
        self._lists_references = self._begun
        if cited and self._waiting and not opens_line:
            self._waiting[-1] = replace(self._waiting[-1], spans=cited)
        return self._release_waiting(cited or self._earlier)

    def _write(self, sentence: DraftSentence, *, opens_line: bool) -> Iterator[DraftSentence]:
        self._begun, self._lists_references = True, False
        if opens_line:
            yield from self._release_waiting(self._earlier)
            self._earlier = ()
        self._earlier = tuple(dict.fromkeys([*self._earlier, *sentence.spans]))
        if sentence.spans:
            self.cites = True
            self._cited.update(sentence.spans)
            yield from self._release_waiting(self._earlier)
            yield sentence
        else:
            self._waiting.append(sentence)
            if len(self._waiting) > MAX_WAITING:
                yield replace(self._waiting.pop(0), candidate_spans=self._earlier)

    def _release_waiting(self, spans: tuple[CitedSpan, ...]) -> list[DraftSentence]:
        """The sentences held back, with ``spans`` as candidates."""
        waiting = [s if s.spans else replace(s, candidate_spans=spans) for s in self._waiting]
        self._waiting.clear()
        return waiting


def _is_bracketed(mark: Marker) -> bool:
    return not set("[【［").isdisjoint(mark.inside)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
