"""After a restart: the public cards of what was accepted before are followed to their ends.

A token of an interaction is not kept and would be over: the card is edited as the bot's own
message, by its id. What is told there may be read by all, so another article that a text is like
is not named, nor one that not everyone there may see. A card or channel that is gone is logged
once, and then let go; doing it all twice changes nothing.
"""

from __future__ import annotations

import logging
from asyncio import TaskGroup
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import discord
from discord import ui

from bot.app import App
from bot.discord_app import access, replies
from bot.discord_app.cards import articles as cards
from bot.discord_app.cards.articles import ProgressLine
from bot.discord_app.handlers.adding import Adding, MayNameArticle, check_visibility, done_card
from bot.discord_app.handlers.context import visible_ids
from bot.discord_app.throttle import throttled
from bot.errors import StoreError
from bot.ingest.jobs import Ticket
from bot.store.protocols import Library

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _UnfinishedCard:
    """A card that an earlier process left, with what is on it."""

    server_id: str
    channel_id: int
    message_id: int
    lines: dict[int, ProgressLine] = field(default_factory=dict)  # by job


class _CardMessage:
    """The card as the bot's own message."""

    def __init__(self, client: discord.Client, left: _UnfinishedCard):
        channel = client.get_partial_messageable(left.channel_id, guild_id=int(left.server_id))
        self._message = channel.get_partial_message(left.message_id)
        self._gone = False

    async def show(self, view: ui.LayoutView) -> discord.Message | None:
        """The message; None when it is gone or may not be edited any more."""
        if self._gone:
            return None
        try:
            return await self._message.edit(view=view, allowed_mentions=replies.NO_PINGS)
        except (discord.NotFound, discord.Forbidden) as error:
            self._gone = True
            log.warning("a card is out of reach after the restart: %s", error.status)
            return None


class JobRecovery:
    """See the module. ``look`` once before there are events, ``go_on`` when there are servers."""

    def __init__(self, app: App, adding: Adding):
        self._app, self._adding = app, adding
        self._left: list[_UnfinishedCard] = []

    async def collect(self) -> None:
        """Notes which cards an earlier process left: none of this one's is among them."""
        for server_id in await self._app.store.pending_servers():
            try:
                async with self._app.store.library(server_id) as library:
                    self._left += await _unfinished_cards(server_id, library)
            except StoreError as error:
                log.warning("cards server=%s are not followed: %s", server_id, error.message)

    async def resume(self, client: discord.Client) -> None:
        """Follows them all; nothing the second time, as after a lost connection."""
        left, self._left = self._left, []
        async with TaskGroup() as group:
            for card in left:
                group.create_task(self._follow(client, card))

    async def _follow(self, client: discord.Client, left: _UnfinishedCard) -> None:
        try:
            lines = list(left.lines.values())
            outlet = _CardMessage(client, left)
            tickets = {i: Ticket(left.server_id, job) for i, job in enumerate(left.lines)}
            async with self._app.store.library(left.server_id) as library:
                shows = await _may_name_article(client, left, library)
                async with throttled(outlet.show) as card:
                    await self._adding.follow(tickets, lines, card, shows)
                if not any(line.paused for line in lines):
                    await check_visibility(lines, shows)
                    await self._conclude(client, left, lines, outlet, library)
        except Exception:
            # A rim: the other cards go on; this one is tried again after the next restart.
            log.exception("a card was not brought to its end")

    async def _conclude(
        self,
        client: discord.Client,
        left: _UnfinishedCard,
        lines: list[ProgressLine],
        outlet: _CardMessage,
        library: Library,
    ) -> None:
        alone = len(lines) == 1 and lines[0].is_public
        shown = await outlet.show(done_card(lines) if alone else cards.final_card(lines))
        guild = client.get_guild(int(left.server_id))
        await self._adding.record_card(library, lines, shown)
        if guild is not None:
            await self._adding.notify_askers(guild, library, lines)
        await library.jobs.mark_displayed(left.lines)


async def _may_name_article(
    client: discord.Client, left: _UnfinishedCard, library: Library
) -> MayNameArticle:
    """Whether everyone who reads the card may see an article; nothing where that is not known."""
    place = await _card_channel(client, left)

    async def shows(article_id: int) -> bool:
        if place is None:
            return False
        return bool(await visible_ids([article_id], library, access.public_scope(place)))

    return shows


async def _card_channel(client: discord.Client, left: _UnfinishedCard) -> access.Place | None:
    guild = client.get_guild(int(left.server_id))
    place = guild.get_channel_or_thread(left.channel_id) if guild is not None else None
    if guild is not None and place is None:  # an archived thread is not cached
        with suppress(discord.HTTPException, discord.InvalidData):
            place = await guild.fetch_channel(left.channel_id)
    return place if isinstance(place, access.Place) else None


async def _unfinished_cards(server_id: str, library: Library) -> list[_UnfinishedCard]:
    found: defaultdict[tuple[int, int], dict[int, ProgressLine]] = defaultdict(dict)
    for job_id, shown in await library.jobs.undisplayed():
        found[shown.channel_id, shown.message_id][job_id] = ProgressLine(shown.name, job_id=job_id)
    return [_UnfinishedCard(server_id, *place, lines) for place, lines in found.items()]
