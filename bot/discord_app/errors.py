"""Every error that reaches a person, as one private sentence.

1. A FootnoteError says itself what happened and what to do.
2. discord.py's own checks (permissions) are translated.
3. A lost interaction (10062) is logged: nobody can be told any more. One that was answered
   already (40060: the same event came twice) is left alone.
4. Anything else is logged with its traceback under a short reference, and the person
   gets the reference, never the traceback.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

import discord
from discord import app_commands

from bot.discord_app import replies
from bot.discord_app.cards import components
from bot.errors import FootnoteError

log = logging.getLogger(__name__)
UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060


def error_message(error: BaseException) -> str:
    """What the person is told."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, FootnoteError):
        return error.message
    if isinstance(error, app_commands.CheckFailure):
        return "You may not do this here."
    if isinstance(error, discord.Forbidden):
        return (
            "Discord does not let me do this here: I need to see this channel, send messages "
            "and read its history. Someone who manages the channel can grant it: "
            "Edit Channel → Permissions → add Footnote."
        )
    reference = secrets.token_hex(3)
    log.error("unexpected error %s", reference, exc_info=error)
    return f"Something went wrong on my side; nothing was lost. Try again (reference {reference})."


async def report(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Answers an interaction with an error, privately, whatever was sent before."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, discord.HTTPException) and error.code in (
        UNKNOWN_INTERACTION,
        ALREADY_ACKNOWLEDGED,
    ):
        log.warning("an interaction was lost, or came twice: %s", error.code)
        return
    view = components.message(error_message(error), components.RED)
    try:
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await replies.delete_response(interaction)
        await replies.send_ephemeral(interaction, view)
    except discord.HTTPException as failure:
        log.warning("an error could not be told: %s", failure.status)
