"""The catalogs: what they say is what the code asks for, with the same placeholders."""

import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.discord_app.locales import COMMAND_NAMES
from bot.strings import (
    CATALOGS,
    N_,
    SOURCE,
    _,
    language_name,
    languages,
    ngettext,
    preload,
    speaking,
)

BOT = Path(__file__).parents[2] / "bot"
TRANSLATED = [language for language in languages() if language != SOURCE]
COMMAND = re.compile("`({})`".format("|".join(sorted(COMMAND_NAMES, key=len, reverse=True))))
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def catalog(language: str) -> Catalog:
    with (BOT / "strings" / CATALOGS / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def asked_for() -> set[str]:
    found = extract_from_dir(BOT, [("**.py", "python")], keywords=KEYWORDS)
    return {m if isinstance(m, str) else m[0] for _file, _line, m, _comments, _context in found}


def entries(language: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for message in catalog(language):
        if message.id:
            ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            texts = (
                (message.string,)
                if isinstance(message.string, str)
                else tuple(message.string or ())
            )
            yield ids, texts


def placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_of_a_catalog_is_asked_for_by_the_code(language: str) -> None:
    assert {ids[0] for ids, _texts in entries(language)} <= asked_for()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_in_what_its_message_does(language: str) -> None:
    for ids, texts in entries(language):
        allowed = set().union(*map(placeholders, ids))
        for text in filter(None, texts):
            assert placeholders(text) <= allowed, (ids, text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_calls_a_command_as_its_readers_type_it(language: str) -> None:
    with speaking(language):
        for ids, texts in entries(language):
            commands = COMMAND.findall(ids[0]) if ids[0] not in COMMAND_NAMES else []
            for text in filter(None, texts):
                assert all(f"`{_(name)}`" in text for name in commands), text


def test_a_message_without_a_translation_is_said_in_english() -> None:
    with speaking("de"):
        assert _("No catalog holds this.") == "No catalog holds this."
        assert ngettext("{n} thing", "{n} things", 2) == "{n} things"
    with speaking("tlh"):
        assert _("No catalog holds this.") == N_("No catalog holds this.")


def test_no_message_is_an_f_string_which_no_catalog_could_hold() -> None:
    for file in BOT.rglob("*.py"):
        assert not re.search(r"\b(?:_|N_|ngettext)\(\s*f[\"']", file.read_text("utf-8")), file


def test_a_language_is_called_as_its_readers_call_it() -> None:
    preload()
    assert language_name("fr") == "French"
    with speaking("de"):
        assert language_name("fr") == "Französisch"
    assert language_name("xx") == "xx"
