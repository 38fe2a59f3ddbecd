"""Weighs the signals of candidates into one score.

A linear blend, learned: ``blend.json`` holds a weight for each signal, made by
``bench/train_blend.py``, and others for the likeliest candidates, of which more is known. A
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

from bot.search.by_words import Floats
from bot.search.features import NEARNESS, SIGNALS


def blended(signals: Floats) -> Floats:
    """The chance that each candidate is the one that answers, if one of them does (0 … 1)."""
    return chances(signals @ weights("weights", SIGNALS))


def reblended(signals: Floats) -> Floats:
    """The same among the likeliest candidates, by all of their signals, ``NEARNESS`` behind."""
    return chances(signals @ weights("reranking", (*SIGNALS, *NEARNESS)))


@cache
def weights(which: str, names: tuple[str, ...]) -> Floats:
    """One a signal, in the order of ``names``; a new one weighs nothing until it is trained."""
    text = resources.files("bot.search").joinpath("blend.json").read_text("utf-8")
    found = json.loads(text)[which]
    return np.array([found.get(name, 0.0) for name in names], np.float32)


def chances(scores: NDArray[np.floating[Any]]) -> Floats:
    """A softmax: what each comes to of the whole."""
    raised = np.exp(scores - scores.max(initial=-np.inf))
    found: Floats = (raised / max(float(raised.sum()), 1e-12)).astype(np.float32)
    return found
