"""The catalogs: what they say is what the code asks for, with the same placeholders."""

import ast
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


# Whose messages only the operator reads: in a terminal, a log, or when the bot starts.
OPERATORS = (
    *("app.py", "doctor/", "env_file.py", "evaluate/", "json_output.py", "maintenance.py"),
    *("metrics.py", "prompts.py", "sandbox/", "setting_values.py", "settings.py", "terminal/"),
    *("discord_app/connecting.py", "discord_app/token_check.py", "llm/probe.py"),
    *("service/about_bot.py", "service/export_library.py", "service/import_library.py"),
    *("service/library_folder.py", "service/review.py", "store/lock.py", "store/server_ids.py"),
    *("store/postgres/", "store/sqlite/"),
)
IN_THE_MIDDLE = ("store/postgres/failures.py", "store/sqlite/connection.py")  # of what members do
OF_STARTING = ("DATABASE_URL", "This command", "The log file")


@cache
def for_members() -> set[str]:
    """The messages that members may read."""
    found = extract_from_dir(BOT, [("**.py", "python")], keywords=KEYWORDS)
    messages = set()
    for file, _line, message, _comments, _context in found:
        text = message if isinstance(message, str) else message[0]
        in_passing = file in IN_THE_MIDDLE and not any(words in text for words in OF_STARTING)
        if in_passing or not file.startswith(OPERATORS):
            messages.add(text)
    return messages


@pytest.mark.parametrize("language", TRANSLATED)
def test_members_read_no_english_in_another_language(language: str) -> None:
    untranslated = [ids[0] for ids, texts in entries(language) if not all(texts)]
    assert [text for text in untranslated if text in for_members()] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_a_text_for_each_plural_form(language: str) -> None:
    forms = catalog(language).num_plurals
    for ids, texts in entries(language):
        if len(ids) > 1 and any(texts):
            assert len(texts) == forms, ids
            assert all(texts), ids


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_leaves_nothing_out_that_its_message_fills_in(language: str) -> None:
    for ids, texts in entries(language):
        if all(texts):  # one form may say "one" without a figure, the last may not
            assert placeholders(texts[-1]) == placeholders(ids[-1]), ids


def test_a_message_in_an_f_string_would_be_in_no_catalog() -> None:
    for file in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            inside = ast.walk(node) if isinstance(node, ast.JoinedStr) else ()
            assert not any(_message_of(part) for part in inside), (file, node)


# The longest that Discord takes, by the arguments that end there: bot/discord_app/limits.py cuts
# only what people wrote.
LENGTHS = {"label": 80, "placeholder": 150, "hint": 100, "description": 100}
FORM_LENGTHS = {"title": 45, "text": 45, "description": 100}  # of modals and their labels


def shown_in_parts() -> Iterator[tuple[str, int]]:
    """Messages that are a label, a title or a description, with the most characters."""
    for file in (BOT / "discord_app").rglob("*.py"):
        lengths = FORM_LENGTHS if file.name == "modals.py" else LENGTHS
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                for keyword in call.keywords:
                    text = _message_of(keyword.value)
                    if text is not None and keyword.arg in lengths:
                        yield text, lengths[keyword.arg]
                if getattr(call.func, "id", "") == "LineForm":
                    yield from ((text, 45) for a in call.args[:2] if (text := _message_of(a)))


def _message_of(node: ast.AST) -> str | None:
    """The message that a call marks; None if it is no such call."""
    is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS
    first = node.args[0] if is_call and isinstance(node, ast.Call) and node.args else None
    return str(first.value) if isinstance(first, ast.Constant) else None


@pytest.mark.parametrize("language", [SOURCE, *TRANSLATED])
def test_labels_and_titles_fit_into_discord_s_limits(language: str) -> None:
    shown = set(shown_in_parts())
    assert len(shown) > 40
    with speaking(language):
        too_long = [(text, most) for text, most in shown if len(_(text)) > most]
    assert too_long == []


def test_a_message_without_a_translation_is_said_in_english() -> None:
    with speaking("de"):
        assert _("No catalog holds this.") == "No catalog holds this."
        assert ngettext("{n} thing", "{n} things", 2) == "{n} things"
    with speaking("tlh"):
        assert _("No catalog holds this.") == N_("No catalog holds this.")


def test_no_message_is_an_f_string_which_no_catalog_could_hold() -> None:
    for file in BOT.rglob("*.py"):
        assert not re.search(r"\b(?:_|N_|ngettext)\(\s*f[\"']", file.read_text("utf-8")), file


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "12,345 characters"),
        ("de", "12.345 Zeichen"),
        ("fr", "12\u202f345 caractères"),
        ("ja", "12,345 文字"),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, written: str) -> None:
    with speaking(language):
        text = ngettext("{n:,} character", "{n:,} characters", 12_345)
        assert text.format(n=12_345) == written
        assert _("Added by {name}.").format(name="a, b.") == "Added by a, b.."


def test_a_language_is_called_as_its_readers_call_it() -> None:
    preload()
    assert language_name("fr") == "French"
    with speaking("de"):
        assert language_name("fr") == "Französisch"
    assert language_name("xx") == "xx"
