"""Questions that are being answered: their cards while they grow, and what ends them early.

A model may write for minutes. Meanwhile the asker (or a moderator) can stop it, its card can be
deleted, and Footnote can be told to end: each time the model's call is closed at once, and except
for a deleted card the quotes, or what was written by then, become the answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import discord
from discord import ui

from bot.answer.events import Event, Preliminary, Queued, Retrieved, SentenceAdded
from bot.answer.meanwhile import Stop
from bot.discord_app import access
from bot.discord_app.cards import answers as cards
from bot.discord_app.throttle import ThrottledMessage
from bot.errors import NotAllowed, StoreError
from bot.records import Answer, AnswerSentence, SearchResult
from bot.store.protocols import Store
from bot.store.values import QuestionCard

log = logging.getLogger(__name__)
SHUTDOWN_S = 5.0  # of the 9 s in which the client closes; quotes take .2 s, an edit .3 s
RESTARTED = "Footnote was restarted before the language model was done."
DELETED = "The card was deleted."
SOURCE_GONE = "A source was removed while this was being answered."
ShowView = Callable[[ui.LayoutView], Awaitable[discord.Message | None]]


@dataclass(eq=False, slots=True)
class RunningQuestion:
    """One question. ``card_id`` is the message that shows it; ``gone``: somebody deleted that."""

    event_id: int
    asker_id: int
    server_id: str
    channel_id: int
    private: bool
    articles: set[int] = field(default_factory=set)  # that it may be answered from
    stop: Stop = field(default_factory=Stop)
    card_id: int | None = None
    card_deleted: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def card(self) -> QuestionCard | None:
        """What an end of the process must find again; None where nothing could be edited."""
        if self.private or self.card_id is None:
            return None
        return QuestionCard(self.event_id, self.server_id, self.channel_id, self.card_id)

    def cancel(self) -> None:
        """The card is gone: nobody waits for the answer any more."""
        self.card_deleted = True
        self.stop.now(DELETED)


class RunningQuestions:
    """All questions of this process that are being answered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: dict[int, RunningQuestion] = {}
        self._closing = False

    def check_open(self) -> None:
        """Raises NotAllowed once Footnote is ending."""
        if self._closing:
            raise NotAllowed("Footnote is restarting. Ask again in a minute.")

    @asynccontextmanager
    async def running(self, question: RunningQuestion) -> AsyncIterator[RunningQuestion]:
        """The question is in hand within the block. Raises NotAllowed once Footnote is ending."""
        self.check_open()
        self._running[question.event_id] = question
        try:
            yield question
        finally:
            if self._running.get(question.event_id) is question:
                del self._running[question.event_id]
            with suppress(StoreError):  # then the next start looks at a card that is at its end
                await self._store.drop_question(question.event_id)
            question.done.set()

    def track_message(self, question: RunningQuestion, show: ShowView) -> ShowView:
        """The same, noting where the card is. An answer that moves to another message deletes
        the old one itself, so while it is shown nothing counts as deleted."""
        noted: QuestionCard | None = None

        async def watched(view: ui.LayoutView) -> discord.Message | None:
            nonlocal noted
            question.card_id = None
            message = await show(view)
            question.card_id = None if message is None else message.id
            if question.card is not None and question.card != noted:
                noted = question.card
                await self._record(noted)
            return message

        return watched

    async def _record(self, card: QuestionCard) -> None:
        try:
            await self._store.put_question(card)
        except StoreError as error:
            log.warning("a card would not be found after a crash: %s", error.message)

    def stop(self, event_id: int, member: discord.Member) -> bool:
        """Stops the model of a question. False when it is not in hand. Raises NotAllowed."""
        question = self._running.get(event_id)
        if question is None:
            return False
        may = member.id == question.asker_id
        if not (may or access.may_moderate(member, question.channel_id)):
            raise NotAllowed("Only the person who asked, or a moderator, can stop this answer.")
        question.stop.now()
        return True

    def messages_deleted(self, message_ids: set[int]) -> None:
        """Messages are gone; those among them that are cards end their questions."""
        for question in list(self._running.values()):
            if question.card_id in message_ids:
                question.cancel()

    def articles_removed(self, server_id: str, article_ids: Collection[int]) -> None:
        """Articles were removed: what is being answered from them ends, and is not shown."""
        for question in list(self._running.values()):
            if question.server_id == server_id and question.articles & set(article_ids):
                question.stop.now(SOURCE_GONE)

    def channel_deleted(self, channel_id: int) -> None:
        """A channel or thread is gone, with the cards in it."""
        for question in list(self._running.values()):
            if question.channel_id == channel_id:
                question.cancel()

    async def shut_down(self) -> None:
        """Brings every card to its end, and takes in no more questions."""
        self._closing = True
        questions = list(self._running.values())
        for question in questions:
            question.stop.now(RESTARTED)
        waits = [asyncio.ensure_future(question.done.wait()) for question in questions]
        if waits:
            _, late = await asyncio.wait(waits, timeout=SHUTDOWN_S)
            for wait in late:
                wait.cancel()


class LiveCard:
    """The card of a question, event by event."""

    def __init__(self, question: str, event_id: int, card: ThrottledMessage):
        self._question, self._event_id, self._card = question, event_id, card
        self._findings: SearchResult | None = None
        self._before = 0
        self._meanwhile: Preliminary | None = None
        self._sentences: list[AnswerSentence] = []
        card.show(self._view())

    def update(self, event: Event, *, hidden: bool = False) -> None:
        """Shows what happened; ``hidden``: the place may not see it any more."""
        match event:
            case Retrieved(findings):
                self._findings = findings
            case Queued(before):
                self._before = before
            case Preliminary():
                self._meanwhile = event
            case SentenceAdded(sentence):
                self._sentences.append(sentence)
            case _:
                return
        if not hidden:
            self._card.show(self._view())

    def _view(self) -> ui.LayoutView:
        stops = None if self._meanwhile is None else self._event_id
        if self._sentences:
            return cards.writing_card(self._question, self._sentences, stops)
        if self._meanwhile is not None:
            return cards.preliminary_card(self._question, self._meanwhile, self._before, stops)
        return cards.searching_card(self._question, self._findings, self._before)


def log_answer(server_id: str, answer: Answer) -> None:
    """One line of the log: how a question ended, in figures, without a word of it."""
    first_words_s = answer.seconds.first_token
    log.info(
        "question server=%s mode=%s answered=%s sentences=%s supported=%s citations=%s"
        " prompt_tokens=%s completion_tokens=%s search_ms=%.0f queued_ms=%.0f first_words_ms=%s"
        " total_ms=%.0f outcome=%s%s",
        server_id,
        answer.mode,
        answer.answered,
        len(answer.sentences),
        answer.supported,
        len(answer.citations),
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens,
        answer.seconds.search * 1000,
        answer.seconds.queued * 1000,
        "-" if first_words_s is None else f"{first_words_s * 1000:.0f}",
        answer.seconds.total * 1000,
        answer.outcome.replace(" ", "-"),
        " degraded" if answer.note else "",
    )
