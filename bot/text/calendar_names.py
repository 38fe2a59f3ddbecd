"""The names of months and weekdays as people write them, in nine languages.

Those of Babel (the Unicode CLDR), and some that it lacks. Some are also words or names ("may",
"mars", "Augustus"). In lower case; with and without accents.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.text.folding import fold

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru")
# By ``bench/calendar_names.py``: Babel itself takes 200 ms to load.
NAMES_FILE = Path(__file__).with_name("calendar_names.txt")
# Cases that Babel lacks, other spellings, and abbreviations that are common words, too.
MORE_MONTHS = (
    "январе jänner jan", "феврале", "марте mar mär", "апреле", "мае", "июне jun", "июле",
    "августе", "сентябре", "октябре", "ноябре", "декабре",
)  # fmt: skip
MORE_WEEKDAYS = ("", "", "среду", "", "пятницу", "субботу sonnabend", "")
_LINES = [line.split() for line in NAMES_FILE.read_text("utf-8").splitlines()]


def _by_name(lines: list[list[str]], more: tuple[str, ...], first: int) -> dict[str, int]:
    rows = ([*line, *extra.split()] for line, extra in zip(lines, more, strict=True))
    numbered = [(name, i) for i, row in enumerate(rows, first) for name in row]
    return {fold(name): i for name, i in numbered} | dict(numbered)


ENGLISH_MONTHS = tuple(line[0] for line in _LINES[:12])
ENGLISH_WEEKDAYS = tuple(line[0] for line in _LINES[12:19])
MONTH = _by_name(_LINES[:12], MORE_MONTHS, 1)
"""The number of a month, 1 … 12."""
WEEKDAY = _by_name(_LINES[12:19], MORE_WEEKDAYS, 0)
"""The number of a weekday, Monday is 0."""
SHORT_WEEKDAY = _by_name(_LINES[19:26], ("",) * 7, 0)
"""The number of an abbreviated weekday; many are words of another language, too ("so", "sun")."""
SHORT_MONTH = _by_name(_LINES[26:], ("",) * 12, 1)
"""The number of an abbreviated month; some are common words, too ("set", "out")."""
SHORT_WEEKDAYS = frozenset(SHORT_WEEKDAY)


def _by_number(numbers: Mapping[str, int]) -> dict[int, frozenset[str]]:
    return {i: frozenset(n for n in numbers if numbers[n] == i) for i in set(numbers.values())}


MONTH_NAMES = _by_number({**SHORT_MONTH, **MONTH})
WEEKDAY_NAMES = _by_number({**SHORT_WEEKDAY, **WEEKDAY})
"""All the names of each, by its number."""
