"""When a server adds the bot, one message says how to begin; permissions are checked on request."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.discord_app.cards.welcome import permissions_card, welcome_card
from bot.discord_app.handlers.welcoming import NEEDED
from bot.store.values import Membership
from tests.discord_app.conftest import Room, labels, private_reply, text_of
from tests.discord_app.test_cards import check_within_limits

pytestmark = pytest.mark.quick


async def join(room: Room, *, quiet: bool = False) -> tuple[Any, Any]:
    """Another server that adds the bot: its system channel and its owner."""
    owner = room.env.create_user("olga")
    guild = room.env.create_guild("Newcomers", owner=owner)
    mute = {guild.default_role: discord.PermissionOverwrite(send_messages=False)} if quiet else {}
    channel = guild.create_text_channel("general", overwrites=mute)
    room.env.bot.get_guild(guild.id)._system_channel_id = channel.id
    await room.env.settle()
    return channel, owner


async def test_a_new_server_gets_one_message_with_three_steps(room: Room) -> None:
    channel, _owner = await join(room)
    (message,) = channel.history()
    for words in ("`/article add`", "`/ask`", "`/settings`"):
        assert words in text_of(message)
    guild = room.env.bot.get_guild(message.guild.id)
    await room.env.bot.on_guild_available(guild)  # an outage ends
    assert len(channel.history()) == 1


async def test_where_the_bot_may_not_write_the_owner_gets_it(room: Room) -> None:
    channel, owner = await join(room, quiet=True)
    assert channel.history() == []
    (message,) = owner.dm_channel.history()
    assert "Add a sample article" in set(labels([c.to_dict() for c in message.components]))


async def test_the_sample_article_is_added_and_answers(room: Room) -> None:
    posted = await room.env.bot.get_channel(room.channel.id).send(view=welcome_card())
    added = await room.ada.click(posted, label="Add a sample article")
    assert "was added" in text_of(added.response)
    answered = await room.ada.slash(
        room.channel, "ask", question="How much did the restoration cost?"
    )
    assert "¹" in text_of(answered.response)


async def test_the_check_names_the_channels_that_lack_something(room: Room) -> None:
    mute = discord.PermissionOverwrite(send_messages=False)
    quiet = room.guild.create_text_channel("quiet", overwrites={room.guild.default_role: mute})
    hidden = discord.PermissionOverwrite(view_channel=False)
    closed = room.guild.create_text_channel("closed", overwrites={room.guild.default_role: hidden})
    posted = await room.env.bot.get_channel(room.channel.id).send(view=welcome_card())
    shown = private_reply(await room.ada.click(posted, label="Check Footnote's permissions"))
    assert f"<#{quiet.id}>: *Send Messages*" in shown
    assert "Edit Channel → Permissions" in shown
    assert f"<#{room.channel.id}>" not in shown
    assert f"<#{closed.id}>" not in shown  # she can't see it


def test_the_cards_are_within_discord_s_limits() -> None:
    check_within_limits(welcome_card())
    by_channel = {10**18 + i: NEEDED for i in range(500)}
    check_within_limits(permissions_card(NEEDED, by_channel, 500))
    check_within_limits(permissions_card((), {}, 500))


async def test_the_servers_of_a_shard_that_starts_are_looked_at_together(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, reads = room.env.bot, []
    memberships = room.app.store.memberships

    async def count() -> list[Membership]:
        reads.append("memberships")
        return await memberships()

    monkeypatch.setattr(room.app.store, "memberships", count)
    await bot.on_shard_connect(0)
    for guild in [*bot.guilds] * 3:
        await bot.on_guild_available(guild)
    assert reads == []
    await bot.on_shard_ready(0)
    assert reads == ["memberships"]
