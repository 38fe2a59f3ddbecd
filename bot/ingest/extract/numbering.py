"""The numbers of list items and headings as they are shown: 3, iv, C, 2nd."""

from __future__ import annotations

from collections.abc import Callable

_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
LARGEST_ROMAN = 3_999
LARGEST_LETTER = 26 * 30  # Word repeats the letter: 27 is aa, 53 is aaa


def roman(number: int) -> str:
    """The number in small Roman numerals; in digits where there are none for it."""
    if not 0 < number <= LARGEST_ROMAN:
        return str(number)
    text = ""
    for value, numeral in _ROMAN:
        count, number = divmod(number, value)
        text += numeral * count
    return text


def letters(number: int) -> str:
    """The number as a letter, from a; after z as Word writes it: aa, bb, …"""
    if not 0 < number <= LARGEST_LETTER:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


# Word's names (ECMA-376, ST_NumberFormat) and HTML's types of <ol>.
FORMATS: dict[str, Callable[[int], str]] = {
    "lowerLetter": letters,
    "upperLetter": lambda number: letters(number).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
    "ordinal": _ordinal,
    "none": lambda _: "",
    "a": letters,
    "A": lambda number: letters(number).upper(),
    "i": roman,
    "I": lambda number: roman(number).upper(),
}


def format_number(number: int, style: str) -> str:
    """The number in a style of ``FORMATS``; in digits if the style is unknown."""
    return FORMATS.get(style, str)(number)
