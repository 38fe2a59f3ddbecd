"""Splits text into words and index terms, the same for finding and for judging what was found.

A word is in lower case and folded (``folding``). Runs of scripts written without spaces are split
into pairs of characters. A term is a word without its ending. The most common English function
words are not indexed: they occur everywhere and discriminate nothing. Increase ``TOKENS_VERSION``
with any change here, in ``folding``, ``stem`` or ``wordpiece``: libraries are then indexed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from bot.text.folding import fold, straighten
from bot.text.scripts import UNSPACED, bigrams
from bot.text.stem import stem

TOKENS_VERSION = 4  # of terms and of stored token ids
MAX_TERM_CHARACTERS = 64  # longer "words" are URLs and noise; they are truncated
CACHED_WORDS = 50_000  # some 8 MB
# Hindi vowel signs and what joins its letters are within words.
_JOINED = r"[\p{L}\p{M}\p{N}]+(?:[\u200c\u200d]+[\p{L}\p{M}\p{N}]+)*"
WORD = regex.compile(rf"{_JOINED}(?:'[\p{{L}}\p{{M}}]+)*")
# The same for lower-case ASCII, in a third of the time.
ASCII_WORD = re.compile("[a-z0-9]+(?:'[a-z]+)*")

# A third of running English text. search/query_terms.py never asks for them.
UNINDEXED_WORDS = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did"),
        *("do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i"),
        *("if", "in", "into", "is", "it", "its", "not", "of", "on", "or", "she", "so", "than"),
        *("that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "was"),
        *("we", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you"),
    ]
)


class Token(NamedTuple):
    """A word of a text, in lower case but with its accents, and its range."""

    word: str
    start: int
    end: int


def split_words(text: str) -> list[str]:
    """The words of a text in order, folded; runs of unspaced scripts as bigrams."""
    text = straighten(text.lower())
    if text.isascii():
        return [word[:MAX_TERM_CHARACTERS] for word in ASCII_WORD.findall(text)]
    return [_fold_word(word) for word in _split_written(text)]


def _split_written(text: str) -> list[str]:
    """The words of a straightened lower-case text as they are written."""
    words: list[str] = WORD.findall(text)
    if not UNSPACED.search(text):
        return words
    return [part for word in words for _, part in _split_unspaced(word)]


def word_set(text: str) -> frozenset[str]:
    """The words of a list in lower case, as they are written and folded."""
    return frozenset([*text.split(), *split_words(text)])


def find_tokens(text: str) -> Iterator[Token]:
    """The words of a straightened text in order, of which ``split_words`` gives the folded ones."""
    for match in WORD.finditer(text):
        for at, part in _split_unspaced(match.group()):
            yield Token(part.lower(), match.start() + at, match.start() + at + len(part))


@lru_cache(CACHED_WORDS)
def _fold_word(word: str) -> str:
    return fold(word)[:MAX_TERM_CHARACTERS]


def _split_unspaced(word: str) -> Iterator[tuple[int, str]]:
    """(offset, part) of the bigrams of unspaced runs and of what is between them."""
    at = 0
    for run in UNSPACED.finditer(word):
        if at < run.start():
            yield at, word[at : run.start()]
        yield from enumerate(bigrams(run.group()), run.start())
        at = run.end()
    if at < len(word):
        yield at, word[at:]


def index_terms(text: str) -> list[tuple[int, str]]:
    """(position in the sequence of words, term) of each indexed word.

    Vietnamese "thể" and "số" are no English function words.
    """
    text = straighten(text.lower())
    words = split_words(text) if text.isascii() else _split_written(text)
    return [
        (i, stem(_fold_word(word))) for i, word in enumerate(words) if word not in UNINDEXED_WORDS
    ]
