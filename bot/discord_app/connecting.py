"""Connects the client to Discord, and waits with growing delays while Discord can't be reached.

A machine's network often comes up after its services, and Discord has outages, so neither ends the
bot: only a token or an address that Discord rejects does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat

import aiohttp
import discord
from discord.utils import MISSING

from bot.errors import DataFolderLocked, FootnoteError, SettingsError, StoreError
from bot.strings import _

log = logging.getLogger(__name__)
DELAYS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
LONGEST_DELAY_S = 60.0
REFUSED_SHARDS = (4010, 4011)  # codes of the gateway: no such shard; sharding is required
TOO_MANY_REQUESTS = 429  # from one address, of which others may be the cause; it passes
UNREACHABLE = (OSError, aiohttp.ClientError, discord.GatewayNotFound)
REFUSALS = (
    DataFolderLocked,
    discord.LoginFailure,
    discord.HTTPException,
    discord.ConnectionClosed,
)
Sleep = Callable[[float], Awaitable[object]]


async def stay_connected(
    client: discord.Client,
    token: str,
    on_login: Callable[[], None],
    sleep: Sleep = asyncio.sleep,
) -> FootnoteError | None:
    """Runs until the client is closed; returns an error if Discord rejects it.

    ``on_login`` is called once the token was accepted.
    """
    try:
        await _retry(lambda: _log_in(client, token), sleep)
        on_login()
        await _retry(client.connect, sleep)
    except REFUSALS as error:
        return explain(error)
    return None


def may_pass(error: Exception) -> bool:
    """Whether what failed at Discord, the network or the database may work later."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == TOO_MANY_REQUESTS
    return isinstance(error, (StoreError, *UNREACHABLE)) and not isinstance(error, DataFolderLocked)


def explain(error: Exception) -> FootnoteError:
    """What the operator can do about one of the ``REFUSALS`` that does not pass."""
    match error:
        case DataFolderLocked():
            return error
        case discord.LoginFailure():
            message = _(
                "Discord rejected DISCORD_TOKEN. Get a new token in the developer portal (Bot → "
                "Reset Token) and start again."
            )
        case discord.HTTPException(status=status):
            message = _(
                "Discord refused the connection (status {status}). Check DISCORD_TOKEN and "
                "DISCORD_PROXY, and start again."
            ).format(status=status)
        case discord.ConnectionClosed(code=code):
            return _closed_for_good(code)
        case _:
            raise AssertionError(error)
    return SettingsError(message)


async def _retry(attempt: Callable[[], Awaitable[None]], sleep: Sleep) -> None:
    """Repeat until it succeeds. Raises what does not pass."""
    for delay_s in _delays():
        try:
            return await attempt()
        except (discord.HTTPException, StoreError, *UNREACHABLE) as error:
            if not may_pass(error):
                raise
            log.warning("not connected (%s); trying again in %.0f s", _reason(error), delay_s)
        await sleep(delay_s)
    return None


def _reason(error: Exception) -> str:
    match error:
        case discord.HTTPException(status=status):
            return f"Discord answers with status {status}"
        case FootnoteError(message=message):
            return message
    return f"Discord can't be reached: {type(error).__name__}"


def _delays() -> Iterator[float]:
    return chain(DELAYS_S, repeat(LONGEST_DELAY_S))


async def _log_in(client: discord.Client, token: str) -> None:
    try:
        await client.login(token)
    except BaseException:
        await client.http.close()  # the next login makes another session, over a connector that
        client.http.connector = MISSING  # this has closed
        raise


def _closed_for_good(code: int) -> SettingsError:
    """The error for a code with which the gateway closed a connection that is not to come back."""
    if code in REFUSED_SHARDS:
        message = _(
            "Discord refused the shards. Leave SHARD_COUNT and SHARD_IDS empty, or set a higher "
            "SHARD_COUNT, the same for all processes, and start again."
        )
    else:
        message = _("Discord closed the connection (code {code}). Check DISCORD_TOKEN.")
    return SettingsError(message.format(code=code))
