"""Listing, showing and removing, and who may."""

from __future__ import annotations

import pytest

from tests.discord_app.conftest import Room, labels, private_reply, text_of

pytestmark = pytest.mark.quick


async def fill(room: Room, count: int) -> None:
    for i in range(1, count + 1):
        await room.add(room.ada, text=f"Report {i}\n\nThe {i}. report is short.", name=f"{i}.txt")


async def test_the_list_shows_pages_and_turns(room: Room) -> None:
    await fill(room, 12)

    first = await room.ben.slash(room.channel, "article list")
    page_1 = private_reply(first)
    second = await room.ben.click(first.response, label="▶")

    assert "12 articles" in page_1
    assert "Page 1 of 2" in page_1
    assert "**Report 12**" in page_1
    assert "Page 2 of 2" in text_of(second.response)
    assert "**Report 1**" in text_of(second.response)


async def test_an_article_is_shown_by_number_and_by_title(room: Room) -> None:
    await room.add(room.ada)

    by_number = await room.ben.slash(room.channel, "article show", article="1")
    by_title = await room.ben.slash(room.channel, "article show", article="mars")

    assert "Kirill Dmitriev heads" in private_reply(by_number)
    assert private_reply(by_number) == private_reply(by_title)


async def test_an_unknown_title_is_told_with_what_to_do(room: Room) -> None:
    shown = await room.ben.slash(room.channel, "article show", article="Venus")

    assert "/article list" in private_reply(shown)


async def test_titles_are_suggested_while_typing(room: Room) -> None:
    await room.add(room.ada)

    choices = await room.ben.autocomplete(room.channel, "article remove", "article", "MARS")

    assert choices == [{"name": "Joint Mars mission floated", "value": "1"}]


async def test_who_handed_in_may_remove_after_a_question(room: Room) -> None:
    await room.add(room.ada)

    asked = await room.ada.slash(room.channel, "article remove", article="1")
    question = private_reply(asked)
    removed = await room.ada.click(asked.response, label="Remove for good")

    assert "Remove **Joint Mars mission floated** for good?" in question
    assert "Removed: Joint Mars mission floated" in text_of(removed.response)
    listed = await room.ada.slash(room.channel, "article list")
    assert "empty" in private_reply(listed)


async def test_an_article_can_be_kept_after_all(room: Room) -> None:
    await room.add(room.ada)

    asked = await room.ada.slash(room.channel, "article remove", article="1")
    kept = await room.ada.click(asked.response, label="Keep it")

    assert "Nothing was removed" in text_of(kept.response)
    assert "1 article" in private_reply(await room.ada.slash(room.channel, "article list"))


async def test_a_moderator_may_remove_and_another_member_may_not(room: Room) -> None:
    await room.add(room.ada)

    refused = await room.ben.slash(room.channel, "article remove", article="1")
    asked = await room.grace.slash(room.channel, "article remove", article="1")
    await room.grace.click(asked.response, label="Remove for good")

    assert "Only who handed an article in" in private_reply(refused)
    assert "empty" in private_reply(await room.ben.slash(room.channel, "article list"))


async def test_a_footnote_whose_article_is_gone_says_so(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    await room.ada.click(asked.response, label="Remove for good")

    opened = await room.ben.click(answer.response, label="¹")

    assert "no longer in the library" in private_reply(opened)


async def test_a_press_is_checked_when_it_comes(room: Room) -> None:
    """The button of somebody's own article does nothing for who has lost the right."""
    await room.add(room.ada)
    asked = await room.grace.slash(room.channel, "article remove", article="1")
    room.env.backend.get_guild(room.guild.id).members[room.grace.id].role_ids.clear()

    pressed = await room.grace.click(asked.response, label="Remove for good")

    assert "Only who handed an article in" in private_reply_of_press(pressed)
    assert "1 article" in private_reply(await room.ada.slash(room.channel, "article list"))


def private_reply_of_press(result: object) -> str:
    followups = getattr(result, "followups")  # noqa: B009 - simcord's result is untyped
    response = getattr(result, "response")  # noqa: B009
    replies = [*followups, *([response] if response else [])]
    return "\n".join(text_of(reply) for reply in replies if reply.ephemeral)


async def test_turning_buttons_only_lead_to_pages_that_exist(room: Room) -> None:
    await fill(room, 3)

    listed = await room.ben.slash(room.channel, "article list")

    assert list(labels(listed.response.components)) == []
