"""The words of a text as the index of places holds them.

A term is a word in lower case without its ending. Runs of scripts that are written
without spaces are cut into pairs of characters. The commonest English function words are
left out: they stand everywhere and tell nothing. Raise ``TERMS_VERSION`` with any change
here: libraries are then indexed anew.
"""

from __future__ import annotations

import re

import regex

from bot.text.cjk_bigrams import UNSPACED, bigrams
from bot.text.stem import stem

TERMS_VERSION = 2
MAX_TERM_CHARACTERS = 64  # longer "words" are addresses and noise; their beginning is kept
WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:'\p{L}+)?")
ASCII_WORD = re.compile("[a-z0-9]+(?:'[a-z]+)?")  # the same in ASCII, in a third of the time

# A third of running English text; never asked for (see search/words.py).
UNINDEXED_WORDS = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did"),
        *("do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i"),
        *("if", "in", "into", "is", "it", "its", "not", "of", "on", "or", "she", "so", "than"),
        *("that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "was"),
        *("we", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you"),
    ]
)


def split_words(text: str) -> list[str]:
    """All words of a text, lower case, runs of unspaced scripts as bigrams, in order."""
    text = text.lower().replace("’", "'")
    plain = text.isascii()
    pattern = ASCII_WORD if plain else WORD
    found = [word[:MAX_TERM_CHARACTERS] for word in pattern.findall(text)]
    if plain or not UNSPACED.search(text):
        return found
    return [part for word in found for part in (_tokens(word) if UNSPACED.search(word) else [word])]


def _tokens(word: str) -> list[str]:
    found: list[str] = []
    at = 0
    for run in UNSPACED.finditer(word):
        if word[at : run.start()]:
            found.append(word[at : run.start()])
        found.extend(bigrams(run.group()))
        at = run.end()
    return found + ([word[at:]] if word[at:] else [])


def index_terms(text: str) -> list[tuple[int, str]]:
    """(place in the sequence of words, term) of every word that is indexed."""
    return [
        (i, stem(word)) for i, word in enumerate(split_words(text)) if word not in UNINDEXED_WORDS
    ]
