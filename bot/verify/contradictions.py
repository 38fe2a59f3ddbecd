"""Finds sentences of different articles that disagree about what was asked.

``disagreement`` judges two of them. Which side is right is not decided: both are shown, with their
dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from bot.citations import CitedSpan
from bot.records import Hit
from bot.strings import _
from bot.text.date_ranges import iso_date_range
from bot.verify.disagreement import TitledSentence, find_disagreement

UNDATED = (date.min, date.min)
MIN_ASKED, MIN_ASKED_OF_OTHERS = 0.4, 0.6  # of the question's words, in a sentence with its title
NO_STATEMENTS = frozenset({"heading", "question", "byline", "table_header", "lead_in", "caption"})
MAX_STATEMENTS = 60  # compared with one another: the pairs grow with their square
MAX_COMPARED = 100  # sentences of hits that a shown one is compared with, best passages first


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an article, with its source."""

    article_id: int
    title: str
    published: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sentences, and the words in which each differs from the other."""

    first: Statement
    second: Statement
    first_words: str
    second_words: str

    @property
    def note(self) -> str:
        """Both sides with their sources, the earlier one first if both have dates."""
        sides = [(self.first, self.first_words), (self.second, self.second_words)]
        if self.first.published and self.second.published:
            sides.sort(key=lambda side: iso_date_range(side[0].published or "") or UNDATED)
        (first, first_words), (second, second_words) = sides
        note = _(
            "The sources disagree: “{first_words}” in {first}, but “{second_words}” in {second}."
        )
        return note.format(
            first=_source(first),
            first_words=first_words,
            second=_source(second),
            second_words=second_words,
        )


def _source(statement: Statement) -> str:
    published = statement.published or _("undated")
    return f"{statement.title} ({published})"


def find_contradictions(
    question: str, statements: Sequence[Statement], min_asked: float = MIN_ASKED
) -> list[Contradiction]:
    """All pairs of statements that disagree about what was asked, in the order given.

    ``min_asked``: the share of the question's words that each must have, with its title.
    """
    return [
        Contradiction(first, second, *words)
        for first, second in combinations(statements[:MAX_STATEMENTS], 2)
        if first.article_id != second.article_id
        and (
            words := find_disagreement(
                question, _titled_sentence(first), _titled_sentence(second), min_asked=min_asked
            )
        )
    ]


def _titled_sentence(statement: Statement) -> TitledSentence:
    return TitledSentence(statement.text, statement.title, statement.published)


def find_contradicting_spans(
    question: str, shown: Sequence[CitedSpan], hits: Sequence[Hit]
) -> list[tuple[Contradiction, CitedSpan]]:
    """For each shown span, the first sentence of the hits that disagrees with it on the question.

    If the shown spans already disagree, only those pairs.
    """
    if pairs := find_contradictions(question, [_statement(span) for span in shown]):
        spans = {_statement(span): span for span in shown}
        return [(pair, spans[pair.second]) for pair in pairs]
    shown_keys = {(span.passage.version_id, span.start) for span in shown}
    others = [
        CitedSpan(hit.passage, sentence.start, sentence.end)
        for hit in hits
        for sentence in hit.passage.sentences
        if (hit.passage.version_id, sentence.start) not in shown_keys
        and sentence.kind not in NO_STATEMENTS
    ][:MAX_COMPARED]
    return [pair for span in shown if (pair := _first_contradicting(question, span, others))]


def _first_contradicting(
    question: str, shown: CitedSpan, others: Sequence[CitedSpan]
) -> tuple[Contradiction, CitedSpan] | None:
    for other in others:
        pair = [_statement(shown), _statement(other)]
        if pairs := find_contradictions(question, pair, MIN_ASKED_OF_OTHERS):
            return pairs[0], other
    return None


def _statement(span: CitedSpan) -> Statement:
    passage = span.passage
    return Statement(passage.article_id, passage.title, passage.published, span.quote)
