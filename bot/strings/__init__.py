"""The words that people read, ready for other languages: gettext, with English in the code.

``_("Added by {name}.").format(name=…)`` marks a message where it is used, ``ngettext`` one that
depends on a number, ``N_`` one that stands in a constant and is translated at its use. A language
is one file, ``catalogs/<language>.po``; what it lacks is said in English. ``make strings`` updates
all of them from the code. The language is the one of the surrounding
``speaking`` block. Knows nothing of servers or settings.
"""

from __future__ import annotations

import gettext as standard
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any

SOURCE = "en"  # of the messages in the code
CATALOGS = "catalogs"

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


class Message(str):
    """A message whose ``format`` writes numbers as its language does: "1.129" in German."""

    __slots__ = ()

    def format(self, *args: object, **values: object) -> str:
        return _FORMATTERS.get(_language.get(), _ENGLISH).vformat(self, args, values)


class _Numbers(Formatter):
    """Writes numbers with a language's separators, where a format asks for one."""

    def __init__(self, thousands: str = ",", point: str = "."):
        self._marks = str.maketrans({",": thousands, ".": point})

    def format_field(self, value: Any, format_spec: str) -> str:
        text: str = format(value, format_spec)
        is_number = isinstance(value, int | float) and format_spec
        return text.translate(self._marks) if is_number else text


_ENGLISH = _Numbers()
_FORMATTERS = {  # others write numbers as English does
    **{language: _Numbers(".", ",") for language in ("de", "es", "pt")},
    **{language: _Numbers("\u202f", ",") for language in ("fr", "ru")},  # narrow no-break space
}


def _(message: str) -> str:
    """A message in the language of the block."""
    return Message(_translations(_language.get()).gettext(message))


def ngettext(one: str, many: str, number: int) -> str:
    """The form of a message that fits ``number``."""
    return Message(_translations(_language.get()).ngettext(one, many, number))


def N_(message: str) -> str:
    """The message as it is: only marks it for the catalogs."""
    return message


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Inside, messages are in ``language`` (ISO 639), as far as there is a catalog of it."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def spoken() -> str:
    """The language of the surrounding ``speaking`` block."""
    return _language.get()


@cache
def languages() -> tuple[str, ...]:
    """The languages that have messages, English first. Read once: each command's name asks."""
    names = (entry.name for entry in resources.files("bot.strings").joinpath(CATALOGS).iterdir())
    return (SOURCE, *sorted(n.removesuffix(".po") for n in names if n.endswith(".po")))


def language_name(code: str) -> str:
    """What a language (ISO 639) is called in the language of the block; the code if unknown.

    Loading Babel takes 50 ms the first time: see ``preload``.
    """
    from babel import Locale  # noqa: PLC0415 - not at every start

    return str(Locale.parse(_language.get()).languages.get(code, code))


def preload() -> None:
    """Read every catalog and Babel's data now (about 100 ms), in a thread, for a long-lived bot."""
    for language in languages():
        _translations(language)
    language_name(SOURCE)


@cache
def _translations(language: str) -> standard.NullTranslations:
    """A catalog, read once (about 10 ms); the messages as they are where there is none."""
    if language == SOURCE or language not in languages():
        return standard.NullTranslations()
    from babel.messages import mofile, pofile  # noqa: PLC0415 - not at every start

    file = resources.files("bot.strings").joinpath(CATALOGS, f"{language}.po")
    catalog = pofile.read_po(io.BytesIO(file.read_bytes()), locale=language)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalog)
    return standard.GNUTranslations(io.BytesIO(compiled.getvalue()))
