"""The settings of a server: who may change them, that they hold, and the history."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.discord_app.cards.settings import (
    SECTIONS,
    SettingsFacts,
    history_card,
    settings_card,
)
from bot.store.settings_protocol import NAMES, ServerSettings, SettingChange
from tests.discord_app.conftest import Room, filled, labels, private_reply, text_of
from tests.discord_app.test_cards import check_within_limits

pytestmark = pytest.mark.quick


@pytest.fixture
def boss(room: Room) -> Any:
    """A member who manages the server."""
    managing = discord.Permissions(manage_guild=True, manage_messages=True)
    role = room.guild.create_role("Managers", permissions=managing)
    return room.guild.add_member(room.env.create_user("boss"), roles=[role])


async def current(room: Room) -> ServerSettings:
    async with room.app.store.library(str(room.guild.id)) as library:
        return await library.settings.current()


async def test_those_who_manage_the_server_see_all_sections(room: Room, boss: Any) -> None:
    shown = await boss.slash(room.channel, "settings")
    assert shown.response.ephemeral
    assert "Who may add articles" in text_of(shown.response)
    asking = await boss.click(shown.response, label="Asking")
    assert "Who may ask" in text_of(asking.response)
    library = await boss.click(shown.response, label="Library")
    assert "Language of my own words" in text_of(library.response)


async def test_nobody_else_is_shown_the_command(room: Room, boss: Any) -> None:
    assert "settings" in boss.available_commands(room.channel)
    assert "settings" not in room.grace.available_commands(room.channel)


async def test_who_lost_the_role_meanwhile_is_refused(room: Room, boss: Any) -> None:
    shown = await boss.slash(room.channel, "settings")
    room.env.backend.get_guild(room.guild.id).members[boss.id].role_ids.clear()
    pressed = await boss.select(shown.response, ["moderators"], custom_id="fnset:removal")
    assert "Only those who can manage the server" in text_of(pressed.followups[-1])
    turned = await boss.click(shown.response, label="Asking")
    assert "Only those who can manage the server" in text_of(turned.followups[-1])
    assert await current(room) == ServerSettings()


async def test_only_members_with_a_chosen_role_add(room: Room, boss: Any) -> None:
    editors = room.guild.create_role("Editors")
    eve = room.guild.add_member(room.env.create_user("eve"), roles=[editors])
    shown = await boss.slash(room.channel, "settings")
    await boss.select(shown.response, [editors], custom_id="fnset:add_roles")
    assert (await current(room)).add_roles == {editors.id}
    assert "certain roles" in private_reply(await room.add(room.ada))
    assert "was added" in text_of((await room.add(eve)).response)


async def test_articles_are_added_only_in_chosen_channels(room: Room, boss: Any) -> None:
    other = room.guild.create_text_channel("other")
    shown = await boss.slash(room.channel, "settings")
    await boss.select(shown.response, [other], custom_id="fnset:add_channels")
    assert "in this channel" in private_reply(await room.add(room.ada))
    await boss.select(shown.response, [], custom_id="fnset:add_channels")
    assert "was added" in text_of((await room.add(room.ada)).response)


async def test_only_members_with_a_chosen_role_ask_however_they_do(room: Room, boss: Any) -> None:
    await room.add(room.ada)
    shown = await boss.slash(room.channel, "settings")
    await boss.click(shown.response, label="Asking")
    await boss.select(shown.response, [room.guild.create_role("X")], custom_id="fnset:ask_roles")
    assert "certain roles may ask" in private_reply(await room.ask(room.ada))
    summary = await room.ada.slash(room.channel, "summarise", article="1")
    assert "certain roles may ask" in private_reply(summary)
    await room.ada.send(room.channel, f"<@{room.env.backend.bot_user.id}> Who heads the fund?")
    assert "certain roles may ask" in text_of(room.channel.last_message)
    assert "Dmitriev" in text_of((await room.ask(boss)).response)


async def test_answers_are_private_and_quotes_are_limited_as_set(room: Room, boss: Any) -> None:
    await room.add(room.ada)
    shown = await boss.slash(room.channel, "settings")
    await boss.click(shown.response, label="Asking")
    await boss.select(shown.response, ["private"], custom_id="fnset:visibility")
    await boss.select(shown.response, ["5"], custom_id="fnset:questions_per_day")
    assert (await room.ask(room.ada)).response.ephemeral
    public = await room.ada.slash(
        room.channel, "ask", question="Who heads the Russian fund?", private=False
    )
    assert not public.response.ephemeral
    for _ in range(3):
        await room.ask(room.ada)
    assert "5 questions a day" in private_reply(await room.ask(room.ada))
    assert "Dmitriev" in text_of((await room.ask(room.ben)).response)


async def test_private_answers_hold_for_summaries_and_forms_as_well(room: Room, boss: Any) -> None:
    await room.add(room.ada)
    shown = await boss.slash(room.channel, "settings")
    await boss.click(shown.response, label="Asking")
    await boss.select(shown.response, ["private"], custom_id="fnset:visibility")
    assert (await room.ada.slash(room.channel, "summarise", article="1")).response.ephemeral
    message = await room.ben.send(room.channel, "Who is Dmitriev?")
    form = await room.ada.context_menu(room.channel, "Ask about this", message)
    (box,) = [c["component"] for c in form.modal["components"] if c["label"] == "Only for me"]
    assert box["default"] is True


async def test_a_role_has_a_limit_of_its_own(room: Room, boss: Any) -> None:
    role = room.guild.create_role("Guests")
    shown = await boss.slash(room.channel, "settings")
    asking = await boss.click(shown.response, label="Asking")
    form = await boss.click(asking.response, label="Limit a role")
    await boss.submit_modal(form, filled(form, {"Role": [role], "Questions a day": "2"}))
    assert (await current(room)).role_questions == {role.id: 2}
    form = await boss.click(asking.response, label="Limit a role")
    refused = await boss.submit_modal(
        form, filled(form, {"Role": [role], "Questions a day": "many"})
    )
    assert "whole number" in text_of(refused.followups[-1])
    assert (await current(room)).role_questions == {role.id: 2}


async def test_a_submitter_removes_nothing_where_moderators_do(room: Room, boss: Any) -> None:
    added = await room.add(room.ada)
    shown = await boss.slash(room.channel, "settings")
    await boss.select(shown.response, ["moderators"], custom_id="fnset:removal")
    refused = await room.ada.click(added.response, label="Remove")
    assert "In this server only the author" in private_reply(refused)
    assert "Remove" in private_reply(await room.grace.click(added.response, label="Remove"))


async def test_a_channel_where_the_bot_cannot_post_is_refused_in_words(
    room: Room, boss: Any
) -> None:
    me = room.guild.me
    mute = discord.PermissionOverwrite(send_messages=False)
    quiet = room.guild.create_text_channel("quiet", overwrites={room.guild.default_role: mute})
    assert me is not None
    shown = await boss.slash(room.channel, "settings")
    refused = await boss.select(shown.response, [quiet], custom_id="fnset:approval_channel")
    assert "I need *Send Messages*" in text_of(refused.followups[-1])
    assert await current(room) == ServerSettings()


async def test_a_role_that_was_deleted_is_said_on_the_card(room: Room, boss: Any) -> None:
    role = room.guild.create_role("Gone")
    shown = await boss.slash(room.channel, "settings")
    await boss.select(shown.response, [role], custom_id="fnset:add_roles")
    room.env.backend.delete_role(room.guild.id, role.id)
    await room.env.settle()
    again = await boss.slash(room.channel, "settings")
    assert "was deleted, so only those who manage the server" in text_of(again.response)


async def test_a_change_is_in_the_history_with_who_and_what(room: Room, boss: Any) -> None:
    shown = await boss.slash(room.channel, "settings")
    await boss.select(shown.response, ["moderators"], custom_id="fnset:removal")
    history = await boss.click(shown.response, label="History")
    assert "**Who may remove an article**: Moderators only" in text_of(history.response)
    assert "boss" in text_of(history.response)
    back = await boss.click(history.response, label="Back")
    assert "Adding" in set(labels(back.response.components))


async def test_without_alerts_nobody_waits_for_an_answer(room: Room, boss: Any) -> None:
    await room.add(room.ada, "Baking\n\nBread is baked at four.", "bread.txt")
    before = await room.ask(room.ada)
    assert "I'll let you know" in text_of(before.response)
    shown = await boss.slash(room.channel, "settings")
    await boss.click(shown.response, label="Library")
    await boss.select(shown.response, ["false"], custom_id="fnset:alerts")
    after = await room.ask(room.ben)
    assert "I'll let you know" not in text_of(after.response)
    posted = len(room.channel.history())
    await room.add(room.ada)  # it answers both, but nobody is notified
    assert len(room.channel.history()) == posted + 1


async def test_an_alert_is_declined_on_the_card_by_its_asker_alone(room: Room) -> None:
    await room.add(room.ada, "Baking\n\nBread is baked at four.", "bread.txt")
    unanswered = await room.ask(room.ada)
    refused = await room.ben.click(unanswered.response, label="Don't notify me")
    assert "Only the person who asked" in private_reply(refused)
    declined = await room.ada.click(unanswered.response, label="Don't notify me")
    assert "I won't notify you" in private_reply(declined)
    posted = len(room.channel.history())
    await room.add(room.ada)
    assert len(room.channel.history()) == posted + 1


def test_every_section_is_within_discord_s_limits() -> None:
    ids = frozenset(range(10**18, 10**18 + 25))
    settings = ServerSettings(
        add_roles=ids,
        ask_roles=ids,
        add_channels=ids,
        library_channels=ids,
        role_questions=dict.fromkeys(ids, 10**6),
    )
    facts = SettingsFacts(settings, ids, ids, dict.fromkeys(NAMES, "x" * 300), 90)
    for section in range(len(SECTIONS)):
        check_within_limits(settings_card(facts, section))
    changes = [
        SettingChange(name, getattr(settings, name), "n" * 80, "2026-11-30T12:00:00+00:00")
        for name in sorted(NAMES) * 3
    ]
    check_within_limits(history_card(changes, 0))
