"""Check that the figures of a sentence are in its sources, as values with units.

"1.5 million", "1,500,000" and "one and a half million" are the same value. A claim that rounds a
value must say so ("about", "nearly", "more than"). The digits of dates are left to ``dates``. An
ambiguous figure ("1.234") agrees if one of its values does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from math import isclose
from typing import Literal

import regex

SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
SMALL = SMALL_WORDS.split()
TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = TENS_WORDS.split()
ORDINALS_WORDS = (
    "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = ORDINALS_WORDS.split()
OTHER_LANGUAGES = {  # their words for 2 … 12
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "dois três quatro cinco seis sete oito nove dez onze doze",
    "ru": "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
}
MAGNITUDES = {
    1e2: "hundred hundreds hundert cien",
    1e3: "thousand thousands k tausend mil mille mila тысяч тысячи тысяча тыс",
    1e6: "million millions m mn mio millionen millón millones milioni milhões миллион миллиона "
    "миллионов млн",
    1e9: "billion billions bn b mrd milliarde milliarden milliard milliards miliardi миллиард "
    "миллиарда миллиардов млрд",
    1e12: "trillion trillions tn trn billón billones",
}
LETTERS = frozenset({"k", "m", "mn", "b", "bn", "tn"})  # only directly after digits
MAGNITUDE = {word: value for value, words in MAGNITUDES.items() for word in words.split()}
VALUE = {
    **{word: float(i) for i, word in enumerate(SMALL)},
    **{word: 10.0 * i for i, word in enumerate(TENS, 2)},
    **{word: float(i) for i, word in enumerate(ORDINALS, 3)},
    "dozen": 12.0,
    "dozens": 12.0,
    "twice": 2.0,
    "thrice": 3.0,
}
OTHER_VALUES = {
    code: {word: float(i) for i, word in enumerate(words.split(), 2)}
    for code, words in OTHER_LANGUAGES.items()
}
HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
HAN_UNITS = {"十": 10, "百": 100, "千": 1_000}
HAN_GROUPS = {"万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8}

UNITS = {
    "%": "% percent per cent prozent por ciento pour cent per cento процент процента процентов",
    "points": "percentage points percentage point prozentpunkte prozentpunkten",
    "km": "km kilometer kilometre kilometers kilometres kilómetros kilomètres км",
    "mile": "mile miles mi meilen millas",
    "m": "m metre metres meter meters metros mètres",
    "cm": "cm centimeter centimetre centimeters centimetres zentimeter",
    "mm": "mm millimeter millimetre millimeters millimetres",
    "ft": "ft feet foot fuß pies",
    "in": "inch inches",
    "kg": "kg kilo kilos kilogram kilograms kilogramm кг",
    "g": "g gram grams gramm",
    "mg": "mg milligram milligrams",
    "lb": "lb lbs",
    "t": "ton tons tonne tonnes tonnen toneladas",
    "usd": "$ dollar dollars usd dólares доллар доллара долларов",
    "eur": "€ euro euros eur евро",
    "gbp": "£ pound pounds gbp pfund",
    "second": "second seconds sekunden segundos",
    "minute": "minute minutes min minuten minutos минут",
    "hour": "hour hours hr hrs stunden stunde horas heures часов часа",
    "day": "day days tage tagen días jours дней дня",
    "week": "week weeks wochen woche semanas semaines недель",
    "month": "month months monate monaten meses mois месяцев",
    "year": "year years jahre jahren años ans лет года",
    "decade": "decade decades",
    "century": "century centuries jahrhundert siglo siècle",
}
UNIT = {word: name for name, words in UNITS.items() for word in words.split(" ")} | {
    "per cent": "%",
    "por ciento": "%",
    "pour cent": "%",
    "percentage points": "points",
    "percentage point": "points",
}
for _part in ("per", "por", "pour", "cent", "ciento", "cento", "percentage", "point", "points"):
    UNIT.pop(_part, None)

HINTS = {
    "nearly": "nearly almost close just fast knapp beinahe casi presque почти 近",
    "more": "more over above exceeding least upwards über mehr más plus más более больше 超过 至少",
    "less": "less under fewer below most up unter weniger bis menos hasta moins менее меньше 不到",
    "about": "about around approximately approx roughly circa some ca estimated etwa rund ungefähr "
    "unos unas aproximadamente alrededor environ около примерно 约 大约 ~ ≈",
}
HINTED = frozenset(word for words in HINTS.values() for word in words.split())
MAX_ABOUT_ERROR = 0.1  # relative: 9 to 11 are "about 10"
MAX_NEARLY_ERROR = 0.15  # the same for "nearly", "more than" and "less than", in one direction
HINT_CHARACTERS = 24  # before a figure, that may have its "about"
UNIT_CHARACTERS = 24  # after it
MAX_COUNT = 12  # in words, that a writer may have counted in the source

DIGITS = r"\d{1,3}(?:[,.' ]\d{3})+(?!\d)(?:[.,]\d+)?|\d{1,3}(?: , \d{3})+(?!\d)|\d+(?:[.,]\d+)?"
HAN = "[零〇一二两三四五六七八九十百千万亿萬億]"
CACHED_TEXTS = 512
MAX_FIGURES = 60  # of a text; the later rows of a long table are ignored


@cache
def _figure(language: str) -> regex.Pattern[str]:
    """The pattern of a number in a text of that language; has English words for any language."""
    words = {*VALUE, *OTHER_VALUES.get(language, ()), *(MAGNITUDE.keys() - LETTERS)}
    word = "|".join(sorted(words, key=len, reverse=True))
    return regex.compile(
        rf"(?P<digits>(?<![\p{{L}}\d.,/])(?:{DIGITS})|(?<=\p{{Han}})(?:{DIGITS}))"
        rf"(?P<tail>(?:st|nd|rd|th|s)\b)?"
        rf"|\b(?P<words>(?:half an?|{word})(?:(?:[ -]and[ -]a[ -]half)?[ -](?:and[ -])?"
        rf"(?:{word}))*)\b|(?P<han>{HAN}+)",
        regex.IGNORECASE,
    )


WORD_AFTER = regex.compile(r"( ?-?)([^\W\d_]+)")
UNIT_WORDS = regex.compile(r"[ -]?([%€$£]|[^\W\d_]+)(?:[ -]([^\W\d_]+))?")
FigureRule = Literal["number", "unit"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text.

    ``values``: several if it is ambiguous. ``hint``: how it is rounded.
    """

    values: frozenset[float]
    unit: str
    hint: str  # "", "about", "nearly", "more" or "less"
    start: int
    end: int
    is_spelled: bool  # in words
    is_decade: bool  # "1990s"


