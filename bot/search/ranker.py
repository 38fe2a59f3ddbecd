"""Weighs the signals of candidates into one score.

A linear blend, learned: ``ranker_weights.json`` holds a weight for each signal, made by
``bench/train_ranker.py``, and others for the likeliest candidates, of which more is known. A
learned line was better than hand-set weights and, unlike trees, carries over to other
collections; fusing by rank lost to BM25 alone.
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
    """The chance that each candidate is the one that answers, if one of them does (0 … 1)."""
    return probabilities(signals @ load_weights("weights", SIGNALS))


def rescore(signals: Floats) -> Floats:
    """The same among the likeliest candidates, by all of their signals, ``NEARNESS`` behind."""
    return probabilities(signals @ load_weights("reranking", (*SIGNALS, *SIMILARITY_SIGNALS)))


@cache
def load_weights(which: str, names: tuple[str, ...]) -> Floats:
    """One a signal, in the order of ``names``; a new one weighs nothing until it is trained."""
    text = resources.files("bot.search").joinpath("ranker_weights.json").read_text("utf-8")
    found = json.loads(text)[which]
    return np.array([found.get(name, 0.0) for name in names], np.float32)


def probabilities(scores: NDArray[np.floating[Any]]) -> Floats:
    """A softmax: what each comes to of the whole."""
    raised = np.exp(scores - scores.max(initial=-np.inf))
    found: Floats = (raised / max(float(raised.sum()), 1e-12)).astype(np.float32)
    return found
