"""Weighs the signals of candidates into one score.

A linear blend, learned: ``blend.json`` holds a weight for each signal, made by
``bench/train_blend.py``. A learned line was better than hand-set weights and, unlike
trees, carries over to other collections; fusing by rank lost to BM25 alone.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

import numpy as np

from bot.search.by_words import Floats
from bot.search.features import SIGNALS


@cache
def weights() -> Floats:
    """One a signal, in the order of ``SIGNALS``; a new one weighs nothing until it is trained."""
    text = resources.files("bot.search").joinpath("blend.json").read_text("utf-8")
    found = json.loads(text)["weights"]
    return np.array([found.get(name, 0.0) for name in SIGNALS], np.float32)


def blended(signals: Floats) -> Floats:
    """The chance that each candidate is the one that answers, if one of them does (0 … 1)."""
    scores = signals @ weights()
    chances: Floats = np.exp(scores - scores.max(initial=-np.inf))
    return chances / max(float(chances.sum()), 1e-12)
