"""A spreadsheet's number and its number format → the characters that the sheet shows.

Covers what Excel's format codes (ECMA-376, part 1, 18.8.31) mean for numbers, percentages,
fractions, scientific notation, dates, times and durations; sections by sign and conditions; the
words in quotes around them. Digits are never rounded further than the sheet does.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from fractions import Fraction
from functools import lru_cache

from bot.text.calendar_names import ENGLISH_MONTHS, ENGLISH_WEEKDAYS

# The codes that a file need not spell out (18.8.30), as Excel shows them in English.
BUILT_IN = {
    **{0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"},
    **{11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy"},
    **{16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm"},
    **{21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)"},
    **{39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss"},
    **{47: "mm:ss.0", 48: "##0.0E+0", 49: "@"},
}
CODES = 500  # of one workbook, whose meaning is remembered
GENERAL_DIGITS = 11  # as wide as Excel's "General" gets; longer values are rounded for display
LONGEST_INTEGER = 10**11
EXCEL_EPOCH = datetime(1899, 12, 30)  # 1 March 1900 is day 61: Excel's 1900 has a 29 February
MAC_EPOCH = datetime(1904, 1, 1)
LAST_DAY = 2_958_465  # 31 December 9999

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?)"
    r"|(?P<exponent>E[+-]0+)|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*)?,*|\.[0#?]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_PART = re.compile(r'"[^"]*"|\\.|;|[^;"\\]+|["\\]', re.DOTALL)
_SHORT = re.compile(r"-?(?:0|[1-9]\d{0,9})|-?(?:0|[1-9]\d{0,3})\.\d{0,4}[1-9]")  # shown as it is
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
_CURRENCY = re.compile(r"\$([^-]*)(?:-|$)")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_FRACTION = re.compile(
    r"(?P<whole>[0#?]+\s+)?[0#?]+\s*/\s*(?:(?P<fixed>[1-9]\d*)|(?P<places>[0#?]+))"
)
Token = tuple[str, str]  # the kind, the characters


def show_number(value: str, code: str, *, epoch: datetime = EXCEL_EPOCH) -> str:
    """The number as the format shows it; as it stands in the file if no format fits.

    An empty result means that the format hides the number (``;;;``).
    """
    if code == "General" and _SHORT.fullmatch(value):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or abs(number.adjusted()) > 308:
        return value
    section, number = _section(code, number)
    tokens = _tokens(section)
    kinds = {kind for kind, _ in tokens}
    if "date" in kinds or "elapsed" in kinds:
        return _show_date(number, tokens, epoch) or value
    return _show_tokens(number, tokens, section)


def hides_text(code: str) -> bool:
    """Whether a format shows nothing for any text: ``;;;`` does."""
    sections = code.split(";")
    return len(sections) > 3 and not sections[3].strip()


def _section(code: str, number: Decimal) -> tuple[str, Decimal]:
    """The section for this number's sign, and the number that it formats."""
    sections = _split(code)
    if "[" in code and any(_CONDITION.search(section) for section in sections):
        conditions = [_CONDITION.search(section) for section in sections]
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or _holds(number, condition[1], Decimal(condition[2])):
                return section, number
        return "General", number
    if len(sections) > 2 and number == 0:
        return sections[2], number
    if len(sections) > 1 and number < 0:
        return sections[1], -number
    return sections[0], number


@lru_cache(CODES)
def _split(code: str) -> list[str]:
    """The sections of a code; a semicolon in quotes separates nothing."""
    sections = [""]
    for part in _PART.findall(code):
        if part == ";":
            sections.append("")
        else:
            sections[-1] += part
    return sections[:4]


def _holds(number: Decimal, sign: str, limit: Decimal) -> bool:
    return {
        "<": number < limit,
        ">": number > limit,
        "=": number == limit,
        "<=": number <= limit,
        ">=": number >= limit,
        "<>": number != limit,
    }[sign]


