"""The pieces of a passage's words, as finding looks at them a second time.

A word in Latin letters is cut into pieces that have a vector (WordPiece, Wu et al. 2016, the
longest first); a word in another script, or with letters that no piece has, is a piece of its
own. Cutting the words of twelve passages takes 1 ms, reading what was cut 0.02: so a passage's
pieces stand beside it in the file, 300 bytes in English. Other rules here, or another
``vocab.txt``, need a migration that cuts every passage anew. Knows nothing of vectors.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources
from itertools import chain
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from bot.text.stem import stem
from bot.text.tokenize import split_words

TokenIds = NDArray[np.int32]

VOCABULARY_FILE = "vocab.txt"  # one a line, the commonest words first
CONTINUATION = "##"  # begins a piece that goes on with a word
MAX_TOKEN_CHARACTERS = 18  # letters of a piece
CACHED_WORDS = 50_000  # cut already: some 10 MB
ALPHANUMERIC = regex.compile("[a-z0-9]+")
# A piece with a vector is its place in the list. In bytes a number has 16 bits, a piece of its
# own two such numbers, from OWN on.
SENTENCE_START = (1 << 15) - 1  # stands before each sentence
FIRST_HASHED_ID = 1 << 15  # where pieces without a vector begin
HASH_BUCKETS = 1 << 20
HASH_LOW_BITS = 15  # bits of a piece of its own in its second number


@cache
def token_ids() -> dict[str, int]:
    """The pieces that have a vector: the place of each."""
    text = resources.files("bot.text").joinpath(VOCABULARY_FILE).read_text("utf-8")
    return {piece: i for i, piece in enumerate(text.split())}


@lru_cache(CACHED_WORDS)
def tokenize_word(word: str) -> tuple[int, ...]:
    """The pieces of a lower-case word."""
    if (whole := token_ids().get(word)) is not None:
        return (whole,)
    plain = word if word.isascii() else strip_combining_marks(word)
    found: list[int] = []
    for part in ALPHANUMERIC.findall(plain) if plain.isascii() else ():
        longest = _longest(part)
        if not longest:
            break
        found += longest
    else:
        if found:
            return tuple(found)
    return (FIRST_HASHED_ID + crc32(stem(word).encode(errors="replace")) % HASH_BUCKETS,)


def strip_combining_marks(text: str) -> str:
    """Letters alone: "é" as "e"."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _longest(part: str) -> list[int]:
    """The longest piece, and so on; none where a letter is in no piece."""
    known = token_ids()
    found: list[int] = []
    lead = ""
    while part:
        end = min(len(part), MAX_TOKEN_CHARACTERS)
        while (piece := known.get(lead + part[:end])) is None:
            end -= 1
            if not end:
                return []
        found.append(piece)
        part, lead = part[end:], CONTINUATION
    return found


def tokenize_texts(texts: Iterable[str]) -> TokenIds:
    """The pieces of some texts, a ``BORDER`` before each."""
    found: list[int] = []
    for text in texts:
        found.append(SENTENCE_START)
        for word in split_words(text):
            found += tokenize_word(word)
    return np.array(found, np.int32)


def pack(sentences: Iterable[str]) -> bytes:
    """The distinct pieces of each sentence, as bytes. Costs CPU: 0.2 ms a passage."""
    return np.array([*chain.from_iterable(map(_numbers, sentences))], "<u2").tobytes()


def _numbers(sentence: str) -> Iterator[int]:
    yield SENTENCE_START
    for piece in sorted(set(chain.from_iterable(map(tokenize_word, split_words(sentence))))):
        if piece < FIRST_HASHED_ID:
            yield piece
        else:
            high, low = divmod(piece - FIRST_HASHED_ID, 1 << HASH_LOW_BITS)
            yield from (FIRST_HASHED_ID + high, FIRST_HASHED_ID + low)


def unpack(data: Iterable[bytes]) -> TokenIds:
    """What was packed, one behind the other: the pieces of each sentence behind a ``BORDER``."""
    found = np.frombuffer(b"".join(data), "<u2").astype(np.int32)
    own = np.flatnonzero(found >= FIRST_HASHED_ID)[::2]  # the first number of each
    if not len(own):
        return found
    found[own] = ((found[own] - FIRST_HASHED_ID) << HASH_LOW_BITS) + found[own + 1]
    return np.delete(found, own + 1)


def pack_passage(text: str, sentences: str) -> bytes:
    """``packed`` for SQL: a passage's sentences are JSON, a pair of offsets each."""
    return pack([text[start:end] for start, end in json.loads(sentences)] or [text])
