"""What every gesture begins and ends with: who acts where, what they may see, and errors that
become one private sentence."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord

from bot.app import App
from bot.discord_app import access, errors
from bot.discord_app.cooldowns import Cooldown
from bot.discord_app.tags import clean_line
from bot.errors import ArticleNotFound
from bot.records import Article, Filter, Scope
from bot.store.protocols import Library

Interaction = discord.Interaction[Any]
MAX_ID_DIGITS = 18


@asynccontextmanager
async def reports_errors(interaction: Interaction) -> AsyncIterator[None]:
    """The rim of every gesture: whatever goes wrong is told privately."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a rim
        await errors.report(interaction, error)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who acts, where, in which library, and what of it they may see (``scope``)."""

    member: discord.Member
    place: access.Place
    library: Library
    scope: Scope
    deleted_channels: frozenset[int] = (
        access.NO_CHANNELS
    )  # channels whose articles are seen all the same

    @property
    def public(self) -> Scope:
        """What everyone here may see, as it is now."""
        return access.public_scope(self.place)

    @property
    def private(self) -> Scope:
        """What the person may see, as it is now: ``scope`` is as it was at the beginning."""
        return access.private_scope(self.member, self.place, self.deleted_channels)

    async def can_see(self, article_id: int, scope: Scope) -> bool:
        """Whether a scope shows an article."""
        return bool(await visible_ids([article_id], self.library, scope))

    async def find_article(self, name: str, scope: Scope | None = None) -> Article:
        """The article that an id, or a part of a title, names. Raises ArticleNotFound."""
        scope = scope or self.scope
        name = clean_line(name)
        number = name.lstrip("#")
        if number.isdecimal() and len(number) < MAX_ID_DIGITS:
            return await self.library.article(int(number), scope)
        found = await self.library.search_titles(name, scope, limit=1)
        if not found:
            raise ArticleNotFound(
                "No article that you can see has this title. `/article list` shows them all."
            )
        return found[0]


class RecentDeletions:
    """The newest messages that were deleted: something may be being taken from one just now."""

    MAX_IDS = 1_000  # a bulk event has 100

    def __init__(self) -> None:
        self._ids: dict[int, None] = {}

    def add(self, message_ids: Collection[int]) -> None:
        self._ids |= dict.fromkeys(message_ids)
        for message_id in list(self._ids)[: -self.MAX_IDS]:
            del self._ids[message_id]

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._ids


class Services:
    """What all gestures stand on."""

    def __init__(self, app: App, clock: Callable[[], float] = time.time):
        self.app, self.clock = app, clock
        settings = app.settings
        self.question_cooldown = Cooldown(settings.questions_per_minute, "questions", clock)
        self.article_cooldown = Cooldown(settings.articles_per_minute, "articles", clock)
        self.recent_deletions = RecentDeletions()
        self._deleted = access.DeletedChannels()

    @asynccontextmanager
    async def request(self, interaction: Interaction) -> AsyncIterator[RequestContext]:
        """Of an interaction. Raises NotAllowed outside a server that the bot is in."""
        member, place = access.acting_member(interaction)
        async with self.app.store.library(access.server_id(member.guild)) as library:
            deleted = await self._deleted_channels(member, library)
            scope = access.private_scope(member, place, deleted)
            yield RequestContext(member, place, library, scope, deleted)

    async def _deleted_channels(self, member: discord.Member, library: Library) -> frozenset[int]:
        """Only who manages the server sees what they hold: only then they are looked for."""
        if not access.is_manager(member):
            return access.NO_CHANNELS
        everything = Scope(access.server_id(member.guild))
        return await self._deleted.find(member.guild, await library.channels(everything))


async def visible_ids(
    article_ids: Collection[int], library: Library, scope: Scope
) -> frozenset[int]:
    """Those of some articles that a scope shows."""
    wanted = Filter(articles=frozenset(article_ids))
    return frozenset(await library.ids_matching(wanted, scope)) if article_ids else frozenset()


def cooldown_key(member: discord.Member) -> tuple[str, int]:
    """Who is counted for a cooldown."""
    return access.server_id(member.guild), member.id