@lru_cache(CODES)
def _tokens(section: str) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(section):
        kind, text = match.lastgroup, match.group()
        if kind == "bracket":
            inside = match["bracket"]
            currency = _CURRENCY.match(inside)
            if currency is not None:
                tokens.append(("text", currency[1]))
            elif _ELAPSED.fullmatch(inside):
                tokens.append(("elapsed", inside.lower()))
        elif kind in ("quoted", "escaped", "other"):
            tokens.append(("text", match[kind]))
        elif kind is not None:
            tokens.append((kind, text.lower() if kind == "date" else text))
        elif text.startswith("_"):
            tokens.append(("text", " "))
    return tokens


def _show_tokens(number: Decimal, tokens: list[Token], section: str) -> str:
    if any(kind == "general" for kind, _ in tokens):
        return _join(tokens, "general", _general(number))
    fraction = _FRACTION.search(section)
    if fraction is not None:
        return section[: fraction.start()] + _show_fraction(number, fraction)
    layouts = [text for kind, text in tokens if kind == "digits"]
    if not layouts:
        sign = "-" if number < 0 and any(text.strip() for _, text in tokens) else ""
        return (sign + "".join(text for _, text in tokens)).strip().replace("@", _general(number))
    number *= Decimal(100) ** sum(text.count("%") for kind, text in tokens if kind == "text")
    if len(layouts) > 1 and "." not in "".join(layouts):
        return _patterned(number, tokens, layouts)
    layout = "".join(layouts)
    exponent = next((text for kind, text in tokens if kind == "exponent"), "")
    shown = _scientific(number, layout, exponent) if exponent else _fixed(number, layout)
    rest = [token for token in tokens if token[0] != "exponent"]
    return _join(rest, "digits", shown)


def _patterned(number: Decimal, tokens: list[Token], layouts: list[str]) -> str:
    """Digits spread over a pattern such as ``000-0000``: the first part takes the rest."""
    rest, groups = f"{abs(number):.0f}".zfill(sum(layout.count("0") for layout in layouts)), []
    for layout in reversed(layouts[1:]):
        groups.append(rest[-len(layout) :])
        rest = rest[: -len(layout)]
    groups.append(rest)
    shown = [groups.pop() if kind == "digits" else text for kind, text in tokens]
    return ("-" if number < 0 else "") + "".join(shown).strip()


def _join(tokens: list[Token], kind: str, shown: str) -> str:
    """The tokens with ``shown`` in place of the first one of ``kind``, its sign before all."""
    sign, shown = ("-", shown[1:]) if shown.startswith("-") else ("", shown)
    parts, is_placed = [], False
    for token, text in tokens:
        if token != kind:
            parts.append(text)
        elif not is_placed:
            parts.append(shown)
            is_placed = True
    return sign + "".join(parts).strip()


def _general(number: Decimal) -> str:
    """As Excel's "General" shows it, without the rounding that a narrow column brings."""
    if number == number.to_integral_value() and abs(number) < LONGEST_INTEGER:
        return f"{number:.0f}"
    if abs(number.adjusted()) >= GENERAL_DIGITS:
        return f"{number.normalize():.5E}" if len(number.as_tuple().digits) > 6 else str(number)
    with localcontext(prec=GENERAL_DIGITS - 1):
        return f"{+number:f}".rstrip("0").rstrip(".")


def _fixed(number: Decimal, layout: str) -> str:
    """A number in a layout such as ``#,##0.00``."""
    stripped = layout.rstrip(",")
    number = number / 1000 ** (len(layout) - len(stripped))
    whole, _, decimals = stripped.partition(".")
    with localcontext(prec=400):
        number = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    digits, _, after = f"{abs(number):f}".partition(".")
    digits = digits.zfill(whole.count("0")) if digits != "0" or "0" in whole else ""
    if "," in whole and digits:
        digits = f"{int(digits):,}".zfill(len(digits))
    optional = len(decimals) - len(decimals.rstrip("#?"))
    while optional and after.endswith("0"):
        after, optional = after[:-1], optional - 1
    shown = digits + ("." + after if after else "")
    return ("-" if number < 0 else "") + (shown or "0")


