"""Whether the letters that a library found in a PDF are the ones that the page shows.

Fonts that do not say which letters they draw give unknown characters, or words of no language.
Another library may know better; it decides if a few pages of its own read better.
"""

from __future__ import annotations

import regex

from bot.ingest.extract.pdf_reading import PdfReading
from bot.text.language import UNDETERMINED, detect_language, language_probability

GARBLED_SHARE = 0.05  # of unknown characters
WORDS = 50  # fewer prove nothing
SAMPLE_CHARACTERS = 5_000
# Texts have .9 and more, lists of names or goods .34 and more, English in 23 of 25 shifted
# alphabets less than .26.
LANGUAGE_PROBABILITY = 0.3
PROBE_PAGES = 10  # the second library takes 0.15 s for a page
_UNKNOWN = regex.compile(r"[\ufffd\p{Co}\x00-\x08\x0e-\x1f]")
_WORD = regex.compile(r"\p{L}{2,}")


def unknown_share(text: str) -> float:
    """The share of characters that no font explains."""
    return len(_UNKNOWN.findall(text)) / max(len(text), 1)


def is_garbled(reading: PdfReading) -> bool:
    """Whether the text has unknown letters or no known words."""
    text = " ".join(line.text for lines in reading.pages for line in lines)
    is_unclear = _has_words(text) and detect_language(text) == UNDETERMINED
    return unknown_share(text) > GARBLED_SHARE or is_unclear or is_wordless(text)


def is_wordless(text: str) -> bool:
    """Whether words are written in an alphabet but certainly in no language."""
    sample = text[:SAMPLE_CHARACTERS]
    return _has_words(sample) and language_probability(sample) < LANGUAGE_PROBABILITY


def _has_words(text: str) -> bool:
    return len(_WORD.findall(text[:SAMPLE_CHARACTERS])) >= WORDS
