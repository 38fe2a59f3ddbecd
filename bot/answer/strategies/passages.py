"""The usual plan: answer the question from the passages that search finds for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.answer.context import AskContext
from bot.answer.extractive import QuotedSentence, pick_sentences
from bot.answer.strategies.extractive_answer import ExtractiveAnswer, answer_from
from bot.records import SearchResult

MAX_GOING_ON = 2  # sentences that come along because they go on from a quoted one


@dataclass(frozen=True, slots=True)
class PassagesPlan:
    """``question`` stands alone; ``findings`` are its passages.

    ``goes_on``: it is asked what an article says about something, which is more than a sentence.
    """

    question: str
    findings: SearchResult
    goes_on: bool = False


async def quote_passages(plan: PassagesPlan, context: AskContext) -> ExtractiveAnswer:
    """The sentences that answer the question best."""
    picked = await pick_sentences(plan.question, plan.findings, context.embedder)
    if plan.goes_on and picked.answered:
        picked = replace(picked, quotes=with_next(picked.quotes))
    return await answer_from(picked, context)


def with_next(quotes: Sequence[QuotedSentence]) -> tuple[QuotedSentence, ...]:
    """The quotes, each of the first that its section goes on from with the sentence after it."""
    following = dict(islice(_next_of(quotes), MAX_GOING_ON))
    pairs = ((quote, following.get(quote)) for quote in quotes)
    return tuple(each for pair in pairs for each in pair if each is not None)


def _next_of(quotes: Sequence[QuotedSentence]) -> Iterator[tuple[QuotedSentence, QuotedSentence]]:
    """Each quote that the same section goes on from, with the sentence after it."""
    for passage, sentence in quotes:
        later = [each for each in passage.sentences if each.start > sentence.start]
        is_statement = sentence.kind == "paragraph" and later[:1]
        if is_statement and later[0].kind == "paragraph" and (passage, later[0]) not in quotes:
            yield (passage, sentence), (passage, later[0])
