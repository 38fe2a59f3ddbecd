"""An article handed in where the asker cannot look is neither used nor named."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from tests.discord_app.conftest import Room, private_reply, text_of

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

    grace = await room.grace.slash(room.channel, "article list")
    ben = await room.ben.slash(room.channel, "article list")

    assert "Secret plan" in private_reply(grace)
    assert "Secret" not in private_reply(ben)
    assert await room.ben.autocomplete(room.channel, "article show", "article", "s") == []
    shown = await room.ben.slash(room.channel, "article show", article="1")
    assert "no article 1" in private_reply(shown)


async def test_a_duplicate_is_only_recognised_where_one_may_look(room: Room) -> None:
    await hidden(room)

    added = await room.add(room.ben, text=SECRET, name="mine.txt")

    assert "is in the library" in text_of(added.response)


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
    """An answer of an open time, pressed after its article's channel was closed."""
    source = room.guild.create_text_channel("source")
    await room.ada.slash(source, "article add", file=("plan.txt", SECRET.encode()))
    answer = await room.ben.slash(room.channel, "ask", question=QUESTION)
    before = private_reply(await room.ben.click(answer.response, label="¹"))
    deny = Overwrite(
        target_id=room.ben.id, type=OverwriteType.MEMBER, allow=0, deny=UNSEEN.pair()[1].value
    )
    room.env.backend.set_overwrite(source.id, deny)

    after = private_reply(await room.ben.click(answer.response, label="¹"))

    assert "**The canary sings at dawn in the hidden harbour.**" in before
    assert "canary" not in after
    assert "you cannot see it here" in after
