"""Write bot/text/calendar_names.txt: the months and weekdays as Babel (CLDR) names them.

    python -m bench.calendar_names

Loading nine locales takes 100 to 300 ms, reading the file less than one: so the names are kept.
A test compares the file with the installed Babel.
"""

from __future__ import annotations

from babel import Locale

from bot.text.calendar_names import LANGUAGES, NAMES_FILE
from bot.text.morphology import is_common

CONTEXTS = ("format", "stand-alone")


def main() -> None:
    """Write the file."""
    NAMES_FILE.write_text(names_table(), "utf-8")


def names_table() -> str:
    """Lines of twelve months, seven weekdays, seven short weekdays and twelve short months.

    The first twelve lack abbreviations that are common words, too ("set", "out", "ago").
    """
    rows = [
        *(_names("months", "wide", n) + _rare_abbreviations(n) for n in range(1, 13)),
        *(_names("days", "wide", n) for n in range(7)),
        *(_names("days", "abbreviated", n) for n in range(7)),
        *(_names("months", "abbreviated", n) for n in range(1, 13)),
    ]
    return "".join(f"{' '.join(dict.fromkeys(row))}\n" for row in rows)


def _rare_abbreviations(month: int) -> list[str]:
    return [name for name in _names("months", "abbreviated", month) if not is_common(name)]


def _names(kind: str, width: str, number: int) -> list[str]:
    """By Babel, in lower case and without full stops."""
    return [
        getattr(Locale(language), kind)[context][width][number].lower().rstrip(".")
        for language in LANGUAGES
        for context in CONTEXTS
    ]


if __name__ == "__main__":
    main()
