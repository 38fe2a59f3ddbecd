"""Two runs on the same questions: who wins how often, and how sure the difference is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.evaluate.dataset import Question
from bot.evaluate.report import FIGURES
from bot.evaluate.scoring import QuestionResult, mean_and_interval, retrieval


def against(
    questions: Sequence[Question],
    ours: Mapping[str, QuestionResult],
    theirs: Mapping[str, QuestionResult],
) -> dict[str, Any]:
    """For each figure the mean difference (ours minus theirs), its interval, wins and losses."""
    both = {key: replace(theirs[key], gold=ours[key].gold) for key in ours if key in theirs}
    one, other = retrieval(questions, {key: ours[key] for key in both}), retrieval(questions, both)
    document: dict[str, Any] = {"questions": len(one)}
    for name in FIGURES:
        differences = [one[key][name] - other[key][name] for key in one]
        mean, (low, high) = mean_and_interval(differences)
        document[name] = {
            "difference": round(mean, 4),
            "interval": [round(low, 4), round(high, 4)],
            "wins": sum(d > 0 for d in differences),
            "losses": sum(d < 0 for d in differences),
        }
    return document
