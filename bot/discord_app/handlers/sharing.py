"""What makes an answer public, or goes on from it in public: sharing it, a thread under it.

What is shown is decided against what everyone in the place may see, when it is shown: an answer
that rests on more is made anew from that, or stays private. Of what it rests on nothing is said.
"""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.discord_app import access, posted, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.components import facts
from bot.discord_app.handlers.asking import (
    CLOSED_MEANWHILE,
    Asking,
    QuestionInHand,
    kept_answer,
    show,
)
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    person,
    reports_errors,
)
from bot.discord_app.limits import THREAD_NAME, truncate
from bot.discord_app.markdown import one_line
from bot.discord_app.saved_answers import answer_in, body_of, wanted_in
from bot.errors import NotAllowed
from bot.store.values import EVERYTHING, Dependencies, StoredAnswer

THREAD_EXISTS = 160004  # Discord's code
FROM_HERE = "from what everyone here may read"
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
        self._ground = services
        self._asking = asking

    async def share(self, interaction: Interaction, answer_id: int) -> None:
        """Shows a private answer to all, as it is or made anew from what all may see."""
        async with reports_errors(interaction), self._ground.here(interaction) as context:
            given = await kept_answer(context, answer_id)
            if given.asker_id != context.member.id:
                raise NotAllowed("Only who asked can share an answer.")
            if await context.library.answers.answer(answer_id, context.public) is not None:
                await _share_as_it_is(interaction, context, given)
            else:
                await self._share_anew(interaction, context, given)

    async def _share_anew(
        self, interaction: Interaction, context: RequestContext, given: StoredAnswer
    ) -> None:
        """Raises NotAllowed when what all may see does not answer."""
        asked = await _asked_anew(interaction.id, context, given)
        self._ground.question_cooldown.check(person(context.member))
        await interaction.response.defer(thinking=True)
        self._ground.question_cooldown.count(person(context.member))
        outlet = replies.Response(interaction)
        async with self._asking.answering(asked, context.library, outlet) as answer:
            if answer is None:
                return
            if not answer.answered:
                raise NotAllowed(STAYS_PRIVATE)
            await self._asking.conclude(answer, asked, context.library, outlet)

    async def follow_up(self, interaction: Interaction, answer_id: int) -> None:
        """Opens a thread under an answer, in which a mention asks again."""
        async with reports_errors(interaction), self._ground.here(interaction) as context:
            given = await kept_answer(context, answer_id)
            _check_may_open_thread(context)
            public = await context.library.answers.answer(answer_id, context.public)
            if public is None or given.private:
                raise NotAllowed(NO_THREAD)
            message = interaction.message
            assert message is not None
            await interaction.response.defer(thinking=True, ephemeral=True)
            thread = await _thread_of(message, given.question)
            if thread is not None:
                await _begin(context, given, thread)
            link = f"<#{message.id}>"
            await replies.send_ephemeral(
                interaction,
                components.message(f"Go on in {link}: mention me there with a question."),
            )


def _by(context: RequestContext) -> str:
    return f"asked by {one_line(context.member.display_name)}"


async def _share_as_it_is(
    interaction: Interaction, context: RequestContext, given: StoredAnswer
) -> None:
    answer, within = answer_in(given)
    within = facts(within, _by(context))
    await interaction.response.defer(thinking=True)
    public = replace(
        given,
        private=False,
        channel_id=context.place.id,
        body=body_of(answer, within, wanted_in(given) or EVERYTHING),
        event_id=interaction.id,
        awaits_answer=False,  # the private one does
    )
    again = Dependencies(repeated_answer_id=given.id)
    kept = await context.library.answers.save(public, answer.citations, again)
    if await context.library.answers.answer(kept, context.public) is None:
        raise NotAllowed(CLOSED_MEANWHILE)
    answer = answer.with_id(kept)
    messages = await show(replies.Response(interaction), cards.answer_cards(answer, within=within))
    await posted.note_answer(context.member.guild, context.library, answer, messages)


async def _asked_anew(
    event_id: int, context: RequestContext, given: StoredAnswer
) -> QuestionInHand:
    """The same question, of what everyone here may see. Raises NotAllowed."""
    wanted = wanted_in(given)
    public = context.public
    if wanted is None or not await context.library.ids_matching(wanted, public):
        raise NotAllowed(STAYS_PRIVATE)
    _, within = answer_in(given)
    question = given.standalone_question or given.question
    told = facts(within, _by(context), FROM_HERE)
    return QuestionInHand(question, context.member, context.place, public, event_id, wanted, told)


def _check_may_open_thread(context: RequestContext) -> None:
    """Raises NotAllowed."""
    if not isinstance(context.place, discord.TextChannel):
        raise NotAllowed("There is no thread inside of this place: mention me here to go on.")
    if not context.place.permissions_for(context.member).create_public_threads:
        raise NotAllowed("You may not create threads here: mention me in the channel to go on.")
    access.check_bot_may(context.place, "create_public_threads", "send_messages_in_threads")


async def _thread_of(message: discord.Message, question: str) -> discord.Thread | None:
    """A new thread under a message; None when there is one."""
    name = " ".join(question.split()) or "Follow-up"
    try:
        return await message.create_thread(name=truncate(name, THREAD_NAME))
    except discord.HTTPException as error:
        if error.code == THREAD_EXISTS:
            return None
        raise


async def _begin(context: RequestContext, given: StoredAnswer, thread: discord.Thread) -> None:
    """The thread's history begins with the answer that it follows."""
    answer, _ = answer_in(given)
    first = replace(given, channel_id=thread.id, event_id=thread.id, awaits_answer=False)
    await context.library.answers.save(
        first, answer.citations, Dependencies(repeated_answer_id=given.id)
    )
    await replies.post(
        thread,
        components.message("Mention me here with your next question; I know what was asked above."),
    )
