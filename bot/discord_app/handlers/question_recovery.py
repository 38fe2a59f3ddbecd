"""Finishes the cards of questions that a crash interrupted.

The interactions' tokens are gone, so a card is edited as the bot's own message. If the answer was
stored before the crash and everyone in the channel may still see it, it is shown. Otherwise the
card says that the answer was interrupted, with a button to ask again. Private replies can't be
edited any more: they are offered (``offers``). Running it twice does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import discord

from bot.app import App
from bot.discord_app import access, posted_messages, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards.progress import interrupted_card
from bot.discord_app.handlers.answering import show_answer
from bot.discord_app.handlers.offers import Offers
from bot.discord_app.locales import guild_language
from bot.errors import FootnoteError, LibraryNotFound, StoreError
from bot.records import Scope
from bot.service.saved_answers import load_answer
from bot.shards import Shards
from bot.store.protocols import Library
from bot.store.values import QuestionCard, StoredAnswer
from bot.strings import speaking

MESSAGES_LOOKED_AT = 100
log = logging.getLogger(__name__)


class QuestionRecovery:
    """Call ``collect`` before the first event of some shards, ``resume`` once one is ready."""

    def __init__(self, app: App, offers: Offers):
        self._app, self._offers = app, offers
        self._cards: list[QuestionCard] = []

    async def collect(self, shards: Shards) -> None:
        """Finds the cards that an earlier process left, before this one makes any there.

        May be called again before ``resume``, where those shards could not be connected.
        """
        self._cards = split_by_shards(self._cards, shards)[1]
        try:
            rows = [row for row in await self._app.store.questions() if row.server_id in shards]
            rows = [row for row in rows if not (row.interrupted or row.adds)]
            self._offers.add(row for row in rows if row.private)
            self._cards += [row for row in rows if not row.private]
        except StoreError as error:
            log.warning("could not look for interrupted questions: %s", error.message)

    async def resume(self, client: discord.Client, shards: Shards) -> None:
        """Finishes the cards there. Does nothing when called again, as after a reconnect."""
        unfinished, self._cards = split_by_shards(self._cards, shards)
        for card in unfinished:
            try:
                with speaking(guild_language(client.get_guild(int(card.server_id)))):
                    await self._finish_card(client, card)
            except (FootnoteError, *replies.SEND_ERRORS) as error:
                log.warning("could not finish a question's card: %s", error)

    async def _finish_card(self, client: discord.Client, card: QuestionCard) -> None:
        if not card.message_id:
            message_id = await find_response(client, card)
            card = replace(card, message_id=message_id or await _reply_to_mention(client, card))
        reply = replies.EarlierCard(client, card.server_id, card.channel_id, card.message_id)
        if await self._show_saved_answer(client, card, reply):
            await self._app.store.drop_question(card.event_id)
        elif await reply.show(interrupted_card(card)) is not None and card.question:
            await self._app.store.record_question(replace(card, interrupted=True))
        else:
            await self._app.store.drop_question(card.event_id)

    async def _show_saved_answer(
        self, client: discord.Client, card: QuestionCard, reply: replies.EarlierCard
    ) -> bool:
        """Shows the stored answer and records its messages; False if there is none to show."""
        guild = client.get_guild(int(card.server_id))
        place = None if guild is None else guild.get_channel_or_thread(card.channel_id)
        if guild is None or not isinstance(place, access.Place):
            return False
        try:
            async with self._app.store.library(card.server_id, background=True) as library:
                stored = await _saved_answer(card, library, access.public_scope(place))
                if stored is None:
                    return False
                answer, within = load_answer(stored)
                messages = await show_answer(
                    reply, cards.answer_cards(answer, within=within, saved=True)
                )
                await posted_messages.record_answer(guild, library, answer, messages)
        except LibraryNotFound:
            return False
        return True


class OfServer(Protocol):
    """Something of a server."""

    @property
    def server_id(self) -> str: ...


S = TypeVar("S", bound=OfServer)


def split_by_shards(cards: Sequence[S], shards: Shards) -> tuple[list[S], list[S]]:
    """The cards of servers of these shards, and the others."""
    own = [card for card in cards if card.server_id in shards]
    return own, [card for card in cards if card.server_id not in shards]


async def find_response(client: discord.Client, card: QuestionCard) -> int | None:
    """The id of a response that came before the crash, but not into the store."""
    channel = client.get_partial_messageable(card.channel_id, guild_id=int(card.server_id))
    asked_at = discord.Object(card.event_id)
    async for message in channel.history(limit=MESSAGES_LOOKED_AT, after=asked_at):
        origin = message.interaction_metadata
        if origin is not None and origin.id == card.event_id:
            return message.id
    return None


async def _reply_to_mention(client: discord.Client, card: QuestionCard) -> int:
    """The id of the reply to a mention: perhaps one whose id was not stored before the crash.

    Discord gives the earlier reply for the same nonce within a few minutes.
    """
    channel = client.get_partial_messageable(card.channel_id, guild_id=int(card.server_id))
    mention = channel.get_partial_message(card.event_id)
    return (await replies.reply_to(mention, interrupted_card(card))).id


async def _saved_answer(card: QuestionCard, library: Library, scope: Scope) -> StoredAnswer | None:
    """The public answer to a question, if it was stored and everyone here may see it."""
    answer_id = await library.answers.id_of_event(card.event_id)
    stored = None if answer_id is None else await library.answers.answer(answer_id, scope)
    return stored if stored is not None and stored.body and not stored.private else None
