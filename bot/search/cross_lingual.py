"""Passages in another language than the question: found by meaning, where words tell nothing.

The blend learned on English: a close passage without a word of the question is mostly wrong
there, so it buries every passage in another language. Such passages are ordered by their
closeness alone, that of their best sentence half of it, and placed among the others by how
well those cover the question. Passages whose language nobody can tell (``tongue``) count as in
the question's own. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.search.features import SIGNALS
from bot.search.lexical_search import Floats

# Fitted by bench/train_cross_lingual.py on covidqa and clapnq, in which a share of the documents (.1 to
# .98) lost their words and 35 % of the differences of their cosines, as translations do.
STEEPNESS = 36.1  # log chance for a cosine
ADVANTAGE = 7.2  # over the best passage in the question's language, if that has nothing of these:
COVERED = -6.7  # it covers the whole question
ALONE = -4.6  # no other in the question's language comes near it
CLOSER = -4.9  # for a cosine by which it is closer than the closest
MOST_FOREIGN = 5  # the closest that hold no word of the question: is one in another language?
LEAST_CHANCE = 1e-30  # what is 0 in 32 bits has a log all the same
RESCORED = 20  # by their sentences: 0.2 s with the embedder inside. See docs/finding.md
COSINE = SIGNALS.index("closeness")
WORDLESS = SIGNALS.index("rare_coverage")
COVERAGE = SIGNALS.index("titled_coverage")


def likely_foreign(signals: Floats) -> list[int]:
    """Which of the closest candidates hold none of the question's words."""
    closest = np.argsort(-signals[:, COSINE], kind="stable")[:MOST_FOREIGN]
    return [int(i) for i in closest if signals[i, WORDLESS] == 0]


def closest(signals: Floats) -> list[int]:
    """The candidates whose language is to be told: the only ones that meaning can move up."""
    return [int(i) for i in np.argsort(-signals[:, COSINE], kind="stable")[:RESCORED]]


def rank_foreign(scores: Floats, signals: Floats, others: Sequence[int], best: Floats) -> Floats:
    """The log chances of the candidates ``others``, which are in another language.

    ``best`` are the cosines of their best sentences (or of themselves).
    """
    native = np.ones(len(scores), np.bool_)
    native[others] = False
    closeness = signals[others, COSINE]
    gain = best - closeness
    meaning = closeness + (gain - gain.mean()) / 2
    highest = max(float(meaning.max()), float(signals[native, COSINE].max(initial=-1.0)))
    start, advantage = 0.0, ADVANTAGE
    if native.any():
        top = np.flatnonzero(native)[np.argmax(scores[native])]
        start = float(np.log(max(float(scores[top]), LEAST_CHANCE)))
        advantage += COVERED * float(signals[top, COVERAGE])
        advantage += ALONE * float(scores[top] / max(float(scores[native].sum()), LEAST_CHANCE))
        advantage += CLOSER * float(signals[top, COSINE] - meaning.max())
    log_chances: Floats = start + advantage + STEEPNESS * (meaning - highest)
    return log_chances


def may_lead(log_chances: Floats, scores: Floats, others: Sequence[int]) -> bool:
    """Whether one of ``others`` comes first: only then its sentences are worth a look."""
    native = np.delete(scores, others)
    return not len(native) or bool(log_chances.max() > np.log(native.max()))
