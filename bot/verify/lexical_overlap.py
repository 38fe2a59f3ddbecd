"""Measure which share of a sentence's content words its sources have.

Figures and dates have rules of their own: they count if they are found, but missing ones don't.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.text.calendar_names import MONTH, WEEKDAY
from bot.text.quantities import HINTED, MAGNITUDE, VALUE
from bot.verify.analyzed_text import AnalyzedText, Vocabulary, weight


def coverage(
    claim: AnalyzedText, cited: Sequence[str], exempt_words: Collection[str] = frozenset()
) -> float | None:
    """Weighted share, 0 … 1; None without content words. ``exempt_words`` may be missing."""
    vocabulary = Vocabulary(cited)
    covered = total = 0.0
    for word in claim.content:
        is_covered = vocabulary.has(word.lower, claim.language)
        if is_covered or not (word.lower in exempt_words or has_its_own_rule(word.lower)):
            total += weight(word.lower)
            covered += is_covered * weight(word.lower)
    return covered / total if total else None


def has_its_own_rule(word: str) -> bool:
    """Whether it's a figure, a unit or part of a date."""
    return word[0].isdigit() or any(
        word in words for words in (MONTH, WEEKDAY, VALUE, MAGNITUDE, HINTED)
    )