@lru_cache(CACHED_TEXTS)
def find_figures(text: str, language: str = "") -> tuple[Figure, ...]:
    """The numbers of a folded text, at most ``MAX_FIGURES``."""
    return tuple(islice(_figures(text, language), MAX_FIGURES))


def _figures(text: str, language: str) -> Iterator[Figure]:
    last_end = 0
    for match in _figure(language).finditer(text):
        start, end = match.span()
        values = _values(match, language)
        if start < last_end or not values:
            continue
        factor, end = _magnitude(text, end, bool(match["words"]))
        last_end = end
        yield Figure(
            frozenset(round(value * factor, 6) for value in values),
            _unit(text, start, end),
            _hint(text, start),
            start,
            end,
            is_spelled=not match["digits"],
            is_decade=match["tail"] == "s",
        )


def _values(match: regex.Match[str], language: str) -> frozenset[float]:
    if match["digits"]:
        return frozenset(_parse_digits(match["digits"]))
    if match["han"]:
        value = _parse_han(match["han"])
    else:
        word_values = VALUE | OTHER_VALUES.get(language, {})
        value = _parse_words(match["words"].lower(), word_values)
    return frozenset() if value is None else frozenset([value])


def _parse_digits(written: str) -> Iterator[float]:
    """The possible values: one of "1,234.5", two of "1.234"."""
    dense = regex.sub(r"[' ]", "", written)
    separators = regex.findall(r"[.,]", dense)
    whole = regex.sub(r"[.,]", "", dense)
    if not separators:
        yield float(whole)
        return
    *_, last = regex.split(r"[.,]", dense)
    if len(last) == 3 and (len(separators) == 1 or len(set(separators)) == 1):
        yield float(whole)
    if separators.count(separators[-1]) == 1:
        yield float(f"{whole[: -len(last)]}.{last}")


def _parse_words(words: str, word_values: Mapping[str, float]) -> float | None:
    """None for words that are rarely numbers."""
    if words in {"one", "half a", "half an"}:
        return None
    total = part = 0.0
    for word in regex.findall(r"[^\W_]+", words):
        if word == "half":
            part += 0.5
        elif word in MAGNITUDE:
            product = (part or 1.0) * MAGNITUDE[word]
            total, part = (total, product) if MAGNITUDE[word] == 100 else (total + product, 0.0)
        elif word == "dozen":
            part = (part or 1.0) * 12
        elif word in word_values:
            part += word_values[word]
    return total + part


