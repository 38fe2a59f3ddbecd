"""The linear models that turn a sentence's signals into the log odds that it answers.

Their intercepts and weights are in ``answerability_weights.json``, fitted by
``bench/fit_answerability.py``. Stage 1 scores every sentence, stage 2 the reranked ones: there is
one model for English, one for other languages, and one for sentences in another language than the
question.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

WEIGHTS_FILE = "answerability_weights.json"
Stage = Literal["first", "english", "other", "foreign"]  # keys of that file
STAGE_1: Stage = "first"
ENGLISH_STAGE: Stage = "english"
OTHER_STAGE: Stage = "other"
FOREIGN_STAGE: Stage = "foreign"
STAGE_2: tuple[Stage, ...] = (ENGLISH_STAGE, OTHER_STAGE, FOREIGN_STAGE)


@dataclass(frozen=True)
class LogisticModel:
    """A linear model of log odds. ``intercept``: those of a sentence whose signals are all 0."""

    weights: Mapping[str, float]
    intercept: float

    def log_odds(self, signals: Mapping[str, float]) -> float:
        """log(P(this sentence answers) / P(no sentence answers))."""
        return self.intercept + sum(w * signals[name] for name, w in self.weights.items())


@cache
def load_model(stage: Stage) -> LogisticModel:
    """The model for ``STAGE_1``, or for one of ``STAGE_2``."""
    text = resources.files("bot.search").joinpath(WEIGHTS_FILE).read_text("utf-8")
    model = json.loads(text)[stage]
    return LogisticModel(model["weights"], model["nothing"])
