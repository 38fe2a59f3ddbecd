"""Whether a text holds letters that nobody wrote: unknown ones, words of no language, or letters
that were read in a wrong charset before the file was made.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from bot.ingest.extract.charset import count_implausible_letters
from bot.strings import _
from bot.text.language import language_probability
from bot.tokens import count_tokens

GARBLED_SHARE = 0.05  # of unknown characters
FEW_UNKNOWN = 2  # characters: a symbol or two
WORDS = 50  # fewer prove nothing
SAMPLE_CHARACTERS = 5_000
# Texts have .9 and more, lists of names or goods .34 and more, English in 23 of 25 shifted
# alphabets less than .26; but code, figures and lists of keys may have .1, too.
LANGUAGE_PROBABILITY = 0.3
# Distinct words of 700 files of code, JSON and CSV have 2.2 and more letters in a token, but for
# encoded files and hexadecimal figures; English in 25 shifted alphabets has 2.0 and less, base64
# and other bytes written as letters 1.7 to 1.96.
LETTERS_PER_TOKEN = 2.2
TWICE_ENCODED_RUNS = 3  # of 524 web pages none has a single one
TWICE_ENCODED_IN = ("cp1252", "latin-1", "cp1251", "cp1250")
IMPLAUSIBLE_LETTERS = 3
IMPLAUSIBLE_SHARE = 0.02  # of the letters beyond ASCII
_UNKNOWN = regex.compile(r"[\ufffd\p{Co}\x00-\x08\x0e-\x1f]")
_LETTERS = regex.compile(r"\p{L}{2,}")
_WORD = regex.compile(r"\p{L}{2,8}")  # Chinese has no spaces
# Of scripts with capitals: tokens of others are short. A name of code holds several.
_PLAIN_WORD = regex.compile(r"\p{Lu}?\p{Ll}{2,}|\p{Lu}{3,}(?!\p{Ll})")
_BEYOND_ASCII = regex.compile(r"[^\x00-\x7f]+")


def unknown_share(text: str) -> float:
    """The share of characters that no font or charset explains."""
    return len(_UNKNOWN.findall(text)) / max(len(text), 1)


def is_wordless(text: str) -> bool:
    """Whether words are written in an alphabet but certainly in no language, nor in code."""
    sample = text[:SAMPLE_CHARACTERS]
    if not has_words(sample):
        return False
    is_unknown = language_probability(" ".join(_LETTERS.findall(sample))) < LANGUAGE_PROBABILITY
    return is_unknown and _letters_per_token(sample) < LETTERS_PER_TOKEN


def has_words(text: str) -> bool:
    """Whether a text begins with enough words to know their language."""
    return len(_WORD.findall(text[:SAMPLE_CHARACTERS])) >= WORDS


def _letters_per_token(text: str) -> float:
    """Of its distinct words; 0 if it has none."""
    words = sorted({word.lower() for word in _PLAIN_WORD.findall(text)})
    return sum(map(len, words)) / max(count_tokens(" ".join(words)), 1)


def is_misread(text: str) -> bool:
    """Whether a wrong charset turned one letter into two ("Ã¶"), or into another ("Ñîâåò")."""
    sample = text[:SAMPLE_CHARACTERS]
    if sample.isascii():
        return False
    runs = _BEYOND_ASCII.findall(sample)
    if sum(map(_is_twice_encoded, runs)) >= TWICE_ENCODED_RUNS:
        return True
    implausible = count_implausible_letters(sample)
    return implausible >= max(IMPLAUSIBLE_LETTERS, IMPLAUSIBLE_SHARE * sum(map(len, runs)))


def _is_twice_encoded(run: str) -> bool:
    """Whether letters become fewer if the bytes of one of these charsets are read as UTF-8."""
    return any(len(decoded) < len(run) for decoded in _decoded_again(run))


def _decoded_again(run: str) -> Iterator[str]:
    for charset in TWICE_ENCODED_IN:
        try:
            yield run.encode(charset).decode("utf-8")
        except UnicodeError:
            continue


def garbled_notes(text: str) -> tuple[str, ...]:
    """The note that a text may be garbled; none if it reads as a language."""
    unknown = len(_UNKNOWN.findall(text))
    if unknown > FEW_UNKNOWN and unknown_share(text) > GARBLED_SHARE:
        note = _("{percent:.0f} % of the characters couldn't be read.")
        return (note.format(percent=100 * unknown_share(text)),)
    if is_wordless(text):
        return (_("I recognized no language in this text, so its letters may be wrong."),)
    if is_misread(text):
        return (_("Some letters look wrong: the text was once read in the wrong encoding."),)
    return ()
