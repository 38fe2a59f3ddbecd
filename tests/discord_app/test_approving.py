"""Where a server wants it, what members add waits until a moderator approves it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle

from bot.discord_app.buttons import Button
from bot.discord_app.cards import approving as cards
from bot.discord_app.cards.components import GREY, message
from bot.discord_app.client import create_bot
from bot.records import Article, Scope, Submitter
from bot.store.approval_protocol import BEGINNING_CHARACTERS, WaitingArticle
from bot.store.settings_protocol import Changer, SettingValue
from tests.contract.samples import new_article
from tests.discord_app.conftest import Room, filled, labels, private_reply, text_of
from tests.discord_app.test_cards import check_within_limits

pytestmark = pytest.mark.quick
BOSS = Changer(1, "boss")


async def set_up(room: Room, **settings: SettingValue) -> Any:
    """A moderators' channel in which additions wait."""
    hidden = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True)
    bot = room.guild.roles[room.env.backend.bot_user.name]
    overwrites = {room.guild.default_role: hidden, room.grace: seen, bot: seen}
    mods = room.guild.create_text_channel("mods", overwrites=overwrites)
    await change(room, approval_channel=mods.id, **settings)
    return mods


async def change(room: Room, **settings: SettingValue) -> None:
    async with room.app.store.library(str(room.guild.id)) as library:
        for name, value in settings.items():
            await library.settings.change(name, value, BOSS)


async def listed(room: Room) -> list[Article]:
    async with room.app.store.library(str(room.guild.id)) as library:
        return await library.articles.select(Scope(str(room.guild.id)))


async def waiting(room: Room) -> list[WaitingArticle]:
    async with room.app.store.library(str(room.guild.id)) as library:
        return await library.approvals.waiting(Scope(str(room.guild.id)))


def notices(room: Room, who: Any) -> list[str]:
    """The direct messages that a member got."""
    channel = room.env.backend.get_dm_channel(who.id)
    messages = ChannelHandle(room.env, None, channel).history()
    return [text_of(message) for message in messages]


async def test_an_addition_waits_and_is_nowhere(room: Room) -> None:
    mods = await set_up(room)
    added = await room.add(room.ada)
    assert "waits for a moderator's approval" in private_reply(added)
    assert await listed(room) == []
    assert "no articles here yet" in text_of((await room.ask(room.ada)).response)
    assert "mars" not in text_of((await room.ben.slash(room.channel, "library")).response).lower()
    suggested = await room.ben.autocomplete(room.channel, "article show", "article", "mars")
    assert list(suggested) == []
    card = text_of(mods.last_message)
    assert "added by ada" in card
    assert "Kirill Dmitriev heads" in card
    assert list(labels([c.to_dict() for c in mods.last_message.components])) == [
        "Approve",
        "Decline",
        "Read",
    ]


async def test_the_same_text_again_is_no_duplicate_of_what_waits(room: Room) -> None:
    await set_up(room)
    await room.add(room.ada)
    second = await room.add(room.ben)
    assert "waits for a moderator's approval" in private_reply(second)
    assert len(await waiting(room)) == 2


async def test_an_approved_article_is_used_and_its_submitter_is_told(room: Room) -> None:
    mods = await set_up(room)
    await room.add(room.ada)
    await room.grace.click(mods.last_message, label="Approve")
    assert [article.title for article in await listed(room)] == ["Joint Mars mission floated"]
    assert "was approved by grace" in text_of(mods.last_message)
    assert "Dmitriev" in text_of((await room.ask(room.ben)).response)
    assert ["was approved" in notice for notice in notices(room, room.ada)] == [True]


async def test_whoever_asked_before_is_notified_on_approval_and_no_sooner(room: Room) -> None:
    await room.add(room.grace, "Baking\n\nBread is baked at four.", "bread.txt")
    mods = await set_up(room)
    await room.ask(room.ben)
    before = len(room.channel.history())
    await room.add(room.ada)
    assert len(room.channel.history()) == before
    await room.grace.click(mods.last_message, label="Approve")
    assert "a new article answers it" in text_of(room.channel.last_message)


