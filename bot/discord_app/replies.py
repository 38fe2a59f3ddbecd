"""All of the bot's ways to send a message. None of them can ping anybody.

A message whose connection was dropped is sent again, but not twice (``delivery``).

``allowed_mentions`` is passed to every call, because an edit of an interaction's response does not
use the client's default. An interaction can be answered for fifteen minutes. After that, a public
reply goes to the channel, and a private one becomes a direct message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import aiohttp
import discord
from discord import InteractionResponseType as ResponseType
from discord import ui

from bot.discord_app import delivery
from bot.discord_app.cards import components
from bot.discord_app.delivery import DROPPED, NO_PINGS, repeat_once, response_state

log = logging.getLogger(__name__)
# What discord.py raises when a message can't be sent. TimeoutError is an OSError.
SEND_ERRORS = (discord.HTTPException, aiohttp.ClientError, OSError)
FOLLOW_UPS_LOOKED_AT = 25  # messages after a response, to find one whose reply was lost
TOKEN_EXPIRED = (10015, 50027)  # unknown webhook, invalid token
MessageChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Interaction = discord.Interaction[Any]


def send_failure(error: Exception) -> str:
    """One of SEND_ERRORS in a word, for the log: Discord's status and code, or the error's name."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status} code={error.code}"
    return type(error).__name__


@contextmanager
def logs_send_errors(action: str) -> Iterator[None]:
    """Logs that something could not be sent, instead of raising. ``action``: what was tried."""
    try:
        yield
    except SEND_ERRORS as error:
        log.warning("could not %s: status=%s", action, send_failure(error))


async def send_ephemeral(interaction: Interaction, view: ui.LayoutView) -> None:
    """Sends a reply that only the person who acted can see."""
    state = response_state(interaction)
    if interaction.is_expired():
        await _send_dm(interaction.user, view)
    elif not interaction.response.is_done():
        await delivery.acknowledge(
            interaction,
            ResponseType.channel_message,
            lambda: interaction.response.send_message(
                view=view, ephemeral=True, allowed_mentions=NO_PINGS
            ),
        )
        state.private = state.is_shown = state.is_final = True
    elif state.private and not state.is_shown:
        await _edit_response(interaction, view)
        state.is_final = True
    else:  # it may come twice if its reply was lost: one person sees it
        await repeat_once(
            lambda: interaction.followup.send(view=view, ephemeral=True, allowed_mentions=NO_PINGS)
        )


async def send_error(interaction: Interaction, view: ui.LayoutView) -> None:
    """Tells the person who acted of an error, in place of a response that has no result yet."""
    state = response_state(interaction)
    if interaction.response.type is ResponseType.deferred_channel_message and not state.is_final:
        if state.private and not interaction.is_expired():
            state.is_shown = False
        else:
            with logs_send_errors("delete the response of an error"):
                await delete_response(interaction)
    await send_ephemeral(interaction, view)


async def _edit_response(interaction: Interaction, view: ui.LayoutView) -> discord.Message:
    message = await repeat_once(
        lambda: interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
    )
    response_state(interaction).is_shown = True
    return message


async def delete_response(interaction: Interaction) -> None:
    """Deletes the response, or the deferred one. Someone may have deleted it before.

    While it says "thinking …", the next follow-up would be an edit of it, so it is edited first.
    """
    if interaction.is_expired():
        return
    is_deferred = interaction.response.type is ResponseType.deferred_channel_message
    with suppress(discord.NotFound):
        if is_deferred and not response_state(interaction).is_shown:
            await _edit_response(interaction, components.message("…"))
        await repeat_once(interaction.delete_original_response)


async def update_message(
    interaction: Interaction, view: ui.LayoutView, *, public: bool = False
) -> None:
    """Replaces the card whose button was pressed.

    A card that everyone can read is not replaced unless ``public``: then the reply is sent
    privately instead.
    """
    message = interaction.message
    if not public and message is not None and not message.flags.ephemeral:
        await send_ephemeral(interaction, view)
    elif interaction.response.is_done():
        await _edit_response(interaction, view)
    else:
        await delivery.acknowledge(
            interaction,
            ResponseType.message_update,
            lambda: interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS),
        )


async def post(channel: discord.abc.Messageable, view: ui.LayoutView) -> discord.Message:
    """Sends a message to a channel."""
    return await delivery.send_message(channel, view)


async def reply_to(
    message: discord.Message | discord.PartialMessage, view: ui.LayoutView
) -> discord.Message:
    """Replies to a message in its channel. A second reply to it within minutes is the same one."""
    return await delivery.send_message(message.channel, view, nonce=message.id, reply_to=message)


async def _send_dm(user: discord.User | discord.Member, view: ui.LayoutView) -> None:
    try:
        await delivery.send_message(user, view)
    except SEND_ERRORS as error:
        log.warning("could not send a direct message: status=%s", send_failure(error))


