"""``footnote why``: what was logged of an error or a failure, or how an answer was made."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from bot.app import open_app
from bot.errors import ArticleNotFound, ErrorNotFound, LibraryNotFound
from bot.logs import find_error
from bot.records import Scope
from bot.service.saved_answers import made_of, readable_answer
from bot.settings import Settings, settings_in
from bot.strings import N_, _
from bot.terminal.console import console
from bot.terminal.output import DONE

MAX_DIGITS = 19  # of an answer's number: SQLite's largest integer has as many
UNKNOWN = N_(
    "Nothing is known of {id}: no error in {folder}, where the last few hundred are kept, and no "
    "answer of this library. For an answer in a Discord server's library, add --server ID."
)


def run_why(arguments: argparse.Namespace) -> int:
    """Print what is known of a reference, or of an answer's id. Raises ErrorNotFound."""
    settings = settings_in(arguments.data)
    name = arguments.id.strip().strip(".").lower()
    entry = find_error(settings.data_dir, name)
    if entry is None and name.isdecimal() and len(name) <= MAX_DIGITS:
        entry = asyncio.run(_find_answer(settings, arguments.server, int(name)))
    if entry is None:
        raise ErrorNotFound(_(UNKNOWN).format(id=name, folder=settings.data_dir))
    text = _answer_text(entry) if "answer" in entry else _error_text(entry)
    console().write(json.dumps(entry, ensure_ascii=False) if arguments.json else text)
    return DONE


async def _find_answer(settings: Settings, server: str, answer_id: int) -> dict[str, Any] | None:
    """How an answer was made, with the failure in the log, if there was one."""
    try:
        async with (
            open_app(settings, read_only=True) as app,
            app.store.library(server) as library,
        ):
            stored = await readable_answer(library, answer_id, Scope(server))
    except (ArticleNotFound, LibraryNotFound):
        return None
    made = made_of(stored)
    failure = find_error(settings.data_dir, made["error"]) if made.get("error") else None
    return {"server": server, "answer": answer_id, **made, "failure": failure}


def _error_text(entry: dict[str, Any]) -> str:
    head = _("{type} at {time} during {during}").format(**entry)
    places = [f"{name} {entry[name]}" for name in ("server", "channel") if entry.get(name)]
    message = [entry["message"]] if entry.get("message") else []
    return "\n".join([head, *places, *message, "", entry["where"]])


def _answer_text(entry: dict[str, Any]) -> str:
    """A line for each fact that is known, then the failure."""
    failure = entry["failure"]
    facts = {name: value for name, value in entry.items() if name != "failure"}
    lines = [f"{name:<17} {_word(value)}" for name, value in facts.items() if value is not None]
    return "\n".join([*lines, "", _error_text(failure)] if failure else lines)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
