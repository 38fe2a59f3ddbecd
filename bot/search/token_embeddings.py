"""Static token embeddings: how similar two words are in meaning, regardless of context.

A WordPiece token (``bot/text/wordpiece.py``) of the vocabulary has a vector; any other token is
similar only to itself. The vectors are distilled from all-MiniLM-L6-v2 by
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

VECTORS_FILE = "token_embeddings.npy"  # (token, DIMENSION / 2): two 4-bit numbers per byte
DIMENSION = 128
FIRST_WORD = "the"  # tokens before it in the vocabulary are single letters and digits
MIN_WEIGHT = 0.3
ZIPF_OFFSET = 2.0  # 1 to 3 gave a MAP of .720 on covidqa, 4 gave .719


def embeddings_are_loaded() -> bool:
    """Whether the vectors are in memory already. Loading them takes 30 ms."""
    return bool(_load_vectors.cache_info().currsize)


@cache
def _load_vectors() -> tuple[NDArray[np.int8], Floats]:
    """(token, DIMENSION) vectors and 1 / length of each; a last row of zeros for unknown tokens."""
    with resources.files("bot.search").joinpath(VECTORS_FILE).open("rb") as file:
        packed = np.load(file)
    vectors = np.zeros((len(packed) + 1, DIMENSION), np.int8)
    vectors[:-1] = unpack(packed)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float32))
    return vectors, 1 / np.maximum(lengths, 1)


def word_embedding(word: str) -> Floats:
    """(DIMENSION,): the mean of the vectors of a word's tokens, each of length 1."""
    vectors, inverse_lengths = _load_vectors()
    ids = np.minimum(np.array(tokenize_word(word), np.int64), len(vectors) - 1)
    mean: Floats = (vectors[ids].astype(np.float32) * inverse_lengths[ids][:, None]).mean(0)
    return mean


def weighted_tokens(words: Iterable[str]) -> tuple[Ints, Floats]:
    """The tokens of some words and their weights: higher for rarer words; they add up to 1."""
    tokenized = [tokenize_word(word) for word in words]
    tokens = np.array([token for word in tokenized for token in word], np.int64)
    word_sizes = np.array([len(word) for word in tokenized for _ in word], np.int64)
    weights = _token_weights()[np.minimum(tokens, len(token_ids()))] / word_sizes
    return tokens, (weights / max(float(weights.sum()), 1e-6)).astype(np.float32)


@cache
def _token_weights() -> Floats:
    """By token: log(frequency rank) - ``ZIPF_OFFSET``, as Zipf's law relates rank and rarity."""
    ids = token_ids()
    ranks = np.arange(len(ids) + 1) - ids[FIRST_WORD]
    weights = np.log(np.maximum(ranks, 1).astype(np.float32)) - ZIPF_OFFSET
    clipped: Floats = np.maximum(weights, MIN_WEIGHT)
    return clipped


def token_similarities(left: Ints, right: NDArray[np.integer[Any]]) -> Floats:
    """(left, right): the cosine of each pair of tokens, negative ones as 0."""
    vectors, inverse_lengths = _load_vectors()
    unknown = len(vectors) - 1
    left_rows, right_rows = np.minimum(left, unknown), np.minimum(right, unknown)
    in_right = np.zeros(len(vectors), np.bool_)
    in_right[right_rows] = True
    distinct = np.flatnonzero(in_right)
    distinct_index = np.empty(len(vectors), np.intp)  # by token; only set for those in ``right``
    distinct_index[distinct] = np.arange(len(distinct))
    left_vectors = vectors[left_rows].astype(np.float32) * inverse_lengths[left_rows][:, None]
    right_vectors = vectors.take(distinct, axis=0).astype(np.float32)
    cosines = right_vectors @ left_vectors.T  # faster than the other way round
    cosines *= inverse_lengths[distinct, None]
    np.maximum(cosines, 0, out=cosines)
    shared = np.flatnonzero(in_right[left_rows])
    cosines[distinct_index[left_rows[shared]], shared] = 1
    similarities: Floats = cosines.take(distinct_index[right_rows], axis=0).T
    for i in np.flatnonzero(left >= unknown):
        similarities[i] = right == left[i]
    return similarities