def _parse_han(written: str) -> float | None:
    """None for a single digit, which is more often grammar than a number."""
    if len(written) == 1:
        return None
    if not set(written) & (HAN_UNITS.keys() | HAN_GROUPS.keys()):
        return float("".join(str(HAN_DIGITS[c]) for c in written))
    total = part = digit = 0.0
    for c in written:
        if c in HAN_DIGITS:
            digit = HAN_DIGITS[c]
        elif c in HAN_UNITS:
            part, digit = part + (digit or 1) * HAN_UNITS[c], 0.0
        else:
            total, part, digit = total + (part + digit or 1) * HAN_GROUPS[c], 0.0, 0.0
    return total + part + digit


def _magnitude(text: str, end: int, is_spelled: bool) -> tuple[float, int]:
    """The factor of a word like "million" after digits, and its end; 1.0 without one."""
    if end < len(text) and text[end] in HAN_GROUPS:
        return HAN_GROUPS[text[end]], end + 1
    match = WORD_AFTER.match(text, end)
    if match is None or is_spelled:
        return 1.0, end
    word = match[2].lower()
    if word in LETTERS and (match[1] or word == "m"):
        return 1.0, end
    return (MAGNITUDE[word], match.end()) if word in MAGNITUDE else (1.0, end)


def _unit(text: str, start: int, end: int) -> str:
    if start and text[start - 1] in "$€£":
        return UNIT[text[start - 1]]
    match = UNIT_WORDS.match(text, end, end + UNIT_CHARACTERS)
    if match is None:
        return ""
    first, second = match[1].lower(), (match[2] or "").lower()
    for words in (f"{first} {second}", first, second):
        if words in UNIT:
            return UNIT[words]
    return ""


def _hint(text: str, start: int) -> str:
    before = text[max(0, start - HINT_CHARACTERS) : start].lower()
    words_before = {*regex.findall(r"\w+|~|≈", before)[-3:], before[-1:], before[-2:]}
    return next((name for name, words in HINTS.items() if words_before & set(words.split())), "")


def agrees(claimed: Figure, cited: Figure) -> bool:
    """Whether the cited figure supports the claimed one."""
    return any(_values_agree(claimed, a, b) for a in claimed.values for b in cited.values)


def _values_agree(claimed: Figure, claimed_value: float, cited_value: float) -> bool:
    """Whether they are equal, or the claim rounds the cited value and says so."""
    if isclose(claimed_value, cited_value, rel_tol=1e-9, abs_tol=1e-9):
        return True
    if claimed.is_decade and claimed_value % 10 == 0:
        return claimed_value <= cited_value < claimed_value + 10
    if not claimed_value or _significant_digits(claimed_value) >= _significant_digits(cited_value):
        return False  # nothing was rounded
    error = (cited_value - claimed_value) / claimed_value
    match claimed.hint:
        case "about":
            return abs(error) <= MAX_ABOUT_ERROR
        case "nearly" | "less":
            return -MAX_NEARLY_ERROR <= error <= 0
        case "more":
            return 0 <= error <= MAX_NEARLY_ERROR
    return False


def _significant_digits(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").replace(".", "").strip("0"))


def units_agree(claimed: Figure, cited: Figure) -> bool:
    """Whether they have the same unit, or one of them has none."""
    return not claimed.unit or not cited.unit or claimed.unit == cited.unit


def _is_count(figure: Figure, cited: Sequence[Figure], counts: Collection[int]) -> bool:
    """Whether it counts a list of a source that has no small number itself ("the two pigments")."""
    if not figure.is_spelled or figure.unit or figure.values.isdisjoint(counts):
        return False
    return not any(min(other.values) <= MAX_COUNT for other in cited)


def find_unsupported(
    claim: Sequence[Figure], cited: Sequence[Figure], counts: Collection[int] = ()
) -> list[tuple[FigureRule, Figure]]:
    """The claimed figures that the cited ones don't support.

    ``counts``: the lengths of the lists in the sources.
    """
    unsupported: list[tuple[FigureRule, Figure]] = []
    for figure in claim:
        agreeing = [other for other in cited if agrees(figure, other)]
        if not agreeing:
            if not _is_count(figure, cited, counts):
                unsupported.append(("number", figure))
        elif not any(units_agree(figure, other) for other in agreeing):
            unsupported.append(("unit", figure))
    return unsupported
