"""The help card, and what small talk gets."""

from __future__ import annotations

import pytest

from bot.records import Scope
from tests.discord_app.conftest import Room, labels, private_reply, text_of

pytestmark = pytest.mark.quick


async def test_help_shows_privately_what_this_person_may_do_here(room: Room) -> None:
    await room.add(room.ada)

    member = private_reply(await room.ben.slash(room.channel, "help"))
    moderator = private_reply(await room.grace.slash(room.channel, "help"))

    assert "the 1 article that you can see here" in member
    assert "the articles that you added" in member
    assert "every article that was added here" in moderator
    assert "*Review* in `/library`" in moderator
    assert "Review" not in member


async def test_a_greeting_is_answered_with_buttons_and_not_stored(room: Room) -> None:
    await room.add(room.ada)

    await room.ask(room.ben, "hello")

    reply = room.channel.last_message
    assert "Hello!" in text_of(reply)
    assert list(labels([c.to_dict() for c in reply.components])) == ["Ask", "Add", "Browse"]
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.answers.last_answer_of(room.ben.id, Scope(str(room.guild.id))) is None


async def test_asking_for_help_in_words_shows_the_help_card(room: Room) -> None:
    await room.ben.send(room.channel, f"<@{room.env.bot.user.id}> was kannst du?")

    assert "Was ich für dich tun kann" in text_of(room.channel.last_message)


async def test_the_button_browse_lists_the_library(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ben, "hello")

    listed = await room.ben.click(room.channel.last_message, label="Browse")

    assert "Joint Mars mission floated" in private_reply(listed)


async def test_a_greeting_in_an_empty_library_offers_only_to_add(room: Room) -> None:
    await room.ask(room.ben, "hi")
    reply = room.channel.last_message

    await room.ben.click(reply, label="Add")

    assert "no articles here yet" in text_of(reply)
    assert list(labels([c.to_dict() for c in reply.components])) == ["Add"]
