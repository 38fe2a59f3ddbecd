"""Scores a run: pure functions of questions and the passages retrieved for them.

A passage is relevant if it is of the evidence's document and has the evidence's text, ignoring
white space. If evidence crosses the border of two passages, the one with at least half of it is
relevant. Hits@k: the share of questions with a relevant passage among the first k.
MRR@10: the mean of 1 / rank of the first relevant passage. MAP@10: the mean over questions of the
precision at each relevant rank, divided by the number of relevant passages (at most 10). All@10:
the share of questions whose every piece of evidence is in a passage among the first ten (for
questions that need several). Recall@10: the mean share of a question's pieces that are. Only
questions with evidence count. AUROC: how often ``answerable`` is higher for an answerable question
than for an unanswerable one (a tie counts half). Intervals are percentile bootstraps over
questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.evaluate.dataset import GoldEvidence, Question
from bot.text.normalize import normalize

Floats = NDArray[np.float64]
DEPTH = 10  # hits that are scored
RESAMPLES = 2_000  # the interval's ends then vary by under .002
LEVEL = 0.95
SEED = 20261122


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A hit of a run: its document, text and score."""

    doc_id: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """The result of a run for one question. ``gold``: how many passages are relevant."""

    hits: tuple[RetrievedPassage, ...]
    answerable: float
    gold: int


def remove_white_space(text: str) -> str:
    """The text as it is stored, without its white space."""
    return "".join(normalize(text).split())


def contains_evidence(passage: str, evidence: str) -> bool:
    """Whether a passage has the evidence, or at least half of it at its border.

    Both must be without white space.
    """
    if evidence in passage:
        return True
    half = (len(evidence) + 1) // 2
    longest = min(len(evidence) - 1, len(passage))
    return any(
        passage.endswith(evidence[:n]) or passage.startswith(evidence[-n:])
        for n in range(longest, half - 1, -1)
    )


def relevance(question: Question, result: QuestionResult) -> list[bool]:
    """For each of the first ``DEPTH`` hits, whether it is relevant."""
    return [
        _is_relevant(remove_white_space(hit.text), hit.doc_id, question.evidence)
        for hit in result.hits[:DEPTH]
    ]


def _is_relevant(text: str, doc_id: str, evidence: Sequence[GoldEvidence]) -> bool:
    return any(
        item.doc_id == doc_id and contains_evidence(text, remove_white_space(item.text))
        for item in evidence
    )


def question_scores(question: Question, result: QuestionResult) -> dict[str, float]:
    """The scores of one question with evidence."""
    relevant = relevance(question, result)
    ranks = [rank for rank, is_relevant in enumerate(relevant, start=1) if is_relevant]
    precision = sum(n / rank for n, rank in enumerate(ranks, start=1))
    texts = [(remove_white_space(hit.text), hit.doc_id) for hit in result.hits[:DEPTH]]
    pieces = [any(_is_relevant(*text, [item]) for text in texts) for item in question.evidence]
    return {
        "hits@4": float(any(relevant[:4])),
        "hits@10": float(bool(ranks)),
        "all@10": float(all(pieces)),
        "recall@10": sum(pieces) / len(pieces),
        "map@10": precision / max(1, min(DEPTH, max(result.gold, len(ranks)))),
        "mrr@10": 1 / ranks[0] if ranks else 0.0,
    }


def retrieval_scores(
    questions: Sequence[Question], run: Mapping[str, QuestionResult]
) -> dict[str, dict[str, float]]:
    """The scores by question id, of the questions with evidence."""
    return {
        question.id: question_scores(question, run[question.id])
        for question in questions
        if question.evidence and question.id in run
    }


def mean_and_interval(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The mean and its bootstrap interval; zeros if there are no values."""
    if not values:
        return 0.0, (0.0, 0.0)
    data = np.asarray(values, np.float64)
    draws = np.random.default_rng(SEED).integers(0, len(data), (RESAMPLES, len(data)))
    low, high = np.quantile(data[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(data.mean()), (float(low), float(high))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The AUROC; None unless there are both kinds of questions."""
    if not positive or not negative:
        return None
    ordered = np.sort(np.asarray(negative, np.float64))
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return float((below + not_above).sum() / (2 * len(positive) * len(negative)))


def auroc_interval(positive: Sequence[float], negative: Sequence[float]) -> tuple[float, float]:
    """The bootstrap interval of the AUROC; there must be both kinds of questions."""
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