async def test_a_declined_article_is_gone_and_its_submitter_gets_the_reason(room: Room) -> None:
    mods = await set_up(room)
    await room.add(room.ada)
    form = await room.grace.click(mods.last_message, label="Decline")
    await room.grace.submit_modal(form, filled(form, {"Reason": "We have it already."}))
    assert await waiting(room) == []
    card = text_of(mods.last_message)
    assert "declined by grace" in card
    assert "Mars" not in card
    (notice,) = notices(room, room.ada)
    assert "We have it already" in notice


async def test_of_two_moderators_the_second_is_told(room: Room) -> None:
    mods = await set_up(room)
    await room.add(room.ada)
    form = await room.grace.click(mods.last_message, label="Decline")
    await room.grace.click(mods.last_message, label="Approve")
    late = await room.grace.submit_modal(form, filled(form, {"Reason": "No."}))
    assert "no longer waits" in text_of(late.followups[-1])
    assert len(await listed(room)) == 1


@pytest.mark.parametrize("act", ["approve", "decline", "block", "preview", "withdraw"])
async def test_what_was_erased_meanwhile_is_decided_on_by_nobody(room: Room, act: str) -> None:
    mods = await set_up(room)
    await room.add(room.ada)
    (each,) = await waiting(room)
    async with room.app.store.library(str(room.guild.id)) as library:
        await library.approvals.decline(each.article.id, Scope(str(room.guild.id)))
    stale = await room.env.bot.get_channel(mods.id).send(
        view=message("?", GREY, Button(act, each.article.id, label="!"))
    )
    late = await room.grace.click(stale, label="!")
    assert late.modal is None
    told = [reply for reply in (late.response, *late.followups) if reply is not None]
    assert "no longer waits" in " ".join(text_of(reply) for reply in told)
    assert await listed(room) == []


async def test_who_may_not_moderate_decides_nothing(room: Room) -> None:
    await set_up(room)
    open_channel = room.guild.create_text_channel("open-mods")
    await change(room, approval_channel=open_channel.id)
    await room.add(room.ada)
    for label in ("Approve", "Decline", "Read"):
        refused = await room.ben.click(open_channel.last_message, label=label)
        assert refused.modal is None
        said = refused.followups[-1] if refused.followups else refused.response
        assert "Only those who can manage messages" in text_of(said)
    assert len(await waiting(room)) == 1


async def test_a_moderator_s_own_addition_needs_no_approval(room: Room) -> None:
    await set_up(room)
    assert "was added" in text_of((await room.add(room.grace)).response)


async def test_who_added_it_withdraws_it(room: Room) -> None:
    mods = await set_up(room)
    added = await room.add(room.ada)
    shown = [reply for reply in [added.response, *added.followups] if reply is not None][-1]
    await room.ada.click(shown, label="Withdraw")
    assert await waiting(room) == []
    assert "was withdrawn" in text_of(mods.last_message)


async def test_what_was_made_from_a_message_goes_with_it_also_from_the_card(room: Room) -> None:
    mods = await set_up(room)
    message = await room.ben.send(room.channel, "The harbour of Aldwick was dredged in 1931.")
    await room.ada.context_menu(room.channel, "Add to library", message)
    assert "Aldwick" in text_of(mods.last_message)
    await room.ben.delete(message)
    assert await waiting(room) == []
    assert "Aldwick" not in text_of(mods.last_message)


async def test_a_waiting_article_goes_with_the_person_who_erases_it(room: Room) -> None:
    mods = await set_up(room)
    await room.add(room.ada)
    shown = await room.ada.slash(room.channel, "privacy")
    confirm = await room.ada.click(shown.response, label="Erase my data")
    await room.ada.click(confirm.response, label="Erase, and the 1 article I added")
    assert await waiting(room) == []
    assert "Kirill" not in text_of(mods.last_message)


