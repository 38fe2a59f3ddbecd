"""Fit the line of ``bot/answer/confidence.py``: is the likeliest sentence the right one?

    python -m bench.fit_confidence

Asks the looked-at questions of the everyday sets, and those again without the passages that answer
them, with less weight. Prints for each set, by a line fitted to the others, how many right and
wrong sentences that are answered with today would only be shown as the closest; then the line that
is fitted to all sets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.answerability_cases import EVERYDAY_SETS, Case, everyday_cases
from bot.answer.confidence import WEIGHTS, confidence_signals
from bot.answer.extractive import REFUSE_BELOW
from bot.search.answerability import answer_probability

RIDGE = 3.0  # L2 penalty of the weights of standardized signals
STEPS = 40  # of Newton's method
REMOVED_WEIGHT = 0.4  # of a question without its answer: another passage may still answer
CUTS = (0.15, 0.2, 0.25, 0.3)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A logistic line of the signals in ``WEIGHTS``."""

    weights: Array
    intercept: float

    def probabilities(self, signals: Array) -> Array:
        """By case, the probability that its likeliest sentence is right."""
        return np.asarray(1 / (1 + np.exp(-(signals @ self.weights + self.intercept))), float)


def main() -> None:
    cases = [case for case in asyncio.run(_collect()) if case.candidates]
    sets = np.array([case.group for case in cases])
    for name in EVERYDAY_SETS:
        held_out = [c for c in cases if c.group == name and not c.answer_removed]
        line = fit([case for case in cases if case.group != name])
        print(f"{name:12}", "; ".join(_effects(line, held_out)))
    line = fit(cases)
    print(
        len(sets),
        "cases:",
        round(line.intercept, 2),
        dict(zip(WEIGHTS, line.weights.round(2), strict=True)),
    )


async def _collect() -> list[Case]:
    return [case for name in EVERYDAY_SETS for case in await everyday_cases(name)]


def fit(cases: Sequence[Case]) -> Line:
    """By Newton's method, with a ridge."""
    signals, right = _signals(cases), _is_right(cases)
    case_weights = np.array([REMOVED_WEIGHT if case.answer_removed else 1.0 for case in cases])
    means, deviations = signals.mean(0), signals.std(0) + 1e-9
    rows = np.column_stack([(signals - means) / deviations, np.ones(len(cases))])
    penalty = np.diag([RIDGE] * signals.shape[1] + [0.01])
    parameters = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-rows @ parameters))
        slope = rows.T @ (case_weights * (chance - right)) + penalty @ parameters
        bend = (rows * (case_weights * chance * (1 - chance))[:, None]).T @ rows + penalty
        parameters -= np.linalg.solve(bend, slope)
    weights = parameters[:-1] / deviations
    return Line(weights, float(parameters[-1] - weights @ means))


def _signals(cases: Sequence[Case]) -> Array:
    rows = [confidence_signals(case.candidates) for case in cases]
    return np.array([[row[name] for name in WEIGHTS] for row in rows], float)


def _is_right(cases: Sequence[Case]) -> Array:
    likeliest = [int(np.argmax([c.log_odds for c in case.candidates])) for case in cases]
    return np.array([float(c.has_evidence[i]) for c, i in zip(cases, likeliest, strict=True)])


def _effects(line: Line, cases: Sequence[Case]) -> list[str]:
    answered = [c for c in cases if answer_probability(c.candidates) >= REFUSE_BELOW]
    right = _is_right(answered) == 1
    probabilities = line.probabilities(_signals(answered))
    return [
        f"below {cut}: {(right & (probabilities < cut)).sum()} of {right.sum()} right, "
        f"{(~right & (probabilities < cut)).sum()} of {(~right).sum()} wrong"
        for cut in CUTS
    ]


if __name__ == "__main__":
    main()
