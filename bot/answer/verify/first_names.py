"""Whether a word that a sentence begins with is a name: its capital does not say.

A logistic line over the word's vector, the mean of its pieces' (``search.token_embeddings``).
``first_names.json`` has the weights and, last, the intercept; ``bench/fit_first_names.py`` makes
it from words that stand inside sentences with a capital, or without one.
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
RARE = 0.7  # China, Google and Paris weigh .74, police .65
# Log odds, for a word that is rare.
LEAST = -2.6
MOST_WORDS = 2_000  # remembered
Floats = NDArray[np.float32]


def signals(word: str) -> Floats:
    """The vector of a lower-case word, and in how many pieces it is cut."""
    pieces = len(tokenize_word(word))
    return np.array([*word_embedding(word), pieces / 4, float(pieces > 1)], np.float32)


@lru_cache(MOST_WORDS)
def is_likely_name(word: str) -> bool:
    """Whether a lower-case word is no common word and more like those written with a capital.

    An accent that the vectors do not know (Nestlé, nestle) makes it a name.
    """
    if not word.isascii():
        return is_rare(word)
    weights = _weights()
    return is_rare(word) and float(signals(word) @ weights[:-1] + weights[-1]) > LEAST


def is_rare(word: str) -> bool:
    """Whether it is not on the list of common words, in no form; as it stands, at its end."""
    forms = stem_variants(word) - {word}
    return word_weight(word) >= RARE and all(word_weight(form) == 1.0 for form in forms)


@cache
def _weights() -> Floats:
    file = resources.files("bot.answer.verify").joinpath(FILE)
    return np.array(json.loads(file.read_text("utf-8")), np.float32)
