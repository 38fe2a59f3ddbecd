"""Weigh the evidence for and against a sentence: the log odds that its sources support it.

A linear model of the signals (``support_signals``); its weights are in ``support_weights.json``,
fitted by ``bench/fit_support.py``. English has the weights of all signals; other languages, whose
words have no vectors here, the same without nearness.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from bot.search.answerability_model import LogisticModel

WEIGHTS_FILE = "support_weights.json"


def log_odds(signals: Mapping[str, float]) -> float:
    """log(P(supported) / P(not supported)) of a sentence with these signals."""
    return load_weights().log_odds(signals)


@cache
def load_weights() -> LogisticModel:
    """The fitted model."""
    text = resources.files("bot.verify").joinpath(WEIGHTS_FILE).read_text("utf-8")
    model = json.loads(text)
    return LogisticModel(model["weights"], model["intercept"])
