"""Raised and lowered text → plain characters that keep its value: 10⁶, H₂O, x^(n+1), 5th.

Written one after the other, "10" and a raised "6" would read 106. Whatever raised text is (a
power, an ordinal's ending, a note's mark), it never joins the figure or the word beside it.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Literal, NamedTuple

import regex

RAISED = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
NORMAL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⁄", "01234567890123456789/")
TRADE_MARKS = {"TM": "™", "SM": "℠", "R": "®", "MC": "™"}
# French sets the ends of these words raised; the words themselves are written without.
ABBREVIATIONS = frozenset(
    (
        *("Mme", "Mmes", "Mlle", "Mlles", "Mgr", "Dr", "Me", "Mr", "No", "Nos", "no", "nos"),
        *("St", "Ste", "Cie", "Bd", "Nr", "Sr", "Sra", "Jr"),
    )
)
ORDINAL_LETTERS = frozenset("aeor")  # 2e, 1o, 1a, 1r; other single letters are variables
BEFORE_CHARACTERS = 12  # how much of the text before raised text is looked at

_DIGITS = re.compile(r"[-+−–]?\d+[-+−–]?|[-+−–]|\d+(?:\s?[,;–-]\s?\d+)+|[-+−–]?n")
_SIGNS = re.compile(r"[^\w^]+")
_BRACKETED = re.compile(r"[\[(].*[\])]", re.DOTALL)
_SIMPLE = re.compile(r"[-+−]?(?:\d+[.,/]\d+|\d+|\w)|[^\W\d_]+")
_ORDINAL_ENDING = re.compile(r"[^\W\d_]{1,4}\.?")
_AFTER_FIGURE = re.compile(r"(?:\d|(?<![^\W_])[IVXLC]+)\.?$")
_WORD_BEFORE = re.compile(r"[^\W\d_]+$")
_FRACTION = regex.compile(r"(\d)?([⁰¹²³⁴-⁹]+)\s?[/⁄]\s?([₀-₉]+)")
APART = "\ufffc"  # stands for pictures and formulas until it is known what touches them
_BETWEEN_WORDS = re.compile(
    rf"(?<=\w){APART}+(?=[^\s.,;:!?)\]])|(?<=[^\s(\[{APART}]){APART}+(?=\w)"
)
Position = Literal["", "raised", "lowered"]


class Piece(NamedTuple):
    """Text that stands one way; ``APART`` in it keeps its neighbours from touching."""

    text: str
    position: Position = ""
    bold: bool = False
    struck: bool = False


def join_pieces(pieces: list[Piece]) -> str:
    """The pieces in a row, raised and lowered ones in characters that keep their value."""
    runs = [
        (look, "".join(piece.text for piece in group))
        for look, group in groupby(pieces, key=lambda piece: (piece.position, piece.struck))
    ]
    text = ""
    for at, ((position, struck), words) in enumerate(runs):
        following = runs[at + 1][1] if at + 1 < len(runs) else ""
        if position and words.strip():
            write = raised if position == "raised" else lowered
            words = write(words, text[-BEFORE_CHARACTERS:], following) + (
                " " if words[-1].isspace() else ""
            )
        if struck and words.strip():
            words = f"~~{words}~~"
        text += words
    return with_fractions(_BETWEEN_WORDS.sub(" ", text).replace(APART, ""))


def raised(text: str, before: str = "", after: str = "") -> str:
    """How raised ``text`` is written after ``before`` and before ``after`` (what touches it)."""
    words = " ".join(text.split())
    if not words or _SIGNS.fullmatch(words) or _BRACKETED.fullmatch(words):
        return _as_minus(words, before)
    if _DIGITS.fullmatch(words):
        return words.translate(RAISED)
    if words in TRADE_MARKS and before[-1:].isalnum():
        return TRADE_MARKS[words]
    if _is_ending(words, before):
        return words
    if not before or before[-1:].isspace():
        return f"[{words}] "
    return "^" + _in_brackets(words, after)


def lowered(text: str, before: str = "", after: str = "") -> str:
    """How lowered ``text`` is written after ``before`` and before ``after``."""
    words = " ".join(text.split())
    if _DIGITS.fullmatch(words) and "n" not in words:
        return words.translate(LOWERED)
    if not words or _SIGNS.fullmatch(words):
        return words
    sign = "_" if before[-1:].strip() else ""
    return sign + _in_brackets(words, after)


def with_fractions(text: str) -> str:
    """The text with ¹/₂ as 1/2: fractions set with a raised and a lowered number."""
    if "/" not in text and "⁄" not in text:
        return text
    return _FRACTION.sub(_fraction, text)


def _fraction(match: regex.Match[str]) -> str:
    whole = f"{match[1]} " if match[1] else ""
    return f"{whole}{match[2].translate(NORMAL)}/{match[3].translate(NORMAL)}"


def _as_minus(words: str, before: str) -> str:
    """Signs as they are; a raised minus or plus (Cl⁻, H⁺) after a letter stays raised."""
    return words.translate(RAISED) if words in "+-−–" and before[-1:].isalnum() else words


def _is_ending(words: str, before: str) -> bool:
    """Whether it ends an ordinal (5th, XIXe, 1.er) or a French abbreviation (Mme)."""
    word = _WORD_BEFORE.search(before)
    if word and word.group() + words.rstrip(".") in ABBREVIATIONS:
        return True
    ordinal = _ORDINAL_ENDING.fullmatch(words) is not None and words == words.lower()
    variable = len(words) == 1 and words not in ORDINAL_LETTERS
    return ordinal and not variable and _AFTER_FIGURE.search(before) is not None


def _in_brackets(words: str, after: str) -> str:
    """The words, in brackets where they would not end clearly."""
    touches = after[:1].isalnum() or (after[:1] in tuple(".,'") and after[1:2].isdigit())
    return words if _SIMPLE.fullmatch(words) and not touches else f"({words})"
