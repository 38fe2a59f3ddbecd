"""Removes the articles that were added from a message when that message is deleted.

The event does not say who deleted the message, so nobody is named. The articles can be restored for
a day, or for a week if several were removed together (in one event, or within a minute in one
channel). One notice with a button tells the moderators. It names no article, and is posted where
everyone could see those articles: in the server's channel for moderators if possible, otherwise in
the channel of the messages. Messages that are deleted while the bot is offline go unnoticed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import discord

from bot.discord_app import access, posted_messages, replies
from bot.discord_app.cards import removing as cards
from bot.discord_app.delivery import NO_PINGS
from bot.discord_app.handlers.context import Services
from bot.discord_app.handlers.running_questions import RunningQuestions
from bot.discord_app.locales import guild_language
from bot.errors import FootnoteError, LibraryNotFound
from bot.maintenance import TRASH_RETENTION_S
from bot.records import Article, Scope
from bot.service.remove import SEVERAL_RESTORABLE_S, remove_with_messages
from bot.store.protocols import Library
from bot.store.values import SAME_REMOVAL_S
from bot.strings import speaking

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Removal:
    """Articles of one channel that were removed together, and the notice about them."""

    id: int
    at: float
    notice: discord.Message | None = None


class MessageDeletions:
    """Handles deleted messages."""

    def __init__(self, services: Services, running: RunningQuestions):
        self._services, self._running = services, running
        self._newest: dict[int, _Removal] = {}  # by channel
        # One event of a server at a time, because they may join one removal.
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def on_messages_deleted(
        self, guild: discord.Guild, channel_id: int, message_ids: Collection[int]
    ) -> None:
        """Removes the articles that were added from some messages. A failure is logged."""
        self._services.recent_deletions.add(message_ids)
        try:
            server_id = access.server_id(guild)
            async with self._services.app.store.library(server_id, background=True) as library:
                async with self._locks[guild.id]:
                    ids = await self._remove_articles(guild, library, channel_id, message_ids)
                await posted_messages.update_messages(guild, library, ids)
        except LibraryNotFound:
            return
        except FootnoteError as error:
            log.warning("could not remove the articles of a deleted message: %s", error.message)

    async def _remove_articles(
        self,
        guild: discord.Guild,
        library: Library,
        channel_id: int,
        message_ids: Collection[int],
    ) -> list[int]:
        """Removes them and posts or updates the notice; the ids of what was removed."""
        removal = self._removal(channel_id, min(message_ids))
        everything = Scope(access.server_id(guild))
        ids = await remove_with_messages(library, message_ids, everything, removal.id)
        if not ids:
            return []
        self._running.articles_removed(everything.server_id, ids)
        removal.at = self._services.clock()
        recent = {
            channel: other
            for channel, other in self._newest.items()
            if removal.at - other.at <= SAME_REMOVAL_S
        }
        self._newest = recent | {channel_id: removal}
        articles = await library.messages.trashed_by_removal(removal.id, everything)
        await self._post_notice(guild, channel_id, removal, articles)
        return ids

    def _removal(self, channel_id: int, first: int) -> _Removal:
        """The channel's last removal if it was within a minute, or a new one."""
        now = self._services.clock()
        newest = self._newest.get(channel_id)
        if newest is not None and now - newest.at <= SAME_REMOVAL_S:
            return newest
        return _Removal(first, now)

    async def _post_notice(
        self,
        guild: discord.Guild,
        channel_id: int,
        removal: _Removal,
        articles: Sequence[Article],
    ) -> None:
        restorable_s = SEVERAL_RESTORABLE_S if len(articles) > 1 else TRASH_RETENTION_S
        until = int(removal.at + restorable_s)
        with speaking(guild_language(guild)):
            view = cards.deleted_card(len(articles), channel_id, removal.id, until)
        channel = notice_channel(guild, channel_id, articles)
        with replies.logs_send_errors("post a notice about removed articles"):
            if removal.notice is not None:
                await removal.notice.edit(view=view, allowed_mentions=NO_PINGS)
            elif channel is not None:
                removal.notice = await replies.post(channel, view)


def notice_channel(
    guild: discord.Guild, channel_id: int, articles: Sequence[Article]
) -> replies.MessageChannel | None:
    """The first channel where everyone could see the articles and the bot can write, if any."""
    channel = guild.get_channel_or_thread(channel_id)
    parent = None
    if isinstance(channel, discord.Thread) and not channel.is_private():
        parent = channel.parent
    candidates = [guild.safety_alerts_channel, guild.public_updates_channel, channel, parent]
    homes = {article.submitter.channel_id for article in articles}
    for candidate in candidates:
        if not isinstance(candidate, replies.MessageChannel) or access.missing_permissions(
            candidate, *access.reply_permissions(candidate)
        ):
            continue
        if homes <= {None, *(access.public_scope(candidate).channels or access.NO_CHANNELS)}:
            return candidate
    return None
