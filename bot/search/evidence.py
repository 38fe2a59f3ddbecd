"""How likely it is that the library answers a question at all."""

from __future__ import annotations

from collections.abc import Sequence

from bot.records import Hit
from bot.search.words import terms, words

COVERAGE_WEIGHT = 0.6
FULL_MEANING = 0.6  # a cosine that passages on the very topic reach


def answerable(question: str, hits: Sequence[Hit]) -> float:
    """0 … 1: the best passage's share of the question's words, and how close its meaning is."""
    if not hits:
        return 0.0
    wanted = terms(question)
    coverage = max(covered(wanted, hit.passage.text + " " + hit.passage.title) for hit in hits[:3])
    meaning = min(1.0, max(0.0, max(hit.meaning for hit in hits)) / FULL_MEANING)
    return COVERAGE_WEIGHT * coverage + (1 - COVERAGE_WEIGHT) * meaning


def covered(wanted: Sequence[str], text: str) -> float:
    """The share of ``wanted`` that stands in ``text``, endings aside."""
    there = {stem(word) for word in words(text)}
    return sum(stem(word) in there for word in wanted) / max(1, len(wanted))


def stem(word: str) -> str:
    """A word without its commonest English endings; rough, and the same on both sides."""
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
