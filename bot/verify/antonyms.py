"""Find antonyms in place of the source's words: more for less, rose for fell, before for after.

``antonyms.txt`` has the pairs. If a claim has a word and its sources only the antonym, it says
something else; if they have both, the words around it decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import regex

from bot.verify.analyzed_text import CHINESE, AnalyzedText, same_word

WINDOW = 3  # content words on each side, to compare what two antonyms refer to
MAX_OCCURRENCES = 20  # in a text, of the words of one side
MARGIN = 2  # words that the antonym's window must share more than the word's own
Sides = tuple[frozenset[str], frozenset[str]]


def find_swapped(claim: AnalyzedText, cited: Sequence[AnalyzedText]) -> Iterator[str]:
    """The words of the claim in whose place its sources have an antonym."""
    for word in dict.fromkeys(_words(claim)):
        for own_side, other_side in sides(word):
            antonym_share = _words_in_common(claim, word, other_side, cited)
            own_share = _words_in_common(claim, word, own_side, cited)
            if antonym_share is None:
                continue
            if antonym_share > 0 if own_share is None else antonym_share >= own_share + MARGIN:
                yield word


def sides(word: str) -> list[Sides]:
    """The pairs that a lower-case word belongs to: its own side first."""
    return _pairs_by_word().get(word, [])


def _words(text: AnalyzedText) -> list[str]:
    if text.language == CHINESE:
        return [w for w in _pairs_by_word() if regex.match(r"\p{Han}", w) and w in text.text]
    return [word.lower for word in text.words]


def _words_in_common(
    claim: AnalyzedText, word: str, side: frozenset[str], cited: Sequence[AnalyzedText]
) -> int | None:
    """The most words that the claim's word and a source's word of a side have around them.

    None if no source has a word of this side. In Chinese the words around are not compared.
    """
    if claim.language == CHINESE:
        return 1 if any(other in text.text for text in cited for other in side) else None
    source_windows = [window for text in cited for window in _windows(text, side)]
    return max(
        (
            _count_shared(window, source_window, claim.language)
            for window in _windows(claim, frozenset([word]))
            for source_window in source_windows
        ),
        default=None,
    )


def _windows(text: AnalyzedText, side: frozenset[str]) -> Iterator[list[str]]:
    """The content words around each word of a side."""
    content = [w.lower for w in text.words if w.is_content or w.lower in side]
    positions = [i for i, word in enumerate(content) if word in side]
    for i in positions[:MAX_OCCURRENCES]:
        yield content[max(0, i - WINDOW) : i] + content[i + 1 : i + WINDOW + 1]


def _count_shared(words: Sequence[str], other_words: Sequence[str], language: str) -> int:
    return sum(any(same_word(a, b, language) for b in other_words) for a in words)


@cache
def _pairs_by_word() -> dict[str, list[Sides]]:
    """The pairs of each word, its own side first."""
    text = (files("bot.verify") / "antonyms.txt").read_text("utf-8")
    pairs: dict[str, list[Sides]] = defaultdict(list)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            left, right = (frozenset(side.split()) for side in line.split("|"))
            for word in left:
                pairs[word].append((left, right - left))
            for word in right:
                pairs[word].append((right, left - right))
    return dict(pairs)
