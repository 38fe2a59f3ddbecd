"""The questions that are being answered: their live cards, and what ends them early.

A model may write for minutes. In that time the asker or a moderator can stop it, its card can be
deleted, and Footnote can be shut down, which leaves it a few seconds. In each case the model's
request is closed. Unless the card was deleted, what was written so far, or else the quotes, becomes
the answer. A question in hand is a row in the store, from its acknowledgement to its answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import discord
from discord import ui

from bot.answer.events import (
    Checking,
    Event,
    Preview,
    Queued,
    Retrieved,
    Searching,
    SentenceAdded,
)
from bot.answer.model_stream import StopSignal
from bot.answer_records import AnswerSentence
from bot.discord_app import access
from bot.discord_app.cards import progress
from bot.discord_app.handlers.question_requests import AskRequest, PreparedQuestion
from bot.discord_app.throttle import ThrottledMessage
from bot.errors import NotAllowed, StoreError
from bot.records import SearchResult
from bot.shards import Shards
from bot.store.protocols import Store
from bot.store.values import QuestionCard
from bot.strings import N_, _

log = logging.getLogger(__name__)
# Of the 10 s that init systems commonly leave a process:
FINISH_S = 5.5  # in which an answer may be finished
STOPPED_S = 1.5  # in which a stopped one is shown: quotes take 0.2 s, an edit 0.3 s
FEW_AHEAD = 5  # with more, a card shows its place again once that has halved
INTERRUPTED = N_("Footnote had to stop before the language model was finished.")
DELETED = N_("The card was deleted.")
SOURCE_GONE = N_("A source was removed while this was being answered.")
ShowView = Callable[[ui.LayoutView], Awaitable[discord.Message | None]]


@dataclass(eq=False, slots=True)
class RunningQuestion:
    """A question that is being answered. ``card_id``: the message that shows it.

    ``request`` is what was typed. ``undelivered``: it was answered, but the answer
    could not be shown.
    """

    event_id: int
    asker_id: int
    server_id: str
    channel_id: int
    private: bool
    request: AskRequest
    undelivered: bool = False
    articles: set[int] = field(default_factory=set)  # the sources that were found
    stop: StopSignal = field(default_factory=StopSignal)
    card_id: int | None = None
    card_deleted: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def row(self) -> QuestionCard:
        """What to store so that it is brought to an end after a crash."""
        return QuestionCard(
            self.event_id,
            self.server_id,
            self.channel_id,
            0 if self.private else self.card_id or 0,
            self.asker_id,
            self.private,
            self.request.question,
            self.request.article,
            self.request.tag,
            self.request.since,
        )

    @classmethod
    def of(cls, prepared: PreparedQuestion) -> RunningQuestion:
        """A question that is asked without an acknowledgement of its own."""
        question = prepared.question
        return cls(
            prepared.event_id,
            prepared.member.id,
            question.scope.server_id,
            prepared.place.id,
            question.private,
            AskRequest(question.text, private=question.private),
        )

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
        ended = False
        try:
            await self._record(question.row)
            yield
            ended = not question.undelivered
        except Exception:
            ended = True  # it is reported
            raise
        finally:
            if self._running.get(question.event_id) is question:
                del self._running[question.event_id]
            if ended:
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
            if question.card_id is not None and question.row != recorded:
                recorded = question.row
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

    def is_answering(self, server_id: str, user_id: int) -> bool:
        """Whether a question of this person is being answered."""
        running = self._running.values()
        return any(q.server_id == server_id and q.asker_id == user_id for q in running)

    def channel_deleted(self, channel_id: int) -> None:
        """Cancels the questions of a deleted channel or thread."""
        for question in list(self._running.values()):
            if question.channel_id == channel_id:
                question.cancel()

    async def shut_down(self, finish_s: float = FINISH_S) -> None:
        """Accepts no new questions, and stops those that do not end in time by themselves."""
        self._closing = True
        await self._finish(self._all, finish_s)

    async def finish(self, shards: Shards, finish_s: float = FINISH_S) -> None:
        """Waits for the questions of some servers, and stops those that do not end in time."""
        await self._finish(lambda: [q for q in self._all() if q.server_id in shards], finish_s)

    def _all(self) -> list[RunningQuestion]:
        return list(self._running.values())

    async def _finish(self, running: Callable[[], list[RunningQuestion]], finish_s: float) -> None:
        await self._wait(running(), finish_s)
        for question in running():
            question.stop.set(_(INTERRUPTED))
        await self._wait(running(), STOPPED_S)

    async def _wait(self, questions: list[RunningQuestion], limit_s: float) -> None:
        """Waits until the questions have ended, for at most ``limit_s``."""
        waits = [asyncio.ensure_future(question.done.wait()) for question in questions]
        if waits:
            _done, late = await asyncio.wait(waits, timeout=limit_s)
            for wait in late:
                wait.cancel()


class LiveCard:
    """The card of a running question; it is redrawn with each event."""

    def __init__(self, question: str, event_id: int, card: ThrottledMessage):
        self._question, self._event_id, self._card = question, event_id, card
        self._findings: SearchResult | None = None
        self._ahead = 0
        self._checking = 0  # sentences
        self._searches: tuple[str, ...] = ()  # by the model
        self._preliminary: Preview | None = None
        self._sentences: list[AnswerSentence] = []
        card.show(self._view())

    def update(self, event: Event, *, hidden: bool = False) -> None:
        """Shows an event. ``hidden``: not everyone in the channel may see the sources anymore."""
        match event:
            case Retrieved(findings):
                self._findings, self._searches = findings, ()
            case Queued(ahead):
                if ahead > FEW_AHEAD and 0 < self._ahead < 2 * ahead:
                    return  # a long queue whose every step is an edit of every card
                self._ahead = ahead
            case Preview():
                self._preliminary = event
            case Searching(searches):
                self._searches = searches
            case Checking(sentences):
                self._checking = sentences
            case SentenceAdded(sentence):
                self._sentences.append(sentence)
            case _:
                return
        if not hidden:
            self._card.show(self._view())

    def _view(self) -> ui.LayoutView:
        stop_event_id = None if self._preliminary is None else self._event_id
        if self._sentences:
            return progress.writing_card(self._question, self._sentences, stop_event_id)
        if self._preliminary is not None:
            return progress.preliminary_card(
                self._question, self._preliminary, self._ahead, stop_event_id, self._checking
            )
        return progress.searching_card(
            self._question, self._findings, self._ahead, self._checking, self._searches
        )
