"""Answers a prepared question on a live card, and stores the answer."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import discord

from bot.answer.events import Completed, Queued, Retrieved
from bot.answer_records import Answer
from bot.discord_app import access, posted_messages, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.handlers.context import Services
from bot.discord_app.handlers.follow_ups import show_follow_ups
from bot.discord_app.handlers.helping import reply_card
from bot.discord_app.handlers.question_requests import PreparedQuestion
from bot.discord_app.handlers.running_questions import LiveCard, RunningQuestion, RunningQuestions
from bot.discord_app.handlers.search_turns import take_turn
from bot.discord_app.throttle import UNKNOWN_MESSAGE_CODES, ThrottledMessage, throttled
from bot.service.ask import answer_question, keep_answer
from bot.service.share import SOURCE_NO_LONGER_VISIBLE, is_visible
from bot.store.protocols import Library
from bot.strings import _

log = logging.getLogger(__name__)


class Answering:
    """Takes a prepared question to the answer on its card."""

    def __init__(self, services: Services):
        self._services = services
        self.running_questions = RunningQuestions(services.app.store)

    async def answer_and_show(
        self,
        prepared: PreparedQuestion,
        library: Library,
        reply: replies.AnswerReply,
        running: RunningQuestion | None = None,
    ) -> None:
        """Answers a question on a live card, and stores the answer."""
        async with self.answering(prepared, library, reply, running) as answer:
            if answer is None:
                return
            is_shown = await self.conclude(answer, prepared, library, reply)
            if running is not None and not is_shown and prepared.question.private:
                running.undelivered = True
                self._services.offers.add([running.row])

    @asynccontextmanager
    async def answering(
        self,
        prepared: PreparedQuestion,
        library: Library,
        reply: replies.AnswerReply,
        running: RunningQuestion | None = None,
    ) -> AsyncIterator[Answer | None]:
        """The answer, shown while it is being written; None if its card was deleted.

        A shutdown waits until the block ends. ``running``: the question, if it is registered.
        """
        server_id = prepared.question.scope.server_id
        async with AsyncExitStack() as stack:
            if running is None:
                running = RunningQuestion.of(prepared)
                await stack.enter_async_context(self.running_questions.register(running))
            show = self.running_questions.track_message(running, reply.draw)
            async with throttled(show, on_gone=running.cancel) as card:
                answer = await self._stream_answer(prepared, library, card, running)
            if running.card_deleted:
                log.info("question server=%s card=deleted", server_id)
            yield None if running.card_deleted else answer

    async def conclude(
        self,
        answer: Answer,
        prepared: PreparedQuestion,
        library: Library,
        reply: replies.AnswerReply,
    ) -> bool:
        """Stores an answer and shows it, unless one of its sources is no longer visible.

        False if it could not be shown.
        """
        question = prepared.question
        answer = await keep_answer(library, question, answer)
        if answer.mode == "help":
            await reply.show(
                await reply_card(
                    answer, prepared.member, prepared.place, library, prepared.scope_now
                )
            )
            return True
        if not await is_visible(library, answer.id, prepared.scope_now):
            await reply.show(components.message(_(SOURCE_NO_LONGER_VISIBLE), components.RED))
            return True
        next_step = "reply" if isinstance(prepared.place, discord.Thread) else "follow"
        step = "share" if question.private else next_step
        is_empty = (
            not answer.answered and not (await library.articles.totals(question.scope)).articles
        )
        answer_cards = cards.answer_cards(
            answer,
            next_step=step,
            within=question.within,
            library_is_empty=is_empty,
            alerts=(await library.settings.current()).alerts,
        )
        try:
            messages = await show_answer(reply, answer_cards)
        except discord.NotFound as error:
            if error.code not in UNKNOWN_MESSAGE_CODES:
                raise
            log.warning("an answer's card was deleted before the answer was complete")
            return True
        if not question.private:
            await posted_messages.record_answer(prepared.place.guild, library, answer, messages)
        await show_follow_ups(self._services.app.answerer, answer, prepared, library, reply, step)
        return messages[0] is not None

    async def _stream_answer(
        self,
        prepared: PreparedQuestion,
        library: Library,
        card: ThrottledMessage,
        running: RunningQuestion,
    ) -> Answer:
        live_card = LiveCard(prepared.question.text, prepared.event_id, card)
        app, question = self._services.app, prepared.question
        events = take_turn(
            answer_question(app.answerer, library, question, running.stop),
            app.answerer.searches.for_server(question.scope.server_id),
            lambda ahead: live_card.update(Queued(ahead)),
            only_search=app.settings.has_model,
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Retrieved):
                    running.articles |= {hit.passage.article_id for hit in event.findings.hits}
                live_card.update(event, hidden=not _is_still_visible(prepared))
                if isinstance(event, Completed):
                    return event.answer
        raise AssertionError("the events ended without an answer")


def _is_still_visible(prepared: PreparedQuestion) -> bool:
    """Whether all channels that the answer is made from may still be shown."""
    return (prepared.question.scope.channels or access.NO_CHANNELS) <= (
        prepared.scope_now.channels or access.NO_CHANNELS
    )


async def show_answer(
    reply: replies.AnswerReply, answer_cards: cards.AnswerCards
) -> list[discord.Message | None]:
    """Shows an answer's card and its continuation; the messages of both."""
    messages = [await reply.show(answer_cards.first)]
    if answer_cards.second is not None:
        data = io.BytesIO(answer_cards.file.encode())
        file = discord.File(data, cards.FILE_NAME) if answer_cards.file else None
        messages.append(await reply.add(answer_cards.second, file))
    return messages
