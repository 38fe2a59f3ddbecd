"""A person whose question was not answered is notified once when a new article answers it."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.discord_app import alert_delivery
from bot.discord_app.client import create_bot
from bot.errors import StoreError
from bot.service import alerts
from tests.discord_app.conftest import MARS, Room, text_of, texts, told
from tests.discord_app.heard import Ear

pytestmark = pytest.mark.quick
OTHER = "Bread is baked at four in the morning. The oven of the village is as old as its church."
QUESTION = "Who heads the Russian Direct Investment Fund?"


def _alerts(room: Room) -> list[str]:
    cards = ["\n".join(texts(sent["components"])) for sent in told(room, "MESSAGE_CREATE")]
    return [text for text in cards if "a new article answers it" in text]


async def test_the_asker_is_told_in_the_channel_and_only_once(room: Room) -> None:
    await room.add(room.ada, OTHER, "bread.txt")
    await room.ask(room.ben, QUESTION)
    await room.add(room.ada)
    (alert,) = _alerts(room)
    assert QUESTION in alert
    assert f"<@{room.ben.id}>" in alert
    assert "Dmitriev heads" in alert
    await room.add(room.ada, "Kirill Dmitriev heads the Russian Direct Investment Fund now.", "b")
    assert len(_alerts(room)) == 1


async def test_nobody_is_pinged(room: Room) -> None:
    await room.add(room.ada, OTHER, "bread.txt")
    await room.ask(room.ben, QUESTION)
    await room.add(room.ada)
    assert len(_alerts(room)) == 1
    sent = [r.json for r in room.env.http_requests if r.json and r.method == "POST"]
    cards = [body for body in sent if isinstance(body, dict) and body.get("components")]
    assert cards
    assert all(body["allowed_mentions"]["parse"] == [] for body in cards)


async def test_an_article_that_the_channel_may_not_use_tells_nothing(room: Room) -> None:
    unseen = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True, read_message_history=True)
    overwrites = {room.guild.default_role: unseen, room.grace: seen}
    board = room.guild.create_text_channel("board", overwrites=overwrites)
    await room.add(room.ada, OTHER, "bread.txt")
    await room.ask(room.ben, QUESTION)
    await room.grace.slash(board, "article add", file=("mars.txt", MARS.encode()))
    assert _alerts(room) == []


async def test_who_lost_the_role_since_is_not_told(room: Room) -> None:
    role = room.guild.create_role("Staff")
    unseen = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True, read_message_history=True)
    overwrites = {room.guild.default_role: unseen, role: seen, room.grace: seen}
    board = room.guild.create_text_channel("board", overwrites=overwrites)
    for who in (room.ben, room.ada):
        room.env.backend.add_member_role(room.guild.id, who.id, role.id)
    await room.add(room.ada, OTHER, "bread.txt")
    for who in (room.ben, room.ada):
        await who.slash(room.channel, "ask", question=QUESTION, private=True)
    room.env.backend.remove_member_role(room.guild.id, room.ben.id, role.id)
    await room.grace.slash(board, "article add", file=("mars.txt", MARS.encode()))
    (alert,) = _alerts(room)
    assert f"<@{room.ada.id}>" in alert


async def test_what_was_told_directly_is_not_told_again_to_who_lost_the_role(room: Room) -> None:
    """When an article is removed, a message is redrawn as its reader may see it now."""
    role = room.guild.create_role("Staff")
    unseen = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True, read_message_history=True)
    overwrites = {room.guild.default_role: unseen, role: seen, room.grace: seen}
    board = room.guild.create_text_channel("board", overwrites=overwrites)
    room.env.backend.add_member_role(room.guild.id, room.ben.id, role.id)
    await room.add(room.ada, OTHER, "bread.txt")
    await room.ben.slash(room.channel, "ask", question=QUESTION, private=True)
    await room.grace.slash(board, "article add", file=("mars.txt", MARS.encode()))
    assert len(_alerts(room)) == 1
    room.env.backend.remove_member_role(room.guild.id, room.ben.id, role.id)
    asked = await room.grace.slash(board, "article remove", article="2")
    removed = await room.grace.click(asked.response, label="Remove")
    ear = Ear(room.env)
    ear.new()

    await room.grace.click(removed.response, label="Restore")

    assert "Dmitriev" not in "\n".join(heard.words for heard in ear.new())


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_an_alert_that_could_not_be_delivered_is_delivered_later_once(
    room: Room, is_restarted: bool
) -> None:
    await room.add(room.ada, OTHER, "bread.txt")
    await room.ask(room.ben, QUESTION)
    room.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    await room.add(room.ada)
    assert _alerts(room) == []
    if is_restarted:
        await room.env.restart_bot(create_bot(room.app))
    for _ in range(2):
        await alert_delivery.retry_alerts(room.app, room.env.bot.guilds)
    (alert,) = _alerts(room)
    assert "Dmitriev heads" in alert


@pytest.mark.parametrize("failure", [StoreError("The disk is full."), OSError("reset")])
async def test_what_was_added_stays_shown_when_nobody_can_be_notified(
    room: Room, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: Any) -> Any:
        raise failure

    monkeypatch.setattr(alerts, "newly_answered", fail)
    await room.ask(room.ben, QUESTION)

    added = await room.add(room.ada)

    assert "was added." in text_of(room.channel.history()[-1])
    assert added.followups == []
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.jobs.undisplayed() == []


async def test_a_finished_card_stays_when_the_private_report_can_t_be_sent(room: Room) -> None:
    room.env.inject_error("POST", "/webhooks/*", status=500, code=0, times=None)

    await room.ada.slash(
        room.channel,
        "article add",
        file=("mars.txt", MARS.encode()),
        file2=("a.png", b"\x89PNG\r\n"),
    )

    assert "1 of 2 articles added" in text_of(room.channel.history()[-1])