class AnswerReply(Protocol):
    """A reply that shows an answer: a card that changes, and further cards after it."""

    async def draw(self, view: ui.LayoutView) -> discord.Message | None:
        """Shows a state of the work, in place of the one before; as ``show``."""

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        """Shows the result; its message, or None if it can't be sent."""

    async def add(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        """Sends a further card; its message, or None if it can't be sent."""


class InteractionReply:
    """The deferred response of an interaction. After it expires: a message in the channel, or
    nothing if the reply is private."""

    def __init__(self, interaction: Interaction, *, private: bool = False):
        self._interaction, self._private = interaction, private
        self._response: discord.Message | None = None
        self._channel_message: discord.Message | None = None

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        message = await self._show(view)
        response_state(self._interaction).is_final = True
        return message

    async def draw(self, view: ui.LayoutView) -> discord.Message | None:
        return await self._show(view)

    async def _show(self, view: ui.LayoutView) -> discord.Message | None:
        if not self._interaction.is_expired():
            try:
                self._response = await _edit_response(self._interaction, view)
            except discord.HTTPException as error:
                if error.code not in TOKEN_EXPIRED:
                    raise
            else:
                return self._response
        if self._channel_message is not None:
            return await edit(self._channel_message, view)
        self._channel_message = await self._send_to_channel(view)
        await self._delete_response()
        return self._channel_message

    async def delete(self) -> None:
        """Deletes the reply. Someone may have deleted it before."""
        if not self._interaction.is_expired():
            await delete_response(self._interaction)
        elif self._channel_message is not None:
            with suppress(discord.NotFound):
                await self._channel_message.delete()
        else:
            await self._delete_response()

    async def add(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        if self._interaction.is_expired():
            return await self._send_to_channel(view, file)
        make_files = delivery.file_copies(file)

        async def follow_up() -> discord.Message:
            return await self._interaction.followup.send(
                view=view,
                files=make_files(),
                ephemeral=self._private,
                allowed_mentions=NO_PINGS,
                wait=True,
            )

        try:
            return await follow_up()
        except DROPPED:
            return await self._find_follow_up() or await follow_up()

    async def _find_follow_up(self) -> discord.Message | None:
        """The follow-up whose reply was lost, if Discord took it.

        A private one can't be looked for: it may come twice, and one person sees it. Raises
        Forbidden where the bot may not look: then it is not sent again.
        """
        channel = self._interaction.channel
        if self._private or self._response is None or not isinstance(channel, MessageChannel):
            return None
        async for message in channel.history(limit=FOLLOW_UPS_LOOKED_AT, after=self._response):
            origin = message.interaction_metadata
            if origin is not None and origin.id == self._interaction.id:
                return message
        return None

    async def _send_to_channel(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        channel = self._interaction.channel
        if self._private or not isinstance(channel, discord.abc.Messageable):
            return None
        return await delivery.send_message(channel, view, file)

    async def _delete_response(self) -> None:
        """Deletes the response as a message of the bot: the interaction's token has expired."""
        channel = self._interaction.channel
        if self._response is None or self._private or not isinstance(channel, MessageChannel):
            return
        try:
            message = channel.get_partial_message(self._response.id)
            with suppress(discord.NotFound):
                await repeat_once(message.delete)
        except SEND_ERRORS as error:
            log.warning("could not delete an expired response: status=%s", send_failure(error))


class MessageReply:
    """A reply to a message that changes, and further messages after it."""

    def __init__(self, message: discord.Message):
        self._message = message
        self._reply: discord.Message | None = None
        self.is_final = False  # the result was shown

    async def draw(self, view: ui.LayoutView) -> discord.Message | None:
        return await self._show(view)

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        message = await self._show(view)
        self.is_final = True
        return message

    async def _show(self, view: ui.LayoutView) -> discord.Message | None:
        if self._reply is None:
            self._reply = await reply_to(self._message, view)
        else:
            await edit(self._reply, view)
        return self._reply

    async def add(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        return await delivery.send_message(self._message.channel, view, file)


async def edit(
    message: discord.Message | discord.PartialMessage, view: ui.LayoutView
) -> discord.Message:
    return await repeat_once(lambda: message.edit(view=view, allowed_mentions=NO_PINGS))


class EarlierCard:
    """A public card that an earlier process posted, edited as the bot's own message.

    Further cards are sent to its channel, unless the card was deleted or can't be edited.
    """

    def __init__(self, client: discord.Client, server_id: str, channel_id: int, message_id: int):
        self._channel = client.get_partial_messageable(channel_id, guild_id=int(server_id))
        self._message = self._channel.get_partial_message(message_id)
        self._is_unreachable = False

    async def draw(self, view: ui.LayoutView) -> discord.Message | None:
        """Shows a state of the work; as ``show``."""
        return await self.show(view)

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        """Shows a view; its message, or None if it was deleted or can't be edited."""
        if self._is_unreachable:
            return None
        try:
            return await edit(self._message, view)
        except (discord.NotFound, discord.Forbidden) as error:
            self._is_unreachable = True
            log.warning("could not edit a card after the restart: %s", error.status)
            return None

    async def add(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        """Sends a further card; its message, or None if it can't be sent."""
        if self._is_unreachable:
            return None
        try:
            return await delivery.send_message(self._channel, view, file)
        except SEND_ERRORS as error:
            log.warning("could not continue a card after the restart: %s", send_failure(error))
            return None
