"""Judges runs: pure functions of questions and what was found for them.

A hit is a passage that holds evidence: of the evidence's document, with the evidence's
text in it, white space folded. Evidence that crosses the border of two passages is held
by the one that has at least half of it. Hits@k: the share of questions with a hit among
the first k. MRR@10: the mean of 1 / rank of the first hit. MAP@10: the mean over
questions of the precision at each hit's rank, divided by the passages that hold evidence
(at most 10). Only questions with evidence count here. AUROC: how often ``answerable`` is
higher for an answerable question than for one that is not (a tie counts half).
Intervals are percentile bootstraps over questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.evaluate.dataset import GoldEvidence, Question
from bot.text.normalize import normalize

Floats = NDArray[np.float64]
DEPTH = 10  # hits that are looked at
RESAMPLES = 2_000  # the interval's ends then vary by under .002
LEVEL = 0.95
SEED = 20261122


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A hit of a run: the document it comes from, its text and score."""

    doc_id: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What a run brought for one question; ``gold`` is how many passages hold evidence."""

    hits: tuple[FoundPassage, ...]
    answerable: float
    gold: int


def fold_white_space(text: str) -> str:
    """Text as stored, with every run of white space as one blank."""
    return " ".join(normalize(text).split())


def holds(passage: str, evidence: str) -> bool:
    """Whether a passage has the evidence, or at least half of it at its border. Both folded."""
    if evidence in passage:
        return True
    half = (len(evidence) + 1) // 2
    longest = min(len(evidence) - 1, len(passage))
    return any(
        passage.endswith(evidence[:n]) or passage.startswith(evidence[-n:])
        for n in range(longest, half - 1, -1)
    )


def relevance(question: Question, found: QuestionResult) -> list[bool]:
    """For each of the first ``DEPTH`` hits, whether it holds evidence."""
    return [
        _is_evidence(fold_white_space(hit.text), hit.doc_id, question.evidence)
        for hit in found.hits[:DEPTH]
    ]


def _is_evidence(text: str, doc_id: str, evidence: Sequence[GoldEvidence]) -> bool:
    return any(
        item.doc_id == doc_id and holds(text, fold_white_space(item.text)) for item in evidence
    )


def question_scores(question: Question, found: QuestionResult) -> dict[str, float]:
    """The figures of one question with evidence."""
    relevant = relevance(question, found)
    ranks = [rank for rank, hit in enumerate(relevant, start=1) if hit]
    precision = sum(n / rank for n, rank in enumerate(ranks, start=1))
    return {
        "hits@4": float(any(relevant[:4])),
        "hits@10": float(bool(ranks)),
        "map@10": precision / max(1, min(DEPTH, max(found.gold, len(ranks)))),
        "mrr@10": 1 / ranks[0] if ranks else 0.0,
    }


def retrieval(
    questions: Sequence[Question], run: Mapping[str, QuestionResult]
) -> dict[str, dict[str, float]]:
    """Each question's figures, by question id; those without evidence are left out."""
    return {
        question.id: question_scores(question, run[question.id])
        for question in questions
        if question.evidence and question.id in run
    }


def mean_and_interval(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The mean and its bootstrap interval; nothing to average gives zeros."""
    if not values:
        return 0.0, (0.0, 0.0)
    data = np.asarray(values, np.float64)
    draws = np.random.default_rng(SEED).integers(0, len(data), (RESAMPLES, len(data)))
    low, high = np.quantile(data[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(data.mean()), (float(low), float(high))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """None unless there are both kinds."""
    if not positive or not negative:
        return None
    ordered = np.sort(np.asarray(negative, np.float64))
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return float((below + not_above).sum() / (2 * len(positive) * len(negative)))


def auroc_interval(positive: Sequence[float], negative: Sequence[float]) -> tuple[float, float]:
    """Bootstrap over both kinds of questions; both must be there."""
    generator = np.random.default_rng(SEED)
    yes, no = np.asarray(positive, np.float64), np.asarray(negative, np.float64)
    draws: list[float] = []
    for _ in range(RESAMPLES // 4):
        value = auroc(
            yes[generator.integers(0, len(yes), len(yes))].tolist(),
            no[generator.integers(0, len(no), len(no))].tolist(),
        )
        draws.append(value or 0.0)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