def _scientific(number: Decimal, layout: str, exponent: str) -> str:
    power = number.adjusted() if number else 0
    whole = len(layout.partition(".")[0].replace(",", ""))
    power -= power % whole if whole > 1 else 0
    mantissa = _fixed(number.scaleb(-power), layout)
    sign = "-" if power < 0 else "+" if "+" in exponent else ""
    return f"{mantissa}E{sign}{abs(power):0{len(exponent) - 2}d}"


def _show_fraction(number: Decimal, layout: re.Match[str]) -> str:
    sign, number = ("-" if number < 0 else ""), abs(number)
    whole = int(number) if layout["whole"] else 0
    rest = Fraction(number) - whole
    if layout["fixed"]:
        below = int(layout["fixed"])
        above = round(rest * below)
    else:
        rest = rest.limit_denominator(10 ** min(len(layout["places"]), 3) - 1)
        above, below = rest.numerator, rest.denominator
    parts = [str(whole)] if whole or not above else []
    return sign + " ".join([*parts, f"{above}/{below}"] if above else parts)


def _show_date(number: Decimal, tokens: list[Token], epoch: datetime) -> str:
    """A date, a time or a duration; empty for what no calendar holds."""
    if not 0 <= number <= LAST_DAY:
        return ""
    places = max((text.count("0") for kind, text in tokens if kind == "date"), default=0)
    step = Decimal(10) ** -places
    seconds = (number * 86_400).quantize(step, ROUND_HALF_UP)
    moment = epoch + timedelta(seconds=float(seconds))
    twelve = any(kind == "half" for kind, _ in tokens)
    parts = []
    for place, (kind, text) in enumerate(tokens):
        if kind == "elapsed":
            parts.append(_elapsed(seconds, text))
        elif kind == "half":
            parts.append(("AM", "PM")[moment.hour >= 12])
        elif kind == "date" and text[0] == "m" and _is_minute(tokens, place):
            parts.append(f"{moment.minute:0{min(len(text), 2)}d}")
        elif kind == "date":
            parts.append(_date_part(moment, seconds, text, twelve))
        else:
            parts.append(text)
    return "".join(parts).strip()


def _elapsed(seconds: Decimal, text: str) -> str:
    unit = {"h": 3_600, "m": 60, "s": 1}[text[0]]
    return f"{int(seconds // unit):0{len(text)}d}"


def _is_minute(tokens: list[Token], place: int) -> bool:
    """Whether an ``m`` means minutes: it follows hours or precedes seconds."""
    times = [(at, text[0]) for at, (kind, text) in enumerate(tokens) if kind in ("date", "elapsed")]
    before = [letter for at, letter in times if at < place]
    after = [letter for at, letter in times if at > place]
    return before[-1:] == ["h"] or after[:1] == ["s"]


def _date_part(moment: datetime, seconds: Decimal, text: str, twelve: bool) -> str:
    letter, length = text[0], len(text)
    if letter == "y":
        return f"{moment.year % 100:02d}" if length <= 2 else f"{moment.year:04d}"
    if letter == "m":
        name = ENGLISH_MONTHS[moment.month - 1].title()
        return {3: name[:3], 4: name, 5: name[0]}.get(length, f"{moment.month:0{min(length, 2)}d}")
    if letter == "d":
        day = ENGLISH_WEEKDAYS[moment.weekday()].title()
        return {3: day[:3], 4: day}.get(length, f"{moment.day:0{min(length, 2)}d}")
    if letter == "h":
        hour = (moment.hour - 1) % 12 + 1 if twelve else moment.hour
        return f"{hour:0{min(length, 2)}d}"
    whole, _, places = text.partition(".")
    shown = f"{moment.second:0{min(len(whole), 2)}d}"
    return f"{shown}.{str(seconds % 1)[2:][: len(places)]}" if places else shown
