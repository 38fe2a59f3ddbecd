"""A compound question: each part is searched for and answered separately."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.answer.asked_subject import AskedPart, AskedSubject
from bot.answer.context import AskContext
from bot.answer.extractive import QuotedSentence, pick_sentences
from bot.answer.question.follow_up import content_words
from bot.answer.question.parts import part_readings, split_parts
from bot.answer.strategies.extractive_answer import (
    ExtractiveAnswer,
    answer_from,
    complete_lists,
    draft_quotes,
    quotes_to_sentences,
)
from bot.answer.strategies.interleave import interleave
from bot.records import SearchResult
from bot.search.sentence_context import place_of
from bot.text.morphology import stems_of
from bot.text.tokenize import split_words

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
    parts = tuple([await _likelier(part_readings(text, texts[0]), search_part) for text in texts])
    merged = _merge([findings, *(part.findings for part in parts)], limit)
    return CompoundPlan(question, merged, parts)


async def _likelier(
    readings: Sequence[str], search_part: Callable[[str], Awaitable[SearchResult]]
) -> SubQuestion:
    """A part as it is, or in its context if a sentence that says a word of it is likelier then."""
    alone, *in_context = [SubQuestion(text, await search_part(text)) for text in readings]
    words = content_words(alone.text)
    likelier = [p for p in in_context if _says_any(words, p.findings) and _is_likelier(p, alone)]
    return likelier[0] if likelier else alone


def _is_likelier(part: SubQuestion, other: SubQuestion) -> bool:
    return part.findings.answer_probability > other.findings.answer_probability


def _says_any(words: Sequence[str], findings: SearchResult) -> bool:
    """Whether the likeliest sentence says any of the words."""
    best = max(findings.candidates, key=lambda c: c.log_odds, default=None)
    return best is not None and not stems_of(split_words(best.text)).isdisjoint(stems_of(words))


def _merge(results: Sequence[SearchResult], limit: int) -> SearchResult:
    return SearchResult(
        interleave(results)[:limit],
        max(result.answer_probability for result in results),
        results[0].passages_in_scope,
    )


def _is_said(part: SubQuestion, quotes: Collection[QuotedSentence]) -> bool:
    """Whether the likeliest sentence of a part is quoted for another one."""
    likeliest = max(part.findings.candidates, key=lambda c: c.log_odds, default=None)
    places = {place_of(*quote) for quote in quotes}
    return likeliest is not None and place_of(likeliest.passage, likeliest.sentence) in places


@dataclass(frozen=True, slots=True)
class QuotedPart:
    """What is quoted for a part, and what that names and the quoted articles don't."""

    part: SubQuestion
    quotes: tuple[QuotedSentence, ...] = ()
    unsaid: tuple[str, ...] = ()


async def quote_parts(plan: CompoundPlan, context: AskContext) -> ExtractiveAnswer:
    """Quotes for each part; if no part has any, quotes for the whole question.

    Each part is answered of what it names itself: that the articles name what another part asks
    about says nothing of it. If none is, the quotes are only the closest.
    """
    quoted = [await _quote_part(part, context) for part in plan.parts]
    answered = [each for each in quoted if each.quotes and not each.unsaid]
    shown = answered or [each for each in quoted if each.quotes]
    if not shown:
        picked = await pick_sentences(plan.question, plan.findings, context.embedder)
        return await answer_from(picked, context)
    quotes = list(dict.fromkeys(chain.from_iterable(each.quotes for each in shown)))
    sentences = await draft_quotes(quotes, context)
    if not answered:
        unsaid = dict.fromkeys(chain.from_iterable(each.unsaid for each in shown))
        return ExtractiveAnswer(sentences, unsure=True, unsaid=tuple(unsaid))
    unanswered = [
        each.part.as_asked
        for each in quoted
        if each.unsaid or not (each.quotes or _is_said(each.part, quotes))
    ]
    return ExtractiveAnswer(sentences, unanswered_parts=tuple(unanswered))


async def _quote_part(part: SubQuestion, context: AskContext) -> QuotedPart:
    picked = await pick_sentences(part.text, part.findings, context.embedder)
    if not picked.answered:
        return QuotedPart(part)
    quotes = await complete_lists(picked, context)
    asked_part = await asyncio.to_thread(AskedPart.of, part.text)
    subject = AskedSubject([asked_part], context)
    passages = [hit.passage for hit in part.findings.hits]
    await subject.read([*(passage for passage, _ in quotes), *passages])
    return QuotedPart(part, quotes, subject.missing_names(quotes_to_sentences(quotes)))
