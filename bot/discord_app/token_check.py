"""Asks Discord whether the token is valid, and what the bot may do in its servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import discord

from bot.discord_app.client import NEEDED_PERMISSIONS
from bot.settings import Settings
from bot.strings import _, ngettext

TIMEOUT_S = 15.0
SERVERS_LISTED = 200  # by one call; Discord's most


@dataclass(frozen=True, slots=True)
class DiscordReply:
    """What Discord said. ``missing``: a line for each server where the bot lacks permissions.

    ``date``: the Date of its reply, empty without one.
    """

    state: Literal["ok", "warning", "failed"]
    detail: str
    missing: tuple[str, ...] = ()
    date: str = ""


async def ask_discord(settings: Settings) -> DiscordReply:
    """Check the token of the settings. No connection to the gateway is made."""
    if not settings.discord_token:
        return DiscordReply("ok", _("DISCORD_TOKEN isn't set: `footnote run` is the sandbox."))
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    headers = {"Authorization": f"Bot {settings.discord_token}"}
    proxy = settings.discord_proxy or None
    try:
        async with aiohttp.ClientSession(timeout=timeout, headers=headers, proxy=proxy) as session:
            return await _ask(session)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        detail = _("Discord can't be reached ({error}). Check the network and DISCORD_PROXY.")
        return DiscordReply("failed", detail.format(error=type(error).__name__))
    except ValueError:  # a header can't hold the token
        return DiscordReply("failed", _("DISCORD_TOKEN has characters that no token has."))


async def _ask(session: aiohttp.ClientSession) -> DiscordReply:
    base = discord.http.Route.BASE
    async with session.get(f"{base}/users/@me") as reply:
        date = reply.headers.get("Date", "")
        if reply.status == 401:
            detail = _(
                "Discord rejected DISCORD_TOKEN. Get a new token in the developer portal (Bot → "
                "Reset Token)."
            )
            return DiscordReply("failed", detail, date=date)
        if reply.status != 200:
            detail = _("Discord answered with status {status}. Try again later.")
            return DiscordReply("warning", detail.format(status=reply.status), date=date)
        name = (await reply.json())["username"]
    query = {"limit": str(SERVERS_LISTED)}
    async with session.get(f"{base}/users/@me/guilds", params=query) as reply:
        servers = await reply.json() if reply.status == 200 else []
    detail = ngettext(
        "The token is valid: {name}, in {n} server.",
        "The token is valid: {name}, in {n} servers.",
        len(servers),
    ).format(name=name, n=len(servers))
    return DiscordReply("ok", detail, tuple(filter(None, map(_missing, servers))), date)


def _missing(server: dict[str, Any]) -> str:
    """The permissions that the bot lacks in a server; empty if it has them all."""
    granted = discord.Permissions(int(server["permissions"]))
    if granted.administrator or granted >= NEEDED_PERMISSIONS:
        return ""
    names = [name for name, needed in NEEDED_PERMISSIONS if needed and not getattr(granted, name)]
    missing = ", ".join(name.replace("_", " ").title() for name in names)
    detail = _("In {server} it lacks: {permissions}. Grant it to the bot's role.")
    return detail.format(server=server["name"], permissions=missing)
