"""A compound question: each part is searched for and answered separately."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.answer.context import AskContext
from bot.answer.extractive import QuotedSentence, pick_sentences
from bot.answer.question.parts import split_parts
from bot.answer.strategies.extractive_answer import (
    ExtractiveAnswer,
    answer_from,
    complete_lists,
    draft_quotes,
)
from bot.answer.strategies.interleave import interleave
from bot.records import SearchResult

ADDED_CONTEXT = re.compile(r" \([^()]*\)(?=\?$)")


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One part of a compound question, and its own search result."""

    text: str
    findings: SearchResult

    @property
    def as_asked(self) -> str:
        """The part as it was asked, without the words that were added to make it stand alone."""
        return ADDED_CONTEXT.sub("", self.text)


@dataclass(frozen=True, slots=True)
class CompoundPlan:
    """``findings``: the best passages of the whole question and of its parts in turn."""

    question: str
    findings: SearchResult
    parts: tuple[SubQuestion, ...]


async def plan_compound(
    question: str,
    findings: SearchResult,
    search_part: Callable[[str], Awaitable[SearchResult]],
    limit: int,
) -> CompoundPlan | None:
    """The plan with at most ``limit`` passages; None for a question of one part.

    ``findings``: what search finds for the whole question.
    """
    texts = split_parts(question)
    if len(texts) == 1:
        return None
    parts = tuple([SubQuestion(text, await search_part(text)) for text in texts])
    merged = _merge([findings, *(part.findings for part in parts)], limit)
    return CompoundPlan(question, merged, parts)


def _merge(results: Sequence[SearchResult], limit: int) -> SearchResult:
    return SearchResult(
        interleave(results)[:limit],
        max(result.answer_probability for result in results),
        results[0].passages_in_scope,
    )


async def _quote_part(part: SubQuestion, context: AskContext) -> tuple[QuotedSentence, ...]:
    picked = await pick_sentences(part.text, part.findings, context.embedder)
    return await complete_lists(picked, context) if picked.answered else ()


async def quote_parts(plan: CompoundPlan, context: AskContext) -> ExtractiveAnswer:
    """Quotes for each part; if no part has any, quotes for the whole question."""
    by_part = [await _quote_part(part, context) for part in plan.parts]
    if not any(by_part):
        picked = await pick_sentences(plan.question, plan.findings, context.embedder)
        return await answer_from(picked, context)
    quotes = list(dict.fromkeys(chain.from_iterable(by_part)))
    unanswered = [
        part.as_asked for part, quoted in zip(plan.parts, by_part, strict=True) if not quoted
    ]
    sentences = await draft_quotes(quotes, context)
    return ExtractiveAnswer(sentences, unanswered_parts=tuple(unanswered))
