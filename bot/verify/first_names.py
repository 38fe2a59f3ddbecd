"""Decides whether a sentence's first word, which is always capitalized, is a name.

A logistic model over the word's vector, the mean of its tokens' (``search.token_embeddings``).
``first_names.json`` has its weights and, last, the intercept; ``bench/fit_first_names.py`` fits it
to words inside sentences, with and without a capital.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from bot.search.token_embeddings import word_embedding
from bot.text.morphology import stem_variants, word_weight
from bot.text.wordpiece import tokenize_word

FILE = "first_names.json"
MIN_WEIGHT = 0.7  # China, Google and Paris have .74, police .65
MIN_LOG_ODDS = -2.6
CACHED_WORDS = 2_000
Floats = NDArray[np.float32]


def signals(word: str) -> Floats:
    """The vector of a lower-case word, and its number of tokens."""
    n_tokens = len(tokenize_word(word))
    return np.array([*word_embedding(word), n_tokens / 4, float(n_tokens > 1)], np.float32)


@lru_cache(CACHED_WORDS)
def is_likely_name(word: str) -> bool:
    """Whether a lower-case word is rare and similar to words that have a capital.

    A rare word with an accent, which the vectors don't know (Nestlé), counts as a name.
    """
    return is_rare(word) and (not word.isascii() or name_log_odds(word) > MIN_LOG_ODDS)


def name_log_odds(word: str) -> float:
    """The log odds that a lower-case ASCII word has a capital inside a sentence."""
    weights = _weights()
    return float(signals(word) @ weights[:-1] + weights[-1])


def is_rare(word: str) -> bool:
    """Whether no other form of it is a common word, and it is itself at most one of the rarest."""
    forms = stem_variants(word) - {word}
    return word_weight(word) >= MIN_WEIGHT and all(word_weight(form) == 1.0 for form in forms)


@cache
def _weights() -> Floats:
    file = resources.files("bot.verify").joinpath(FILE)
    return np.array(json.loads(file.read_text("utf-8")), np.float32)
