"""The questions that are being answered: their live cards, and what ends them early.

A model may write for minutes. In that time the asker or a moderator can stop it, its card can be
deleted, and Footnote can be shut down. In each case the model's request is closed immediately.
Unless the card was deleted, what was written so far, or else the quotes, becomes the answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import discord
from discord import ui

from bot.answer.events import Event, Preview, Queued, Retrieved, SentenceAdded
from bot.answer.model_stream import StopSignal
from bot.answer_records import AnswerSentence
from bot.discord_app import access
from bot.discord_app.cards import answers as cards
from bot.discord_app.throttle import ThrottledMessage
from bot.errors import NotAllowed, StoreError
from bot.records import SearchResult
from bot.store.protocols import Store
from bot.store.values import QuestionCard
from bot.strings import N_, _

log = logging.getLogger(__name__)
SHUTDOWN_S = 5.0  # of the 9 s in which the client closes; quotes take 0.2 s, an edit 0.3 s
RESTARTED = N_("Footnote was restarted before the language model was done.")
DELETED = N_("The card was deleted.")
SOURCE_GONE = N_("A source was removed while this was being answered.")
ShowView = Callable[[ui.LayoutView], Awaitable[discord.Message | None]]


@dataclass(eq=False, slots=True)
class RunningQuestion:
    """A question that is being answered. ``card_id``: the message that shows it."""

    event_id: int
    asker_id: int
    server_id: str
    channel_id: int
    private: bool
    articles: set[int] = field(default_factory=set)  # the sources that were found
    stop: StopSignal = field(default_factory=StopSignal)
    card_id: int | None = None
    card_deleted: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def card(self) -> QuestionCard | None:
        """What to store so that the card is found again after a crash; None for a private one."""
        if self.private or self.card_id is None:
            return None
        return QuestionCard(self.event_id, self.server_id, self.channel_id, self.card_id)

    def cancel(self) -> None:
        """The card was deleted, so nobody is waiting for the answer."""
        self.card_deleted = True
        self.stop.set(_(DELETED))


class RunningQuestions:
    """The questions that this process is answering."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: dict[int, RunningQuestion] = {}
        self._closing = False

    def check_open(self) -> None:
        """Raises NotAllowed while Footnote is shutting down."""
        if self._closing:
            raise NotAllowed(_("Footnote is restarting. Please ask again in a minute."))

    @asynccontextmanager
    async def register(self, question: RunningQuestion) -> AsyncIterator[None]:
        """Registers a question for the block. Raises NotAllowed while Footnote is shutting down."""
        self.check_open()
        self._running[question.event_id] = question
        try:
            yield
        finally:
            if self._running.get(question.event_id) is question:
                del self._running[question.event_id]
            with suppress(StoreError):  # the next start then finds a card that is finished
                await self._store.drop_question(question.event_id)
            question.done.set()

    def track_message(self, question: RunningQuestion, show: ShowView) -> ShowView:
        """Wraps ``show`` so that the question knows which message is its card.

        An answer that moves to a new message deletes the old one itself, so during the call no
        message counts as the card.
        """
        recorded: QuestionCard | None = None

        async def show_and_track(view: ui.LayoutView) -> discord.Message | None:
            nonlocal recorded
            question.card_id = None
            message = await show(view)
            question.card_id = None if message is None else message.id
            if question.card is not None and question.card != recorded:
                recorded = question.card
                await self._record(recorded)
            return message

        return show_and_track

    async def _record(self, card: QuestionCard) -> None:
        try:
            await self._store.record_question(card)
        except StoreError as error:
            log.warning("could not record a question's card: %s", error.message)

    def stop(self, event_id: int, member: discord.Member) -> bool:
        """Stops the model for a question. False if it is not running. Raises NotAllowed."""
        question = self._running.get(event_id)
        if question is None:
            return False
        is_asker = member.id == question.asker_id
        if not (is_asker or access.may_moderate(member, question.channel_id)):
            raise NotAllowed(_("Only the person who asked, or a moderator, can stop this answer."))
        question.stop.set()
        return True

    def messages_deleted(self, message_ids: set[int]) -> None:
        """Cancels the questions whose cards are among some deleted messages."""
        for question in list(self._running.values()):
            if question.card_id in message_ids:
                question.cancel()

    def articles_removed(self, server_id: str, article_ids: Collection[int]) -> None:
        """Stops the questions that are being answered from removed articles."""
        for question in list(self._running.values()):
            if question.server_id == server_id and question.articles & set(article_ids):
                question.stop.set(_(SOURCE_GONE))

    def channel_deleted(self, channel_id: int) -> None:
        """Cancels the questions of a deleted channel or thread."""
        for question in list(self._running.values()):
            if question.channel_id == channel_id:
                question.cancel()

    async def shut_down(self) -> None:
        """Stops all questions, waits for their answers, and accepts no new ones."""
        self._closing = True
        questions = list(self._running.values())
        for question in questions:
            question.stop.set(_(RESTARTED))
        waits = [asyncio.ensure_future(question.done.wait()) for question in questions]
        if waits:
            _done, late = await asyncio.wait(waits, timeout=SHUTDOWN_S)
            for wait in late:
                wait.cancel()


class LiveCard:
    """The card of a running question; it is redrawn with each event."""

    def __init__(self, question: str, event_id: int, card: ThrottledMessage):
        self._question, self._event_id, self._card = question, event_id, card
        self._findings: SearchResult | None = None
        self._ahead = 0
        self._preliminary: Preview | None = None
        self._sentences: list[AnswerSentence] = []
        card.show(self._view())

    def update(self, event: Event, *, hidden: bool = False) -> None:
        """Shows an event. ``hidden``: not everyone in the channel may see the sources anymore."""
        match event:
            case Retrieved(findings):
                self._findings = findings
            case Queued(ahead):
                self._ahead = ahead
            case Preview():
                self._preliminary = event
            case SentenceAdded(sentence):
                self._sentences.append(sentence)
            case _:
                return
        if not hidden:
            self._card.show(self._view())

    def _view(self) -> ui.LayoutView:
        stop_event_id = None if self._preliminary is None else self._event_id
        if self._sentences:
            return cards.writing_card(self._question, self._sentences, stop_event_id)
        if self._preliminary is not None:
            return cards.preliminary_card(
                self._question, self._preliminary, self._ahead, stop_event_id
            )
        return cards.searching_card(self._question, self._findings, self._ahead)
