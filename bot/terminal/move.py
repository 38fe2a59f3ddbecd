"""``footnote migrate``: moves the libraries from files into a PostgreSQL database."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from typing import Any

from bot.app import move_libraries
from bot.errors import SettingsError
from bot.setting_values import parse_database_url
from bot.settings import settings_in
from bot.store.move_protocol import MoveReport
from bot.strings import _, ngettext
from bot.terminal.console import console
from bot.terminal.output import DONE, FAILED


def run_migrate(arguments: argparse.Namespace) -> int:
    """Move all libraries. Returns the exit status: 1 if one was not moved."""
    try:
        url = parse_database_url(arguments.to)
    except ValueError as error:
        raise SettingsError(_("--to is not valid: {problem}.").format(problem=error)) from error
    report = asyncio.run(move_libraries(settings_in(arguments.data), url))
    text = json.dumps(move_json(report)) if arguments.json else "\n".join(_lines(report))
    console().write(text)
    return FAILED if report.failed else DONE


def move_json(report: MoveReport) -> dict[str, Any]:
    """The document of ``migrate``."""
    return {
        "moved": [{"server": server, "rows": rows} for server, rows in report.moved.items()],
        "present": list(report.present),
        "failed": [{"server": server, "reason": text} for server, text in report.failed.items()],
    }


def _lines(report: MoveReport) -> Iterator[str]:
    for server, rows in report.moved.items():
        text = ngettext(
            "Moved and compared: the library of server {id}, {n:,} row",
            "Moved and compared: the library of server {id}, {n:,} rows",
            rows,
        )
        yield text.format(id=server, n=rows)
    for server in report.present:
        yield _("The library of server {id} is in PostgreSQL already.").format(id=server)
    yield from report.failed.values()
    if not (report.moved or report.present or report.failed):
        yield _("There is no library yet.")
    elif not report.failed:
        yield _("Now set DATABASE_URL. The files in the data folder are as they were.")
