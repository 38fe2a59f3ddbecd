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
from bot.text.tokenize import words

WordPieces = NDArray[np.int32]

VOCABULARY = "vocab.txt"  # one a line, the commonest words first
INSIDE = "##"  # begins a piece that goes on with a word
LONGEST = 18  # letters of a piece
KEPT_WORDS = 50_000  # cut already: some 10 MB
ALPHANUMERIC = regex.compile("[a-z0-9]+")
# A piece with a vector is its place in the list. In bytes a number has 16 bits, a piece of its
# own two such numbers, from OWN on.
BORDER = (1 << 15) - 1  # stands before each sentence
OWN = 1 << 15  # where pieces without a vector begin
OWN_PIECES = 1 << 20
HALF = 15  # bits of a piece of its own in its second number


@cache
def token_ids() -> dict[str, int]:
    """The pieces that have a vector: the place of each."""
    text = resources.files("bot.text").joinpath(VOCABULARY).read_text("utf-8")
    return {piece: i for i, piece in enumerate(text.split())}


@lru_cache(KEPT_WORDS)
def tokenize(word: str) -> tuple[int, ...]:
    """The pieces of a lower-case word."""
    if (whole := token_ids().get(word)) is not None:
        return (whole,)
    plain = word if word.isascii() else strip_accents(word)
    found: list[int] = []
    for part in ALPHANUMERIC.findall(plain) if plain.isascii() else ():
        longest = _longest(part)
        if not longest:
            break
        found += longest
    else:
        if found:
            return tuple(found)
    return (OWN + crc32(stem(word).encode(errors="replace")) % OWN_PIECES,)


def strip_accents(text: str) -> str:
    """Letters alone: "é" as "e"."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _longest(part: str) -> list[int]:
    """The longest piece, and so on; none where a letter is in no piece."""
    known = token_ids()
    found: list[int] = []
    lead = ""
    while part:
        end = min(len(part), LONGEST)
        while (piece := known.get(lead + part[:end])) is None:
            end -= 1
            if not end:
                return []
        found.append(piece)
        part, lead = part[end:], INSIDE
    return found


def cut(texts: Iterable[str]) -> WordPieces:
    """The pieces of some texts, a ``BORDER`` before each."""
    found: list[int] = []
    for text in texts:
        found.append(BORDER)
        for word in words(text):
            found += tokenize(word)
    return np.array(found, np.int32)


def pack(sentences: Iterable[str]) -> bytes:
    """The distinct pieces of each sentence, as bytes. Costs CPU: 0.2 ms a passage."""
    return np.array([*chain.from_iterable(map(_numbers, sentences))], "<u2").tobytes()


def _numbers(sentence: str) -> Iterator[int]:
    yield BORDER
    for piece in sorted(set(chain.from_iterable(map(tokenize, words(sentence))))):
        if piece < OWN:
            yield piece
        else:
            high, low = divmod(piece - OWN, 1 << HALF)
            yield from (OWN + high, OWN + low)


def unpack(data: Iterable[bytes]) -> WordPieces:
    """What was packed, one behind the other: the pieces of each sentence behind a ``BORDER``."""
    found = np.frombuffer(b"".join(data), "<u2").astype(np.int32)
    own = np.flatnonzero(found >= OWN)[::2]  # the first number of each
    if not len(own):
        return found
    found[own] = ((found[own] - OWN) << HALF) + found[own + 1]
    return np.delete(found, own + 1)


def pack_passage(text: str, sentences: str) -> bytes:
    """``packed`` for SQL: a passage's sentences are JSON, a pair of offsets each."""
    return pack([text[start:end] for start, end in json.loads(sentences)] or [text])
