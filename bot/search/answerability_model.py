"""The two lines that tell what a sentence is worth as an answer, from its signals.

``answerability_weights.json`` holds a weight for each signal and an intercept; it is made by
``bench/fit_answerability.py``. The first line judges every sentence, the second those that were
read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

FILE = "answerability_weights.json"
STAGE_1, STAGE_2 = "first", "again"
HAND_SET = {
    # A name that nothing found says ("Eiffel" among lighthouses): clapnq's questions are in lower
    # case. None of 90 answerable questions of quotes.json has one, 15 % of the others do.
    "unnamed": -2.0,
    # No figure or no words where such are asked for: fitted it is -2.3, and one article's
    # "What did Musk reply?" is answered with a sentence that names him.
    "no_such": -2.97,
    # What is asked for by its name ("which year", "the year"): fitted it is .4 and no figure moves,
    # but of two years the one of an anniversary came first.
    "noun": 0.8,
}


@dataclass(frozen=True)
class LogisticModel:
    """``nothing`` is the worth of a sentence whose signals are all 0."""

    weights: Mapping[str, float]
    intercept: float

    def log_odds(self, signals: Mapping[str, float]) -> float:
        """The log of the chance to answer, against the chance that nothing does."""
        found = sum(weight * signals[name] for name, weight in self.weights.items())
        by_hand = sum(weight * signals[name] for name, weight in HAND_SET.items())
        return self.intercept + found + by_hand


@cache
def load_model(which: str) -> LogisticModel:
    """``FIRST`` or ``AGAIN``."""
    text = resources.files("bot.search").joinpath(FILE).read_text("utf-8")
    found = json.loads(text)[which]
    return LogisticModel(found["weights"], found["nothing"])
