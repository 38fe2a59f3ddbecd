"""Answers a person's question and keeps the answer.

The answer comes as events. Once it is complete, it is stored, so that its footnotes can be opened,
and one line of the log says how it was made.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.answer.budget import Asker
from bot.answer.conversation.speech_act import read_line
from bot.answer.events import Event
from bot.answer.model_stream import StopSignal
from bot.answer.pipeline import Answerer
from bot.answer.question.rewrite import rewrite_by_rule
from bot.answer.question_alerts import awaits_answer
from bot.answer.summary.summary_request import SummaryOrder
from bot.answer_records import Answer
from bot.errors import NotAllowed
from bot.logs import log_event
from bot.records import Filter, Scope
from bot.service.permissions import Actor, check_may_ask, questions_a_day
from bot.service.saved_answers import answer_to_json, facts_of
from bot.store.protocols import Library
from bot.store.settings_protocol import ServerSettings
from bot.store.values import EVERYTHING, Dependencies, StoredAnswer
from bot.strings import ngettext

log = logging.getLogger(__name__)
MAX_TURNS = 3  # of a conversation, to understand a follow-up; a name is seldom further back
OPERATOR = Asker()  # in a terminal
OPERATOR_ID = 0  # of the operator's answers: no Discord user has it


@dataclass(frozen=True, slots=True)
class UserQuestion:
    """A question with all that its answer depends on.

    ``limits`` are the filters that it was asked with, and ``within`` describes them for people.
    ``turns`` are the earlier questions of its conversation, oldest first. ``quotes``: no model.
    ``everywhere``: articles that it points to do not limit it.
    ``summary``: the answer sums up these articles.
    """

    text: str
    scope: Scope
    asker: Asker = OPERATOR
    channel_id: int | None = None
    private: bool = False
    limits: Filter = EVERYTHING
    within: str = ""
    turns: tuple[StoredAnswer, ...] = ()
    quotes: bool = False
    everywhere: bool = False
    summary: SummaryOrder | None = None

    @property
    def asker_id(self) -> int:
        """Whose answer it will be."""
        return OPERATOR_ID if self.asker.user_id is None else self.asker.user_id


async def answer_question(
    answerer: Answerer, library: Library, question: UserQuestion, stop: StopSignal | None = None
) -> AsyncGenerator[Event]:
    """The events of the answer; the last is ``Completed``.

    ``stop`` ends the model's writing. Raises ArticleNotFound if an article to sum up isn't visible,
    and NotAllowed if the server's settings don't let the person ask (now).
    """
    settings = await library.settings.current()
    await _check_may_ask(settings, library, question.asker)
    events = answerer.answer(
        question.text,
        library,
        question.scope,
        quotes=question.quotes or settings.answers == "quotes",
        asker=question.asker,
        article_filter=question.limits,
        turns=question.turns,
        stop=stop,
        everywhere=question.everywhere,
        summary=question.summary,
    )
    async with aclosing(events):
        async for event in events:
            yield event


async def _check_may_ask(settings: ServerSettings, library: Library, asker: Asker) -> None:
    """Counts the question where the server limits them. Raises NotAllowed."""
    if asker.user_id is None:
        return
    actor = Actor(asker.user_id, asker.roles, manages=asker.manages)
    check_may_ask(settings, actor)
    most = questions_a_day(settings, actor)
    today = datetime.now(UTC).date().isoformat()
    if most is not None and not await library.question_counts.count(actor.user_id, today, most):
        raise NotAllowed(
            ngettext(
                "You may ask {n} question a day in this server, and you have. Try again after "
                "midnight (UTC).",
                "You may ask {n} questions a day in this server, and you have. Try again after "
                "midnight (UTC).",
                most,
            ).format(n=most)
        )


async def keep_answer(library: Library, question: UserQuestion, answer: Answer) -> Answer:
    """Stores an answer and logs how it was made; the answer with its id.

    A reply about the bot itself is not stored: it is no answer, and no part of a conversation.
    """
    if answer.mode == "help":
        log_answer(question.scope.server_id, answer)
        return answer
    settings = await library.settings.current()
    answer = answer.with_id(
        await library.answers.save(
            to_stored(question, answer, alerts=settings.alerts),
            answer.citations,
            Dependencies(answer.article_ids, question.scope if answer.whole_scope else None),
        )
    )
    log_answer(question.scope.server_id, answer)
    return answer


def to_stored(question: UserQuestion, answer: Answer, *, alerts: bool = True) -> StoredAnswer:
    """An answer as it is stored, and as a turn of a conversation.

    ``alerts``: its asker is notified when an article answers what this one doesn't.
    """
    return StoredAnswer(
        id=answer.id or 0,
        asker_id=question.asker_id,
        channel_id=question.channel_id,
        private=question.private,
        question=answer.question,
        standalone_question=answer.standalone_question,
        body=answer_to_json(answer, question.within, question.limits),
        event_id=question.asker.event_id,
        awaits_answer=alerts and awaits_answer(answer) and question.asker_id != OPERATOR_ID,
    )


async def channel_turns(
    library: Library, channel_id: int, scope: Scope
) -> tuple[StoredAnswer, ...]:
    """The last public questions in a thread, oldest first."""
    return tuple(await library.answers.last_turns(channel_id, scope, limit=MAX_TURNS))


async def card_turn(library: Library, message_id: int, scope: Scope) -> tuple[StoredAnswer, ...]:
    """The turn that a thread under an article's card begins with: it is about the article.

    Empty if the message was posted about no article that the scope shows.
    """
    ids = await library.articles.on_card(message_id, scope)
    if not ids:
        return ()
    articles = await library.articles.select(scope, matching=Filter(articles=frozenset(ids)))
    topic = " ".join(article.title for article in articles)
    body = json.dumps({"mode": "library", "within_articles": ids, "near": ids})
    return (StoredAnswer(question=topic, standalone_question=topic, body=body),)


def turns_from_texts(questions: Sequence[str]) -> tuple[StoredAnswer, ...]:
    """The turns of a conversation that was not stored, from its questions, oldest first.

    Small talk is no turn.
    """
    turns: list[StoredAnswer] = []
    for question in filter(None, (" ".join(question.split()) for question in questions)):
        if read_line(question, in_conversation=bool(turns)).is_small_talk:
            continue
        standalone = rewrite_by_rule(question, turns).text
        turns.append(StoredAnswer(question=question, standalone_question=standalone))
    return tuple(turns)


def log_answer(server_id: str, answer: Answer) -> None:
    """Logs how a question was answered, without any of its text."""
    log_event(log, "question", server=server_id, answer=answer.id, **facts_of(answer))
