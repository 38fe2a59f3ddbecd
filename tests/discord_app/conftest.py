"""A simulated Discord with the real bot in it: a room, two members and a moderator."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord
from discord import app_commands
from simcord.backend.models.interaction import ResponseKind

from bot.app import App, open_app
from bot.discord_app.client import create_bot
from bot.settings import Settings
from tests.discord_app.heard import teach_age
from tests.inside import open_inside

MARS = (
    "Joint Mars mission floated\n\n"
    "Kirill Dmitriev heads the Russian Direct Investment Fund. "
    "He attended Harvard and Stanford before working at Goldman Sachs. "
    "He suggested the year 2029 for a joint mission to Mars."
)


@dataclass
class Room:
    """The simulated server and what tests use of it."""

    env: Any
    app: App
    guild: Any
    channel: Any
    ada: Any
    ben: Any
    grace: Any  # may manage messages

    async def add(self, who: Any, text: str = MARS, name: str = "mars.txt") -> Any:
        return await who.slash(self.channel, "article add", file=(name, text.encode()))

    async def ask(self, who: Any, question: str = "Who heads the Russian fund?") -> Any:
        return await who.slash(self.channel, "ask", question=question)


@pytest.fixture
async def app(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[App]:
    """With ``@pytest.mark.quick``: a cheap embedder, and no reader process."""
    quick = request.node.get_closest_marker("quick")
    async with open_inside(settings) if quick else open_app(settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def ages(monkeypatch: pytest.MonkeyPatch) -> None:
    teach_age(monkeypatch)


_payloads: dict[str, dict[str, Any]] = {}


@pytest.fixture(autouse=True)
def translated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command's names in all languages are put together once a process: they would be half of
    the work of starting a bot.
    """
    for kind in (app_commands.Command, app_commands.ContextMenu, app_commands.Group):
        monkeypatch.setattr(kind, "get_translated_payload", _once(kind.get_translated_payload))


def _once(translate: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Any]:
    async def translated(command: Any, tree: Any, translator: Any) -> dict[str, Any]:
        key = json.dumps(command.to_dict(tree), sort_keys=True)
        if key not in _payloads:
            _payloads[key] = await translate(command, tree, translator)
        return _payloads[key]

    return translated


@pytest.fixture
async def env(app: App) -> AsyncIterator[simcord.Env]:
    env = simcord.Env(create_bot(app), shard_count=1, settle_timeout=600)
    await env.start()
    yield env
    await env.shutdown()
    assert not env.errors


@pytest.fixture
async def room(env: simcord.Env, app: App) -> Room:
    guild = env.create_guild("Readers")
    channel = guild.create_text_channel("library")
    moderators = guild.create_role(
        "Moderators", permissions=discord.Permissions(manage_messages=True)
    )
    ada, ben, grace = (env.create_user(name) for name in ("ada", "ben", "grace"))
    people = [
        guild.add_member(user, roles=[moderators] if user is grace else [])
        for user in (ada, ben, grace)
    ]
    return Room(env, app, guild, channel, *people)


def texts(components: list[Any]) -> Iterator[str]:
    """All texts of a card, from its raw components."""
    for component in components:
        if component.get("content"):
            yield component["content"]
        yield from texts(component.get("components", []))


def text_of(message: Any) -> str:
    """The text of a response, a follow-up or a message of the channel."""
    if isinstance(message, discord.Message):
        return "\n".join(texts([component.to_dict() for component in message.components]))
    return "\n".join(texts(message.components))


def labels(components: list[Any]) -> Iterator[str]:
    """The labels of a card's buttons."""
    for component in components:
        if component.get("label"):
            yield component["label"]
        yield from labels(component.get("components", []))


async def statistics(who: Any, channel: Any) -> Any:
    """The library's statistics; of a library without articles, its empty list."""
    listed = await who.slash(channel, "library")
    if "Statistics" not in set(labels(listed.response.components)):
        return listed
    return await who.click(listed.response, label="Statistics")


def footnote(shown: Any, n: int = 1) -> str:
    """The label of the button of footnote ``n`` under an answer."""
    (label,) = [each for each in labels(_raw(shown)) if each.startswith(f"{n} ·")]
    return label


def footnotes(shown: Any) -> list[str]:
    """The labels of all footnotes under an answer."""
    return [each for each in labels(_raw(shown)) if re.match(r"\d+ · ", each)]


def _raw(shown: Any) -> list[Any]:
    if isinstance(shown, discord.Message):
        return [component.to_dict() for component in shown.components]
    return list(shown.components)


def told(room: Room, event: str) -> list[Any]:
    """The payloads of all gateway events with this name."""
    entries = [entry[1:] for entry in room.env.backend.transcript if entry[0] == "GATEWAY"]
    return [payload for name, payload in entries if name == event]


def filled(shown: Any, typed: dict[str, Any]) -> dict[str, Any]:
    """The fields of a form by custom_id, filled by their labels."""
    fields = {
        label["label"]: label["component"]["custom_id"] for label in shown.modal["components"]
    }
    return {fields[label]: value for label, value in typed.items()}


def private_reply(result: Any) -> str:
    """The last private reply, if nothing was said in public."""
    kind, response = result._interaction.response_kind, result.response
    is_pressed_card = kind is ResponseKind.DEFERRED_UPDATE and not response.ephemeral
    response = [] if is_pressed_card or not response else [response]  # that card says nothing new
    replies = [*response, *result.followups]
    private = [reply for reply in replies if reply.ephemeral]
    assert private, f"nothing private was said: {replies}"
    assert all(reply.ephemeral for reply in replies), "something was said in public"
    return text_of(private[-1])
