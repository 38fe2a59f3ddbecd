"""A question → a stream of events that ends in an Answer.

It is made to stand alone (``rewrite``) and searched for as ``plan`` says; then either the model
writes (its sentences with marks, turned into footnotes) or quotes answer. A sentence of a model's
is said only when ``support`` has let it pass. Whatever the model's server does, an answer comes:
quotes take its place when nothing was said yet, else what arrived whole stands, and the answer
says so. Nothing of a model's is said before its first sentence that cites. Knows nothing of
Discord or the terminal.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from bot.answer.activity import ActivityTracker
from bot.answer.answer_draft import AnswerDraft, add_contradictions, build_answer
from bot.answer.budget import Asker, Budget, DeadlineEmbedder, QuestionBudget
from bot.answer.catalog.catalog_answers import AskContext
from bot.answer.events import Completed, Event, Retrieved
from bot.answer.extractive import REFUSE_BELOW
from bot.answer.model_answer import Writer, finish_stopped, write_answer
from bot.answer.model_stream import ModelStream, QuotesOnce, StopSignal
from bot.answer.plan import LIBRARY, QUOTES, ExtractiveAnswer, Plan, answer_extractively, make_plan
from bot.answer.question.rewrite import contextualize
from bot.answer.server_queue import OnPosition
from bot.embedding import Embedder, with_meter
from bot.errors import QuestionRefused
from bot.records import Filter, Scope, SearchResult
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, StoredAnswer

QUESTION_CHARACTERS = 4_000
PASSAGES_READ = 12
IN_QUOTES = "These are the sources' own sentences instead."


class Answerer:
    """Answers questions from one library at a time. ``writer`` is None in quotes mode."""

    def __init__(self, embedder: Embedder, writer: Writer | None, budget: Budget | None = None):
        self._embedder = embedder
        self._writer = writer
        self._budget = budget or Budget()
        self.activity = ActivityTracker()

    def set_slots(self, total: int) -> None:
        """The model's server answers so many questions at once, as it says itself."""
        if self._writer is not None:
            self._writer.queue.resize(total)

    async def answer(
        self,
        question: str,
        library: Library,
        scope: Scope,
        *,
        quotes: bool = False,
        asker: Asker | None = None,
        wanted: Filter = EVERYTHING,
        turns: Sequence[StoredAnswer] = (),
        stop: StopSignal | None = None,
    ) -> AsyncGenerator[Event]:
        """The events of one question. Raises QuestionRefused before the first.

        Without an ``asker`` it is the operator's. ``wanted`` says in which articles to look;
        ``turns`` are what was asked before in the same thread, oldest first; ``stop`` ends the
        model's writing.
        """
        question = check_question(question)
        budget = QuestionBudget(self._budget, library.ledger, asker)
        writer = None if quotes or self._writer is None else self._writer.within_budget(budget)
        context = AskContext(
            library, scope, DeadlineEmbedder(with_meter(self._embedder, budget)), wanted
        )
        asked = _Asked(question, context, writer, turns, stop or StopSignal(), budget.deadline)
        with self.activity.track():
            async with aclosing(_events(asked)) as events:
                async for event in events:
                    if isinstance(event, Completed):
                        event = Completed(await budget.bill(event.answer))
                    yield event


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with all that it may use. The model has until ``ends_by``."""

    question: str
    shelf: AskContext
    writer: Writer | None
    turns: Sequence[StoredAnswer]
    stop: StopSignal
    ends_by: float


async def _events(asked: _Asked) -> AsyncGenerator[Event]:
    draft = AnswerDraft(asked.question, whole_scope=asked.shelf.article_filter != EVERYTHING)
    draft.extra_article_ids |= asked.shelf.article_filter.articles or set()
    draft.standalone_question = await _understood(asked)
    fresh = not asked.turns
    plan = await make_plan(draft.standalone_question, asked.shelf, fresh=fresh, limit=PASSAGES_READ)
    draft.search_s = time.perf_counter() - draft.began
    writer = asked.writer if plan.is_for_model else None
    if writer is not None and not _worth_asking(writer, plan.findings):
        writer = None
    draft.for_model = writer is not None
    yield Retrieved(plan.findings)
    quotes = QuotesOnce(plan, partial(answer_extractively, plan, asked.shelf))
    async with aclosing(quotes):
        if writer is not None:
            async with aclosing(_by_model(draft, plan, asked, writer, quotes)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Completed):
                        return
        async with aclosing(_by_quotes(draft, plan, await quotes.get())) as events:
            async for event in events:
                yield event


def _worth_asking(writer: Writer, findings: SearchResult) -> bool:
    """A weak model makes an answer of passages that hold none: the evidence decides there."""
    return not writer.weak or findings.answer_probability >= REFUSE_BELOW


async def _understood(asked: _Asked) -> str:
    """The question as it stands alone. A model is asked only if its server has time now."""
    writer = asked.writer
    if writer is None or not writer.queue.has_free_slot:
        return await contextualize(asked.question, asked.turns, None)
    async with writer.queue.slot():
        return await contextualize(asked.question, asked.turns, writer)


async def _by_model(
    draft: AnswerDraft, plan: Plan, asked: _Asked, writer: Writer, quotes: QuotesOnce
) -> AsyncGenerator[Event]:
    """The model's answer. Ends without Finished when quotes have to take its place."""

    def writing(tell: OnPosition) -> AsyncGenerator[Event]:
        embedder = asked.shelf.embedder
        return write_answer(
            draft, plan.findings, writer, embedder, tell=tell, ends_by=asked.ends_by
        )

    meanwhile = ModelStream(draft, quotes, asked.stop, writer.preview_after_s)
    async with aclosing(meanwhile.events(writing)) as events:
        async for event in events:
            yield event
            if isinstance(event, Completed):
                return
    if asked.stop.is_set:
        answer = await finish_stopped(draft, plan.findings, writer, asked.stop.reason)
        if answer is not None:
            yield Completed(answer)


async def _by_quotes(
    draft: AnswerDraft, plan: Plan, found: ExtractiveAnswer
) -> AsyncGenerator[Event]:
    """The answer without a model: quotes, rows of the database, or what comes nearest."""
    draft.shown_article_ids.clear()
    draft.extra_article_ids |= plan.named_article_ids
    draft.whole_scope |= plan.mode == LIBRARY
    draft.unanswered_parts = found.unanswered_parts
    if not found.sentences:
        yield Completed(
            replace(build_answer(draft, plan.mode, plan.findings), clarification=plan.clarification)
        )
        return
    draft.note = f"{draft.note} {IN_QUOTES}" if draft.note else ""
    for event in draft.add_sentences(found.sentences, uncited=plan.mode == LIBRARY):
        yield event
    if plan.mode == QUOTES:
        for event in draft.add_sentences(await add_contradictions(draft, plan.findings)):
            yield event
    yield Completed(build_answer(draft, plan.mode, plan.findings))


def check_question(question: str) -> str:
    """The question in one line. Raises QuestionRefused."""
    question = " ".join(question.split())
    if not any(character.isalnum() for character in question):
        raise QuestionRefused("There is no question in this. Ask in a few words, please.")
    if len(question) > QUESTION_CHARACTERS:
        raise QuestionRefused(
            f"The question has {len(question):,} characters; {QUESTION_CHARACTERS:,} is the most. "
            "Shorten it, or hand long text in as an article and ask about that."
        )
    return question
