"""How a question is answered, and what was found for it, before anything is written.

A question about the library is answered by its rows; a comparison from two articles, each by
itself; a question in parts by each part; one that says too little by asking back, with what comes
nearest. Everything else is searched for as it is. Knows nothing of models.
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

ADDED = re.compile(r" \([^()]*\)(?=\?$)")
LIBRARY: Final = "library"
QUOTES: Final = "quotes"


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One of the things that a question asks, and what was found for it alone."""

    text: str
    findings: SearchResult

    @property
    def as_asked(self) -> str:
        """As it was asked, without what was added to make it stand alone."""
        return ADDED.sub("", self.text)


@dataclass(frozen=True, slots=True)
class Plan:
    """``rows`` are the database's answer, ``asks`` is a question back; both need no model."""

    question: str  # as it stands alone
    findings: SearchResult
    rows: tuple[DraftSentence, ...] = ()
    sides: tuple[ComparedArticle, ...] = ()
    parts: tuple[SubQuestion, ...] = ()
    clarification: str = ""
    named_article_ids: frozenset[int] = frozenset()  # articles that the rows name

    @property
    def mode(self) -> AnswerMode:
        """The answer's, when no model writes it."""
        return LIBRARY if self.rows else QUOTES

    @property
    def is_for_model(self) -> bool:
        """Whether a model may write the answer."""
        return bool(self.findings.hits) and not self.rows and not self.clarification


async def make_plan(question: str, context: AskContext, *, fresh: bool, limit: int) -> Plan:
    """What to do about ``question``. ``fresh``: nothing was asked before, so it may be asked
    back; ``limit`` passages at most are found."""
    by_form = await _by_form(question, context)
    if by_form is not None:
        return by_form
    within = await narrow_to(context)
    findings = await _search(question, context, within, limit)
    if fresh and is_underspecified(question) and len(_articles(findings)) > 1:
        return Plan(question, findings, clarification=clarifying_question(question))
    texts = split_parts(question)
    if len(texts) == 1:
        return Plan(question, findings)
    parts = tuple(
        [SubQuestion(text, await _search(text, context, within, limit)) for text in texts]
    )
    every = _joined([findings, *(part.findings for part in parts)], limit)
    return Plan(question, every, parts=parts)


async def _by_form(question: str, context: AskContext) -> Plan | None:
    intent = match_intent(question)
    if intent is None:
        return None
    if intent.kind is IntentKind.COMPARE:
        sides = await compare_articles(intent, context)
        return Plan(question, interleave(sides), sides=sides) if sides else None
    listing = await answer_from_catalog(intent, context)
    if listing is None:
        return None
    return Plan(
        question, listing.findings, rows=listing.sentences, named_article_ids=listing.article_ids
    )


async def narrow_to(context: AskContext) -> list[int] | None:
    """The articles that are wanted; None for all."""
    if context.article_filter == EVERYTHING:
        return None
    return await context.library.ids_matching(context.article_filter, context.scope)


async def _search(
    question: str, context: AskContext, within: list[int] | None, limit: int
) -> SearchResult:
    return await search(
        question, context.library, context.scope, context.embedder, limit=limit, within=within
    )


def _articles(findings: SearchResult) -> set[int]:
    return {hit.passage.article_id for hit in findings.hits}


def _joined(found: Sequence[SearchResult], limit: int) -> SearchResult:
    """By turns the best of each, every passage once."""
    turns = chain.from_iterable(zip_longest(*(each.hits for each in found)))
    once = {hit.passage.id: hit for hit in reversed([hit for hit in turns if hit is not None])}
    return SearchResult(
        tuple(reversed(once.values()))[:limit],
        max(each.answer_probability for each in found),
        found[0].passages_in_scope,
    )


@dataclass(frozen=True, slots=True)
class ExtractiveAnswer:
    """An answer in the sources' own words, or the database's; ``missing`` was not found."""

    sentences: tuple[DraftSentence, ...]
    unanswered_parts: tuple[str, ...] = ()


async def answer_extractively(plan: Plan, context: AskContext) -> ExtractiveAnswer:
    """What answers without a model; nothing when the evidence is too thin."""
    if plan.rows or plan.clarification:
        return ExtractiveAnswer(plan.rows)
    if plan.sides:
        written, silent = await quote_sides(plan.sides, context)
        return ExtractiveAnswer(written, tuple(silent)) if written else ExtractiveAnswer(())
    each = [await pick_quotes(part.text, part.findings, context.embedder) for part in plan.parts]
    if not any(each):
        return ExtractiveAnswer(
            _as_written(await pick_quotes(plan.question, plan.findings, context.embedder))
        )
    picks = list(dict.fromkeys(chain.from_iterable(each)))
    missing = [part.as_asked for part, found in zip(plan.parts, each, strict=True) if not found]
    return ExtractiveAnswer(_as_written(picks), tuple(missing))


def _as_written(picks: Sequence[QuotedSentence]) -> tuple[DraftSentence, ...]:
    return tuple(
        DraftSentence(
            passage.quote(sentence), (CitedSpan(passage, sentence.start, sentence.end),), i > 0
        )
        for i, (passage, sentence) in enumerate(picks)
    )
