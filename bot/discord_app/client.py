"""The Discord client: sets up commands and passes events on to the handlers.

``create_bot(app)`` returns a client that is ready to run, or for a simulated Discord. It needs no
privileged intents and never pings anybody.
"""

from __future__ import annotations

import hashlib
import json
import logging
from asyncio import TaskGroup
from collections.abc import Sequence
from typing import Any

import discord

from bot.app import App
from bot.discord_app import access, alert_delivery, buttons, posted_messages, replies
from bot.discord_app.access import SERVERS_ONLY
from bot.discord_app.cards import components
from bot.discord_app.commands import CommandTree, add_commands
from bot.discord_app.handlers import Handlers
from bot.discord_app.heartbeat import HEARTBEAT_TIMEOUT_S
from bot.discord_app.locales import CommandTranslator, choose_language
from bot.discord_app.new_articles import follow_up_articles
from bot.discord_app.presence import ClientPresence
from bot.discord_app.sharding import ShardedClient
from bot.errors import LibraryElsewhere, LibraryNotFound, StoreError
from bot.shards import Shards, shard_of
from bot.store.lease_protocol import ShardClaims
from bot.strings import _

log = logging.getLogger(__name__)
NEEDED_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    read_message_history=True,
    attach_files=True,
)
SYNCED_COMMANDS_KEY = "commands_synced"  # the hash of the commands that Discord has


