"""What ``doctor`` says of the settings: the .env file, names without effect, values."""

from __future__ import annotations

from bot.errors import SettingsError
from bot.evaluate.model_checks import Check
from bot.settings import Settings, find_name_problems, load_env_file, settings_in, stops_bot


def check_env_file() -> list[Check]:
    """What is wrong with .env, which is loaded as far as it can be; empty if all is well."""
    try:
        problems = find_name_problems()
    except SettingsError as error:
        return [Check("settings", "failed", error.message)]
    checks = [
        Check("settings", "failed" if stops_bot(problem) else "warning", problem.message)
        for problem in problems
    ]
    load_env_file()
    return checks


def check_values(folder: str | None) -> tuple[Settings | None, list[Check]]:
    """The settings, or None with every value that is not valid."""
    try:
        return settings_in(folder), []
    except SettingsError as error:
        return None, [Check("settings", "failed", line) for line in error.message.splitlines()]
