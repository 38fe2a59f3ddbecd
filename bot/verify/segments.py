"""Split a sentence into the parts that each say one thing: its clauses and the items of its lists.

"Fishermen paid 340, visiting yachts 95" has two. What stands in one part belongs together; a figure
or a name of one part says nothing of another's. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex

from bot.text.calendar_names import MONTH
from bot.verify.analyzed_text import CACHED_TEXTS, AnalyzedText, Word

BOUNDARY = regex.compile(
    r"(?<!\d)[,;:()–—](?=\s)|[;:](?=\s)|(?<=\d)[,:)](?=\s+\D)|"
    r"\b(?:and|but|while|whereas|although|against|und|aber|während|sondern|gegenüber|et|mais|"
    r"tandis|contre|y|pero|mientras|e|ma|mentre|mas|enquanto|а|и|но)\b",
    regex.IGNORECASE,
)
MAX_SEGMENTS = 24  # of a sentence


@lru_cache(CACHED_TEXTS)
def segments(text: AnalyzedText) -> tuple[tuple[Word, ...], ...]:
    """The words of each part, in order. A part of figures and names alone joins the one before."""
    parts: list[tuple[Word, ...]] = []
    for start, end in _ranges(text.text):
        words = tuple(word for word in text.words if start <= word.start < end)
        if not words:
            continue
        if parts and not (_says_something(words) and _says_something(parts[-1])):
            parts[-1] += words
        else:
            parts.append(words)
    return tuple(parts)


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for count, boundary in enumerate(BOUNDARY.finditer(text)):
        if count == MAX_SEGMENTS:
            break
        yield start, boundary.start()
        start = boundary.start()
    yield start, len(text)


def _says_something(words: Sequence[Word]) -> bool:
    """Whether any of them is more than grammar, a figure or a month."""
    return any(w.is_content and not w.lower[0].isdigit() and w.lower not in MONTH for w in words)
