"""Citations: spans of stored text, the sentences that cite them, and their footnote numbers.

Footnotes are numbered in order of first use; the same span of a version keeps its number. A quote
is cut from the stored text, never written by a model. Knows nothing of prompts and citation marks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from bot.answer_records import BULLET, AnswerSentence, Citation, SupportStatus
from bot.records import StoredPassage


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
    checked: SupportStatus = "yes"
    source_language: str = ""  # of its source, if it was not checked word by word


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
        return AnswerSentence(
            bullet + sentence.text,
            tuple(numbers),
            sentence.paragraph,
            sentence.checked,
            sentence.source_language,
        )


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
