"""First contact: a message when a server adds the bot, a sample article, a permission check."""

from __future__ import annotations

import logging
from importlib import resources

import discord
from discord.abc import GuildChannel

from bot.discord_app import access, replies
from bot.discord_app.cards.welcome import permissions_card, welcome_card
from bot.discord_app.handlers.adding import Adding
from bot.discord_app.handlers.context import Interaction, Services, reports_errors
from bot.discord_app.handlers.submitted_items import SubmittedItem
from bot.discord_app.locales import guild_language
from bot.strings import speaking

log = logging.getLogger(__name__)
SAMPLE = "lighthouse.md"
NEEDED = (
    "view_channel",
    "send_messages",
    "read_message_history",
    "attach_files",
    "create_public_threads",
    "send_messages_in_threads",
)


class Welcoming:
    """Handles first contact."""

    def __init__(self, services: Services, adding: Adding):
        self._services, self._adding = services, adding

    async def welcome(self, guild: discord.Guild) -> None:
        """Posts the welcome in the system channel, or sends it to whoever added the bot."""
        with speaking(guild_language(guild)):
            view = welcome_card()
        channel = guild.system_channel
        with replies.logs_send_errors("welcome a server"):
            if channel and not access.missing_permissions(channel, "view_channel", "send_messages"):
                await replies.post(channel, view)
                return
            await replies.post(await _host(guild), view)

    async def add_sample(self, interaction: Interaction) -> None:
        """Adds a small article that was written for Footnote."""
        data = resources.files("bot.sandbox").joinpath("samples", SAMPLE).read_bytes()
        await self._adding.add_items(interaction, [SubmittedItem(SAMPLE, data)])

    async def check_permissions(self, interaction: Interaction) -> None:
        """Shows what the bot lacks, in the channels that the person can see."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            guild = context.member.guild
            channels = [
                channel
                for channel in guild.channels
                if isinstance(channel, discord.TextChannel | discord.ForumChannel)
                and channel.permissions_for(context.member).view_channel
            ]
            server_wide = _lacking(guild.me.guild_permissions)
            by_channel = {
                channel.id: access.permission_names(missing)
                for channel in channels
                if (missing := _missing_in(channel, server_wide))
            }
            names = access.permission_names(server_wide)
            view = permissions_card(names, by_channel, len(channels))
            await replies.send_ephemeral(interaction, view)


async def _host(guild: discord.Guild) -> discord.User | discord.Member:
    """Whoever added the bot, as far as it may know that; else the owner of the server."""
    if guild.me.guild_permissions.view_audit_log:
        action = discord.AuditLogAction.bot_add
        async for entry in guild.audit_logs(action=action, limit=10):
            if entry.user is not None and getattr(entry.target, "id", None) == guild.me.id:
                return entry.user
    return guild.owner or await guild.fetch_member(guild.owner_id or 0)


def _lacking(permissions: discord.Permissions) -> list[str]:
    return [name for name in NEEDED if not getattr(permissions, name)]


def _missing_in(channel: GuildChannel, server_wide: list[str]) -> list[str]:
    """What the bot lacks in a channel, besides what it lacks everywhere.

    Where it can't look, all the rest is missing, too, and goes without saying.
    """
    missing = [
        name
        for name in _lacking(channel.permissions_for(channel.guild.me))
        if name not in server_wide
    ]
    return missing[:1] if "view_channel" in missing else missing
