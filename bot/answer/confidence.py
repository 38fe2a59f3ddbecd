"""Estimates whether the likeliest sentence is the right one, and not only one of several guesses.

``search.answerability`` says how likely it is that any of the sentences answers. Four that are
each unlikely make that likely, too, though hardly one of them is right: "Who painted the light?"
of a text that says when it was lit, and when it broke. So the likeliest is judged by how likely it
is, how far the next one is behind, and how much of the question it says itself: a logistic line,
fitted by ``python -m bench.fit_confidence``. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from bot.answer.blocks import is_in_block_of
from bot.records import Candidate
from bot.search.answerability import DECIDING_SENTENCES, combined_log_odds

FAR_AHEAD = 3.0  # log odds: what is as far ahead of the next has no rival
INTERCEPT = -1.91
WEIGHTS = {"combined": 0.20, "best": 0.23, "lead": 0.51, "own": 2.06}


def probability_of_likeliest(candidates: Sequence[Candidate]) -> float:
    """The probability, 0 … 1, that the likeliest of the candidates answers. At least one."""
    signals = confidence_signals(candidates)
    log_odds = INTERCEPT + sum(weight * signals[name] for name, weight in WEIGHTS.items())
    return 1 / (1 + exp(-log_odds))


def confidence_signals(candidates: Sequence[Candidate]) -> dict[str, float]:
    """What tells whether the likeliest is right.

    ``lead``: how far it is ahead, in log odds, of the likeliest that is not in its list or table.
    """
    best, *others = sorted(candidates, key=lambda candidate: -candidate.log_odds)
    behind = (best.log_odds - c.log_odds for c in others if not is_in_block_of(c, best))
    return {
        "combined": combined_log_odds([best, *others[: DECIDING_SENTENCES - 1]]),
        "best": best.log_odds,
        "lead": min(next(behind, FAR_AHEAD), FAR_AHEAD),
        "own": best.signals["own"],
    }
