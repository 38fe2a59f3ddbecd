"""Find words of a sentence that come from the question alone and are in no source.

A model that doesn't find the answer wraps the question's words around something else: "The show is
filmed at the lake" from "The show is set at the lake". A word is an echo if no source has it in any
form, nor a word close to it in meaning. English only, like the word vectors. Names and figures have
rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.search.question_analysis import LIGHT_WORDS
from bot.search.token_embeddings import word_embedding
from bot.verify.analyzed_text import ENGLISH, AnalyzedText, Vocabulary, analyze
from bot.verify.entities import is_capital
from bot.verify.lexical_overlap import has_its_own_rule

# A cosine. "filmed" and "set" have .04, "killed" and "injured" .10, "acquired" and "bought" .57,
# "founded" and "established" .72. Of CLAPnq's 947 correct sentences 0.7 % have an echo below .3,
# 2.9 % below .5. Used only if code chose the footnote: with citations by people, it rejects as many
# correct sentences (2.8 % of 355) as it catches false ones (3.1 % of 583) of the labelled claims.
NEAR = 0.3
CACHED_WORDS = 5_000
Floats = NDArray[np.float32]


def find_echoes(claim: AnalyzedText, sources: Sequence[str], question: str) -> Iterator[str]:
    """The content words that the claim shares with the question but with no source."""
    if claim.language not in ("", ENGLISH) or not question:
        return
    question_words, vocabulary = Vocabulary([question]), Vocabulary(sources)
    source_words = {word.lower for text in sources for word in analyze(text).content}
    for word in claim.content:
        if word.lower not in question_words or word.lower in vocabulary:
            continue
        if word.lower in LIGHT_WORDS:
            continue
        if is_capital(word) or has_its_own_rule(word.lower):
            continue
        if all(similarity(word.lower, other) < NEAR for other in source_words):
            yield word.written


def similarity(a: str, b: str) -> float:
    """The cosine of two lower-case words; 0 if one has no vector."""
    return float(_unit_vector(a) @ _unit_vector(b))


@lru_cache(CACHED_WORDS)
def _unit_vector(word: str) -> Floats:
    """A word's vector of length 1; zeros for a word without one."""
    vector = word_embedding(word)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector
