"""Words as vectors: how near two words are in meaning, whatever passage they stand in.

A word in Latin letters is cut into pieces that have a vector (WordPiece, Wu et al. 2016, the
longest first); a word in another script, or with letters that no piece has, is a piece of its
own, as near to itself as can be and to nothing else. The vectors are static: distilled out of
all-MiniLM-L6-v2 by ``bench/distil_words.py``. Knows nothing of questions or passages.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from bot.store.stem import stem

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

PIECES = "word_pieces.txt"  # one a line, the commonest words first
VECTORS = "word_vectors.npy"  # (piece, DIMENSION / 2): two numbers of 4 bits a byte
DIMENSION = 128
HIGHEST = 7  # a number is -7 … 7, kept with 8 added
COMMONEST = "the"  # what stands before it are letters and digits
INSIDE = "##"  # begins a piece that goes on with a word
LONGEST = 18  # letters of a piece
LIGHTEST = 0.3  # what a piece counts at least
ZIPF = 2.0  # taken off the log of a piece's place; 1 to 3 gave MAP .720 on covidqa, 4 .719
KEPT_WORDS = 50_000  # cut already: some 10 MB
OWN_PIECES = 1 << 20  # for words that have no vector
ALPHANUMERIC = regex.compile("[a-z0-9]+")


@cache
def _numbers() -> dict[str, int]:
    text = resources.files("bot.search").joinpath(PIECES).read_text("utf-8")
    return {piece: i for i, piece in enumerate(text.split())}


@cache
def _vectors() -> tuple[NDArray[np.int8], Floats]:
    """The numbers of each piece, and 1 / length; behind them nothing, for what has no vector."""
    with resources.files("bot.search").joinpath(VECTORS).open("rb") as file:
        packed = np.load(file, allow_pickle=False)
    numbers = np.zeros((len(packed) + 1, DIMENSION), np.int8)
    numbers[:-1, ::2] = (packed >> 4).astype(np.int8) - (HIGHEST + 1)
    numbers[:-1, 1::2] = (packed & 15).astype(np.int8) - (HIGHEST + 1)
    lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers, dtype=np.float32))
    return numbers, 1 / np.maximum(lengths, 1)


@lru_cache(KEPT_WORDS)
def pieces(word: str) -> tuple[int, ...]:
    """The pieces of a lower-case word."""
    if (whole := _numbers().get(word)) is not None:
        return (whole,)
    plain = word if word.isascii() else _without_marks(word)
    found: list[int] = []
    for part in ALPHANUMERIC.findall(plain) if plain.isascii() else ():
        cut = _cut(part)
        if not cut:
            break
        found += cut
    else:
        if found:
            return tuple(found)
    return (len(_numbers()) + 1 + crc32(stem(word).encode(errors="replace")) % OWN_PIECES,)


def _without_marks(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _cut(part: str) -> list[int]:
    """The longest piece, and so on; none where a letter is in no piece."""
    known = _numbers()
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


def weighed(words: Iterable[str]) -> tuple[Ints, Floats]:
    """The pieces of some words, and what each counts: the rarer the word, the more; sum 1."""
    cuts = [pieces(word) for word in words]
    found = np.array([piece for cut in cuts for piece in cut], np.int64)
    sizes = np.repeat([len(cut) for cut in cuts], [len(cut) for cut in cuts])
    weights = _weights()[np.minimum(found, len(_numbers()))] / sizes
    return found, (weights / max(float(weights.sum()), 1e-6)).astype(np.float32)


@cache
def _weights() -> Floats:
    """By piece, after Zipf's law: the log of its place among the words says how rare it is."""
    numbers = _numbers()
    places = np.arange(len(numbers) + 1) - numbers[COMMONEST]
    weights = np.log(np.maximum(places, 1).astype(np.float32)) - ZIPF
    found: Floats = np.maximum(weights, LIGHTEST)
    return found


def nearness(asked: Ints, others: Ints) -> Floats:
    """(asked, others): the cosine of each two pieces, at least 0."""
    numbers, lengths = _vectors()
    distinct, which = np.unique(others, return_inverse=True)
    unknown = len(numbers) - 1
    left, right = np.minimum(asked, unknown), np.minimum(distinct, unknown)
    ours = numbers[left].astype(np.float32) * lengths[left][:, None]
    theirs = numbers[right].astype(np.float32) * lengths[right][:, None]
    cosines = np.maximum(ours @ theirs.T, 0)
    cosines[asked[:, None] == distinct] = 1
    found: Floats = cosines[:, which]
    return found
