"""The .env file: reads it, and finds what in it, or in the environment, is no setting.

A mistyped name would be ignored in silence: a bot without DISCORD_TOKEN starts the sandbox.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Original, parse_stream

from bot.errors import SettingsError
from bot.strings import _

NEAR = 0.75  # similarity of a name in the file: OPENAI_KEY and OPENAI_API_KEY have 0.83
VERY_NEAR = 0.9  # in the environment, which is other programs' too
OWN_PREFIX = "FOOTNOTE_"


@dataclass(frozen=True, slots=True)
class NameProblem:
    """A name or a line that has no effect.

    ``is_mistake``: it was meant for a setting, ``meant`` if one is like it.
    """

    message: str
    meant: str = ""
    is_mistake: bool = False
    in_file: bool = True


def read_env_file(path: Path) -> str:
    """The text of a .env file; empty if there is none. Raises SettingsError if it has no text."""
    if not path.is_file():  # .env may also be the folder of a virtual environment
        return ""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = _("The file {file} can't be read: {reason}. Mend it, or delete it.")
        raise SettingsError(message.format(file=path, reason=error.strerror)) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = _("The file {file} is not UTF-8 text (line {line}). Save it as UTF-8.")
        raise SettingsError(message.format(file=path, line=line)) from error
    if "\0" in text:
        message = _("The file {file} is not UTF-8 text (line {line}). Save it as UTF-8.")
        raise SettingsError(message.format(file=path, line=1))
    return text


def name_problems(
    text: str, environment: Mapping[str, str], settings: Collection[str]
) -> list[NameProblem]:
    """What has no effect in a .env file, and what in the environment looks like a mistake."""
    bindings = list(parse_stream(io.StringIO(text)))
    problems = [
        _unreadable(each.original)
        for each in bindings
        if each.error or (each.key in settings and each.value is None)
    ]
    in_file = dict.fromkeys(each.key for each in bindings if each.key and each.key not in settings)
    problems += [_unknown(name, nearest(name, settings, NEAR), in_file=True) for name in in_file]
    others = (name for name in environment if name not in settings and name not in in_file)
    problems += _mistakes(others, settings)
    return problems


def nearest(name: str, settings: Collection[str], similarity: float) -> str:
    """The known name that is most like another one; empty if none is."""
    plain = name.upper().removeprefix(OWN_PREFIX)
    return next(iter(difflib.get_close_matches(plain, settings, 1, similarity)), "")


def _mistakes(names: Iterator[str], settings: Collection[str]) -> Iterator[NameProblem]:
    for name in names:
        near = nearest(name, settings, NEAR if name.startswith(OWN_PREFIX) else VERY_NEAR)
        if near or name.startswith(OWN_PREFIX):
            yield _unknown(name, near, in_file=False)


def _unknown(name: str, near: str, *, in_file: bool) -> NameProblem:
    if not near:
        message = _("{name} in {place} is no setting, so it has no effect.")
    else:
        message = _("{name} in {place} is no setting, so it has no effect. Did you mean {near}?")
    place = ".env" if in_file else _("the environment")
    text = message.format(name=name, place=place, near=near)
    return NameProblem(text, near, is_mistake=bool(near), in_file=in_file)


def _unreadable(statement: Original) -> NameProblem:
    text = statement.string
    line = statement.line + text[: len(text) - len(text.lstrip())].count("\n")
    message = _("Line {line} of .env is not NAME=value, so it has no effect.")
    return NameProblem(message.format(line=line), is_mistake=True)
