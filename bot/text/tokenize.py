"""Splits text into words and index terms.

A term is a lower-case word without its ending. Runs of scripts written without spaces are split
into pairs of characters. The most common English function words are not indexed: they occur
everywhere and discriminate nothing. Increase ``TOKENS_VERSION`` with any change here: libraries are
then indexed again.
"""

from __future__ import annotations

import re

import regex

from bot.text.cjk_bigrams import UNSPACED, bigrams
from bot.text.stem import stem

TOKENS_VERSION = 2
MAX_TERM_CHARACTERS = 64  # longer "words" are URLs and noise; they are truncated
WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:'\p{L}+)?")
ASCII_WORD = re.compile("[a-z0-9]+(?:'[a-z]+)?")  # the same for ASCII, in a third of the time

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


def split_words(text: str) -> list[str]:
    """The lower-case words of a text in order; runs of unspaced scripts as bigrams."""
    text = text.lower().replace("’", "'")
    is_ascii = text.isascii()
    pattern = ASCII_WORD if is_ascii else WORD
    words = [word[:MAX_TERM_CHARACTERS] for word in pattern.findall(text)]
    if is_ascii or not UNSPACED.search(text):
        return words
    return [
        part
        for word in words
        for part in (_split_unspaced(word) if UNSPACED.search(word) else [word])
    ]


def _split_unspaced(word: str) -> list[str]:
    parts: list[str] = []
    at = 0
    for run in UNSPACED.finditer(word):
        if word[at : run.start()]:
            parts.append(word[at : run.start()])
        parts.extend(bigrams(run.group()))
        at = run.end()
    return parts + ([word[at:]] if word[at:] else [])


def index_terms(text: str) -> list[tuple[int, str]]:
    """(position in the sequence of words, term) of each indexed word."""
    return [
        (i, stem(word)) for i, word in enumerate(split_words(text)) if word not in UNINDEXED_WORDS
    ]
