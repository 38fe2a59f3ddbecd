"""The only ways in which the bot says something; none of them can ping.

``allowed_mentions`` is given on each send: an edit of an interaction's response does not
carry the client's own. An interaction can be answered for fifteen minutes: what is said later
goes to its channel when all may read it, else to who acted, as a direct message.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

import discord
from discord import ui

log = logging.getLogger(__name__)
NO_PINGS = discord.AllowedMentions.none()
TOKEN_EXPIRED = (10015, 50027)  # unknown webhook, invalid webhook token: the interaction is over
MessageChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Interaction = discord.Interaction[Any]


async def send_ephemeral(interaction: Interaction, view: ui.LayoutView) -> None:
    """Says something to who acted alone, whatever was said before."""
    if interaction.is_expired():
        await _send_dm(interaction.user, view)
    elif interaction.response.is_done():
        await interaction.followup.send(view=view, ephemeral=True, allowed_mentions=NO_PINGS)
    else:
        await interaction.response.send_message(
            view=view, ephemeral=True, allowed_mentions=NO_PINGS
        )


async def delete_response(interaction: Interaction) -> None:
    """Takes back the answer that was promised."""
    if not interaction.is_expired():
        await interaction.delete_original_response()


async def update_message(
    interaction: Interaction, view: ui.LayoutView, *, public: bool = False
) -> None:
    """Puts a card in place of the one whose button was pressed.

    One that all may read stays as it is, and who acted is told alone, unless ``public``.
    """
    message = interaction.message
    if not public and message is not None and not message.flags.ephemeral:
        await send_ephemeral(interaction, view)
    elif interaction.response.is_done():
        await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
    else:
        await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def post(channel: discord.abc.Messageable, view: ui.LayoutView) -> discord.Message:
    """Says something in a channel."""
    return await channel.send(view=view, allowed_mentions=NO_PINGS)


async def reply_to(message: discord.Message, view: ui.LayoutView) -> discord.Message:
    """Answers a message in its channel."""
    return await message.reply(view=view, mention_author=False, allowed_mentions=NO_PINGS)


async def _send_dm(user: discord.User | discord.Member, view: ui.LayoutView) -> None:
    try:
        await user.send(view=view, allowed_mentions=NO_PINGS)
    except discord.HTTPException as error:
        log.warning("nothing could be told after the interaction's end: %s", error.status)


class AnswerReply(Protocol):
    """Where an answer grows: a card that changes, and further cards behind it."""

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        """Puts a card in place; the message that holds it, if any can."""

    async def add(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        """Adds a card; the message that holds it, if any can."""


class InteractionReply:
    """What was promised to an interaction; after its end, the channel or nothing."""

    def __init__(self, interaction: Interaction, *, private: bool = False):
        self._interaction, self._private = interaction, private
        self._shown: discord.Message | None = None
        self._later: discord.Message | None = None

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        if not self._interaction.is_expired():
            try:
                self._shown = await self._interaction.edit_original_response(
                    view=view, allowed_mentions=NO_PINGS
                )
            except discord.HTTPException as error:
                if error.code not in TOKEN_EXPIRED:
                    raise
            else:
                return self._shown
        if self._later is not None:
            return await self._later.edit(view=view, allowed_mentions=NO_PINGS)
        self._later = await self._in_channel(view)
        await self._delete_shown()
        return self._later

    async def delete(self) -> None:
        """Takes back what was promised or shown."""
        if not self._interaction.is_expired():
            await self._interaction.delete_original_response()
        elif self._later is not None:
            await self._later.delete()
        else:
            await self._delete_shown()

    async def add(
        self, view: ui.LayoutView, file: discord.File | None = None
    ) -> discord.Message | None:
        files = [file] if file else []
        if self._interaction.is_expired():
            return await self._in_channel(view, files)
        return await self._interaction.followup.send(
            view=view,
            files=files,
            ephemeral=self._private,
            allowed_mentions=NO_PINGS,
            wait=True,
        )

    async def _in_channel(
        self, view: ui.LayoutView, files: list[discord.File] | None = None
    ) -> discord.Message | None:
        channel = self._interaction.channel
        if self._private or not isinstance(channel, discord.abc.Messageable):
            return None
        return await channel.send(view=view, files=files or [], allowed_mentions=NO_PINGS)

    async def _delete_shown(self) -> None:
        """The card that can no longer grow; as the bot's message, for the token is gone."""
        channel = self._interaction.channel
        if self._shown is None or self._private or not isinstance(channel, MessageChannel):
            return
        try:
            await channel.get_partial_message(self._shown.id).delete()
        except discord.HTTPException as error:
            log.warning("a card stays behind: %s", error.status)


class MessageReply:
    """An answer to a message: a reply that changes, and replies behind it."""

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
