"""Reads the numbers of a text as values with units: words of numbers, magnitudes, units, digits.

"1.5 million", "1,500,000" and "one and a half million" are the same value. An ambiguous number
("1.234") has two values. Pure; knows nothing of what is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

import regex

from bot.text.folding import fold
from bot.text.scripts import UNSPACED_SCRIPTS

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
OTHERS = {  # other languages' words from 2 on
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "dois três quatro cinco seis sete oito nove dez onze doze",
    "ru": "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
}
OTHER_TENS = {  # 20, 30 …
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
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
    code: {
        spelling: value
        for value, word in (
            *((float(i), word) for i, word in enumerate(words.split(), 2)),
            *((10.0 * i, word) for i, word in enumerate(OTHER_TENS.get(code, "").split(), 2)),
        )
        for spelling in (word, fold(word))
    }
    for code, words in OTHERS.items()
}
HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
HAN_PLACES = {"十": 10, "百": 100, "千": 1_000}
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
    "inch": "inch inches",
    "yard": "yard yards",
    "nm": "nm nanometer nanometers nanometre nanometres",
    "µm": "µm μm micrometer micrometers micrometre micrometres",
    "hectare": "ha hectare hectares hektar",
    "acre": "acre acres",
    "kg": "kg kilo kilos kilogram kilograms kilogramm кг",
    "g": "g gram grams gramm",
    "mg": "mg milligram milligrams",
    "lb": "lb lbs",
    "ounce": "oz ounce ounces",
    "t": "ton tons tonne tonnes tonnen toneladas",
    "usd": "$ dollar dollars usd dólares доллар доллара долларов",
    "eur": "€ euro euros eur евро",
    "gbp": "£ pound pounds gbp pfund",
    "yen": "¥ yen",
    "franc": "franc francs franken chf",
    "krone": "krone kroner kronor kronen",
    "schilling": "schilling schillings shilling shillings",
    "mark": "mark marks d-mark",
    "rupee": "rupee rupees rupien",
    "rouble": "rouble roubles ruble rubles rubel рубль рубля рублей",
    "peso": "peso pesos",
    "second": "second seconds sekunde sekunden seconde secondes segundos",
    "minute": "minute minutes min minuten minutos минут",
    "hour": "hour hours hr hrs stunden stunde horas heure heures часов часа",
    "night": "night nights",
    "day": "day days tag tage tagen día días jour jours dias дней дня",
    "week": "week weeks wochen woche semana semanas semaine semaines недель",
    "month": "month months monat monate monaten meses mois месяцев",
    "year": "year years jahr jahre jahren année années años ans anos лет года",
    "decade": "decade decades",
    "degree": "° degree degrees grad grados",
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
CURRENCY_SIGNS = frozenset("$€£¥")
HINT_CHARACTERS = 24  # before a figure, where its "about" stands
UNIT_CHARACTERS = 24  # after it

DIGITS = r"\d{1,3}(?:[,.' ]\d{3})+(?!\d)(?:[.,]\d+)?|\d{1,3}(?: , \d{3})+(?!\d)|\d+(?:[.,]\d+)?"
HAN_NUMERAL = "[零〇一二两三四五六七八九十百千万亿萬億]"
CACHED_TEXTS = 512
MOST_FIGURES = 60  # of a text that are looked at; a table's other rows are left


def number_words(language: str) -> set[str]:
    """The words of whole numbers from two on and of magnitudes: in English, and in ``language``."""
    small = VALUE.keys() - {"zero", "one", *ORDINALS}
    return {*small, *OTHER_VALUES.get(language, ()), *(MAGNITUDE.keys() - LETTERS)}


def unit_pattern(*names: str) -> str:
    """What any of the units ``names`` looks like, in any language."""
    return _alternatives({word for name in names for word in UNITS[name].split()})


def _alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted(map(regex.escape, words), key=len, reverse=True))


@cache
def _figure(language: str) -> regex.Pattern[str]:
    """The pattern of a number in a text of that language; has English words for any language."""
    word = _alternatives({*VALUE, *number_words(language)})
    return regex.compile(
        rf"(?P<digits>(?<![\p{{L}}\d.,/])(?:{DIGITS})|(?<=[{UNSPACED_SCRIPTS}])(?:{DIGITS}))"
        rf"(?P<tail>(?:st|nd|rd|th|s)\b)?"
        rf"|\b(?P<words>(?:half an?|{word})(?:(?:[ -]and[ -]a[ -]half)?[ -](?:and[ -])?"
        rf"(?:{word}))*(?:[ -]and[ -]a[ -]half)?)\b|(?P<han>{HAN_NUMERAL}+)",
        regex.IGNORECASE,
    )


WORD_AFTER = regex.compile(r"( ?-?)([^\W\d_]+)")
UNIT_WORDS = regex.compile(r"[ -]?([%€$£]|[^\W\d_]+)(?:[ -]([^\W\d_]+))?")


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
    spelled: bool  # in words
    decade: bool  # "1990s"


@lru_cache(CACHED_TEXTS)
def find_figures(text: str, language: str = "") -> tuple[Figure, ...]:
    """The numbers of a straightened text, at most ``MOST_FIGURES``."""
    return tuple(islice(_figures(text, language), MOST_FIGURES))


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
            spelled=not match["digits"],
            decade=match["tail"] == "s",
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
    if len(last) == 3 and len(set(separators)) == 1:
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
    if not set(written) & (HAN_PLACES.keys() | HAN_GROUPS.keys()):
        return float("".join(str(HAN_DIGITS[c]) for c in written))
    total = part = digit = 0.0
    for c in written:
        if c in HAN_DIGITS:
            digit = HAN_DIGITS[c]
        elif c in HAN_PLACES:
            part, digit = part + (digit or 1) * HAN_PLACES[c], 0.0
        else:
            total, part, digit = total + (part + digit or 1) * HAN_GROUPS[c], 0.0, 0.0
    return total + part + digit


def _magnitude(text: str, end: int, spelled: bool) -> tuple[float, int]:
    """The factor of a word like "million" after digits, and its end; 1.0 without one."""
    if end < len(text) and text[end] in HAN_GROUPS:
        return HAN_GROUPS[text[end]], end + 1
    match = WORD_AFTER.match(text, end)
    if match is None or spelled:
        return 1.0, end
    word = match[2].lower()
    if word in LETTERS and (match[1] or word == "m"):
        return 1.0, end
    return (MAGNITUDE[word], match.end()) if word in MAGNITUDE else (1.0, end)


def _unit(text: str, start: int, end: int) -> str:
    before = text[max(0, start - 2) : start].strip()[-1:]  # "£15,000" and "£ 15,000"
    if before in CURRENCY_SIGNS:
        return UNIT[before]
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
