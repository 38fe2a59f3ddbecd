"""The simulated server, its members, and the page that shows it.

simcord 3.2.1 is made for tests: its clock stops while a thread works, its page is redrawn only when
a command has ended, and it treats every handled error as a failed action. All of this is changed
here for interactive use. Some of it relies on private names of simcord, so simcord is pinned
exactly, and ``tests/sandbox`` tests each change.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import discord
import simcord
from simcord import _dpy_internals
from simcord._clock import Clock
from simcord.actors import MemberActor
from simcord.builders import UserHandle

from bot.app import App
from bot.discord_app.client import SYNCED_COMMANDS_KEY, create_bot
from bot.records import Scope
from bot.sandbox.page import LivePage
from bot.sandbox.places import add_commands
from bot.sandbox.welcome import SampleButton, TryButton, welcome_card

GUILD_ID = 1_000_000_000_000_000_001  # the name of the sandbox's library on disk: must not change
SETTLE_S = 900.0  # how long a command may take: Discord allows fifteen minutes
PAGE_LEASE_S = 7 * 24 * 3600.0  # how long an idle tab works; simcord's default is 10 min
CLOSE_S = 5.0


class Page(Protocol):
    """What the command line needs from the page."""

    @property
    def url(self) -> str: ...

    async def wait_closed(self) -> None: ...


class WallClock(Clock):
    """The real time.

    Ids of messages and interactions are made from it, so they don't repeat in the next run.
    """

    def __init__(self) -> None:
        self._epoch = datetime.now(UTC)
        self._start = _dpy_internals.real_monotonic()
        self._ahead = 0.0

    @property
    def elapsed(self) -> float:  # type: ignore[override]
        return float(_dpy_internals.real_monotonic() - self._start + self._ahead)

    def advance(self, seconds: float) -> None:
        """Does nothing: simcord skips ahead to the next timer here, but real time passes anyway."""


class TypingMember(MemberActor):
    """A member whose typed "@Footnote" becomes a mention, as in Discord's own client."""

    async def send(self, channel: Any, content: str = "", **options: Any) -> Any:
        bot = self._env.backend.bot_user
        typed = re.compile(rf"@{re.escape(bot.name)}\b", re.IGNORECASE)
        return await super().send(channel, typed.sub(f"<@{bot.id}>", content), **options)


class World:
    """A server with two channels, a member, a moderator and one of the board, with fixed ids.

    simcord numbers objects in the order of their creation, so the order here must not change:
    what is new comes last.
    """

    def __init__(self, env: Any):
        env.backend.bot_user.name = "Footnote"
        self.guild = env.create_guild("Reading room", id=GUILD_ID)
        moderator = self.guild.create_role(
            "Moderators", permissions=discord.Permissions(manage_messages=True, manage_guild=True)
        )
        self.channel = self.guild.create_text_channel(
            "library", topic="Add articles, ask questions"
        )
        ada, grace = env.create_user("ada"), env.create_user("grace (moderator)")
        self.guild.add_member(ada, roles=[])
        self.guild.add_member(grace, roles=[moderator])
        board = self.guild.create_role("Board", permissions=discord.Permissions.none())
        seen = discord.PermissionOverwrite(view_channel=True)
        self.guild.create_text_channel(
            "board",
            topic="Only the board and the moderators see what is added here",
            overwrites={
                self.guild.default_role: discord.PermissionOverwrite(view_channel=False),
                board: seen,
                moderator: seen,
                UserHandle(env, env.backend.bot_user): seen,
            },
        )
        lena = env.create_user("lena (board)")
        self.guild.add_member(lena, roles=[board])
        self.people = [TypingMember(env, self.guild, user) for user in (ada, grace, lena)]


@asynccontextmanager
async def open_page(app: App, port: int, site_url: str = "") -> AsyncGenerator[Page]:
    """Runs the bot in the simulated server, shown at ``page.url``, until the block ends.

    ``site_url``: where a browser sees the page of the sandbox's own site, if it runs.
    """
    await app.store.set_meta(
        SYNCED_COMMANDS_KEY, ""
    )  # this simulated Discord starts without commands
    bot = create_bot(app)
    bot.add_dynamic_items(SampleButton, TryButton)
    env: Any = simcord.Env(bot, shard_count=1, settle_timeout=SETTLE_S, check_errors=False)
    live = LivePage(env)
    add_commands(bot, env, live)
    world = World(env)
    env.backend.clock = WallClock()
    env.errors_since = lambda cursor: ()  # a reported error is not a failed action
    await env.start()
    try:
        with env.time_context():
            await _welcome(app, bot, world, env, site_url)
            async with _preview(env, world, live, port) as preview:
                yield preview
    finally:
        env.settle_timeout = CLOSE_S  # work in a thread can't be cancelled, so don't wait long
        with contextlib.suppress(TimeoutError):
            await env.shutdown()
        await bot.close()


async def _welcome(app: App, bot: discord.Client, world: World, env: Any, site_url: str) -> None:
    channel = bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    async with app.store.library(str(GUILD_ID)) as library:
        articles = (await library.articles.totals(Scope(str(GUILD_ID)))).articles
    model = app.settings.openai_model if app.settings.has_model else ""
    await channel.send(view=welcome_card(articles, model, site_url))
    await env.settle()


@asynccontextmanager
async def _preview(env: Any, world: World, live: LivePage, port: int) -> AsyncGenerator[Any]:
    preview = env.preview(world.channel, viewers=world.people, layout="channel", port=port)
    preview._PAGE_LEASE_SECONDS = PAGE_LEASE_S
    async with preview:
        # A new tab opens at the newest message.
        preview._python.target_id = preview._python.window_end_id = None
        live.attach(preview)
        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(live.run())
            try:
                yield preview
            finally:
                drawing.cancel()
                await _cancelled(preview._active_task)


async def _cancelled(task: asyncio.Task[Any] | None) -> None:
    if task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CLOSE_S)
