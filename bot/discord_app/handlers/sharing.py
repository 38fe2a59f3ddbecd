"""Shares a private answer, or opens a thread to follow up on a public one.

A shared answer may use only what everyone in the channel may see at that time. If the private
answer used more, the question is answered again from the public articles, or the answer stays
private. Nothing is said about the articles it used.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import discord

from bot.discord_app import access, posted_messages, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.components import join_facts
from bot.discord_app.handlers.asking import (
    SOURCE_NO_LONGER_VISIBLE,
    Asking,
    show_answer,
    stored_answer,
)
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    cooldown_key,
    reports_errors,
)
from bot.discord_app.handlers.question_requests import PreparedQuestion
from bot.discord_app.limits import THREAD_NAME, truncate
from bot.discord_app.markdown import one_line
from bot.discord_app.saved_answers import answer_to_json, load_answer, load_filter
from bot.errors import NotAllowed
from bot.store.values import EVERYTHING, Dependencies, StoredAnswer
from bot.strings import N_, _

THREAD_EXISTS = 160004  # Discord's code
PUBLIC_SOURCES_ONLY = N_("from articles that everyone here can read")
STAYS_PRIVATE = N_(
    "This answer stays private: it uses articles that not everyone here can read, and the others "
    "don't answer the question."
)
NO_THREAD = N_(
    "I can't open a thread: not everyone here can read this answer's sources anymore. Please ask "
    "again."
)


class Sharing:
    """Handles *Share* and *Follow up*."""

    def __init__(self, services: Services, asking: Asking):
        self._services = services
        self._asking = asking

    async def share(self, interaction: Interaction, answer_id: int) -> None:
        """Shares a private answer, unchanged or answered again from public articles."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            stored = await stored_answer(context, answer_id)
            if stored.asker_id != context.member.id:
                raise NotAllowed(_("Only the person who asked can share this answer."))
            if await context.library.answers.answer(answer_id, context.public) is not None:
                await _share_unchanged(interaction, context, stored)
            else:
                await self._answer_again(interaction, context, stored)

    async def _answer_again(
        self, interaction: Interaction, context: RequestContext, stored: StoredAnswer
    ) -> None:
        """Raises NotAllowed if the public articles do not answer the question."""
        question = await _prepare_public_question(interaction.id, context, stored)
        self._services.question_cooldown.check(cooldown_key(context.member))
        await interaction.response.defer(thinking=True)
        self._services.question_cooldown.record(cooldown_key(context.member))
        reply = replies.InteractionReply(interaction)
        async with self._asking.answering(question, context.library, reply) as answer:
            if answer is None:
                return
            if not answer.answered:
                with suppress(*replies.SEND_ERRORS):
                    await reply.delete()  # it may have moved on from the interaction's response
                raise NotAllowed(_(STAYS_PRIVATE))
            await self._asking.conclude(answer, question, context.library, reply)

    async def follow_up(self, interaction: Interaction, answer_id: int) -> None:
        """Opens a thread under an answer for follow-up questions."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            stored = await stored_answer(context, answer_id)
            _check_may_open_thread(context)
            public = await context.library.answers.answer(answer_id, context.public)
            if public is None or stored.private:
                raise NotAllowed(_(NO_THREAD))
            message = interaction.message
            assert message is not None
            await interaction.response.defer(thinking=True, ephemeral=True)
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
    answer, within = load_answer(stored)
    within = join_facts(within, _asked_by(context))
    await interaction.response.defer(thinking=True)
    public = replace(
        stored,
        private=False,
        channel_id=context.place.id,
        body=answer_to_json(answer, within, load_filter(stored) or EVERYTHING),
        event_id=interaction.id,
        awaits_answer=False,  # the private one already does
    )
    repeated = Dependencies(repeated_answer_id=stored.id)
    public_id = await context.library.answers.save(public, answer.citations, repeated)
    if await context.library.answers.answer(public_id, context.public) is None:
        raise NotAllowed(_(SOURCE_NO_LONGER_VISIBLE))
    answer = answer.with_id(public_id)
    messages = await show_answer(
        replies.InteractionReply(interaction), cards.answer_cards(answer, within=within)
    )
    await posted_messages.record_answer(context.member.guild, context.library, answer, messages)


async def _prepare_public_question(
    event_id: int, context: RequestContext, stored: StoredAnswer
) -> PreparedQuestion:
    """The same question, limited to what everyone here may see. Raises NotAllowed."""
    limits = load_filter(stored)
    public = context.public
    if limits is None or not await context.library.articles.ids_matching(limits, public):
        raise NotAllowed(_(STAYS_PRIVATE))
    within = load_answer(stored)[1]
    question = stored.standalone_question or stored.question
    within = join_facts(within, _asked_by(context), _(PUBLIC_SOURCES_ONLY))
    return PreparedQuestion(
        question, context.member, context.place, public, event_id, limits, within
    )


def _check_may_open_thread(context: RequestContext) -> None:
    """Raises NotAllowed."""
    if not isinstance(context.place, discord.TextChannel):
        raise NotAllowed(_("Threads aren't available here. Mention me with your question instead."))
    if not context.place.permissions_for(context.member).create_public_threads:
        raise NotAllowed(_("You can't create threads here. Mention me with your question instead."))
    access.check_bot_may(context.place, "create_public_threads", "send_messages_in_threads")


async def _create_thread(message: discord.Message, question: str) -> discord.Thread | None:
    """A new thread under a message; None if it already has one."""
    name = " ".join(question.split()) or _("Follow-up")
    try:
        return await message.create_thread(name=truncate(name, THREAD_NAME))
    except discord.HTTPException as error:
        if error.code == THREAD_EXISTS:
            return None
        raise


async def _start_thread(
    context: RequestContext, stored: StoredAnswer, thread: discord.Thread
) -> None:
    """Posts a hint, and stores the answer as the thread's first turn."""
    answer = load_answer(stored)[0]
    first = replace(stored, channel_id=thread.id, event_id=thread.id, awaits_answer=False)
    await context.library.answers.save(
        first, answer.citations, Dependencies(repeated_answer_id=stored.id)
    )
    text = _("Mention me here with your next question. I remember what was asked above.")
    await replies.post(thread, components.message(text))
