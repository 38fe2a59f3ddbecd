"""``footnote why``: what was logged of the error that has a reference."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bot.errors import ErrorNotFound
from bot.logs import find_error
from bot.settings import settings_in
from bot.strings import _
from bot.terminal.console import console
from bot.terminal.output import DONE


def run_why(arguments: argparse.Namespace) -> int:
    """Print what was logged of an error. Raises ErrorNotFound."""
    settings = settings_in(arguments.data)
    reference = arguments.id.strip().strip(".").lower()
    entry = find_error(settings.data_dir, reference)
    if entry is None:
        message = _("Nothing is known of {id}. The last few hundred errors are kept in {folder}.")
        raise ErrorNotFound(message.format(id=reference, folder=settings.data_dir))
    console().write(json.dumps(entry, ensure_ascii=False) if arguments.json else _text(entry))
    return DONE


def _text(entry: dict[str, Any]) -> str:
    head = _("{type} at {time} during {during}").format(**entry)
    places = [f"{name} {entry[name]}" for name in ("server", "channel") if entry.get(name)]
    return "\n".join([head, *places, "", entry["where"]])
