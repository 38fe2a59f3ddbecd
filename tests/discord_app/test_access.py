"""An article from a channel that the asker can't read is neither used nor named."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import ChannelType, OverwriteType

from bot.discord_app.access import public_scope
from tests.discord_app.conftest import Room, footnote, private_reply, statistics, text_of

pytestmark = pytest.mark.quick
SECRET = "Secret plan\n\nThe canary sings at dawn in the hidden harbour."
QUESTION = "When does the canary sing?"


SEEN = discord.PermissionOverwrite(view_channel=True, read_message_history=True)
UNSEEN = discord.PermissionOverwrite(view_channel=False)


async def hidden(room: Room) -> Any:
    """A channel that only Grace sees, with an article in it."""
    overwrites = {room.guild.default_role: UNSEEN, room.grace: SEEN}
    channel = room.guild.create_text_channel("staff", overwrites=overwrites)
    await room.grace.slash(channel, "article add", file=("plan.txt", SECRET.encode()))
    return channel


async def test_a_public_answer_does_not_use_a_hidden_channel(room: Room) -> None:
    await hidden(room)

    answer = await room.grace.slash(room.channel, "ask", question=QUESTION)

    assert "dawn" not in text_of(answer.response)
    assert "Secret" not in text_of(answer.response)


async def test_the_hidden_channel_itself_uses_it(room: Room) -> None:
    channel = await hidden(room)

    answer = await room.grace.slash(channel, "ask", question=QUESTION)

    assert "sings at dawn" in text_of(answer.response)


async def test_lists_and_suggestions_show_what_the_person_may_see(room: Room) -> None:
    await hidden(room)

    grace = await room.grace.slash(room.channel, "library")
    ben = await room.ben.slash(room.channel, "library")

    assert "Secret plan" in private_reply(grace)
    assert "Secret" not in private_reply(ben)
    assert await room.ben.autocomplete(room.channel, "article show", "article", "s") == []
    shown = await room.ben.slash(room.channel, "article show", article="1")
    assert "no article 1" in private_reply(shown)


async def test_a_duplicate_is_only_recognised_where_one_may_look(room: Room) -> None:
    await hidden(room)

    added = await room.add(room.ben, text=SECRET, name="mine.txt")

    assert "was added." in text_of(added.response)


async def test_an_open_channel_serves_every_other(room: Room) -> None:
    await room.add(room.ada)
    other = room.guild.create_text_channel("general")

    answer = await room.ben.slash(other, "ask", question="Who heads the Russian fund?")

    assert "Kirill Dmitriev heads" in text_of(answer.response)


async def test_a_channel_that_keeps_one_member_out_is_not_open(room: Room) -> None:
    half = room.guild.create_text_channel("half", overwrites={room.ben: UNSEEN})
    await room.ada.slash(half, "article add", file=("plan.txt", SECRET.encode()))

    elsewhere = await room.ada.slash(room.channel, "ask", question=QUESTION)
    there = await room.ada.slash(half, "ask", question=QUESTION)

    assert "dawn" not in text_of(elsewhere.response)
    assert "sings at dawn" in text_of(there.response)


async def test_a_footnote_opens_only_for_who_may_look(room: Room) -> None:
    """A footnote is pressed after its article's channel was closed."""
    source = room.guild.create_text_channel("source")
    await room.ada.slash(source, "article add", file=("plan.txt", SECRET.encode()))
    answer = await room.ben.slash(room.channel, "ask", question=QUESTION)
    before = private_reply(await room.ben.click(answer.response, label=footnote(answer.response)))
    deny = Overwrite(
        target_id=room.ben.id, type=OverwriteType.MEMBER, allow=0, deny=UNSEEN.pair()[1].value
    )
    room.env.backend.set_overwrite(source.id, deny)

    after = private_reply(await room.ben.click(answer.response, label=footnote(answer.response)))

    assert "**The canary sings at dawn in the hidden harbour.**" in before
    assert "canary" not in after
    assert "you can't see it here" in after


async def private_thread(room: Room) -> Any:
    """Grace and Ada are in it, with an article; Ben is not."""
    thread = room.env.backend.create_thread(
        room.channel.id, "quiet", room.grace.id, type=ChannelType.PRIVATE_THREAD
    )
    for person in (room.ada.id, room.env.bot.user.id):
        room.env.backend.add_thread_member(thread.id, person)
    await room.env.settle()
    inside = ChannelHandle(room.env, room.guild, thread)
    await room.grace.slash(inside, "article add", file=("plan.txt", SECRET.encode()))
    return inside


async def test_a_private_thread_s_articles_are_used_inside_it_alone(room: Room) -> None:
    inside = await private_thread(room)

    there = await room.ada.slash(inside, "ask", question=QUESTION)
    outside = await room.grace.slash(room.channel, "ask", question=QUESTION)
    alone = await room.grace.slash(room.channel, "ask", question=QUESTION, private=True)

    assert "sings at dawn" in text_of(there.response)
    assert "dawn" not in text_of(outside.response)
    assert "dawn" not in text_of(alone.response)


