"""A question that points to an article is told which, with a way out."""

from __future__ import annotations

import pytest

from tests.discord_app.conftest import Room, labels, private_reply, text_of
from tests.discord_app.test_access import SEEN, UNSEEN

pytestmark = pytest.mark.quick
FERRY = "Ferry fares\n\nA ticket for the ferry costs nine crowns. The ferry runs all year."
BUS = "Bus fares\n\nA ticket for the bus costs four crowns. The bus runs all year."


def labels_of(message: object) -> list[str]:
    return list(labels([c.to_dict() for c in message.components]))  # type: ignore[attr-defined]


async def test_the_card_names_the_article_and_has_a_way_out(room: Room) -> None:
    await room.add(room.ada, FERRY, "ferry.txt")
    await room.add(room.ada, BUS, "bus.txt")

    await room.ask(room.ben, "What does article 2 say about a ticket?")
    card = room.channel.last_message
    await room.ben.click(card, label="Search everything instead")

    assert "in: Bus fares" in text_of(card)
    assert "four crowns" in text_of(card)
    assert "in: Bus fares" not in text_of(room.channel.last_message)


async def test_a_way_out_of_an_answer_that_is_gone_says_so(room: Room) -> None:
    await room.add(room.ada, BUS, "bus.txt")
    await room.ask(room.ben, "What does article 1 say about a ticket?")
    card = room.channel.last_message
    async with room.app.store.library(str(room.guild.id)) as library:
        await library.answers.forget("9999")

    pressed = await room.ben.click(card, label="Search everything instead")

    assert "no longer" in private_reply(pressed)


async def test_several_articles_that_may_be_meant_are_offered(room: Room) -> None:
    await room.add(room.ada, FERRY, "ferry.txt")
    await room.add(room.ada, BUS, "bus.txt")

    await room.ask(room.ben, "what does the fares article say about a ticket")
    card = room.channel.last_message
    await room.ben.click(card, label="Ferry fares")

    assert "Which one do you mean?" in text_of(card)
    assert labels_of(card) == ["Ferry fares", "Bus fares"] or labels_of(card) == [
        "Bus fares",
        "Ferry fares",
    ]
    assert "nine crowns" in text_of(room.channel.last_message)


async def test_an_article_that_this_place_may_not_see_is_not_told_from_none(room: Room) -> None:
    staff = room.guild.create_text_channel(
        "staff", overwrites={room.guild.default_role: UNSEEN, room.grace: SEEN}
    )
    await room.add(room.ada, BUS, "bus.txt")
    await room.grace.slash(staff, "article add", file=("ferry.txt", FERRY.encode()))

    await room.ask(room.grace, "summarise article 2")
    hidden = text_of(room.channel.last_message)
    await room.ask(room.grace, "summarise article 3")

    assert hidden.replace("article 2", "article 3") == text_of(room.channel.last_message)
    assert "There is no article 2 here." in hidden
