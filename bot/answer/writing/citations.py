"""What a sentence of an answer cites: ranges of stored text, and the numbers of its footnotes.

Footnotes are numbered in order of first use, the same range of the same version always with the
same number. A quote is cut from the stored text, never written by a model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.answer.writing.citation_markers import FindSentence, Marker, SentenceRange, parse_ranges
from bot.records import BULLET, AnswerSentence, Citation, StoredPassage, SupportStatus

LONGEST_RANGE = 5  # sentences; a model that cites a whole passage cites nothing


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
    """A finished sentence as the model wrote it, and the ranges that it cites, each once.

    ``offered``: where it cites nothing, what else its paragraph cites, which may carry it.
    """

    text: str
    spans: tuple[CitedSpan, ...] = ()
    paragraph: bool = False  # it opens a new paragraph
    list_item: bool = False  # it opens an item of a list
    candidate_spans: tuple[CitedSpan, ...] = ()
    source_language: str = ""  # of what it cites, where words of two languages were not compared


@dataclass(slots=True)
class CitationNumbers:
    """Numbers citations in order of first use."""

    citations: list[Citation] = field(default_factory=list)
    spans: list[CitedSpan] = field(default_factory=list)  # of the citations, in their order
    _numbers: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def cite(self, passage: StoredPassage, start: int, end: int) -> int:
        """The footnote number of a range of a passage's version."""
        key = (passage.version_id, start, end)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(make_citation(len(self.citations) + 1, passage, start, end))
            self.spans.append(CitedSpan(passage, start, end))
        return self._numbers[key]

    def number(self, written: DraftSentence) -> AnswerSentence:
        """The sentence as a reader sees it; only one that is shown may use up numbers."""
        numbers = dict.fromkeys(self.cite(*cited) for cited in written.spans)
        bullet = BULLET if written.list_item else ""
        language = written.source_language
        checked: SupportStatus = "other_language" if language else "yes"
        text = bullet + written.text
        return AnswerSentence(text, tuple(numbers), written.paragraph, checked, language)


def cited_spans(marks: Iterable[Marker], find: FindSentence) -> tuple[CitedSpan, ...]:
    """What the marks of one sentence stand for, each once."""
    found = [_cited(one, find) for mark in marks for one in parse_ranges(mark.inside)]
    return tuple(dict.fromkeys(one for one in found if one))


def _cited(marked: SentenceRange, find: FindSentence) -> CitedSpan | None:
    last = min(marked.last, marked.first + LONGEST_RANGE - 1)
    start = find(marked.passage, marked.first)
    if start is None:
        return None
    there = [find(marked.passage, i) for i in range(marked.first, last + 1)]
    return CitedSpan(start[0], start[1].start, max(found[1].end for found in there if found))


def make_citation(n: int, passage: StoredPassage, start: int, end: int) -> Citation:
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
