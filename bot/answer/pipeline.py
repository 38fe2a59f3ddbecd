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
from dataclasses import replace

from bot.answer.budget import Asker, Budget, HurriedEmbedder, Spending
from bot.answer.draft import Draft, answer_of, other_sides
from bot.answer.events import Event, Finished, Found
from bot.answer.plan import LIBRARY, QUOTES, Plan, planned, quoted
from bot.answer.question.rewrite import understood
from bot.answer.shelves.listing import Shelf
from bot.answer.written import Writer, written
from bot.embedding import Embedder
from bot.errors import QuestionRefused
from bot.records import Filter, Scope
from bot.store.base import Library
from bot.store.values import EVERYTHING, Given

QUESTION_CHARACTERS = 4_000
PASSAGES_READ = 12
IN_QUOTES = "These are the sources' own sentences instead."


class Answerer:
    """Answers questions from one library at a time. ``writer`` is None in quotes mode."""

    def __init__(self, embedder: Embedder, writer: Writer | None, budget: Budget | None = None):
        self._embedder = embedder
        self._writer = writer
        self._budget = budget or Budget()

    async def answer(
        self,
        question: str,
        library: Library,
        scope: Scope,
        *,
        quotes: bool = False,
        asker: Asker | None = None,
        wanted: Filter = EVERYTHING,
        turns: Sequence[Given] = (),
    ) -> AsyncGenerator[Event]:
        """The events of one question. Raises QuestionRefused before the first.

        Without an ``asker`` it is the operator's. ``wanted`` says in which articles to look;
        ``turns`` are what was asked before in the same thread, oldest first.
        """
        question = checked(question)
        spending = Spending(self._budget, library.ledger, asker)
        writer = None if quotes or self._writer is None else self._writer.within(spending)
        shelf = Shelf(library, scope, HurriedEmbedder(self._embedder), wanted)
        async with aclosing(self._events(question, shelf, writer, turns)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    event = Finished(await spending.billed(event.answer))
                yield event

    async def _events(
        self, question: str, shelf: Shelf, writer: Writer | None, turns: Sequence[Given]
    ) -> AsyncGenerator[Event]:
        draft = Draft(question)
        draft.understood = await understood(question, turns, writer)
        plan = await planned(draft.understood, shelf, fresh=not turns, limit=PASSAGES_READ)
        draft.search_s = time.perf_counter() - draft.began
        yield Found(plan.findings)
        if writer is not None and plan.for_model:
            async with aclosing(written(draft, plan.findings, writer, shelf.embedder)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Finished):
                        return
        async with aclosing(_quoted(draft, plan, shelf)) as events:
            async for event in events:
                yield event


async def _quoted(draft: Draft, plan: Plan, shelf: Shelf) -> AsyncGenerator[Event]:
    """The answer without a model: quotes, rows of the database, or what comes nearest."""
    found = await quoted(plan, shelf)
    draft.missing = found.missing
    if not found.written:
        yield Finished(replace(answer_of(draft, plan.mode, plan.findings), asks=plan.asks))
        return
    draft.note = f"{draft.note} {IN_QUOTES}" if draft.note else ""
    for event in draft.says(found.written, uncited=plan.mode == LIBRARY):
        yield event
    if plan.mode == QUOTES:
        for event in draft.says(await other_sides(draft, plan.findings)):
            yield event
    yield Finished(answer_of(draft, plan.mode, plan.findings))


def checked(question: str) -> str:
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
