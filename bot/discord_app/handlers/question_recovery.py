"""Finishes the cards of questions that a crash interrupted.

The interactions' tokens are gone, so a card is edited as the bot's own message. If the answer was
stored before the crash and everyone in the channel may still see it, it is shown. Otherwise the
card says that the answer was interrupted. Running it twice does no harm.
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
    """Call ``collect`` before the first event, and ``resume`` once the servers are known."""

    def __init__(self, app: App):
        self._app = app
        self._cards: list[QuestionCard] = []

    async def collect(self) -> None:
        """Finds the cards that an earlier process left, before this one makes any."""
        try:
            self._cards = await self._app.store.questions()
        except StoreError as error:
            log.warning("could not look for interrupted questions: %s", error.message)

    async def resume(self, client: discord.Client) -> None:
        """Finishes the cards. Does nothing when called again, as after a reconnect."""
        unfinished, self._cards = self._cards, []
        for card in unfinished:
            try:
                await self._finish_card(client, card)
            except (discord.HTTPException, FootnoteError) as error:
                log.warning("could not finish a question's card: %s", error)

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
            log.warning("could not edit a question's card after the restart: %s", error.status)
        await self._app.store.drop_question(card.event_id)

    async def _saved_answer_card(
        self, client: discord.Client, card: QuestionCard
    ) -> discord.ui.LayoutView | None:
        guild = client.get_guild(int(card.server_id))
        place = None if guild is None else guild.get_channel_or_thread(card.channel_id)
        if not isinstance(place, access.Place):
            return None
        async with self._app.store.library(card.server_id, background=True) as library:
            answer_id = await library.answers.id_of_event(card.event_id)
            if answer_id is None:
                return None
            stored = await library.answers.answer(answer_id, access.public_scope(place))
        if stored is None or not stored.body or stored.private:
            return None
        answer, within = load_answer(stored)
        return cards.answer_cards(answer, within=within, saved=True).first
