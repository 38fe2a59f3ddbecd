"""Citations: spans of stored text, and their footnote numbers.

Footnotes are numbered in order of first use; the same span of a version keeps its number. A quote
is cut from the stored text, never written by a model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.answer.writing.citation_markers import FindSentence, Marker, SentenceRange, parse_ranges
from bot.records import BULLET, AnswerSentence, Citation, StoredPassage, SupportStatus

MAX_SPAN_SENTENCES = 5  # a model that cites a whole passage cites nothing


class CitedSpan(NamedTuple):
    """Consecutive sentences of a passage; offsets in code points of the version's text."""

    passage: StoredPassage
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The text of the span."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A finished sentence and the spans that it cites, each once.

    ``candidate_spans``: if it cites nothing, the spans that its paragraph cites and that may
    support it.
    """

    text: str
    spans: tuple[CitedSpan, ...] = ()
    paragraph: bool = False  # it opens a new paragraph
    list_item: bool = False  # it opens an item of a list
    candidate_spans: tuple[CitedSpan, ...] = ()
    source_language: str = ""  # of its source, if it is foreign and was not checked word by word


@dataclass(slots=True)
class CitationNumbers:
    """Numbers citations in order of first use."""

    citations: list[Citation] = field(default_factory=list)
    spans: list[CitedSpan] = field(default_factory=list)  # one per citation, in the same order
    _numbers: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def cite(self, passage: StoredPassage, start: int, end: int) -> int:
        """The footnote number of a span."""
        key = (passage.version_id, start, end)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(make_citation(len(self.citations) + 1, passage, start, end))
            self.spans.append(CitedSpan(passage, start, end))
        return self._numbers[key]

    def number(self, sentence: DraftSentence) -> AnswerSentence:
        """The sentence with footnote numbers. Call it only for sentences that will be shown."""
        numbers = dict.fromkeys(self.cite(*span) for span in sentence.spans)
        bullet = BULLET if sentence.list_item else ""
        language = sentence.source_language
        checked: SupportStatus = "other_language" if language else "yes"
        text = bullet + sentence.text
        return AnswerSentence(text, tuple(numbers), sentence.paragraph, checked, language)


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


def make_citation(n: int, passage: StoredPassage, start: int, end: int) -> Citation:
    """The citation of a span, with its quote cut from the stored text."""
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
        page_unit=passage.page_unit,
        by_ocr=passage.by_ocr,
    )
