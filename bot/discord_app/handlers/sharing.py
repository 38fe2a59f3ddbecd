"""What makes an answer public, or goes on from it in public: sharing it, a thread under it.

What is shown is decided against what everyone in the place may see, when it is shown: an answer
that rests on more is made anew from that, or stays private. Of what it rests on nothing is said.
"""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.discord_app import access, replies
from bot.discord_app import posted_messages
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.components import join_facts
from bot.discord_app.handlers.asking import (
    SOURCE_NO_LONGER_VISIBLE,
    Asking,
    PreparedQuestion,
    stored_answer,
    show_answer,
)
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    cooldown_key,
    reports_errors,
)
from bot.discord_app.limits import THREAD_NAME, truncate
from bot.discord_app.markdown import one_line
from bot.discord_app.saved_answers import load_answer, answer_to_json, load_filter
from bot.errors import NotAllowed
from bot.store.values import EVERYTHING, Rests, StoredAnswer

THREAD_EXISTS = 160004  # Discord's code
PUBLIC_SOURCES_ONLY = "from what everyone here may read"
STAYS_PRIVATE = (
    "This answer rests on what not everyone here may read, and what everyone may read does not "
    "answer the question: so it stays private."
)
NO_THREAD = (
    "This answer rests on what not everyone here may read any more, so no thread follows it. "
    "Ask again."
)


class Sharing:
    """See the module."""

    def __init__(self, services: Services, asking: Asking):
        self._services = services
        self._asking = asking

    async def share(self, interaction: Interaction, answer_id: int) -> None:
        """Shows a private answer to all, as it is or made anew from what all may see."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            given = await stored_answer(context, answer_id)
            if given.asker_id != context.member.id:
                raise NotAllowed("Only who asked can share an answer.")
            if await context.library.answers.answer(answer_id, context.public) is not None:
                await _share_unchanged(interaction, context, given)
            else:
                await self._answer_again(interaction, context, given)

    async def _answer_again(
        self, interaction: Interaction, context: RequestContext, given: StoredAnswer
    ) -> None:
        """Raises NotAllowed when what all may see does not answer."""
        asked = await _prepare_public_question(interaction.id, context, given)
        self._services.question_cooldown.check(cooldown_key(context.member))
        await interaction.response.defer(thinking=True)
        self._services.question_cooldown.record(cooldown_key(context.member))
        outlet = replies.InteractionReply(interaction)
        async with self._asking.answering(asked, context.library, outlet) as answer:
            if answer is None:
                return
            if not answer.answered:
                raise NotAllowed(STAYS_PRIVATE)
            await self._asking.conclude(answer, asked, context.library, outlet)

    async def follow_up(self, interaction: Interaction, answer_id: int) -> None:
        """Opens a thread under an answer, in which a mention asks again."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            given = await stored_answer(context, answer_id)
            _check_may_open_thread(context)
            public = await context.library.answers.answer(answer_id, context.public)
            if public is None or given.private:
                raise NotAllowed(NO_THREAD)
            message = interaction.message
            assert message is not None
            await interaction.response.defer(thinking=True, ephemeral=True)
            thread = await _create_thread(message, given.question)
            if thread is not None:
                await _start_thread(context, given, thread)
            link = f"<#{message.id}>"
            await replies.send_ephemeral(
                interaction,
                components.message(f"Go on in {link}: mention me there with a question."),
            )


def _asked_by(context: RequestContext) -> str:
    return f"asked by {one_line(context.member.display_name)}"


async def _share_unchanged(
    interaction: Interaction, context: RequestContext, given: StoredAnswer
) -> None:
    answer, within = load_answer(given)
    within = join_facts(within, _asked_by(context))
    await interaction.response.defer(thinking=True)
    public = replace(
        given,
        private=False,
        channel_id=context.place.id,
        body=answer_to_json(answer, within, load_filter(given) or EVERYTHING),
        event_id=interaction.id,
        awaits_answer=False,  # the private one does
    )
    again = Rests(repeats=given.id)
    kept = await context.library.answers.save(public, answer.citations, again)
    if await context.library.answers.answer(kept, context.public) is None:
        raise NotAllowed(SOURCE_NO_LONGER_VISIBLE)
    answer = answer.kept_as(kept)
    messages = await show_answer(
        replies.InteractionReply(interaction), cards.answer_cards(answer, within=within)
    )
    await posted_messages.record_answer(context.member.guild, context.library, answer, messages)


async def _prepare_public_question(
    event_id: int, context: RequestContext, given: StoredAnswer
) -> PreparedQuestion:
    """The same question, of what everyone here may see. Raises NotAllowed."""
    wanted = load_filter(given)
    public = context.public
    if wanted is None or not await context.library.ids_matching(wanted, public):
        raise NotAllowed(STAYS_PRIVATE)
    _, within = load_answer(given)
    question = given.standalone or given.question
    told = join_facts(within, _asked_by(context), PUBLIC_SOURCES_ONLY)
    return PreparedQuestion(question, context.member, context.place, public, event_id, wanted, told)


def _check_may_open_thread(context: RequestContext) -> None:
    """Raises NotAllowed."""
    if not isinstance(context.place, discord.TextChannel):
        raise NotAllowed("There is no thread inside of this place: mention me here to go on.")
    if not context.place.permissions_for(context.member).create_public_threads:
        raise NotAllowed("You may not create threads here: mention me in the channel to go on.")
    access.check_bot_may(context.place, "create_public_threads", "send_messages_in_threads")


async def _create_thread(message: discord.Message, question: str) -> discord.Thread | None:
    """A new thread under a message; None when there is one."""
    name = " ".join(question.split()) or "Follow-up"
    try:
        return await message.create_thread(name=truncate(name, THREAD_NAME))
    except discord.HTTPException as error:
        if error.code == THREAD_EXISTS:
            return None
        raise


async def _start_thread(
    context: RequestContext, given: StoredAnswer, thread: discord.Thread
) -> None:
    """The thread's history begins with the answer that it follows."""
    answer, _ = load_answer(given)
    first = replace(given, channel_id=thread.id, event_id=thread.id, awaits_answer=False)
    await context.library.answers.save(first, answer.citations, Rests(repeats=given.id))
    await replies.post(
        thread,
        components.message("Mention me here with your next question; I know what was asked above."),
    )
