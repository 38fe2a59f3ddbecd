"""Reports an error to the person who caused it, privately.

1. The message of a FootnoteError is shown as it is; a library of another process by now is one
   that can be used in a minute.
2. discord.py's own errors about permissions get a message of ours.
3. An interaction that expired (10062) or was already acknowledged (40060: the same event came
   twice) can't be answered: it is only logged.
4. When the client is closed, nobody can be told.
5. Anything else is logged with where it happened and a short reference; so is a library that
   can't be used. The person sees the reference, and ``footnote why`` shows the rest.
"""

from __future__ import annotations

import logging
from typing import Any

import discord
from discord import app_commands

from bot.discord_app import access, replies
from bot.discord_app.cards import components
from bot.discord_app.delivery import ALREADY_ACKNOWLEDGED
from bot.errors import FootnoteError, LibraryElsewhere, LibraryNotFound, StoreError
from bot.logs import log_error
from bot.strings import _

log = logging.getLogger(__name__)
UNKNOWN_INTERACTION = 10062
MISSING_ACCESS = 50001  # to the channel; 50013 is a missing permission in it


def error_message(
    error: BaseException, channel_id: int | None = None, during: str = "a message"
) -> str:
    """The text to show for an error. Logs an unexpected one, and what Discord refused where."""
    if isinstance(error, LibraryElsewhere):  # its shard was given to another process just now
        return _(access.RESTARTING)
    if isinstance(error, StoreError) and not isinstance(error, LibraryNotFound):
        reference = log_error(log, error, channel=channel_id, during=during)
        return f"{error.message}\n{_(components.REFERENCE).format(reference=reference)}"
    if isinstance(error, FootnoteError):
        return error.message
    if isinstance(error, app_commands.CheckFailure):
        return _("You can't do this here.")
    if isinstance(error, discord.Forbidden):
        log.warning("Discord refused: code=%s channel=%s", error.code, channel_id)
        if error.code == MISSING_ACCESS:
            return _(
                "I can't see this channel. Someone who manages it can grant me *View Channel* and "
                "*Read Message History*: Edit Channel → Permissions → add Footnote."
            )
        return _(
            "Discord doesn't let me do this here. I need to view this channel, send messages and "
            "read its history. Someone who manages the channel can grant that: Edit Channel → "
            "Permissions → add Footnote."
        )
    reference = log_error(log, error, channel=channel_id, during=during)
    return _(
        "Something went wrong on my side. Please try again. If it keeps happening, tell the "
        "operator this reference: {reference}."
    ).format(reference=reference)


async def report(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Answers an interaction privately with an error, whatever was sent before."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if interaction.client.is_closed():
        log.info("an interaction ended with the client: %s", type(error).__name__)
        return
    if isinstance(error, discord.HTTPException) and error.code in (
        UNKNOWN_INTERACTION,
        ALREADY_ACKNOWLEDGED,
    ):
        log.warning("an interaction expired or came twice: code=%s", error.code)
        return
    text = error_message(error, interaction.channel_id, _describe(interaction))
    view = components.message(text, components.RED)
    with replies.logs_send_errors("report an error"):
        await replies.send_error(interaction, view)


def _describe(interaction: discord.Interaction[Any]) -> str:
    """Which command or button it was, without anything that somebody typed."""
    if interaction.command is not None:
        return f"/{interaction.command.qualified_name}"
    return interaction.type.name.replace("_", " ")
