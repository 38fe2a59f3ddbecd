"""An answer without a model: sentences of the sources, or rows of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answer.extractive import QuotedSentence
from bot.answer_records import AnswerMode
from bot.citations import CitedSpan, DraftSentence


@dataclass(frozen=True, slots=True)
class ExtractiveAnswer:
    """``sentences`` is empty if the evidence is too weak, or the question is asked back.

    ``named_article_ids``: articles that it names, cited or not.
    """

    sentences: tuple[DraftSentence, ...]
    mode: AnswerMode = "quotes"
    unanswered_parts: tuple[str, ...] = ()
    clarification: str = ""
    named_article_ids: frozenset[int] = frozenset()


def quotes_to_sentences(quotes: Sequence[QuotedSentence]) -> tuple[DraftSentence, ...]:
    """Each quote as a paragraph that cites itself."""
    return tuple(
        DraftSentence(
            passage.quote(sentence),
            (CitedSpan(passage, sentence.start, sentence.end),),
            paragraph=i > 0,
        )
        for i, (passage, sentence) in enumerate(quotes)
    )
