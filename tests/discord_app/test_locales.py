"""In which language the bot speaks to whom, and its commands' names in each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from discord import app_commands
from simcord import interactions

from bot.discord_app.locales import COMMAND_NAMES, OPTION_NAMES, CommandTranslator
from bot.strings import SOURCE, languages
from tests.discord_app.conftest import Room, labels, private_reply, text_of

pytestmark = pytest.mark.quick
TRANSLATED = [language for language in languages() if language != SOURCE]
NAME = re.compile(r"[-_'\w]{1,32}")  # of a command or an option, in lower case
MENU_NAME_CHARACTERS = 32
DESCRIPTION_CHARACTERS = 100


def speak(monkeypatch: pytest.MonkeyPatch, *, member: str, server: str) -> None:
    """From here on, interactions come from a client and a server with these locales."""
    plain = interactions.base_payload

    def localized(*args: Any, **kwargs: Any) -> Any:
        record, payload = plain(*args, **kwargs)
        return record, payload | {"locale": member, "guild_locale": server}

    monkeypatch.setattr(interactions, "base_payload", localized)


async def test_a_private_reply_is_in_the_members_language(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.add(room.ada)
    speak(monkeypatch, member="de", server="en-US")

    assert "Was ich für dich tun kann" in private_reply(await room.ben.slash(room.channel, "help"))


async def test_a_public_answer_is_in_the_servers_language(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.add(room.ada)
    speak(monkeypatch, member="en-US", server="de")

    await room.ask(room.ben)

    shown = room.channel.last_message
    assert "Aus den Quellen zitiert" in text_of(shown)
    assert "Nachfragen" in list(labels([part.to_dict() for part in shown.components]))


async def test_a_language_without_a_catalog_is_english(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(monkeypatch, member="ko", server="ko")

    assert "What I can do for you" in private_reply(await room.ben.slash(room.channel, "help"))


# --- the commands ------------------------------------------------------------------------------


async def payloads(room: Room) -> list[dict[str, Any]]:
    tree = room.env.bot.tree
    commands = [*tree.get_commands()]
    return [await each.get_translated_payload(tree, CommandTranslator()) for each in commands]


def parts(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A command, its subcommands and their options."""
    yield payload
    for option in payload.get("options", []):
        yield from parts(option)


async def test_every_command_and_option_has_a_message_for_its_name(room: Room) -> None:
    tree = room.env.bot.tree
    commands = [c for c in tree.walk_commands() if not isinstance(c, app_commands.ContextMenu)]
    options = {
        p.name for c in commands if isinstance(c, app_commands.Command) for p in c.parameters
    }

    assert {f"/{command.qualified_name}" for command in commands} == set(COMMAND_NAMES)
    assert {f"{name}:" for name in options} == set(OPTION_NAMES)


async def test_translated_commands_keep_discords_rules(room: Room) -> None:
    for payload in await payloads(room):
        is_menu = payload["type"] != 1
        for part in parts(payload):
            for name in [part["name"], *part.get("name_localizations", {}).values()]:
                if is_menu:
                    assert 0 < len(name) <= MENU_NAME_CHARACTERS
                else:
                    assert NAME.fullmatch(name), name
                    assert name == name.lower()
            described = [
                part.get("description"),
                *part.get("description_localizations", {}).values(),
            ]
            assert all(len(text) <= DESCRIPTION_CHARACTERS for text in described if text)
            names = [choice["name"] for choice in part.get("choices", [])]
            assert all(0 < len(name) <= DESCRIPTION_CHARACTERS for name in names)


@pytest.mark.parametrize("language", TRANSLATED)
async def test_names_in_one_place_differ(room: Room, language: str) -> None:
    for payload in await payloads(room):
        for part in parts(payload):
            names = [
                option.get("name_localizations", {}).get(language, option["name"])
                for option in part.get("options", [])
            ]
            assert len(names) == len(set(names))


async def test_the_german_name_of_a_subcommand_is_its_own_word(room: Room) -> None:
    (article,) = [each for each in await payloads(room) if each["name"] == "article"]

    names = {part["name"]: part["name_localizations"].get("de") for part in parts(article)}

    assert names["article"] == "artikel"
    assert names["add"] == "hinzufügen"
    assert names["tags"] == "schlagwörter"
