"""Whether the letters that a library found in a PDF are the ones that the page shows.

Fonts that do not say which letters they draw give unknown characters, or words of no language.
Another library may know better; it decides if a few pages of its own read better.
"""

from __future__ import annotations

from bot.ingest.extract.garbled import GARBLED_SHARE, has_words, is_wordless, unknown_share
from bot.ingest.extract.pdf.reading import PdfReading
from bot.text.language import OTHER, UNDETERMINED, detect_language

PROBE_PAGES = 10  # the second library takes 0.15 s for a page


def is_garbled(reading: PdfReading) -> bool:
    """Whether the text has unknown letters or no known words."""
    text = " ".join(line.text for lines in reading.pages for line in lines)
    is_unclear = has_words(text) and detect_language(text) in (UNDETERMINED, OTHER)
    return unknown_share(text) > GARBLED_SHARE or is_unclear or is_wordless(text)
