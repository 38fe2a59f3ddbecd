"""All of the bot's ways to send a message. None of them can ping anybody.

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
from discord import ui

log = logging.getLogger(__name__)
NO_PINGS = discord.AllowedMentions.none()
# What discord.py raises when a message can't be sent. It tries again after a reset connection,
# but not after every error of aiohttp or the system. TimeoutError is an OSError.
SEND_ERRORS = (discord.HTTPException, aiohttp.ClientError, OSError)
TOKEN_EXPIRED = (10015, 50027)  # unknown webhook, invalid token
MessageChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Interaction = discord.Interaction[Any]


def send_failure(error: Exception) -> str:
    """One of SEND_ERRORS in a word, for the log: Discord's status, or the error's name."""
    return str(getattr(error, "status", None) or type(error).__name__)


@contextmanager
def logs_send_errors(action: str) -> Iterator[None]:
    """Logs that something could not be sent, instead of raising. ``action``: what was tried."""
    try:
        yield
    except SEND_ERRORS as error:
        log.warning("could not %s: status=%s", action, send_failure(error))


async def send_ephemeral(interaction: Interaction, view: ui.LayoutView) -> None:
    """Sends a reply that only the person who acted can see."""
    if interaction.is_expired():
        await _send_dm(interaction.user, view)
    elif interaction.response.is_done():
        await interaction.followup.send(view=view, ephemeral=True, allowed_mentions=NO_PINGS)
    else:
        await interaction.response.send_message(
            view=view, ephemeral=True, allowed_mentions=NO_PINGS
        )


async def delete_response(interaction: Interaction) -> None:
    """Deletes the response, or the deferred one. Someone may have deleted it before."""
    if not interaction.is_expired():
        with suppress(discord.NotFound):
            await interaction.delete_original_response()


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
        await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
    else:
        await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def post(channel: discord.abc.Messageable, view: ui.LayoutView) -> discord.Message:
    """Sends a message to a channel."""
    return await channel.send(view=view, allowed_mentions=NO_PINGS)


async def reply_to(message: discord.Message, view: ui.LayoutView) -> discord.Message:
    """Replies to a message in its channel."""
    return await message.reply(view=view, mention_author=False, allowed_mentions=NO_PINGS)


async def _send_dm(user: discord.User | discord.Member, view: ui.LayoutView) -> None:
    try:
        await user.send(view=view, allowed_mentions=NO_PINGS)
    except SEND_ERRORS as error:
        log.warning("could not send a direct message: status=%s", send_failure(error))


class AnswerReply(Protocol):
    """A reply that shows an answer: a card that changes, and further cards after it."""

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        """Shows a card, in place of the one before; its message, or None if it can't be sent."""

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
        if not self._interaction.is_expired():
            try:
                self._response = await self._interaction.edit_original_response(
                    view=view, allowed_mentions=NO_PINGS
                )
            except discord.HTTPException as error:
                if error.code not in TOKEN_EXPIRED:
                    raise
            else:
                return self._response
        if self._channel_message is not None:
            return await self._channel_message.edit(view=view, allowed_mentions=NO_PINGS)
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
        files = [file] if file else []
        if self._interaction.is_expired():
            return await self._send_to_channel(view, files)
        return await self._interaction.followup.send(
            view=view,
            files=files,
            ephemeral=self._private,
            allowed_mentions=NO_PINGS,
            wait=True,
        )

    async def _send_to_channel(
        self, view: ui.LayoutView, files: list[discord.File] | None = None
    ) -> discord.Message | None:
        channel = self._interaction.channel
        if self._private or not isinstance(channel, discord.abc.Messageable):
            return None
        return await channel.send(view=view, files=files or [], allowed_mentions=NO_PINGS)

    async def _delete_response(self) -> None:
        """Deletes the response as a message of the bot: the interaction's token has expired."""
        channel = self._interaction.channel
        if self._response is None or self._private or not isinstance(channel, MessageChannel):
            return
        try:
            await channel.get_partial_message(self._response.id).delete()
        except SEND_ERRORS as error:
            log.warning("could not delete an expired response: status=%s", send_failure(error))


class MessageReply:
    """A reply to a message that changes, and further messages after it."""

    def __init__(self, message: discord.Message):
        self._message = message
        self._reply: discord.Message | None = None

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        if self._reply is None:
            self._reply = await reply_to(self._message, view)
        else:
            await self._reply.edit(view=view, allowed_mentions=NO_PINGS)
        return self._reply

    async def add(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        files = [file] if file else []
        return await self._message.channel.send(view=view, files=files, allowed_mentions=NO_PINGS)


class EarlierCard:
    """A public card that an earlier process posted, edited as the bot's own message.

    Further cards are sent to its channel, unless the card was deleted or can't be edited.
    """

    def __init__(self, client: discord.Client, server_id: str, channel_id: int, message_id: int):
        self._channel = client.get_partial_messageable(channel_id, guild_id=int(server_id))
        self._message = self._channel.get_partial_message(message_id)
        self._is_unreachable = False

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        """Shows a view; its message, or None if it was deleted or can't be edited."""
        if self._is_unreachable:
            return None
        try:
            return await self._message.edit(view=view, allowed_mentions=NO_PINGS)
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
        files = [file] if file else []
        try:
            return await self._channel.send(view=view, files=files, allowed_mentions=NO_PINGS)
        except SEND_ERRORS as error:
            log.warning("could not continue a card after the restart: %s", send_failure(error))
            return None
