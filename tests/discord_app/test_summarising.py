"""Summaries in Discord: by command, and from an article's card."""

from __future__ import annotations

import pytest

from bot.records import Scope
from tests.discord_app.conftest import Room, footnote, labels, private_reply, text_of
from tests.discord_app.test_asking import secret

pytestmark = pytest.mark.quick


async def test_an_article_is_summed_up_by_command(room: Room) -> None:
    await room.add(room.ada)

    summary = await room.ben.slash(room.channel, "summarise", article="1", sentences=1)

    assert "Summary of “Joint Mars mission floated”" in text_of(summary.response)
    opened = await room.ben.click(summary.response, label=footnote(summary.response))
    assert "Russian Direct Investment Fund" in private_reply(opened)


async def test_the_button_on_an_articles_card_sums_it_up_where_the_card_is(room: Room) -> None:
    added = await room.add(room.ada)
    shown = await room.ben.slash(room.channel, "article show", article="1")

    public = await room.ben.click(added.response, label="Summarise")
    private = await room.ben.click(shown.response, label="Summarise")

    assert not public.response.ephemeral
    assert "Summary of" in text_of(public.response)
    assert "Summary of" in private_reply(private)


async def test_a_public_summary_of_a_hidden_article_is_refused_privately(room: Room) -> None:
    await secret(room)

    public = await room.grace.slash(room.channel, "summarise", article="1")
    private = await room.grace.slash(room.channel, "summarise", article="1", private=True)
    other = await room.ben.slash(room.channel, "summarise", article="1", private=True)

    assert "Not everyone here can read this article" in private_reply(public)
    assert "canary sings" in private_reply(private)
    assert "canary" not in private_reply(other)


async def test_a_summary_goes_with_its_article(room: Room) -> None:
    await room.add(room.ada)
    summary = await room.ben.slash(room.channel, "summarise", article="1")
    async with room.app.store.library(str(room.guild.id)) as library:
        await library.articles.erase([1], Scope(library.server_id))

    opened = await room.ben.click(summary.response, label=footnote(summary.response))

    assert "no longer in the library" in private_reply(opened)
    assert "👍" in set(labels(summary.response.components))


async def test_the_heading_of_a_summary_does_not_name_an_article_that_was_removed(
    room: Room,
) -> None:
    await room.add(room.ada)
    await room.ben.slash(room.channel, "summarise", article="1")
    asked = await room.ada.slash(room.channel, "article remove", article="1")

    await room.ada.click(asked.response, label="Remove")

    card = text_of(room.channel.last_message)
    assert "Summary of “…”" in card
    assert "Mars" not in card


async def test_a_summary_has_no_wider_search_to_offer(room: Room) -> None:
    await room.add(room.ada)

    await room.ask(room.ben, "summarise article 1")

    under = labels([c.to_dict() for c in room.channel.last_message.components])
    assert "Search everything instead" not in under
