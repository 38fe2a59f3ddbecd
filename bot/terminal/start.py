"""What is said about the settings before a command starts; ``footnote doctor`` says all of it."""

from __future__ import annotations

import argparse

from bot.errors import SettingsError
from bot.settings import find_name_problems, stops_bot, uses_local_data
from bot.strings import _
from bot.terminal.console import console


def report_settings(arguments: argparse.Namespace) -> None:
    """Say what was probably meant for a setting. Raises SettingsError if ``run`` must not start."""
    problems = [problem for problem in find_name_problems() if problem.is_mistake]
    if arguments.command == "run" and any(map(stops_bot, problems)):
        lines = [problem.message for problem in problems]
        raise SettingsError("\n".join([*lines, _("Correct it or remove it, and start again.")]))
    for problem in problems:
        console().write_error(problem.message)
    if uses_local_data() and not arguments.data:
        note = _("Using the folder ./data, which has libraries. To use another, set DATA_DIR.")
        console().write_error(note)
