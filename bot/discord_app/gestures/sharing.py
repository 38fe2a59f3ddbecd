"""What makes an answer public, or goes on from it in public: sharing it, a thread under it.

What is shown is decided against what everyone in the place may see, when it is shown: an answer
that rests on more is made anew from that, or stays private. Of what it rests on nothing is said.
"""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.discord_app import access, posted, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import frame
from bot.discord_app.cards.frame import facts
from bot.discord_app.gestures.asking import CLOSED_MEANWHILE, Asked, Asking, kept_answer, show
from bot.discord_app.gestures.rim import Ground, Here, Interaction, person, told
from bot.discord_app.kept import answer_in, body_of, wanted_in
from bot.discord_app.limits import THREAD_NAME, cut
from bot.discord_app.markdown import one_line
from bot.errors import NotAllowed
from bot.store.values import EVERYTHING, Given, Rests

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

    def __init__(self, ground: Ground, asking: Asking):
        self._ground = ground
        self._asking = asking

    async def share(self, interaction: Interaction, answer_id: int) -> None:
        """Shows a private answer to all, as it is or made anew from what all may see."""
        async with told(interaction), self._ground.here(interaction) as here:
            given = await kept_answer(here, answer_id)
            if given.asker_id != here.member.id:
                raise NotAllowed("Only who asked can share an answer.")
            if await here.library.answers.given(answer_id, here.public) is not None:
                await _share_as_it_is(interaction, here, given)
            else:
                await self._share_anew(interaction, here, given)

    async def _share_anew(self, interaction: Interaction, here: Here, given: Given) -> None:
        """Raises NotAllowed when what all may see does not answer."""
        asked = await _asked_anew(interaction.id, here, given)
        self._ground.questions.check(person(here.member))
        await interaction.response.defer(thinking=True)
        self._ground.questions.count(person(here.member))
        outlet = replies.Response(interaction)
        async with self._asking.answering(asked, here.library, outlet) as answer:
            if answer is None:
                return
            if not answer.answered:
                raise NotAllowed(STAYS_PRIVATE)
            await self._asking.conclude(answer, asked, here.library, outlet)

    async def follow_up(self, interaction: Interaction, answer_id: int) -> None:
        """Opens a thread under an answer, in which a mention asks again."""
        async with told(interaction), self._ground.here(interaction) as here:
            given = await kept_answer(here, answer_id)
            _check_may_open_thread(here)
            public = await here.library.answers.given(answer_id, here.public)
            if public is None or given.private:
                raise NotAllowed(NO_THREAD)
            message = interaction.message
            assert message is not None
            await interaction.response.defer(thinking=True, ephemeral=True)
            thread = await _thread_of(message, given.question)
            if thread is not None:
                await _begin(here, given, thread)
            link = f"<#{message.id}>"
            await replies.whisper(
                interaction, frame.message(f"Go on in {link}: mention me there with a question.")
            )


def _by(here: Here) -> str:
    return f"asked by {one_line(here.member.display_name)}"


async def _share_as_it_is(interaction: Interaction, here: Here, given: Given) -> None:
    answer, within = answer_in(given)
    within = facts(within, _by(here))
    await interaction.response.defer(thinking=True)
    public = replace(
        given,
        private=False,
        channel_id=here.place.id,
        body=body_of(answer, within, wanted_in(given) or EVERYTHING),
        event_id=interaction.id,
        waits=False,  # the private one does
    )
    again = Rests(repeats=given.id)
    kept = await here.library.answers.keep(public, answer.citations, again)
    if await here.library.answers.given(kept, here.public) is None:
        raise NotAllowed(CLOSED_MEANWHILE)
    answer = answer.kept_as(kept)
    messages = await show(replies.Response(interaction), cards.answer_cards(answer, within=within))
    await posted.note_answer(here.member.guild, here.library, answer, messages)


async def _asked_anew(event_id: int, here: Here, given: Given) -> Asked:
    """The same question, of what everyone here may see. Raises NotAllowed."""
    wanted = wanted_in(given)
    public = here.public
    if wanted is None or not await here.library.matching(wanted, public):
        raise NotAllowed(STAYS_PRIVATE)
    _, within = answer_in(given)
    question = given.standalone or given.question
    told = facts(within, _by(here), FROM_HERE)
    return Asked(question, here.member, here.place, public, event_id, wanted, told)


def _check_may_open_thread(here: Here) -> None:
    """Raises NotAllowed."""
    if not isinstance(here.place, discord.TextChannel):
        raise NotAllowed("There is no thread inside of this place: mention me here to go on.")
    if not here.place.permissions_for(here.member).create_public_threads:
        raise NotAllowed("You may not create threads here: mention me in the channel to go on.")
    access.check_bot_may(here.place, "create_public_threads", "send_messages_in_threads")


async def _thread_of(message: discord.Message, question: str) -> discord.Thread | None:
    """A new thread under a message; None when there is one."""
    name = " ".join(question.split()) or "Follow-up"
    try:
        return await message.create_thread(name=cut(name, THREAD_NAME))
    except discord.HTTPException as error:
        if error.code == THREAD_EXISTS:
            return None
        raise


async def _begin(here: Here, given: Given, thread: discord.Thread) -> None:
    """The thread's history begins with the answer that it follows."""
    answer, _ = answer_in(given)
    first = replace(given, channel_id=thread.id, event_id=thread.id, waits=False)
    await here.library.answers.keep(first, answer.citations, Rests(repeats=given.id))
    await replies.post(
        thread,
        frame.message("Mention me here with your next question; I know what was asked above."),
    )
