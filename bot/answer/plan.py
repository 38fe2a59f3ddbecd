"""Decides how a question is answered, and searches for it, before anything is written.

A question about the library itself is answered from the database, a comparison from two articles
that are searched separately, a compound question part by part, and an underspecified one with a
clarifying question and the closest passages. Everything else is searched for as it stands. Each
kind of plan has a module in ``strategies``. Knows nothing of models.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from bot.answer.asked_subject import AskedPart, AskedSubject
from bot.answer.catalog.intents import Intent, IntentKind, match_intent
from bot.answer.context import AskContext
from bot.answer.question.preface import without_remark
from bot.answer.strategies.catalog import CatalogPlan, list_rows, plan_catalog
from bot.answer.strategies.clarification import ClarificationPlan, ask_back, plan_clarification
from bot.answer.strategies.comparison import (
    ComparisonPlan,
    plan_comparison,
    quote_sides,
)
from bot.answer.strategies.compound import CompoundPlan, plan_compound, quote_parts
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer.strategies.following import Following, search_following
from bot.answer.strategies.passages import PassagesPlan, quote_passages
from bot.answer.strategies.repeat import RepeatPlan, repeat, repeat_note
from bot.answer.strategies.summary import quote_summary
from bot.answer.strategies.which_one import plan_which_one
from bot.answer.summary.summary_plan import SummaryPlan
from bot.records import SearchResult

WritablePlan = PassagesPlan | CompoundPlan | ComparisonPlan | SummaryPlan
"""A model may write the answer from the plan's passages."""
Search = Callable[[str], Awaitable[SearchResult]]
Plan = WritablePlan | CatalogPlan | ClarificationPlan | RepeatPlan


async def make_plan(
    question: str,
    context: AskContext,
    *,
    fresh: bool,
    limit: int,
    after: Following | None = None,
) -> Plan:
    """The plan for ``question``, with at most ``limit`` passages.

    Only a ``fresh`` question, with nothing asked before it, may get a clarifying question.
    ``after``: the conversation that it follows up on.
    """
    intent = match_intent(question)
    plan = await _plan_for_intent(question, intent, context)
    if plan is not None:
        return plan
    within = await context.matching_ids()
    search: Search = partial(context.search, within=within, limit=limit)
    search_part = search
    if after is not None:
        search_near = partial(search_following, context=context, within=within, limit=limit)
        search = partial(search_near, after=after)

        def search_part(part: str) -> Awaitable[SearchResult]:
            return search_near(part, after=replace(after, words=part, in_context=()))

    findings = await search(_subject_of(intent) or without_remark(question))
    if fresh:
        clarification = plan_clarification(question, findings) or await asyncio.to_thread(
            plan_which_one, question, findings
        )
        if clarification:
            return clarification
    compound = await plan_compound(question, findings, search_part, limit)
    return compound or PassagesPlan(question, findings)


async def _plan_for_intent(
    question: str, intent: Intent | None, context: AskContext
) -> CatalogPlan | ComparisonPlan | None:
    if intent is None:
        return None
    if intent.kind is IntentKind.COMPARE:
        return await plan_comparison(question, intent, context)
    return await plan_catalog(question, intent, context)


def _subject_of(intent: Intent | None) -> str:
    """What "What do we have on otters?" is about: its other words are in every article."""
    return intent.about if intent is not None and intent.kind is IntentKind.LIST else ""


def may_be_written(plan: Plan) -> bool:
    """Whether a model may write the answer."""
    if isinstance(plan, RepeatPlan):
        return plan.may_be_written
    return isinstance(plan, WritablePlan) and bool(plan.findings.hits)


def subject_of(plan: Plan, context: AskContext) -> AskedSubject:
    """What an answer must be about: nothing of its own where the articles are given."""
    match plan:
        case CompoundPlan():
            parts = [part.as_asked for part in plan.parts]
        case PassagesPlan():
            parts = [plan.question]
        case _:
            parts = []
    return AskedSubject([AskedPart.of(part) for part in parts], context)


async def answer_extractively(
    plan: Plan, context: AskContext, subject: AskedSubject
) -> ExtractiveAnswer:
    """The answer without a model; quotes are unsure if their articles don't say the subject."""
    extract = await _answer_extractively(plan, context)
    if extract.mode != "quotes" or not extract.sentences:
        return extract
    await subject.read([*extract.passages, *(hit.passage for hit in plan.findings.hits)])
    unsaid = extract.unsaid or subject.missing_names(extract.sentences)
    return replace(extract, unsure=extract.unsure or bool(unsaid), unsaid=unsaid)


async def _answer_extractively(plan: Plan, context: AskContext) -> ExtractiveAnswer:
    match plan:
        case PassagesPlan():
            return await quote_passages(plan, context)
        case CompoundPlan():
            return await quote_parts(plan, context)
        case ComparisonPlan():
            return await quote_sides(plan, context)
        case SummaryPlan():
            return await quote_summary(plan, context)
        case CatalogPlan():
            return list_rows(plan)
        case ClarificationPlan():
            return ask_back(plan)
        case RepeatPlan():
            return repeat(plan)


def note_of(plan: Plan) -> str:
    """What is to be said of an answer without a model."""
    return repeat_note(plan) if isinstance(plan, RepeatPlan) else ""