class FootnoteBot(ShardedClient):
    """Footnote's client."""

    def __init__(self, app: App, claims: ShardClaims | None = None):
        super().__init__(
            None if claims or not app.settings.shard_count else app.settings.shards,
            app.store,
            claims=claims,
            shard_count=app.settings.shard_count,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            proxy=app.settings.discord_proxy or None,
            max_messages=None,
            heartbeat_timeout=HEARTBEAT_TIMEOUT_S,
        )
        self._app = app
        self._translator = CommandTranslator()
        self._starting: set[int] = set()  # shards that are connected, but not ready
        self.handlers = Handlers(app)
        self.presence = ClientPresence(self)
        self.tree = CommandTree(self)
        add_commands(self.tree, self.handlers)
        self.add_dynamic_items(*buttons.DYNAMIC_ITEMS)

    async def setup_hook(self) -> None:
        """Takes over the shards of the settings."""
        await self.tree.set_translator(self._translator)
        if self.claims is None:
            await self.take_over(self._app.store.shards)

    async def take_over(self, shards: Shards) -> None:
        """Finds unfinished work; the process with shard 0 syncs the commands if they changed."""
        await self.handlers.find_earlier_cards(shards)
        if shards.include_first:
            await self._sync_commands()
        if self.claims is not None:  # else they go on before Discord can be reached
            await self._app.jobs.resume()

    async def finish(self, shards: Shards) -> None:
        """Finishes the questions of servers that another process is to have."""
        await self.handlers.finish_questions(shards)

    def settled(self) -> None:
        """Maintains the libraries of the servers that are new here, without waiting an hour."""
        self._app.maintenance.wake()

    async def _sync_commands(self) -> None:
        payload = [
            await command.get_translated_payload(self.tree, self._translator)
            for command in self.tree.get_commands()
        ]
        description = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(description.encode()).hexdigest()
        if await self._app.store.get_meta(SYNCED_COMMANDS_KEY) != digest:
            await self.tree.sync()
            await self._app.store.set_meta(SYNCED_COMMANDS_KEY, digest)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Its servers follow one by one, and are looked at together when it is ready."""
        self._starting.add(shard_id)

    def is_settling(self, guild_id: int) -> bool:
        """Whether a server's shard is being connected or given away: its guild may be unknown."""
        shard_id = shard_of(str(guild_id), self.shard_count or 1)
        is_shared = self.claims is not None
        return shard_id in self._starting or (is_shared and shard_id not in self.shards)

    async def on_shard_ready(self, shard_id: int) -> None:
        """Goes on in a shard's servers, which are known now."""
        self._starting.discard(shard_id)
        guilds = [guild for guild in self.guilds if guild.shard_id == shard_id]
        log.info("ready as %s, shard=%d servers=%d", self.user, shard_id, len(guilds))
        self.handlers.reconnected()
        new = await self._joined(guilds)
        self.presence.ready.set()
        shard = Shards(self.shard_count or 1, (shard_id,))
        async with TaskGroup() as group:
            group.create_task(self._welcome(new))
            group.create_task(self.handlers.finish_earlier_cards(self, shard))
            group.create_task(self._catch_up_all(guilds))
            group.create_task(self.handlers.approving.post_all_cards(guilds))

    async def _catch_up_all(self, guilds: Sequence[discord.Guild]) -> None:
        for guild in guilds:
            await self.handlers.give_way()
            await self._catch_up(guild)

    async def _catch_up(self, guild: discord.Guild) -> None:
        """Makes the edits that an earlier process did not get to."""
        try:
            async with self._app.store.library(str(guild.id), background=True) as library:
                settings = await library.settings.current()
                choose_language(str(guild.id), settings.language)
                await posted_messages.catch_up(self, guild, library)
        except (LibraryElsewhere, LibraryNotFound):  # given to another process meanwhile
            return
        except StoreError as error:
            log.warning("could not update posted messages server=%s: %s", guild.id, error.message)

    def unready(self) -> str:
        """Why the bot can't answer now; empty if it can."""
        if self.is_closed():
            return "stopping"
        closed = self.closed_shards()
        if not closed:
            return ""
        if self.shard_count in (None, 1):
            return "not connected to Discord"
        return f"not connected to Discord: shard {', '.join(map(str, closed))}"

    async def library_changed(self, server_id: str, new_ids: list[int]) -> None:
        """Shows what an operator's command changed: removed articles, and answers from new ones."""
        guild = self.get_guild(int(server_id)) if server_id.isdecimal() else None
        if guild is None:
            return
        await self._catch_up(guild)
        async with self._app.store.library(server_id) as library:
            await follow_up_articles(self._app, guild, library, new_ids)

    async def retry_alerts(self) -> None:
        """Delivers the alerts that could not be delivered before."""
        await self.presence.ready.wait()
        await alert_delivery.retry_alerts(self._app, self.guilds)
        await self.handlers.approving.post_all_cards(self.guilds)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Welcomes a new server. Keeps its library if it was scheduled for erasure."""
        if guild.shard_id not in self._starting:
            await self._welcome(await self._joined([guild]))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """The end of an outage, or a new server: Discord does not always distinguish them."""
        if guild.shard_id not in self._starting:
            await self._welcome(await self._joined([guild]))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Schedules the library for erasure in a week. Not called during an outage."""
        try:
            await self._app.maintenance.mark_left(str(guild.id), self.application_id or 0)
        except StoreError as error:
            log.warning("could not record leaving server=%s: %s", guild.id, error.message)

    async def _joined(self, guilds: Sequence[discord.Guild]) -> list[discord.Guild]:
        """Records that the bot is in these servers. Returns those where it was not before."""
        try:
            rows = await self._app.store.memberships()
            joined = {row.server_id: row.application_id for row in rows if row.left_at is None}
            servers = [access.server_id(guild) for guild in guilds]
            unrecorded = [server for server in servers if joined.get(server) != self.application_id]
            await self._app.store.mark_joined(unrecorded, self.application_id or 0)
        except StoreError as error:
            log.warning("could not record the servers: %s", error.message)
            return []
        return [guild for guild in guilds if access.server_id(guild) not in joined]

    async def _welcome(self, guilds: Sequence[discord.Guild]) -> None:
        for guild in guilds:
            await self.handlers.welcoming.welcome(guild)

    async def on_message(self, message: discord.Message) -> None:
        """Answers a mention; explains in a direct message that servers have the libraries."""
        if message.author.bot or message.author.id == self.application_id:
            return
        if message.guild is None:
            await replies.post(message.channel, components.message(_(SERVERS_ONLY)))
        elif self.user in message.mentions and not message.mention_everyone:
            await self.handlers.asking.mention(message)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Logs an error of an event, unless it was cut short by the client's end."""
        if self.is_closed():
            log.info("event=%s ended with the client", event_method)
        else:
            await super().on_error(event_method, *args, **kwargs)

    async def close(self) -> None:
        """Finishes running questions, then disconnects."""
        if not self.is_closed():
            await self.handlers.shut_down()
        waiting = self._connection._ready_task  # else it wakes after the close, with a traceback
        if waiting is not None:
            waiting.cancel()
        await super().close()
        if self.claims is not None:
            await self._leave(self.claims)

    async def _leave(self, claims: ShardClaims) -> None:
        try:
            await claims.leave()
        except StoreError as error:  # they end by themselves
            log.warning("the shards were not given back: %s", error.message)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forgets what was asked and answered there."""
        await self._forget(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Forgets what was asked and answered there."""
        await self._forget(payload.guild_id, payload.thread_id)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Stops a question whose card was deleted, and removes articles added from a message."""
        await self._deleted(payload.guild_id, payload.channel_id, {payload.message_id})

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Like ``on_raw_message_delete``, for several messages."""
        await self._deleted(payload.guild_id, payload.channel_id, payload.message_ids)

    async def _deleted(self, guild_id: int | None, channel_id: int, ids: set[int]) -> None:
        self.handlers.messages_deleted(ids)
        guild = self.get_guild(guild_id) if guild_id is not None else None
        if guild is not None and ids:
            await self.handlers.approving.messages_deleted(guild, ids)
            await self.handlers.message_deletions.on_messages_deleted(guild, channel_id, ids)

    async def _forget(self, guild_id: int, channel_id: int) -> None:
        self.handlers.channel_deleted(channel_id)
        try:
            async with self._app.store.library(str(guild_id), background=True) as library:
                await library.answers.forget_channel(channel_id)
                await library.approvals.forget_cards(channel_id=channel_id)
        except LibraryNotFound:
            return
        except StoreError as error:
            log.warning("could not forget a deleted channel's answers: %s", error.message)


def create_bot(app: App, claims: ShardClaims | None = None) -> FootnoteBot:
    """The client for an app, which must stay open while the client runs.

    ``claims``: how it shares the shards with other processes.
    """
    return FootnoteBot(app, claims)


def invite_link(application_id: int) -> str:
    """The URL with which a server's manager adds the bot, with the permissions it needs."""
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(application_id, permissions=NEEDED_PERMISSIONS, scopes=scopes)
