"""Decides how a question is answered, and searches for it, before anything is written.

A question about the library itself is answered from the database, a comparison from two articles
that are searched separately, a compound question part by part, and an underspecified one with a
clarifying question and the closest passages. Everything else is searched for as it stands. Knows
nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final

from bot.answer.catalog.catalog_answers import AskContext, answer_from_catalog
from bot.answer.catalog.compare import ComparedArticle, compare_articles, interleave, quote_sides
from bot.answer.catalog.intents import IntentKind, match_intent
from bot.answer.extractive import QuotedSentence, pick_quotes
from bot.answer.question.decompose import clarifying_question, is_underspecified, split_parts
from bot.answer.writing.citations import CitedSpan, DraftSentence
from bot.records import AnswerMode, SearchResult
from bot.search.retrieve import search
from bot.store.values import EVERYTHING

ADDED_CONTEXT = re.compile(r" \([^()]*\)(?=\?$)")
LIBRARY: Final = "library"
QUOTES: Final = "quotes"


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
class Plan:
    """How to answer a question.

    ``rows`` are the answer from the database, ``sides`` two articles to compare, ``parts`` those of
    a compound question. With ``rows`` or a ``clarification`` no model is needed.
    """

    question: str  # rewritten to stand alone
    findings: SearchResult
    rows: tuple[DraftSentence, ...] = ()
    sides: tuple[ComparedArticle, ...] = ()
    parts: tuple[SubQuestion, ...] = ()
    clarification: str = ""
    named_article_ids: frozenset[int] = frozenset()  # articles that the rows name

    @property
    def mode(self) -> AnswerMode:
        """The answer's mode if no model writes it."""
        return LIBRARY if self.rows else QUOTES

    @property
    def is_for_model(self) -> bool:
        """Whether a model may write the answer."""
        return bool(self.findings.hits) and not self.rows and not self.clarification


async def make_plan(question: str, context: AskContext, *, fresh: bool, limit: int) -> Plan:
    """The plan for ``question``, with at most ``limit`` passages.

    Only a ``fresh`` question, with nothing asked before it, may get a clarifying question.
    """
    plan = await _plan_for_intent(question, context)
    if plan is not None:
        return plan
    within = await narrow_to(context)
    findings = await _search(question, context, within, limit)
    if fresh and is_underspecified(question) and len(_article_ids(findings)) > 1:
        return Plan(question, findings, clarification=clarifying_question(question))
    texts = split_parts(question)
    if len(texts) == 1:
        return Plan(question, findings)
    parts = tuple(
        [SubQuestion(text, await _search(text, context, within, limit)) for text in texts]
    )
    merged = _interleave([findings, *(part.findings for part in parts)], limit)
    return Plan(question, merged, parts=parts)


async def _plan_for_intent(question: str, context: AskContext) -> Plan | None:
    intent = match_intent(question)
    if intent is None:
        return None
    if intent.kind is IntentKind.COMPARE:
        sides = await compare_articles(intent, context)
        return Plan(question, interleave(sides), sides=sides) if sides else None
    answer = await answer_from_catalog(intent, context)
    if answer is None:
        return None
    return Plan(
        question, answer.findings, rows=answer.sentences, named_article_ids=answer.article_ids
    )


async def narrow_to(context: AskContext) -> list[int] | None:
    """The ids of the articles that pass the filter; None for all."""
    if context.article_filter == EVERYTHING:
        return None
    return await context.library.articles.ids_matching(context.article_filter, context.scope)


async def _search(
    question: str, context: AskContext, within: list[int] | None, limit: int
) -> SearchResult:
    return await search(
        question, context.library, context.scope, context.embedder, limit=limit, within=within
    )


def _article_ids(findings: SearchResult) -> set[int]:
    return {hit.passage.article_id for hit in findings.hits}


def _interleave(results: Sequence[SearchResult], limit: int) -> SearchResult:
    """The best hits of each result in turn, without duplicates."""
    in_turn = chain.from_iterable(zip_longest(*(result.hits for result in results)))
    hits = [hit for hit in in_turn if hit is not None]
    unique = {hit.passage.id: hit for hit in reversed(hits)}
    return SearchResult(
        tuple(reversed(unique.values()))[:limit],
        max(result.answer_probability for result in results),
        results[0].passages_in_scope,
    )


@dataclass(frozen=True, slots=True)
class ExtractiveAnswer:
    """An answer in the words of the sources or from the database."""

    sentences: tuple[DraftSentence, ...]
    unanswered_parts: tuple[str, ...] = ()


async def answer_extractively(plan: Plan, context: AskContext) -> ExtractiveAnswer:
    """The answer without a model; empty if the evidence is too weak."""
    if plan.rows or plan.clarification:
        return ExtractiveAnswer(plan.rows)
    if plan.sides:
        sentences, silent = await quote_sides(plan.sides, context)
        return ExtractiveAnswer(sentences, tuple(silent)) if sentences else ExtractiveAnswer(())
    by_part = [await pick_quotes(part.text, part.findings, context.embedder) for part in plan.parts]
    if not any(by_part):
        quotes = await pick_quotes(plan.question, plan.findings, context.embedder)
        return ExtractiveAnswer(_to_sentences(quotes))
    quotes = list(dict.fromkeys(chain.from_iterable(by_part)))
    unanswered = [
        part.as_asked for part, quoted in zip(plan.parts, by_part, strict=True) if not quoted
    ]
    return ExtractiveAnswer(_to_sentences(quotes), tuple(unanswered))


def _to_sentences(quotes: Sequence[QuotedSentence]) -> tuple[DraftSentence, ...]:
    return tuple(
        DraftSentence(
            passage.quote(sentence), (CitedSpan(passage, sentence.start, sentence.end),), i > 0
        )
        for i, (passage, sentence) in enumerate(quotes)
    )
