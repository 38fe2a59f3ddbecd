"""Sentences nearby that correct a quoted one come with it: "However, the inspectors found …".

Such a sentence follows in the same passage, opens like "but" does, in whatever language, and is
about the same thing: both by the vectors of the built-in multilingual model, so there is no list of
words for each language. What merely goes on ("Also, …") does not come along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import regex
from numpy.typing import NDArray

from bot.answer.extractive import QuotedSentence
from bot.embedding import encode_offline

MAX_AHEAD = 4  # sentences after a quoted one
MAX_COMPANIONS = 2  # of an answer
# Cosine with the direction from plain openings to those of a contrast, of unit vectors: "however",
# "aber", "sin embargo", "однако" and "しかし" have .39 to .58, "also" .24, "then" and "the" none.
MIN_CONTRAST = 0.28
# Cosine of the two sentences: the next one contrasts with what it follows unless it is far off.
MIN_CLOSENESS_OF_NEXT, MIN_CLOSENESS = 0.1, 0.3
CONTRASTS = ("however,", "but", "nevertheless,", "although", "yet")
PLAIN = ("the", "in", "she", "then", "also,", "moreover,", "and", "because", "it", "on monday")
OPENING = regex.compile(r"^\W*((?:[^\s,]+\s){0,2}[^\s,]+),|^\W*([\p{L}\p{N}'’]+)")
UNSPACED_OPENING = regex.compile(r"^\W*([\p{Han}\p{Hiragana}\p{Katakana}]{2,4})")
Vectors = NDArray[np.float32]


async def add_companions(quotes: Sequence[QuotedSentence]) -> tuple[QuotedSentence, ...]:
    """The quotes, each followed by the sentences that correct it."""
    following = [list(_following(quote, quotes)) for quote in quotes]
    if not any(following):
        return tuple(quotes)
    chosen = await asyncio.to_thread(_choose, quotes, following)
    result: list[QuotedSentence] = []
    for quote, companions in zip(quotes, chosen, strict=True):
        result += [quote, *companions]
    return tuple(dict.fromkeys(result))


def _following(quote: QuotedSentence, quotes: Sequence[QuotedSentence]) -> Iterator[QuotedSentence]:
    """The statements after a quoted one in its passage, which are not quoted themselves."""
    passage, sentence = quote
    if sentence.kind != "paragraph":
        return
    later = [s for s in passage.sentences if s.start > sentence.start][:MAX_AHEAD]
    for other in later:
        if other.kind != "paragraph":
            return  # another section or reply
        if (passage, other) not in quotes:
            yield passage, other


def _choose(
    quotes: Sequence[QuotedSentence], following: Sequence[Sequence[QuotedSentence]]
) -> list[list[QuotedSentence]]:
    """Of the sentences that follow each quote, those that contrast with it."""
    chosen: list[list[QuotedSentence]] = []
    left = MAX_COMPANIONS
    for quote, others in zip(quotes, following, strict=True):
        contrasts = [
            other for other in others if _contrasts(_text(other)) and _is_close(quote, other)
        ]
        chosen.append(contrasts[:left])
        left -= len(chosen[-1])
    return chosen


def _text(quote: QuotedSentence) -> str:
    passage, sentence = quote
    return passage.quote(sentence)


def _contrasts(text: str) -> bool:
    """Whether a sentence opens like "but" does."""
    words = opening(text)
    return bool(words) and float(_unit([words])[0] @ _direction()) >= MIN_CONTRAST


def opening(text: str) -> str:
    """The words before the first comma, if they are few, or else the first word; lower case."""
    match = UNSPACED_OPENING.match(text) or OPENING.match(text)
    return next(filter(None, match.groups()), "").lower() if match else ""


def _is_close(quote: QuotedSentence, other: QuotedSentence) -> bool:
    """Whether both are about the same thing."""
    passage, sentence = quote
    first, second = _unit([_text(quote), _text(other)])
    between = passage.text[sentence.end - passage.start : other[1].start - passage.start]
    least = MIN_CLOSENESS if between.strip() else MIN_CLOSENESS_OF_NEXT
    return float(first @ second) >= least


@cache
def _direction() -> Vectors:
    """The unit vector from plain openings to those of a contrast."""
    difference = _unit(CONTRASTS).mean(axis=0) - _unit(PLAIN).mean(axis=0)
    direction: Vectors = difference / np.linalg.norm(difference)
    return direction


def _unit(texts: Sequence[str]) -> Vectors:
    vectors = encode_offline(list(texts))
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
