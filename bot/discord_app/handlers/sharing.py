"""Shares a private answer, or opens a thread to follow up on a public one.

A shared answer may use only what everyone in the channel may see at that time. If the private
answer used more, the question is answered again from the public articles, or the answer stays
private. Nothing is said about the articles it used.
"""

from __future__ import annotations

import logging
from contextlib import suppress

import discord

from bot.discord_app import access, posted_messages, replies
from bot.discord_app.buttons import Button
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.components import join_facts
from bot.discord_app.delivery import DROPPED
from bot.discord_app.handlers.answering import Answering, show_answer
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    cooldown_key,
    reports_errors,
)
from bot.discord_app.handlers.question_requests import PreparedQuestion, asker_of, thread_turns
from bot.discord_app.limits import THREAD_NAME, truncate
from bot.discord_app.markdown import one_line
from bot.errors import NotAllowed
from bot.service.ask import UserQuestion
from bot.service.saved_answers import load_answer, readable_answer
from bot.service.share import (
    STAYS_PRIVATE,
    begin_conversation,
    check_own,
    check_visible,
    is_visible,
    limits_to_ask_again,
    share_copy,
)
from bot.store.values import StoredAnswer
from bot.strings import N_, _

log = logging.getLogger(__name__)
THREAD_EXISTS = 160004  # Discord's code
PUBLIC_SOURCES_ONLY = N_("from articles that everyone here can read")
THREAD_REFUSED = N_(
    "Discord didn't let me open a thread here. Mention me with your next question instead."
)
NO_THREAD = N_(
    "I can't open a thread: not everyone here can read this answer's sources anymore. Please ask "
    "again."
)


class Sharing:
    """Handles *Share* and *Follow up*."""

    def __init__(self, services: Services, answering: Answering):
        self._services, self._answering = services, answering

    async def share(self, interaction: Interaction, answer_id: int) -> None:
        """Shares a private answer, unchanged or answered again from public articles."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "public") as context,
        ):
            stored = await readable_answer(context.library, answer_id, context.scope)
            check_own(stored, context.member.id)
            if await is_visible(context.library, answer_id, context.public):
                await _share_unchanged(interaction, context, stored)
            else:
                await self._answer_again(interaction, context, stored)

    async def _answer_again(
        self, interaction: Interaction, context: RequestContext, stored: StoredAnswer
    ) -> None:
        """Raises NotAllowed if the public articles do not answer the question."""
        question = await _prepare_public_question(interaction.id, context, stored)
        self._services.question_cooldown.check(cooldown_key(context.member))
        self._services.question_cooldown.record(cooldown_key(context.member))
        reply = replies.InteractionReply(interaction)
        async with self._answering.answering(question, context.library, reply) as answer:
            if answer is None:
                return
            if not answer.answered:
                with suppress(*replies.SEND_ERRORS):
                    await reply.delete()  # it may have moved on from the interaction's response
                raise NotAllowed(_(STAYS_PRIVATE))
            await self._answering.conclude(answer, question, context.library, reply)

    async def follow_up(self, interaction: Interaction, answer_id: int) -> None:
        """Opens a thread under an answer for follow-up questions."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            stored = await readable_answer(context.library, answer_id, context.scope)
            _check_may_open_thread(context)
            if stored.private or not await is_visible(context.library, answer_id, context.public):
                raise NotAllowed(_(NO_THREAD))
            message = interaction.message
            assert message is not None
            thread = await _create_thread(message, stored.question)
            if thread is not None:
                await _start_thread(context, stored, thread)
            text = _("Continue in {thread} and mention me with your question.")
            await replies.send_ephemeral(
                interaction, components.message(text.format(thread=f"<#{message.id}>"))
            )


def _asked_by(context: RequestContext) -> str:
    return _("asked by {name}").format(name=one_line(context.member.display_name))


async def _share_unchanged(
    interaction: Interaction, context: RequestContext, stored: StoredAnswer
) -> None:
    within = join_facts(load_answer(stored)[1], _asked_by(context))
    answer = await share_copy(context.library, stored, within, context.place.id, interaction.id)
    await check_visible(context.library, answer, context.public)
    messages = await show_answer(
        replies.InteractionReply(interaction), cards.answer_cards(answer, within=within)
    )
    await posted_messages.record_answer(context.member.guild, context.library, answer, messages)


async def _prepare_public_question(
    event_id: int, context: RequestContext, stored: StoredAnswer
) -> PreparedQuestion:
    """The same question, limited to what everyone here may see. Raises NotAllowed."""
    public = context.public
    limits = await limits_to_ask_again(context.library, stored, public)
    within = load_answer(stored)[1]
    text = stored.standalone_question or stored.question
    within = join_facts(within, _asked_by(context), _(PUBLIC_SOURCES_ONLY))
    asker = asker_of(context.member, event_id)
    turns = await thread_turns(context.library, context.place, public)
    question = UserQuestion(
        text, public, asker, context.place.id, limits=limits, within=within, turns=turns
    )
    return PreparedQuestion(question, context.member, context.place)


def _check_may_open_thread(context: RequestContext) -> None:
    """Raises NotAllowed."""
    if not isinstance(context.place, discord.TextChannel):
        raise NotAllowed(_("Threads aren't available here. Mention me with your question instead."))
    if not context.place.permissions_for(context.member).create_public_threads:
        raise NotAllowed(_("You can't create threads here. Mention me with your question instead."))
    access.check_bot_may(context.place, "create_public_threads", "send_messages_in_threads")


async def _create_thread(message: discord.Message, question: str) -> discord.Thread | None:
    """A new thread under a message; None if it already has one. Raises NotAllowed."""
    name = truncate(" ".join(question.split()) or _("Follow-up"), THREAD_NAME)
    is_repeated = False
    try:
        try:
            return await message.create_thread(name=name)
        except DROPPED:
            is_repeated = True
            return await message.create_thread(name=name)
    except discord.HTTPException as error:
        if error.code == THREAD_EXISTS:  # made by the first try, whose reply was lost
            return await message.fetch_thread() if is_repeated else None
        failure, channel_id = replies.send_failure(error), message.channel.id
        log.warning("a thread was refused: status=%s channel=%s", failure, channel_id)
        raise NotAllowed(_(THREAD_REFUSED)) from error


async def _start_thread(
    context: RequestContext, stored: StoredAnswer, thread: discord.Thread
) -> None:
    """Posts a hint, and stores the answer as the thread's first turn."""
    await begin_conversation(context.library, stored, thread.id)
    text = _(
        "I remember what was asked above. Go on with *Reply*, or mention me here with your next "
        "question; I don't read anything else."
    )
    reply = Button("reply", stored.id, label=_("Reply"), style=discord.ButtonStyle.primary)
    await replies.post(thread, components.message(text, components.GREY, reply))
