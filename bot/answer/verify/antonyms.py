"""Words that turn a sentence round: more and less, rose and fell, before and after.

``antonyms.txt`` holds the pairs. A claim that has a word where its sources have only the
opposite says something else; where they have both, what stands around it decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import regex

from bot.answer.verify.analyzed_text import CHINESE, AnalyzedText, same_word

AROUND = 3  # content words on each side that say what an opposite speaks of
MOST_PLACES = 20  # of a side in a text
CLEARLY = 2  # words around that the opposite must have more than the word itself
Sides = tuple[frozenset[str], frozenset[str]]


def swapped_antonyms(claim: AnalyzedText, cited: Sequence[AnalyzedText]) -> Iterator[str]:
    """The words of the claim whose opposites its sources have in their place."""
    for word in dict.fromkeys(_words(claim)):
        for own, other in sides(word):
            there = _best(claim, word, other, cited)
            here = _best(claim, word, own, cited)
            if there is not None and (there >= here + CLEARLY if here is not None else there > 0):
                yield word


def sides(word: str) -> list[Sides]:
    """Each pair that a lower-case word belongs to: its own side, and the other."""
    return _opposites().get(word, [])


def _words(text: AnalyzedText) -> list[str]:
    if text.language == CHINESE:
        return [w for w in _opposites() if regex.match(r"\p{Han}", w) and w in text.text]
    return [word.lower for word in text.words]


def _best(
    claim: AnalyzedText, word: str, side: frozenset[str], cited: Sequence[AnalyzedText]
) -> int | None:
    """How much of what stands around the claim's word stands around the best of these."""
    if claim.language == CHINESE:
        return 1 if any(other in text.text for text in cited for other in side) else None
    source_windows = [window for text in cited for window in _around(text, side)]
    return max(
        (
            _shared(own, other, claim.language)
            for own in _around(claim, frozenset([word]))
            for other in source_windows
        ),
        default=None,
    )


def _around(text: AnalyzedText, side: frozenset[str]) -> Iterator[list[str]]:
    """The words near each word of the side."""
    content = [w.lower for w in text.words if w.is_content or w.lower in side]
    positions = [at for at, word in enumerate(content) if word in side]
    for at in positions[:MOST_PLACES]:
        yield content[max(0, at - AROUND) : at] + content[at + 1 : at + AROUND + 1]


def _shared(one: Sequence[str], other: Sequence[str], language: str) -> int:
    return sum(any(same_word(a, b, language) for b in other) for a in one)


@cache
def _opposites() -> dict[str, list[Sides]]:
    """For each word its own side of each pair, and the other one."""
    text = (files("bot.answer.verify") / "antonyms.txt").read_text("utf-8")
    pairs: dict[str, list[Sides]] = defaultdict(list)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            one, other = (frozenset(side.split()) for side in line.split("|"))
            for word in one:
                pairs[word].append((one, other - one))
            for word in other:
                pairs[word].append((other, one - other))
    return dict(pairs)
