"""Contractions that were typed without their apostrophe: "whats" is "what's".

Only English has them. "its" and "lets" are words of their own.
"""

from __future__ import annotations

import regex

from bot.text.stopwords import STOP_WORDS

APOSTROPHE = "'"
OTHER_WORDS = frozenset(("its", "lets"))
WRITTEN_WITH = {
    bare: word
    for word in STOP_WORDS["en"]
    if APOSTROPHE in word and (bare := word.replace(APOSTROPHE, "")) not in OTHER_WORDS
}
BARE = regex.compile(rf"\b(?:{'|'.join(sorted(WRITTEN_WITH))})\b", regex.IGNORECASE)


def with_apostrophes(text: str) -> str:
    """The text with the apostrophes that its contractions lack."""
    return BARE.sub(_write_with, text)


def _write_with(match: regex.Match[str]) -> str:
    written = match.group()
    return written[0] + WRITTEN_WITH[written.lower()][1:]
