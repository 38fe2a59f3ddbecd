"""The bot on Discord: its client, its commands, and its events.

``create_bot(app)`` returns a client that is ready for ``run`` or for a simulated Discord.
It asks for no privileged intent and can ping nobody.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence

import discord

from bot.app import App
from bot.discord_app import buttons, replies
from bot.discord_app import posted_messages
from bot.discord_app.access import SERVERS_ONLY
from bot.discord_app.cards import components
from bot.discord_app.commands import CommandTree, add_commands
from bot.discord_app.handlers import Handlers
from bot.discord_app.presence import ClientPresence
from bot.errors import LibraryNotFound, StoreError

log = logging.getLogger(__name__)
SYNCED_COMMANDS_KEY = (
    "commands_synced"  # the note that holds the hash of the commands Discord knows
)


class FootnoteBot(discord.Client):
    """The real client."""

    def __init__(self, app: App):
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            proxy=app.settings.discord_proxy or None,
            max_messages=None,
        )
        self._app = app
        self.handlers = Handlers(app)
        self.presence = ClientPresence(self)
        self.tree = CommandTree(self)
        add_commands(self.tree, self.handlers)
        self.add_dynamic_items(*buttons.DYNAMIC_ITEMS)

    async def setup_hook(self) -> None:
        """Tells Discord the commands, when they are others than last time; looks what was left."""
        await self.handlers.job_recovery.collect()
        await self.handlers.question_recovery.collect()
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        described = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(described.encode()).hexdigest()
        if await self._app.store.get_meta(SYNCED_COMMANDS_KEY) != digest:
            await self.tree.sync()
            await self._app.store.set_meta(SYNCED_COMMANDS_KEY, digest)

    async def on_ready(self) -> None:
        log.info("ready as %s in %s servers", self.user, len(self.guilds))
        await self._joined(self.guilds)
        self.presence.ready.set()
        await self.handlers.question_recovery.resume(self)
        await self.handlers.job_recovery.resume(self)
        for guild in self.guilds:
            await self._catch_up(guild)

    async def _catch_up(self, guild: discord.Guild) -> None:
        """Edits what an earlier process did not come to."""
        try:
            async with self._app.store.library(str(guild.id), in_passing=True) as library:
                await posted_messages.catch_up(guild, library)
        except LibraryNotFound:
            return
        except StoreError as error:
            log.warning("cards server=%s are not brought up to date: %s", guild.id, error.message)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """A library that waited to be erased stays."""
        await self._joined([guild])

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """As it was after an outage, or new: Discord does not always tell them apart."""
        await self._joined([guild])

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Its library is erased after a week. Not called for a server that is unavailable."""
        try:
            await self._app.maintenance.left(str(guild.id), self.application_id or 0)
        except StoreError as error:
            log.warning("server=%s was left, which is noted later: %s", guild.id, error.message)

    async def _joined(self, guilds: Sequence[discord.Guild]) -> None:
        try:
            servers = [str(guild.id) for guild in guilds]
            await self._app.store.joined(servers, self.application_id or 0)
        except StoreError as error:
            log.warning("the servers are not noted: %s", error.message)

    async def on_message(self, message: discord.Message) -> None:
        """A direct message is sent to a server; a mention with words is a question."""
        if message.author.bot or message.author.id == self.application_id:
            return
        if message.guild is None:
            await replies.post(message.channel, components.message(SERVERS_ONLY))
        elif self.user in message.mentions and not message.mention_everyone:
            await self.handlers.asking.mention(message)

    async def close(self) -> None:
        """Ends what is in hand, then the connection."""
        if not self.is_closed():
            await self.handlers.shut_down()
        await super().close()

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """What was said there is forgotten."""
        await self._forget(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """What was said there is forgotten."""
        await self._forget(payload.guild_id, payload.thread_id)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """It may be a card; and what was taken from it leaves the library."""
        await self._deleted(payload.guild_id, payload.channel_id, {payload.message_id})

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """As one that is deleted alone."""
        await self._deleted(payload.guild_id, payload.channel_id, payload.message_ids)

    async def _deleted(self, guild_id: int | None, channel_id: int, ids: set[int]) -> None:
        self.handlers.messages_deleted(ids)
        guild = self.get_guild(guild_id) if guild_id is not None else None
        if guild is not None and ids:
            await self.handlers.message_deletions.on_messages_deleted(guild, channel_id, ids)

    async def _forget(self, guild_id: int, channel_id: int) -> None:
        self.handlers.asking.running.channel_deleted(channel_id)
        try:
            async with self._app.store.library(str(guild_id), in_passing=True) as library:
                await library.answers.forget_channel(channel_id)
        except LibraryNotFound:
            return  # a server of which nothing is kept
        except StoreError as error:
            log.warning("what was said in a deleted channel is still kept: %s", error.message)


def create_bot(app: App) -> FootnoteBot:
    """The client for an App. The App must stay open as long as the client runs."""
    return FootnoteBot(app)


def invite_link(application_id: int) -> str:
    """The address with which a server's manager adds the bot, with the permissions it needs."""
    permissions = discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        create_public_threads=True,
        read_message_history=True,
        attach_files=True,
    )
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(application_id, permissions=permissions, scopes=scopes)
