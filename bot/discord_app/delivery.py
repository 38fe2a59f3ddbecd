"""Repeats a call to Discord whose connection was dropped, where that does no harm.

discord.py repeats a call after 429, 500, 502, 504 and 524, but not after most errors of a
connection. Whether Discord carried out such a call is unknown: the connection may have dropped
before it, or its reply was lost. So an edit is repeated as it is; a message to a channel with the
same nonce, which Discord enforces; an acknowledgement that comes back as "already acknowledged"
counts as done. Follow-ups have no nonce: ``replies`` looks before it repeats one.
"""

from __future__ import annotations

import asyncio
import io
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import discord
from discord import InteractionResponseType as ResponseType
from discord import ui

log = logging.getLogger(__name__)
T = TypeVar("T")
Interaction = discord.Interaction[Any]
DROPPED = (aiohttp.ClientError, OSError)  # TimeoutError is an OSError
ALREADY_ACKNOWLEDGED = 40060  # Discord's code
DOWNLOAD_PAUSES_S = (0.5, 2.0)  # before a file is asked for again
NO_PINGS = discord.AllowedMentions.none()
_STATE = "response"  # the key of a ResponseState in an interaction's extras


@dataclass(slots=True)
class ResponseState:
    """What an interaction's response shows. ``is_final``: nothing may delete it any more."""

    private: bool = False
    is_shown: bool = False  # something replaced "thinking …"
    is_final: bool = False


def response_state(interaction: Interaction) -> ResponseState:
    """The state of an interaction's response, kept with the interaction."""
    state: ResponseState = interaction.extras.setdefault(_STATE, ResponseState())
    return state


async def repeat_once(call: Callable[[], Awaitable[T]]) -> T:
    """Carries out a call that may be carried out twice; again if its connection was dropped."""
    try:
        return await call()
    except DROPPED as error:
        log.info("a connection to Discord was dropped, once more: %s", type(error).__name__)
        return await call()


async def acknowledge(
    interaction: Interaction, kind: ResponseType, call: Callable[[], Awaitable[T]]
) -> T | None:
    """Responds to an interaction; None if Discord took the response but its reply was lost."""
    try:
        return await call()
    except DROPPED as error:
        log.info("an acknowledgement was dropped, once more: %s", type(error).__name__)
    try:
        return await call()
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
    interaction.response._response_type = kind
    return None


async def defer(
    interaction: Interaction, *, thinking: bool = False, private: bool = False
) -> int | None:
    """Acknowledges an interaction whose answer follows; the id of the message, if there is one.

    ``thinking``: with a new message; a command's response always is one. Otherwise the card whose
    button was pressed stays.
    """
    is_command = interaction.type is discord.InteractionType.application_command
    has_message = thinking or is_command
    kind = ResponseType.deferred_channel_message
    response = await acknowledge(
        interaction,
        kind if has_message else ResponseType.deferred_message_update,
        lambda: interaction.response.defer(thinking=thinking, ephemeral=private),
    )
    response_state(interaction).private = private and has_message
    if not has_message or private:
        return None
    if response is not None and response.message_id is not None:
        return response.message_id
    return (await repeat_once(interaction.original_response)).id


async def send_form(interaction: Interaction, form: ui.Modal) -> None:
    """Responds with a form."""
    sent = await acknowledge(
        interaction, ResponseType.modal, lambda: interaction.response.send_modal(form)
    )
    if sent is None:  # discord.py registers a form after its reply, which was lost
        interaction.client._connection.store_view(form)


async def send_message(
    channel: discord.abc.Messageable,
    view: ui.LayoutView,
    file: discord.File | None = None,
    *,
    nonce: int | None = None,
    reply_to: discord.Message | discord.PartialMessage | None = None,
) -> discord.Message:
    """Sends a message to a channel, once. The same ``nonce`` again gives the same message."""
    nonce = secrets.randbits(63) if nonce is None else nonce
    make_files = file_copies(file)
    reference: dict[str, Any] = {}
    if reply_to is not None:
        reference = {"reference": reply_to, "mention_author": False}
    return await repeat_once(
        lambda: channel.send(
            view=view, files=make_files(), allowed_mentions=NO_PINGS, nonce=nonce, **reference
        )
    )


async def download(file: discord.Attachment) -> bytes:
    """An attachment's bytes. discord.py repeats calls after 429, 500 and 502, but not downloads."""
    for pause_s in DOWNLOAD_PAUSES_S:
        try:
            return await repeat_once(file.read)
        except discord.HTTPException as error:
            if (
                error.status != HTTPStatus.TOO_MANY_REQUESTS
                and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
            ):
                raise
            log.info("a file could not be downloaded, once more: %s", error.status)
            await asyncio.sleep(pause_s)
    return await repeat_once(file.read)


def file_copies(file: discord.File | None) -> Callable[[], list[discord.File]]:
    """What makes the files of a message: discord.py closes them after each try."""
    if file is None:
        return list
    data, name = file.fp.read(), file.filename
    return lambda: [discord.File(io.BytesIO(data), name)]
