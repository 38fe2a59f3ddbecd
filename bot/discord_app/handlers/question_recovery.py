"""After a crash: the cards of questions that were being answered are brought to their ends.

A token of an interaction is not kept and would be over: a card is edited as the bot's own
message. Where the answer was kept before the crash, and everyone there may still see it, it is
shown; else the card says that it was interrupted. Doing it twice changes nothing.
"""

from __future__ import annotations

import logging

import discord

from bot.app import App
from bot.discord_app import access, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.saved_answers import load_answer
from bot.errors import FootnoteError, LibraryNotFound, StoreError
from bot.store.values import QuestionCard

log = logging.getLogger(__name__)


class QuestionRecovery:
    """See the module. ``look`` once before there are events, ``go_on`` when there are servers."""

    def __init__(self, app: App):
        self._app = app
        self._left: list[QuestionCard] = []

    async def collect(self) -> None:
        """Notes which cards an earlier process left: none of this one's is among them."""
        try:
            self._left = await self._app.store.questions()
        except StoreError as error:
            log.warning("interrupted questions are not looked for: %s", error.message)

    async def resume(self, client: discord.Client) -> None:
        """Brings them all to their ends; nothing the second time, as after a lost connection."""
        left, self._left = self._left, []
        for card in left:
            try:
                await self._finish_card(client, card)
            except (discord.HTTPException, FootnoteError) as error:
                log.warning("a question's card stays as it is: %s", error)

    async def _finish_card(self, client: discord.Client, card: QuestionCard) -> None:
        server = int(card.server_id)
        channel = client.get_partial_messageable(card.channel_id, guild_id=server)
        message = channel.get_partial_message(card.message_id)
        try:
            view = await self._saved_answer_card(client, card) or cards.interrupted_card()
        except LibraryNotFound:
            view = cards.interrupted_card()
        try:
            await message.edit(view=view, allowed_mentions=replies.NO_PINGS)
        except (discord.NotFound, discord.Forbidden) as error:
            log.warning("a question's card is out of reach after the restart: %s", error.status)
        await self._app.store.drop_question(card.event_id)

    async def _saved_answer_card(
        self, client: discord.Client, card: QuestionCard
    ) -> discord.ui.LayoutView | None:
        guild = client.get_guild(int(card.server_id))
        place = None if guild is None else guild.get_channel_or_thread(card.channel_id)
        if not isinstance(place, access.Place):
            return None
        async with self._app.store.library(card.server_id, in_passing=True) as library:
            answer_id = await library.answers.id_of_event(card.event_id)
            if answer_id is None:
                return None
            given = await library.answers.answer(answer_id, access.public_scope(place))
        if given is None or not given.body or given.private:
            return None
        answer, within = load_answer(given)
        return cards.answer_cards(answer, within=within, again=True).first
