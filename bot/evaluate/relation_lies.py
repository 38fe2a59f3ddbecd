"""Makes false sentences out of a true one's own words: who, which, when and how surely.

Names or figures that changed places, "to" and "from" turned round, another relative, another unit
of time or currency, "may" left out, "some" made "all", two sentences' facts merged, a cause
invented. Shares no word list with the checks. English. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import regex

NAME = regex.compile(r"\p{Lu}[\p{Ll}’'-]+(?: \p{Lu}[\p{Ll}’'-]+){0,3}")
NUMBER = regex.compile(r"(?<![\w.,/$€£-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w/-]|[.,]\d)")
ONLY_LISTED = regex.compile(r"\s*(?:,|,? and|,? or|&|/|\()\s*(?:the )?")
FROM_TO = regex.compile(r"\bfrom (\w+(?: \w+)?) to (\w+)")
VERSUS = regex.compile(r"\b(\d{1,3})( ?[–-] ?| to )(\d{1,3})\b")
RELATIVES = (
    *("brother", "sister", "father", "mother", "son", "daughter", "husband", "wife", "uncle"),
    *("aunt", "cousin", "nephew", "niece", "grandfather", "grandmother"),
)
RELATIVE = regex.compile(rf"\b(?:{'|'.join(RELATIVES)})\b")
PERIODS = ("hour", "day", "week", "month", "year")
RATE = regex.compile(rf"(?<=\b(?:a|per|each|every) )(?:{'|'.join(PERIODS)})\b")
CURRENCY = regex.compile(r"[$€£](?=\d)")
MODAL = regex.compile(r"\b(?:may|might|could)( not)?( have| be)?(?= \p{Ll})")
SURE = {"": "will", " be": "is", " have": "has"}
SOME = regex.compile(r"\b(?:[Ss]ome|[Mm]ost|[Mm]any|[Ss]everal|[Aa] few)\b(?! of\b)(?= \p{Ll})")
CAUSES = ("because", "since", "due to", "as a result")


def swap_names(text: str, random: Random) -> str | None:
    """Two names that something other than "and" separates, in each other's place."""
    names = [m for m in NAME.finditer(text) if m.start() or " " in m.group()]  # no mere first word
    pairs = _pairs(names, text)
    return _swap(text, random.choice(pairs)) if pairs else None


def swap_figures(text: str, random: Random) -> str | None:
    """Two figures in each other's place."""
    pairs = _pairs(list(NUMBER.finditer(text)), text)
    return _swap(text, random.choice(pairs)) if pairs else None


Pair = tuple[regex.Match[str], regex.Match[str]]


def _pairs(matches: Sequence[regex.Match[str]], text: str) -> list[Pair]:
    return [
        (a, b)
        for i, a in enumerate(matches)
        for b in matches[i + 1 :]
        if a.group() != b.group() and not ONLY_LISTED.fullmatch(text[a.end() : b.start()])
    ]


def _swap(text: str, pair: Pair) -> str:
    a, b = pair
    return f"{text[: a.start()]}{b.group()}{text[a.end() : b.start()]}{a.group()}{text[b.end() :]}"


def reverse_order(text: str, random: Random) -> str | None:
    """ "From B to A" for "from A to B", or "4 to 7" for "7 to 4"."""
    if match := FROM_TO.search(text):
        return _replace(text, match, f"from {match[2]} to {match[1]}")
    if (match := VERSUS.search(text)) and match[1] != match[3]:
        return _replace(text, match, f"{match[3]}{match[2]}{match[1]}")
    return None


def change_relative(text: str, random: Random) -> str | None:
    """Another relative."""
    return _another(text, RELATIVE, RELATIVES, random)


def change_rate(text: str, random: Random) -> str | None:
    """ "A month" for "a year"."""
    return _another(text, RATE, PERIODS, random)


def change_currency(text: str, random: Random) -> str | None:
    """Euros for dollars."""
    return _another(text, CURRENCY, "$€£", random)


def make_certain(text: str, random: Random) -> str | None:
    """ "Will" for "may"."""
    match = MODAL.search(text)
    if match is None:
        return None
    return _replace(text, match, f"{SURE[match[2] or '']}{match[1] or ''}")


def make_universal(text: str, random: Random) -> str | None:
    """ "All" for "some", "most" or "many"."""
    match = SOME.search(text)
    if match is None:
        return None
    return _replace(text, match, "All" if match.group()[0].isupper() else "all")


def merge_facts(text: str, other: str) -> str | None:
    """The beginning of one sentence with the end of another."""
    words, others = text.split(), other.split()
    if min(len(words), len(others)) < 8:
        return None
    return " ".join([*words[: len(words) // 2], *others[len(others) // 2 :]])


def invent_cause(text: str, other: str) -> str | None:
    """The sentence with another as its cause."""
    if any(cause in f"{text} {other}".lower() for cause in CAUSES):
        return None
    return f"{text.rstrip(' .')} because {other[:1].lower()}{other[1:]}"


def _another(
    text: str, pattern: regex.Pattern[str], choices: Sequence[str], random: Random
) -> str | None:
    match = pattern.search(text)
    if match is None:
        return None
    return _replace(text, match, random.choice([each for each in choices if each != match.group()]))


def _replace(text: str, match: regex.Match[str], replacement: str) -> str:
    return text[: match.start()] + replacement + text[match.end() :]
