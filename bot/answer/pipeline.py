"""Answers a question: a stream of events that ends with the answer.

A line about the bot itself is told apart first (``speech_act``), and its reply is only named.
The question is rewritten to stand alone (``rewrite``) and searched for as ``plan`` decides. Then
a model writes the answer, or quotes make it up. A model's sentence is shown once ``verify`` accepts
it, and nothing is shown before the first sentence with a citation. If the model fails, quotes
answer in its place, or its finished sentences stand; the answer's note says so. Knows nothing of
Discord or the terminal.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from bot.answer.activity import ActivityTracker
from bot.answer.answer_draft import AnswerDraft, add_contradictions, build_answer
from bot.answer.asked_subject import note_on_closest
from bot.answer.budget import OPERATOR, Asker, Budget, QuestionBudget
from bot.answer.catalog.intents import match_intent
from bot.answer.context import AskContext
from bot.answer.conversation.memory import read_turns
from bot.answer.conversation.speech_act import ReadLine, read_line
from bot.answer.deadlines import DeadlineEmbedder
from bot.answer.events import Completed, Event, Retrieved
from bot.answer.extractive import MAX_CLOSEST, REFUSE_BELOW
from bot.answer.model_answer import Writer, finish_stopped, write_answer
from bot.answer.model_stream import ModelStream, QuotesOnce, StopSignal
from bot.answer.plan import Plan, answer_extractively, may_be_written, note_of, subject_of
from bot.answer.question.follow_up import without_correction
from bot.answer.request_queue import OnPosition, RequestQueue
from bot.answer.rewriter import Rewriter, note_on_spelling
from bot.answer.strategies.clarification import ClarificationPlan
from bot.answer.strategies.compound import CompoundPlan
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer.strategies.passages import PassagesPlan
from bot.answer.strategies.repeat import RepeatPlan
from bot.answer.strategies.summary import plan_summary
from bot.answer.suggested_questions import propose_questions, suggest_questions
from bot.answer.summary.summary_plan import SummaryPlan
from bot.answer.summary.summary_request import SummaryOrder
from bot.answer.summary.written_summary import write_summary
from bot.answer.thorough_search import READ_PASSAGES, ThoroughSearch
from bot.answer.understanding import understand
from bot.answer.understood import ConversationQuestion
from bot.answer_records import Answer
from bot.embedding import Embedder, with_meter
from bot.records import Article, Filter, Scope, StoredPassage
from bot.store.ledger_protocol import Ledger
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, StoredAnswer
from bot.strings import N_, _

SUGGESTER = Asker(kind="suggestion")
PASSAGES_READ = 12
QUOTES_INSTEAD = N_("Here are quotes from the sources instead.")


class Answerer:
    """Answers questions from one library at a time. ``writer`` is None in quotes mode.

    ``suggests``: the model proposes questions about new articles, too. ``searches``: the queue of
    those who search, where the Discord servers take turns; what nobody asked for takes one, too.
    """

    def __init__(
        self,
        embedder: Embedder,
        writer: Writer | None,
        budget: Budget | None = None,
        *,
        suggests: bool = False,
        searches: RequestQueue | None = None,
    ):
        self._suggests = suggests
        self._embedder = embedder
        self._writer = writer
        self._budget = budget or Budget()
        self.activity = ActivityTracker()
        self.searches = searches or RequestQueue()

    def set_slots(self, slots: int) -> None:
        """Set how many questions the model's server answers at once."""
        if self._writer is not None:
            self._writer.queue.resize(slots)

    async def answer(
        self,
        question: str,
        library: Library,
        scope: Scope,
        *,
        quotes: bool = False,
        asker: Asker = OPERATOR,
        ledger: Ledger | None = None,
        article_filter: Filter = EVERYTHING,
        turns: Sequence[StoredAnswer] = (),
        stop: StopSignal | None = None,
        everywhere: bool = False,
        summary: SummaryOrder | None = None,
    ) -> AsyncGenerator[Event]:
        """The events of one question: a line that ``service.typed`` accepts.

        Without an ``asker``, the operator asks. ``ledger``: where the costs are charged, if not in
        the library's. ``article_filter`` limits the articles; ``turns`` are the earlier questions
        of the thread, oldest first; ``stop`` ends the model's writing. ``everywhere``: articles
        that the question points to do not limit it. With ``summary``, the answer sums up these
        articles, whatever the question says; raises ArticleNotFound if the scope does not show one
        of them.
        """
        spoken_line = without_correction(question) if turns else question
        line = await asyncio.to_thread(read_line, spoken_line, in_conversation=bool(turns))
        if line.is_small_talk and summary is None and match_intent(question) is None:
            is_empty = not (await library.articles.totals(scope)).articles
            yield Completed(_about_bot(question, line, library_is_empty=is_empty))
            return
        budget = QuestionBudget(self._budget, ledger or library.ledger, asker)
        writer = self._writer
        if writer is not None:
            writer = None if quotes else writer.within_budget(budget, library.server_id)
        embedder = DeadlineEmbedder(with_meter(self._embedder, budget))
        context = AskContext(library, scope, embedder, article_filter)
        conversation = ConversationQuestion(
            question, line.act, read_turns(turns), PASSAGES_READ, everywhere
        )
        stop = stop or StopSignal()
        request = _Request(conversation, context, writer, turns, stop, budget, summary)
        with self.activity.track():
            try:
                async with aclosing(_answer(request)) as events:
                    async for event in events:
                        if isinstance(event, Completed):
                            event = Completed(await budget.bill(event.answer))
                        yield event
            finally:
                await budget.release()

    async def suggest_questions(
        self, article: Article, library: Library, scope: Scope
    ) -> tuple[str, ...]:
        """Up to three questions that quotes of the article answer; asks a model for proposals.

        The model is asked only if it is free now and passed its examination. Its call is charged
        to the operator, as a suggestion, and counts as no question.
        """
        budget = QuestionBudget(self._budget, library.ledger, SUGGESTER)
        embedder = DeadlineEmbedder(with_meter(self._embedder, budget))
        passages = await library.articles.passages_of(article.id, scope)
        try:
            proposed = await self._propose(article, passages, budget)
            return await suggest_questions(
                article, passages, library, scope, embedder, self.searches, proposed=proposed
            )
        finally:
            await budget.release()

    async def suggest_follow_ups(
        self, answer: Answer, library: Library, scope: Scope
    ) -> tuple[str, ...]:
        """Questions that the first two cited articles answer, apart from what the answer said.

        No model is asked; embeddings are charged to the operator, and nothing counts as a question.
        """
        budget = QuestionBudget(self._budget, library.ledger, SUGGESTER)
        embedder = DeadlineEmbedder(with_meter(self._embedder, budget))
        shown_quotes = frozenset(citation.quote for citation in answer.citations)
        posed = {answer.question.casefold(), answer.standalone_question.casefold()}
        questions: list[str] = []
        for article_id in list(dict.fromkeys(c.article_id for c in answer.citations))[:2]:
            article = await library.articles.get(article_id, scope)
            passages = await library.articles.passages_of(article_id, scope)
            questions += await suggest_questions(
                article,
                passages,
                library,
                scope,
                embedder,
                self.searches,
                shown_quotes=shown_quotes,
            )
        return tuple(dict.fromkeys(q for q in questions if q.casefold() not in posed))

    async def _propose(
        self, article: Article, passages: Sequence[StoredPassage], budget: QuestionBudget
    ) -> list[str]:
        if not self._suggests or self._writer is None or not self._writer.queue.has_free_slot:
            return []
        writer = self._writer.within_budget(budget)
        if writer.weak:
            return []
        async with writer.queue.slot():
            return await propose_questions(article, passages, writer)


