"""Words as vectors: how near two words are in meaning, whatever passage they stand in.

Each piece of a word (``store/pieces.py``) has a vector, or is as near to itself as can be and to
nothing else. The vectors are static: distilled out of all-MiniLM-L6-v2 by
``bench/distil_token_embeddings.py``. Knows nothing of questions or passages.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.search.int4 import unpack
from bot.text.wordpiece import token_ids, tokenize_word

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

VECTORS = "token_embeddings.npy"  # (piece, DIMENSION / 2): two numbers of 4 bits a byte
DIMENSION = 128
FIRST_WORD = "the"  # what stands before it are letters and digits
LIGHTEST = 0.3  # what a piece counts at least
ZIPF = 2.0  # taken off the log of a piece's place; 1 to 3 gave MAP .720 on covidqa, 4 .719


def has_embeddings() -> bool:
    """Whether the vectors are in memory. Reading them takes 30 ms."""
    return bool(_vectors.cache_info().currsize)


@cache
def _vectors() -> tuple[NDArray[np.int8], Floats]:
    """The numbers of each piece, and 1 / length; behind them nothing, for what has no vector."""
    with resources.files("bot.search").joinpath(VECTORS).open("rb") as file:
        packed = np.load(file, allow_pickle=False)
    numbers = np.zeros((len(packed) + 1, DIMENSION), np.int8)
    numbers[:-1] = unpack(packed)
    lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers, dtype=np.float32))
    return numbers, 1 / np.maximum(lengths, 1)


def weighted_embeddings(words: Iterable[str]) -> tuple[Ints, Floats]:
    """The pieces of some words, and what each counts: the rarer the word, the more; sum 1."""
    cuts = [tokenize_word(word) for word in words]
    found = np.array([piece for cut in cuts for piece in cut], np.int64)
    sizes = np.array([len(cut) for cut in cuts for _ in cut], np.int64)
    weights = _weights()[np.minimum(found, len(token_ids()))] / sizes
    return found, (weights / max(float(weights.sum()), 1e-6)).astype(np.float32)


@cache
def _weights() -> Floats:
    """By piece, after Zipf's law: the log of its place among the words says how rare it is."""
    numbers = token_ids()
    postings = np.arange(len(numbers) + 1) - numbers[FIRST_WORD]
    weights = np.log(np.maximum(postings, 1).astype(np.float32)) - ZIPF
    found: Floats = np.maximum(weights, LIGHTEST)
    return found


def similarity(asked: Ints, others: NDArray[np.integer[Any]]) -> Floats:
    """(asked, others): the cosine of each two pieces, at least 0."""
    numbers, lengths = _vectors()
    unknown = len(numbers) - 1
    left, right = np.minimum(asked, unknown), np.minimum(others, unknown)
    there = np.zeros(len(numbers), np.bool_)
    there[right] = True
    distinct = np.flatnonzero(there)
    postings = np.empty(len(numbers), np.intp)  # of those that are there
    postings[distinct] = np.arange(len(distinct))
    ours = numbers[left].astype(np.float32) * lengths[left][:, None]
    theirs = numbers.take(distinct, axis=0).astype(np.float32)
    cosines = theirs @ ours.T  # quicker than the other way round
    cosines *= lengths[distinct, None]
    np.maximum(cosines, 0, out=cosines)
    same = np.flatnonzero(there[left])
    cosines[postings[left[same]], same] = 1
    found: Floats = cosines.take(postings[right], axis=0).T
    for alone in np.flatnonzero(asked >= unknown):  # near to nothing but itself
        found[alone] = others == asked[alone]
    return found
