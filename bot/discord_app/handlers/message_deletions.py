"""When messages of Discord are deleted, what was taken from them leaves the library, too.

The event does not say who deleted a message, so nobody is named. What left can come back: for a
day, or for a week where several left at once (in one event, or within a minute in one channel).
Who manages is told in one line with a button. It names no article, and stands where everyone may
see that they were there: in the server's channel for moderators, if that is such a place, else in
the channel of the messages. Nothing is told of messages that are deleted while the bot is off.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import discord

from bot.discord_app import access, replies
from bot.discord_app import posted_messages
from bot.discord_app.cards import removing as cards
from bot.discord_app.handlers.context import Services
from bot.discord_app.handlers.running_questions import RunningQuestions
from bot.errors import FootnoteError, LibraryNotFound
from bot.maintenance import RESTORABLE_S
from bot.records import Article, Scope
from bot.store.protocols import Library
from bot.store.values import TOGETHER_S

log = logging.getLogger(__name__)
SEVERAL_RESTORABLE_S = 7 * 24 * 3600.0


@dataclass(slots=True)
class _Removal:
    """Articles of one channel that left together, and the line that tells of them."""

    id: int
    at: float
    articles: int = 0
    line: discord.Message | None = None


class MessageDeletions:
    """See the module."""

    def __init__(self, services: Services, running: RunningQuestions):
        self._services, self._running = services, running
        self._newest: dict[int, _Removal] = {}  # by channel
        self._turn = asyncio.Lock()  # one event after another: their removals may be one

    async def on_messages_deleted(
        self, guild: discord.Guild, channel_id: int, message_ids: Collection[int]
    ) -> None:
        """Removes what was taken from some messages. Failing is logged."""
        self._services.recent_deletions.add(message_ids)
        try:
            server_id = access.server_id(guild)
            async with (
                self._services.app.store.library(server_id, in_passing=True) as library,
                self._turn,
            ):
                await self._remove_articles(guild, library, channel_id, message_ids)
        except LibraryNotFound:
            return  # a server of which nothing is kept
        except FootnoteError as error:
            log.warning("what was taken from a deleted message is still there: %s", error.message)

    async def _remove_articles(
        self,
        guild: discord.Guild,
        library: Library,
        channel_id: int,
        message_ids: Collection[int],
    ) -> None:
        removal = self._removal(channel_id, min(message_ids))
        everything = Scope(access.server_id(guild))
        ids = await library.messages.deleted(
            message_ids,
            everything,
            removal_id=removal.id,
            longer_s=SEVERAL_RESTORABLE_S - RESTORABLE_S,
        )
        if not ids:
            return
        log.info("removed server=%s ids=%s: their messages were deleted", guild.id, ids)
        self._running.articles_removed(everything.server_id, ids)
        removal.at = self._services.clock()
        recent = {c: r for c, r in self._newest.items() if removal.at - r.at <= TOGETHER_S}
        self._newest = recent | {channel_id: removal}
        articles = await library.messages.removed_with(removal.id, everything)
        removal.articles = len(articles)
        await self._post_notice(guild, channel_id, removal, articles)
        await posted_messages.apply_edits(
            library, await posted_messages.edits_for(guild, library, ids)
        )

    def _removal(self, channel_id: int, first: int) -> _Removal:
        """The removal that a deletion belongs to: one that has just been, or a new one."""
        now = self._services.clock()
        newest = self._newest.get(channel_id)
        if newest is not None and now - newest.at <= TOGETHER_S:
            return newest
        return _Removal(first, now)

    async def _post_notice(
        self,
        guild: discord.Guild,
        channel_id: int,
        removal: _Removal,
        articles: Sequence[Article],
    ) -> None:
        kept_s = SEVERAL_RESTORABLE_S if removal.articles > 1 else RESTORABLE_S
        until = int(removal.at + kept_s)
        view = cards.deleted_card(removal.articles, channel_id, removal.id, until)
        place = notice_channel(guild, channel_id, articles)
        try:
            if removal.line is not None:
                await removal.line.edit(view=view, allowed_mentions=replies.NO_PINGS)
            elif place is not None:
                removal.line = await replies.post(place, view)
        except discord.HTTPException as error:
            log.warning("nobody could be told of what left the library: %s", error.status)


def notice_channel(
    guild: discord.Guild, channel_id: int, articles: Sequence[Article]
) -> replies.MessageChannel | None:
    """Where all may know that the articles were there, and the bot may write; if anywhere."""
    found = guild.get_channel_or_thread(channel_id)
    parent = found.parent if isinstance(found, discord.Thread) and not found.is_private() else None
    wanted = [guild.safety_alerts_channel, guild.public_updates_channel, found, parent]
    homes = {article.submitter.channel_id for article in articles}
    for place in wanted:
        if not isinstance(place, replies.MessageChannel) or access.missing_permissions(
            place, *access.reply_permissions(place)
        ):
            continue
        if homes <= {None, *(access.public_scope(place).channels or access.NO_CHANNELS)}:
            return place
    return None
