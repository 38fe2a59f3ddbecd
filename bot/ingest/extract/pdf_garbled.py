"""Whether the letters that a library found in a PDF are the ones that the page shows.

Fonts that do not say which letters they draw give unknown characters, or words of no language.
Another library may know better; it decides if a few pages of its own read better.
"""

from __future__ import annotations

import regex

from bot.ingest.extract.pdf_reading import PdfReading
from bot.text.language import UNDETERMINED, detect_language

GARBLED_SHARE = 0.05  # of unknown characters
WORDS = 50  # fewer prove nothing
SAMPLE_CHARACTERS = 5_000
PROBE_PAGES = 10  # the second library takes 0.15 s for a page
_UNKNOWN = regex.compile(r"[\ufffd\p{Co}\x00-\x08\x0e-\x1f]")
_WORD = regex.compile(r"\p{L}{2,}")


def unknown_share(text: str) -> float:
    """The share of characters that no font explains."""
    return len(_UNKNOWN.findall(text)) / max(len(text), 1)


def is_garbled(reading: PdfReading) -> bool:
    """Whether the text has unknown letters or no known words."""
    text = " ".join(line.text for lines in reading.pages for line in lines)
    return unknown_share(text) > GARBLED_SHARE or _is_wordless(text)


def _is_wordless(text: str) -> bool:
    """Whether words are written in an alphabet but in no language."""
    sample = text[:SAMPLE_CHARACTERS]
    return len(_WORD.findall(sample)) >= WORDS and detect_language(sample) == UNDETERMINED
