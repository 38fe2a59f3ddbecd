"""Combine the signals of each candidate into one score.

Two learned linear models, in ``ranker_weights.json`` (trained by ``bench/train_ranker.py``): one
for all candidates, and one with more signals for the best of them. Learned weights beat hand-set
ones and, unlike trees, carry over to other collections. Fusion by rank lost to BM25 alone.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.search.features import SIGNALS, SIMILARITY_SIGNALS
from bot.search.lexical_search import Floats


def score(signals: Floats) -> Floats:
    """The probability that each candidate is the one that answers, given that one does (0 … 1).

    ``signals`` has a row for each candidate and a column for each of ``SIGNALS``.
    """
    return softmax(signals @ load_weights("weights", SIGNALS))


def rescore(signals: Floats) -> Floats:
    """The same for the best candidates, with the columns of ``SIMILARITY_SIGNALS`` at the end."""
    return softmax(signals @ load_weights("reranking", (*SIGNALS, *SIMILARITY_SIGNALS)))


@cache
def load_weights(model: str, names: tuple[str, ...]) -> Floats:
    """The weights of the signals ``names``. A new signal weighs 0 until the model is retrained."""
    text = resources.files("bot.search").joinpath("ranker_weights.json").read_text("utf-8")
    weights = json.loads(text)[model]
    return np.array([weights.get(name, 0.0) for name in names], np.float32)


def softmax(scores: NDArray[np.floating[Any]]) -> Floats:
    """exp(score), normalized to a sum of 1."""
    exponentials = np.exp(scores - scores.max(initial=-np.inf))
    shares: Floats = (exponentials / max(float(exponentials.sum()), 1e-12)).astype(np.float32)
    return shares
