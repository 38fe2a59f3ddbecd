"""Finds codes and numbered things in a text: CVE-2024-1243, 4.1.3, H5N1, "week 13", "article 5".

Such a name is one unit: CVE-2024-1243 is no more like CVE-2024-1234 than any other. Units of the
same ``family`` (cve-#-#, "week #") name things of one kind, so a text that has another unit of the
family is about another thing. Hyphens and spaces between letters and digits may be left out
(KES 1192, kes-1192). Pure; knows nothing of questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import regex

from bot.text.calendar_names import MONTH, WEEKDAY
from bot.text.dates import LONE_YEAR, YEAR, find_dates
from bot.text.folding import fold, straighten
from bot.text.lazy_pattern import lazy_pattern
from bot.text.morphology import is_common
from bot.text.quantities import HINTED, MAGNITUDE, ORDINALS, UNIT, VALUE
from bot.text.scripts import UNSPACED_SCRIPTS
from bot.text.stem import stem
from bot.text.stopwords import FUNCTION_WORDS

CACHED_TEXTS = 1_024  # the sentences of a question's hits
MAX_UNITS = 40  # of a text that are looked at; a table's other cells are left
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", "01234567890123456789")
_SEPARATOR = r"[-–./_#]"
_MAY_HAVE_UNIT = lazy_pattern(r"\d|\b[IVX]+\b")
_SEPARATORS = lazy_pattern(_SEPARATOR)
_SEPARATOR_AT_LETTER = lazy_pattern(rf"(?<=\p{{L}}){_SEPARATOR}|{_SEPARATOR}(?=\p{{L}})")
_VERSION_LETTER = lazy_pattern(r"^v(?=\d+\.)")
_DIGITS = lazy_pattern(r"\d+")
_LONE_YEAR, _YEAR = lazy_pattern(LONE_YEAR), lazy_pattern(YEAR)
# In a script without spaces a whole sentence would be one code: 記事5を要約して.
_CODED = rf"[[\p{{L}}--[{UNSPACED_SCRIPTS}]]\d]"
_TOKEN = lazy_pattern(rf"(?<!{_CODED}){_CODED}+(?:{_SEPARATOR}{_CODED}+)*", regex.V1)
_MIXED = lazy_pattern(r"(?=.*\p{L})(?=.*\d)")
_VERSION = lazy_pattern(r"v?\d{1,5}(?:\.\d{1,5}){2,}")
_THOUSANDS = lazy_pattern(r"\d{1,3}(?:\.\d{3})+")
_RUN = lazy_pattern(r"\d+|\p{L}+")
# What digits before or after mean an amount, a time or an ordinal ("5kg", "8pm", "3rd", "q3").
_AMOUNT_LETTER_LIST = (
    "st nd rd th er re e o x am pm h s ms kw kwh mw mwh gw gb mb kb tb v w hz khz mhz ghz l ml "
    "cl dl kj kcal mph kmh"
)
_AMOUNT_LETTERS = frozenset(_AMOUNT_LETTER_LIST.split())
_BEFORE_YEARS = frozenset(("mid", "post", "pre", "early", "late", "since"))  # "mid-2020"
_CALENDAR_TOKEN = lazy_pattern(r"(?:q|kw|cw|w|t|s|h|fy)\d{1,4}|\d{1,2}h\d{2}")
_ROMAN_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_ROMAN = {numeral: str(i) for i, numeral in enumerate(_ROMAN_NUMERALS, 1)}
_FIRST_ORDINALS = {word: str(i) for i, word in enumerate(("first", "second", *ORDINALS), 1)}
_SPELLED = {word: str(int(value)) for word, value in VALUE.items() if 1 <= value <= 12}
_SPELLED |= {"one": "1"}
_LABELLED = lazy_pattern(
    r"(?<![\p{L}\p{N}])(?P<label>[\p{L}][\p{L}'-]*)\.?\s(?:(?:no|nr|n)[.º°]?\s|№\s?|#)?"
    rf"(?P<number>\d{{1,6}}(?:\.\d{{1,5}})*|[IVX]{{1,5}}|(?i:{'|'.join(_SPELLED)}))"
    r"(?![\p{L}\p{N}%€$£]|[.,:/-]\d|[ \u00a0]\d{3}(?!\d))",
)
_ORDINAL = lazy_pattern(
    r"(?<![\p{L}\p{N}.,])(?P<number>\d{1,3})(?:st|nd|rd|th|\.|º|ª|e|er|re|ème)\s(?P<label>\p{L}+)"
    rf"|(?<![\p{{L}}\p{{N}}])(?P<number>{'|'.join(_FIRST_ORDINALS)})\s(?P<label>\p{{L}}+)",
    regex.IGNORECASE,
)
_FOLLOWING = lazy_pattern(r"[ -]([\p{L}%€$£°]+)")  # what a number counts or measures
_PLURAL = lazy_pattern(r"\p{L}+[^s]s|people|children|men|women")
_ALTERNATIVE = lazy_pattern(r" (?:or|oder|o|ou|или) \d")  # "18 or 26 million"


Writing = Literal["code", "number", "ordinal"]


@dataclass(frozen=True, slots=True)
class Identifier:
    """A code or a numbered thing.

    ``key`` is the same however it is written; ``family`` is what units of its kind share.
    ``writing``: a code is one word; a number follows its word, an ordinal stands before it.
    """

    key: str
    family: str
    start: int
    end: int
    writing: Writing


@lru_cache(CACHED_TEXTS)
def find_identifiers(text: str) -> tuple[Identifier, ...]:
    """The codes and numbered things of a text, in order; at most ``MAX_UNITS``."""
    text = straighten(text).translate(_SUBSCRIPTS)
    if not _MAY_HAVE_UNIT.search(text) and not _has_number_word(text):
        return ()
    units = [*_codes(text), *_numbered(text)]
    dates = [(date.start, date.end) for date in find_dates(text)] if units else []
    units = [unit for unit in units if not _overlaps(unit, dates)]
    return tuple(sorted(units, key=lambda unit: unit.start)[:MAX_UNITS])


def _has_number_word(text: str) -> bool:
    words = set(text.lower().split())
    return not words.isdisjoint(_FIRST_ORDINALS) or not words.isdisjoint(_SPELLED)


def _overlaps(unit: Identifier, ranges: list[tuple[int, int]]) -> bool:
    return any(unit.start < end and start < unit.end for start, end in ranges)


def _codes(text: str) -> Iterator[Identifier]:
    for match in _TOKEN.finditer(text):
        if not _DIGITS.search(match[0]):
            continue  # most words
        written = fold(match[0].lower()).replace("–", "-")
        if _is_code(written):
            key = _key(written)
            yield Identifier(key, _family(key), *match.span(), "code")


def _is_code(written: str) -> bool:
    if _VERSION.fullmatch(written):
        return not _THOUSANDS.fullmatch(written)
    if not _MIXED.match(written) or _CALENDAR_TOKEN.fullmatch(written):
        return False
    segments = _SEPARATORS.split(written)
    if any(_MIXED.match(segment) and not _is_amount(segment) for segment in segments):
        return True
    words = [segment for segment in segments if segment.isalpha()]
    if len(segments) == 1 or not words:
        return False
    if segments[0].isdigit() and segments[1] in UNIT:  # "65-year-olds"
        return False
    if segments[0].isdigit():  # "12-month", but "88-XK"
        return not all(map(_is_ordinary, words))
    return not (segments[0] in _BEFORE_YEARS and _YEAR.fullmatch(segments[-1]))


def _is_ordinary(word: str) -> bool:
    """Whether it is a word of the language rather than a name."""
    return word in FUNCTION_WORDS or word in UNIT or is_common(word)


def _is_amount(written: str) -> bool:
    """Whether it is a number with a unit or an ending ("30cm", "m2", "1990s")."""
    letters = _DIGITS.sub("", written)
    if not letters:
        return True
    if not written[0].isdigit():
        return letters in UNIT and len(written) == len(letters) + 1
    return any(letters in words for words in (UNIT, MAGNITUDE, _AMOUNT_LETTERS, FUNCTION_WORDS))


def _key(written: str) -> str:
    """The code without separators, except between digits; "v4.2.1" is 4.2.1."""
    written = _VERSION_LETTER.sub("", written)
    return _SEPARATOR_AT_LETTER.sub("", written)


def _family(key: str) -> str:
    return _DIGITS.sub("#", key)


def _numbered(text: str) -> Iterator[Identifier]:
    for match in _LABELLED.finditer(text, overlapped=True):
        if number := _number_after(text, match):
            yield from _unit(match["label"], number, match, "number")
    for match in _ORDINAL.finditer(text, overlapped=True):
        written = match["number"].lower()
        number = written if written.isdigit() else _FIRST_ORDINALS.get(written, "")
        if number:
            yield from _unit(match["label"], number, match, "ordinal")


def _number_after(text: str, match: regex.Match[str]) -> str:
    """The number of "week 13", "World War II" or "season five"; empty for an amount."""
    written, following = match["number"], _FOLLOWING.match(text, match.end())
    word = following[1].lower() if following else ""
    if written in _ROMAN:
        return _ROMAN[written] if match["label"][0].isupper() else ""
    if not written[0].isdigit():
        is_count = bool(word) and word not in FUNCTION_WORDS
        return "" if is_count else _SPELLED.get(written.lower(), "")
    if _LONE_YEAR.fullmatch(written) or _ALTERNATIVE.match(text, match.end()):
        return ""
    is_count = word in UNIT or word in MAGNITUDE or word in VALUE or bool(_PLURAL.fullmatch(word))
    return "" if is_count else written


def _unit(
    label: str, number: str, match: regex.Match[str], writing: Writing
) -> Iterator[Identifier]:
    word = fold(label.lower())
    not_a_label = (FUNCTION_WORDS, MONTH, WEEKDAY, UNIT, MAGNITUDE, VALUE, HINTED)
    if len(word) > 1 and not any(word in words for words in not_a_label):
        family = stem(word)
        yield Identifier(f"{family} {number}", f"{family} #", *match.span(), writing)
