"""User installs: in a server that the bot is not in, commands are refused and nothing is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.discord_app.access import BOT_NOT_IN_SERVER, RESTARTING
from bot.discord_app.commands import BY_SERVERS, IN_SERVERS
from bot.errors import LibraryElsewhere
from bot.shards import Shards
from bot.store.sqlite import store
from tests.discord_app.conftest import MARS, Room, filled, footnote, private_reply, statistics

pytestmark = pytest.mark.quick
Act = Callable[[Room], Awaitable[Any]]


async def leave(room: Room) -> None:
    """Removes the bot from the server."""
    for tell in room.env.backend.subscribers:
        tell("GUILD_DELETE", {"id": str(room.guild.id)})
    await room.env.settle()
    assert room.env.bot.get_guild(room.guild.id) is None


def library_files(room: Room) -> list[Path]:
    return list((room.app.settings.data_dir / "libraries").glob(f"{room.guild.id}*"))


async def ask(room: Room) -> Any:
    return await room.ask(room.ben)


async def add(room: Room) -> Any:
    return await room.add(room.ada)


async def open_form(room: Room) -> Any:
    return await room.ada.slash(room.channel, "article add")


async def listing(room: Room) -> Any:
    return await room.grace.slash(room.channel, "library")


async def last(room: Room) -> Any:
    return await room.ben.slash(room.channel, "last")


async def figures(room: Room) -> Any:
    return await statistics(room.ben, room.channel)


async def menu_add(room: Room) -> Any:
    message = await room.ben.send(room.channel, "The harbour was dredged in 1931.")
    return await room.ada.context_menu(room.channel, "Add to library", message)


async def menu_ask(room: Room) -> Any:
    message = await room.ben.send(room.channel, "Who dredged the harbour?")
    return await room.ada.context_menu(room.channel, "Ask about this", message)


@pytest.mark.parametrize("act", [ask, add, open_form, listing, last, figures, menu_add, menu_ask])
async def test_an_act_in_a_server_without_the_bot_is_refused_and_keeps_nothing(
    room: Room, act: Act
) -> None:
    await leave(room)

    assert BOT_NOT_IN_SERVER in private_reply(await act(room))
    assert library_files(room) == []


@pytest.mark.parametrize("act", [ask, add, open_form, listing])
async def test_an_act_that_is_heard_while_its_shard_is_given_away_is_to_be_tried_again(
    room: Room, act: Act
) -> None:
    await leave(room)
    room.env.bot._starting.add(0)

    assert RESTARTING in private_reply(await act(room))
    assert library_files(room) == []


async def test_a_library_that_another_process_was_given_just_now_is_to_be_tried_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def belongs_to_another(server_id: str, shards: Shards) -> None:
        raise LibraryElsewhere("of shard 3")

    monkeypatch.setattr(store, "check_is_own", belongs_to_another)
    assert RESTARTING in private_reply(await ask(room))


async def test_typing_in_a_server_without_the_bot_suggests_and_keeps_nothing(room: Room) -> None:
    await leave(room)

    assert await room.ben.autocomplete(room.channel, "article show", "article", "m") == []
    assert library_files(room) == []


async def test_a_form_that_is_sent_after_the_bot_has_left_is_refused(room: Room) -> None:
    shown = await room.ada.slash(room.channel, "article add")
    await leave(room)

    sent = await room.ada.submit_modal(shown, filled(shown, {"Text": MARS}))

    assert BOT_NOT_IN_SERVER in private_reply(sent)
    assert library_files(room) == []


async def test_a_button_in_a_server_that_the_bot_has_left_is_refused(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    await leave(room)

    assert BOT_NOT_IN_SERVER in private_reply(
        await room.ben.click(answer.response, label=footnote(answer.response))
    )


def test_every_command_and_menu_is_for_servers_that_installed_the_bot(room: Room) -> None:
    tree = room.env.bot.tree
    offered = [command.to_dict(tree) for command in tree.get_commands()]

    assert {each["name"] for each in offered} >= {"ask", "article", "Ask about this"}
    for each in offered:
        assert each["integration_types"] == BY_SERVERS.to_array() == [0], each["name"]
        assert each["contexts"] == IN_SERVERS.to_array() == [0], each["name"]