def _about_bot(question: str, line: ReadLine, *, library_is_empty: bool) -> Answer:
    """The reply to small talk: it costs nothing, and rests on no article."""
    return Answer(
        question,
        answered=False,
        mode="help",
        bot_topic=line.bot_topic,
        language=line.language,
        library_is_empty=library_is_empty,
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """A question and everything needed to answer it."""

    conversation: ConversationQuestion
    context: AskContext
    writer: Writer | None
    turns: Sequence[StoredAnswer]
    stop: StopSignal
    budget: QuestionBudget
    summary: SummaryOrder | None = None


async def _answer(request: _Request) -> AsyncGenerator[Event]:
    context = request.context
    draft = AnswerDraft(request.conversation.text, whole_scope=context.article_filter != EVERYTHING)
    draft.extra_article_ids |= context.article_filter.articles or set()
    plan = await _plan(request, draft)
    draft.search_s = time.perf_counter() - draft.began
    writer = request.writer if may_be_written(plan) else None
    if writer is not None and (draft.spelling_note or not _may_write(writer, plan)):
        writer = None
    draft.uses_model = writer is not None
    yield Retrieved(plan.findings)
    draft.subject = await asyncio.to_thread(subject_of, plan, context)
    quotes = QuotesOnce(plan.findings, partial(answer_extractively, plan, context, draft.subject))
    async with aclosing(quotes):
        if writer is not None:
            async with aclosing(_answer_by_model(draft, plan, request, writer, quotes)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Completed):
                        return
        async with aclosing(_answer_by_quotes(draft, plan, await quotes.get())) as events:
            async for event in events:
                yield event


async def _plan(request: _Request, draft: AnswerDraft) -> Plan:
    """How to answer; tells the draft what was understood."""
    context, conversation = request.context, request.conversation
    if request.summary is not None:
        draft.standalone_question, draft.is_summary = conversation.text, True
        return await plan_summary(
            conversation.text, request.summary, context.library, context.scope
        )
    rewriter = Rewriter(request.writer, request.turns, context)
    understood = await understand(conversation, context, rewriter)
    draft.standalone_question = understood.question
    spelling = rewriter.spellings.get(understood.question)
    if spelling is not None:
        draft.spelling_note = note_on_spelling(spelling)
        draft.extra_article_ids |= spelling.article_ids
    draft.within_articles = understood.within_articles
    draft.extra_article_ids |= {article.id for article in understood.within_articles}
    draft.is_summary = isinstance(understood.plan, SummaryPlan)
    if isinstance(understood.plan, RepeatPlan):
        draft.prompt_question = understood.plan.question
    return understood.plan


def _may_write(writer: Writer, plan: Plan) -> bool:
    """Whether the model may answer.

    A weak one invents answers where the passages hold none, and sums up worse than quotes do.
    """
    if not writer.weak:
        return True
    is_likely = plan.findings.answer_probability >= REFUSE_BELOW
    return is_likely and not isinstance(plan, SummaryPlan)


async def _answer_by_model(
    draft: AnswerDraft, plan: Plan, request: _Request, writer: Writer, quotes: QuotesOnce
) -> AsyncGenerator[Event]:
    """The model's answer. Ends without ``Completed`` if quotes have to take its place."""

    def start_writing(on_position: OnPosition) -> AsyncGenerator[Event]:
        if isinstance(plan, SummaryPlan):
            return write_summary(
                draft,
                plan,
                writer,
                request.context.embedder,
                request.budget,
                on_position=on_position,
            )
        return write_answer(
            draft,
            plan.findings,
            writer,
            request.context.embedder,
            on_position=on_position,
            deadline=request.budget.deadline,
            thorough=thorough,
        )

    thorough = await _thorough_search(draft, plan, request.context, writer)
    stream = ModelStream(draft, quotes, request.stop, writer.preview_after_s)
    async with aclosing(stream.events(start_writing)) as events:
        async for event in events:
            yield event
            if isinstance(event, Completed):
                return
    if request.stop.is_set:
        for event in draft.add_sentences(draft.unjudged):
            yield event
        answer = await finish_stopped(draft, plan.findings, writer, request.stop.reason)
        if answer is not None:
            yield Completed(answer)


async def _thorough_search(
    draft: AnswerDraft, plan: Plan, context: AskContext, writer: Writer
) -> ThoroughSearch | None:
    """How the model looks for passages; None if it doesn't, or if what it reads is fixed."""
    if not writer.searches_thoroughly or not isinstance(plan, PassagesPlan | CompoundPlan):
        return None
    named = [article.id for article in draft.within_articles]
    within = named or await context.matching_ids()
    search = partial(context.find_passages, within=within, limit=READ_PASSAGES)
    return ThoroughSearch(draft.prompt_question or draft.standalone_question, search, writer)


async def _answer_by_quotes(
    draft: AnswerDraft, plan: Plan, extract: ExtractiveAnswer
) -> AsyncGenerator[Event]:
    """The answer without a model: quotes, rows of the database, or the closest passages."""
    findings = plan.findings
    choices = plan.choices if isinstance(plan, ClarificationPlan) else ()
    draft.shown_article_ids.clear()
    draft.subject = None  # the quotes are judged already
    draft.extra_article_ids |= {article.id for article in choices}
    draft.extra_article_ids |= extract.named_article_ids
    draft.whole_scope |= extract.mode == "library"
    draft.unanswered_parts = extract.unanswered_parts
    if not extract.sentences:
        answer = build_answer(draft, extract.mode, findings)
        yield Completed(replace(answer, clarification=extract.clarification, choices=choices))
        return
    if extract.unsaid:
        draft.note = note_on_closest(draft.note, extract.unsaid)
    else:
        draft.note = f"{draft.note} {_(QUOTES_INSTEAD)}" if draft.note else note_of(plan)
    if extract.unsure or (draft.spelling_note and extract.mode == "quotes"):
        # shown with the answer: they assert nothing
        draft.add_sentences(extract.sentences[:MAX_CLOSEST])
        yield Completed(build_answer(draft, extract.mode, findings, unsure=True))
        return
    for event in draft.add_sentences(extract.sentences, uncited=extract.mode == "library"):
        yield event
    if extract.mode == "quotes":
        for event in draft.add_sentences(await add_contradictions(draft, findings)):
            yield event
    yield Completed(build_answer(draft, extract.mode, findings))
