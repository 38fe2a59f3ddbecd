"""The only ways in which the bot says something; none of them can ping.

``allowed_mentions`` is given on each send: an edit of an interaction's response does not
carry the client's own.
"""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

NO_PINGS = discord.AllowedMentions.none()
Interaction = discord.Interaction[Any]


async def whisper(interaction: Interaction, view: ui.LayoutView) -> None:
    """Says something to who acted alone, whatever was said before."""
    if interaction.response.is_done():
        await interaction.followup.send(view=view, ephemeral=True, allowed_mentions=NO_PINGS)
    else:
        await interaction.response.send_message(
            view=view, ephemeral=True, allowed_mentions=NO_PINGS
        )


async def show(interaction: Interaction, view: ui.LayoutView) -> None:
    """Puts a card in place of the answer that was promised."""
    await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)


async def turn(interaction: Interaction, view: ui.LayoutView) -> None:
    """Puts a card in place of the one whose button was pressed."""
    await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def reply(message: discord.Message, view: ui.LayoutView) -> discord.Message:
    """Answers a message in its channel."""
    return await message.reply(view=view, mention_author=False, allowed_mentions=NO_PINGS)


async def change(message: discord.Message, view: ui.LayoutView) -> None:
    """Puts a card in place of one that the bot sent."""
    await message.edit(view=view, allowed_mentions=NO_PINGS)
