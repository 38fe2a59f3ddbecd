"""Only Discord says that the bot is no longer in a server."""

from __future__ import annotations

from typing import Any

import pytest
from simcord.backend import serializers

from bot.discord_app.client import create_bot
from bot.discord_app.presence import ClientPresence
from tests.discord_app.conftest import Room

pytestmark = pytest.mark.quick


async def left(room: Room) -> dict[str, bool]:
    return {m.server_id: m.left_at is not None for m in await room.app.store.memberships()}


def client(room: Room) -> Any:
    return room.env.bot


async def test_the_clock_starts_at_the_leave_event_and_ends_at_the_return(room: Room) -> None:
    server = str(room.guild.id)
    await room.add(room.ada)
    assert await left(room) == {server: False}

    backend = room.env.backend
    guild = backend.get_guild(room.guild.id)
    backend.remove_guild(room.guild.id)
    await room.env.settle()
    assert await left(room) == {server: True}

    backend.guilds[guild.id] = guild
    guild.channel_ids.clear()
    backend.emit("GUILD_CREATE", serializers.guild_create_payload(backend, guild))
    await room.env.settle()
    assert await left(room) == {server: False}


async def test_a_server_that_is_unavailable_was_not_left(room: Room) -> None:
    room.env.backend.emit("GUILD_DELETE", {"id": str(room.guild.id), "unavailable": True})
    await room.env.settle()

    assert await left(room) == {str(room.guild.id): False}


async def test_a_server_that_is_missing_at_the_start_was_not_left(room: Room) -> None:
    store, application = room.app.store, client(room).application_id
    await store.mark_joined(["4711"], application)

    await room.env.restart_bot(create_bot(room.app))
    await room.env.settle()

    assert await left(room) == {"4711": False, str(room.guild.id): False}


async def test_discord_is_asked_for_the_server_itself(room: Room) -> None:
    presence: ClientPresence = client(room).presence
    assert await presence.application_id() == client(room).application_id
    assert await presence.is_member(str(room.guild.id)) is True
    assert await presence.is_member("4711") is False


@pytest.mark.parametrize(("status", "code"), [(401, 0), (404, 0), (403, 40001), (400, 0)])
async def test_other_answers_are_none(status: int, code: int, room: Room) -> None:
    room.env.inject_error("GET", "/guilds/4711", status=status, code=code, times=None)
    assert await client(room).presence.is_member("4711") is None


async def test_a_deleted_channel_makes_no_library(room: Room) -> None:
    await client(room)._forget(4711, 1)
    assert "4711" not in await room.app.store.servers()
