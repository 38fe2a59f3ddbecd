"""Compares two runs on the same questions: mean differences, intervals, wins and losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.evaluate.dataset import Question
from bot.evaluate.report import FIGURES
from bot.evaluate.scoring import QuestionResult, mean_and_interval, retrieval_scores


def compare_runs(
    questions: Sequence[Question],
    ours: Mapping[str, QuestionResult],
    theirs: Mapping[str, QuestionResult],
) -> dict[str, Any]:
    """For each figure the mean difference (ours minus theirs), its interval, wins and losses."""
    shared = {key: replace(theirs[key], gold=ours[key].gold) for key in ours if key in theirs}
    our_scores = retrieval_scores(questions, {key: ours[key] for key in shared})
    their_scores = retrieval_scores(questions, shared)
    document: dict[str, Any] = {"questions": len(our_scores)}
    for name in FIGURES:
        differences = [scores[name] - their_scores[key][name] for key, scores in our_scores.items()]
        mean, (low, high) = mean_and_interval(differences)
        document[name] = {
            "difference": round(mean, 4),
            "interval": [round(low, 4), round(high, 4)],
            "wins": sum(d > 0 for d in differences),
            "losses": sum(d < 0 for d in differences),
        }
    return document