async def test_a_blocked_site_is_listed_in_the_settings_and_unblocked(room: Room) -> None:
    role = room.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    boss = room.guild.add_member(room.env.create_user("boss"), roles=[role])
    mods = await set_up(room)
    draft = replace(new_article(), awaits_approval=True, address="https://www.a.org/x/y")
    async with room.app.store.library(str(room.guild.id)) as library:
        await library.articles.add(draft, Scope(str(room.guild.id)))
    await room.env.bot.retry_alerts()
    form = await room.grace.click(mods.last_message, label="Block address")
    site = {"Site, or the beginning of an address": "elsewhere.org"}
    refused = await room.grace.submit_modal(form, filled(form, site))
    assert "Nothing was blocked" in text_of(refused.followups[-1])
    form = await room.grace.click(mods.last_message, label="Block address")
    site = {"Site, or the beginning of an address": "https://www.a.org/"}
    await room.grace.submit_modal(form, filled(form, site))
    assert "`a.org`" in text_of(mods.last_message)
    added = await room.ada.slash(room.channel, "article add", url="https://a.org/z")
    assert "A moderator blocked this address" in private_reply(added)
    shown = await boss.slash(room.channel, "settings")
    assert "Blocked addresses" in text_of(shown.response)
    await boss.select(shown.response, ["0"], custom_id="fnset:unblock")
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.approvals.blocked() == []


async def test_the_text_of_a_closed_channel_is_not_on_the_moderators_card(room: Room) -> None:
    mods = await set_up(room)
    hidden = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True)
    closed = room.guild.create_text_channel(
        "closed", overwrites={room.guild.default_role: hidden, room.ada: seen}
    )
    await room.ada.slash(closed, "article add", file=("m.txt", b"Secret\n\nThe code is 1234."))
    card = text_of(mods.last_message)
    assert "not everyone here can read" in card
    assert "1234" not in card
    assert "Secret" not in card
    refused = await room.grace.click(mods.last_message, label="Read")
    assert "1234" not in private_reply(refused)


async def test_a_lost_card_is_posted_again(room: Room) -> None:
    mods = await set_up(room)
    await room.add(room.ada)
    card = mods.last_message
    room.env.backend.delete_message(mods.id, card.id)
    await room.env.settle()
    assert mods.last_message.id != card.id
    await room.grace.click(mods.last_message, label="Approve")
    assert len(await listed(room)) == 1


async def test_a_channel_that_is_gone_is_told_and_loses_nothing(room: Room) -> None:
    mods = await set_up(room)
    room.env.backend.delete_channel(mods.id)
    await room.env.settle()
    added = await room.add(room.ada)
    assert "can't be used now" in private_reply(added)
    other = room.guild.create_text_channel("other-mods")
    await change(room, approval_channel=other.id)
    await room.env.bot.retry_alerts()
    assert "waits for approval" in text_of(other.last_message)


async def test_a_channel_of_announcements_that_is_gone_stops_no_addition(room: Room) -> None:
    news = room.guild.create_text_channel("news")
    await change(room, announcements=news.id)
    room.env.backend.delete_channel(news.id)
    await room.env.settle()
    assert "was added" in text_of((await room.add(room.ada)).response)


async def test_what_waits_survives_a_restart(room: Room) -> None:
    mods = await set_up(room)
    await room.add(room.ada)
    await room.env.restart_bot(create_bot(room.app))
    await room.grace.click(mods.last_message, label="Approve")
    assert len(await listed(room)) == 1


async def test_new_articles_are_announced_where_the_server_wants_it(room: Room) -> None:
    news = room.guild.create_text_channel("news")
    mods = await set_up(room, announcements=news.id)
    await room.add(room.ada)
    assert news.last_message is None
    await room.grace.click(mods.last_message, label="Approve")
    assert "was added" in text_of(news.last_message)


def test_the_cards_are_within_discord_s_limits() -> None:
    title, text = "*_~`|" * 200, "_*[x](y)" * (BEGINNING_CHARACTERS // 8)
    who = Submitter(7, "n" * 80, 5)
    address = "https://a.org/" + "x" * 1500
    article = Article(
        1, 1, title, address, None, None, None, "s", who, "2026", 1, 10**6, address=address
    )
    each = WaitingArticle(article, "2026-11-30T12:00:00+00:00", text, "h")
    for is_open in (True, False):
        check_within_limits(cards.waiting_card(each, is_open=is_open))
        check_within_limits(cards.approved_card(article, "n" * 80, is_open=is_open))
    check_within_limits(cards.preview_card(each))
    check_within_limits(cards.declined_card("n" * 80, "m" * 80, "r" * 500, "a.org"))
    check_within_limits(cards.approved_notice("s" * 100, title))
    check_within_limits(cards.declined_notice("s" * 100, title, "*" * 500))
