"""WordPiece tokenization, for the token embeddings that reranking compares.

A word in Latin letters is split into the longest tokens of the vocabulary (WordPiece, Wu et al.
2016). A word in another script, or with a character that no token has, becomes one token without an
embedding, whose id is a hash of the word. Tokenizing twelve passages takes 1 ms, reading stored
token ids .02: so each passage's ids are stored, 300 bytes in English. Increase ``TOKENS_VERSION``
(``tokenize``) with any change of the rules or of ``vocab.txt``. Knows nothing of vectors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources
from itertools import chain
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from bot.text.folding import fold
from bot.text.stem import stem
from bot.text.tokenize import split_words

TokenIds = NDArray[np.int32]

VOCABULARY_FILE = "vocab.txt"  # one token per line, the most frequent first
CONTINUATION = "##"  # prefix of a token that continues a word
MAX_TOKEN_CHARACTERS = 18  # of a token in the vocabulary
CACHED_WORDS = 50_000  # some 10 MB
ALPHANUMERIC = regex.compile("[a-z0-9]+")
# The id of a vocabulary token is its line number. Packed, it takes 16 bits. A hashed id takes two
# such numbers, the first of them from FIRST_HASHED_ID on.
SENTENCE_START = (1 << 15) - 1  # precedes each sentence
FIRST_HASHED_ID = 1 << 15  # ids of tokens without an embedding
HASH_BUCKETS = 1 << 20
HASH_LOW_BITS = 15  # bits of a hashed id in its second number


@cache
def token_ids() -> dict[str, int]:
    """The ids of the vocabulary: its tokens have an embedding."""
    text = resources.files("bot.text").joinpath(VOCABULARY_FILE).read_text("utf-8")
    return {token: i for i, token in enumerate(text.split())}


@lru_cache(CACHED_WORDS)
def tokenize_word(word: str) -> tuple[int, ...]:
    """The token ids of a lower-case word."""
    if (token_id := token_ids().get(word)) is not None:
        return (token_id,)
    folded = fold(word)
    ids: list[int] = []
    for part in ALPHANUMERIC.findall(folded) if folded.isascii() else ():
        part_ids = _longest_tokens(part)
        if not part_ids:
            break
        ids += part_ids
    else:
        if ids:
            return tuple(ids)
    return (FIRST_HASHED_ID + crc32(stem(word).encode(errors="replace")) % HASH_BUCKETS,)


def _longest_tokens(part: str) -> list[int]:
    """Greedy longest-match tokens; empty if a character is in no token."""
    vocabulary = token_ids()
    ids: list[int] = []
    prefix = ""
    while part:
        end = min(len(part), MAX_TOKEN_CHARACTERS)
        while (token_id := vocabulary.get(prefix + part[:end])) is None:
            end -= 1
            if not end:
                return []
        ids.append(token_id)
        part, prefix = part[end:], CONTINUATION
    return ids


def tokenize_texts(texts: Iterable[str]) -> TokenIds:
    """The token ids of some texts, with a ``SENTENCE_START`` before each."""
    ids: list[int] = []
    for text in texts:
        ids.append(SENTENCE_START)
        for word in split_words(text):
            ids += tokenize_word(word)
    return np.array(ids, np.int32)


def pack(sentences: Iterable[str]) -> bytes:
    """The distinct token ids of each sentence, as bytes. CPU-bound: 0.2 ms a passage."""
    return np.array([*chain.from_iterable(map(_packed_numbers, sentences))], "<u2").tobytes()


def _packed_numbers(sentence: str) -> Iterator[int]:
    yield SENTENCE_START
    for token_id in sorted(set(chain.from_iterable(map(tokenize_word, split_words(sentence))))):
        if token_id < FIRST_HASHED_ID:
            yield token_id
        else:
            high, low = divmod(token_id - FIRST_HASHED_ID, 1 << HASH_LOW_BITS)
            yield from (FIRST_HASHED_ID + high, FIRST_HASHED_ID + low)


def unpack(data: Iterable[bytes]) -> TokenIds:
    """Packed token ids, concatenated: each sentence follows a ``SENTENCE_START``."""
    ids = np.frombuffer(b"".join(data), "<u2").astype(np.int32)
    hashed = np.flatnonzero(ids >= FIRST_HASHED_ID)[::2]  # the first number of each
    if not len(hashed):
        return ids
    ids[hashed] = ((ids[hashed] - FIRST_HASHED_ID) << HASH_LOW_BITS) + ids[hashed + 1]
    return np.delete(ids, hashed + 1)


def pack_passage(text: str, sentences: str) -> bytes:
    """``pack`` as an SQL function: ``sentences`` is JSON, a pair of offsets each."""
    return pack([text[start:end] for start, end in json.loads(sentences)] or [text])