async def test_outside_a_private_thread_its_articles_are_not_even_named(room: Room) -> None:
    inside = await private_thread(room)

    listed = await room.grace.slash(room.channel, "library")
    shown = await room.grace.slash(room.channel, "article show", article="1")
    figures = await statistics(room.grace, room.channel)

    assert "Secret" not in private_reply(listed)
    assert "no article 1" in private_reply(shown)
    assert "There are no articles here yet" in text_of(figures.response)
    assert await room.grace.autocomplete(room.channel, "article show", "article", "") == []
    assert "Secret plan" in private_reply(await room.ada.slash(inside, "library"))


async def test_inside_a_thread_its_channel_s_articles_are_used(room: Room) -> None:
    channel = await hidden(room)
    thread = room.env.backend.create_thread(channel.id, "inside", room.grace.id)
    await room.env.settle()
    inside = ChannelHandle(room.env, room.guild, thread)

    answer = await room.grace.slash(inside, "ask", question=QUESTION)

    assert "sings at dawn" in text_of(answer.response)


async def test_an_article_of_a_public_thread_belongs_to_its_channel(room: Room) -> None:
    thread = room.env.backend.create_thread(room.channel.id, "open", room.ada.id)
    await room.env.settle()
    inside = ChannelHandle(room.env, room.guild, thread)
    await room.ada.slash(inside, "article add", file=("plan.txt", SECRET.encode()))

    answer = await room.ben.slash(room.channel, "ask", question=QUESTION)

    assert "sings at dawn" in text_of(answer.response)


async def test_a_deleted_channel_s_articles_are_seen_by_who_manages_the_server(room: Room) -> None:
    source = room.guild.create_text_channel("source")
    await room.ada.slash(source, "article add", file=("plan.txt", SECRET.encode()))
    manager = room.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    zoe = room.guild.add_member(room.env.create_user("zoe"), roles=[manager])
    room.env.backend.delete_channel(source.id)
    await room.env.settle()

    answer = await zoe.slash(room.channel, "ask", question=QUESTION)
    listed = await zoe.slash(room.channel, "library")

    assert "dawn" not in text_of(answer.response)
    assert "Secret plan" in private_reply(listed)
    for other in (room.ada, room.grace):
        seen = await other.slash(room.channel, "library")
        assert "Secret" not in private_reply(seen)


async def test_who_may_moderate_elsewhere_may_not_change_an_article(room: Room) -> None:
    """What counts is the permission in the article's channel, not in that of the command."""
    await room.add(room.ada)
    moderated = discord.PermissionOverwrite(manage_messages=True)
    own = room.guild.create_text_channel("own", overwrites={room.ben: moderated})

    asked = await room.ben.slash(own, "article remove", article="1")

    assert "You can't remove this article" in private_reply(asked)


async def test_what_is_said_in_a_voice_channel_needs_the_right_to_connect(room: Room) -> None:
    """As in Discord: members who may not connect can't read its chat."""
    voice = room.guild.create_voice_channel("stage")
    everyone = room.guild.default_role.id
    room.env.backend.set_overwrite(
        voice.id,
        Overwrite(
            target_id=everyone,
            type=OverwriteType.ROLE,
            allow=0,
            deny=discord.Permissions(connect=True).value,
        ),
    )
    await room.env.settle()
    guild = room.env.bot.get_guild(room.guild.id)

    seen = public_scope(guild.get_channel(room.channel.id)).channels or frozenset()
    assert voice.id not in seen
    assert room.channel.id in seen


async def manager(room: Room) -> Any:
    managers = room.guild.create_role("Chiefs", permissions=discord.Permissions(manage_guild=True))
    return room.guild.add_member(room.env.create_user("zoe"), roles=[managers])


def asked_about_channels(room: Room) -> int:
    """How often Discord was asked about a channel."""
    return sum(
        r.method == "GET" and r.path.startswith("/channels/") and r.path.count("/") == 2
        for r in room.env.http_requests
    )


async def test_a_thread_that_is_deleted_later_is_found_to_be_deleted(room: Room) -> None:
    zoe = await manager(room)
    inside = await private_thread(room)
    room.env.bot.get_guild(room.guild.id)._threads.clear()  # as if it were archived
    for _time in range(2):
        listed = await zoe.slash(room.channel, "library")
        assert "Secret" not in private_reply(listed)
    assert asked_about_channels(room) == 1

    room.env.backend.delete_channel(inside.id)
    await room.env.settle()

    assert "Secret plan" in private_reply(await zoe.slash(room.channel, "library"))


async def test_a_thread_whose_deletion_was_missed_is_found_after_a_reconnect(room: Room) -> None:
    zoe = await manager(room)
    inside = await private_thread(room)
    room.env.bot.get_guild(room.guild.id)._threads.clear()
    await zoe.slash(room.channel, "library")
    del room.env.backend.channels[inside.id]

    await room.env.bot.on_shard_ready(0)

    assert "Secret plan" in private_reply(await zoe.slash(room.channel, "library"))


async def test_suggestions_for_a_public_question_ask_discord_about_no_channel(room: Room) -> None:
    """Discord waits three seconds for them."""
    zoe = await manager(room)
    await private_thread(room)
    room.env.bot.get_guild(room.guild.id)._threads.clear()

    await zoe.autocomplete(room.channel, "ask", "article", "", question="x")
    await zoe.autocomplete(room.channel, "ask", "tag", "", question="x")

    assert asked_about_channels(room) == 0
