"""Whether a text holds unknown letters, or words of no language: letters that nobody wrote."""

from __future__ import annotations

import regex

from bot.strings import _
from bot.text.language import language_probability

GARBLED_SHARE = 0.05  # of unknown characters
FEW_UNKNOWN = 2  # characters: a symbol or two
WORDS = 50  # fewer prove nothing
SAMPLE_CHARACTERS = 5_000
# Texts have .9 and more, lists of names or goods .34 and more, English in 23 of 25 shifted
# alphabets less than .26.
LANGUAGE_PROBABILITY = 0.3
_UNKNOWN = regex.compile(r"[\ufffd\p{Co}\x00-\x08\x0e-\x1f]")
_WORD = regex.compile(r"\p{L}{2,}")


def unknown_share(text: str) -> float:
    """The share of characters that no font or charset explains."""
    return len(_UNKNOWN.findall(text)) / max(len(text), 1)


def is_wordless(text: str) -> bool:
    """Whether words are written in an alphabet but certainly in no language."""
    sample = text[:SAMPLE_CHARACTERS]
    return has_words(sample) and language_probability(sample) < LANGUAGE_PROBABILITY


def has_words(text: str) -> bool:
    """Whether a text begins with enough words to know their language."""
    return len(_WORD.findall(text[:SAMPLE_CHARACTERS])) >= WORDS


def garbled_notes(text: str) -> tuple[str, ...]:
    """The note that a text may be garbled; none if it reads as a language."""
    unknown = len(_UNKNOWN.findall(text))
    if unknown > FEW_UNKNOWN and unknown_share(text) > GARBLED_SHARE:
        note = _("{percent:.0f} % of the characters couldn't be read.")
        return (note.format(percent=100 * unknown_share(text)),)
    if is_wordless(text):
        return (_("I recognized no language in this text, so its letters may be wrong."),)
    return ()
