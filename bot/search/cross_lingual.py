"""Rank passages in another language than the question's, which only embeddings can find.

The ranker learned on English, where a passage with a high cosine and none of the question's words
is mostly wrong, so it ranks every foreign passage last. Here foreign passages are ordered by
cosine (the gain from their best sentence counts half). How far up they go depends on how well the
native passages cover the question. A passage whose language cannot be detected counts as native.
Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.search.features import SIGNALS
from bot.search.lexical_search import Floats

# Fitted by bench/train_cross_lingual.py on covidqa and clapnq. To imitate translations, a share of
# the documents (.1 to .98) lost their words, and 35 % of the differences between their cosines.
COSINE_SLOPE = 36.1  # log probability per unit of cosine
BASE_ADVANTAGE = 7.2  # over the best native passage, before these are added:
COVERAGE_WEIGHT = -6.7  # the best native passage covers the whole question
DOMINANCE_WEIGHT = -4.6  # no other native passage scores anything
COSINE_LEAD_WEIGHT = -4.9  # per unit of cosine by which it leads the best foreign passage
# Like so much cosine, for a rare word of the question that stands in a foreign passage: a name, a
# code, a year. From .1 to .4 better on four sets across languages (docs/appendix-finding.md).
SHARED_WORD = 0.3
CHECKED_FOR_FOREIGN = 5  # closest candidates: does one without any word of the question exist?
MIN_PROBABILITY = 1e-30  # so that a probability of 0 in 32 bits has a logarithm
MAX_FOREIGN = 20  # candidates to rescore by sentence: 0.2 s offline. See docs/finding.md
COSINE = SIGNALS.index("closeness")
RARE_COVERAGE = SIGNALS.index("rare_coverage")
COVERAGE = SIGNALS.index("titled_coverage")


def likely_foreign(signals: Floats) -> list[int]:
    """The closest candidates that contain none of the question's words."""
    closest = np.argsort(-signals[:, COSINE], kind="stable")[:CHECKED_FOR_FOREIGN]
    return [int(i) for i in closest if signals[i, RARE_COVERAGE] == 0]


def closest_candidates(signals: Floats) -> list[int]:
    """The candidates whose language is worth detecting: only these can be moved up."""
    return [int(i) for i in np.argsort(-_closeness(signals), kind="stable")[:MAX_FOREIGN]]


def _closeness(signals: Floats) -> Floats:
    """The cosines, more where a rare word of the question stands: a name, a code, a year."""
    closeness: Floats = signals[:, COSINE] + SHARED_WORD * signals[:, RARE_COVERAGE]
    return closeness


def rank_foreign(
    scores: Floats, signals: Floats, foreign: Sequence[int], sentence_cosines: Floats
) -> Floats:
    """The log probabilities of the ``foreign`` candidates (row numbers), in the same order.

    ``sentence_cosines`` are the cosines of their best sentences, or of the passages themselves.
    """
    native = np.ones(len(scores), np.bool_)
    native[foreign] = False
    passage_cosines = signals[foreign, COSINE]
    shared = SHARED_WORD * signals[foreign, RARE_COVERAGE]
    gain = sentence_cosines - passage_cosines
    cosines = passage_cosines + (gain - gain.mean()) / 2 + shared
    highest = max(float(cosines.max()), float(signals[native, COSINE].max(initial=-1.0)))
    start, advantage = 0.0, BASE_ADVANTAGE
    if native.any():
        top = np.flatnonzero(native)[np.argmax(scores[native])]
        start = float(np.log(max(float(scores[top]), MIN_PROBABILITY)))
        dominance = scores[top] / max(float(scores[native].sum()), MIN_PROBABILITY)
        advantage += COVERAGE_WEIGHT * float(signals[top, COVERAGE])
        advantage += DOMINANCE_WEIGHT * float(dominance)
        advantage += COSINE_LEAD_WEIGHT * float(signals[top, COSINE] - cosines.max())
    log_probabilities: Floats = start + advantage + COSINE_SLOPE * (cosines - highest)
    return log_probabilities


def lift_own(
    scores: Floats,
    cosines: Floats,
    own: Sequence[int],
    foreign: Sequence[int],
    foreign_logs: Floats,
) -> Floats:
    """The log probabilities of the candidates in the question's language; none is placed lower.

    One that is as close as a foreign one stands before it, whatever words it has: a copy in the
    asker's language comes first.
    """
    closest = int(np.argmax(cosines[list(foreign)]))
    level = float(foreign_logs[closest]) - COSINE_SLOPE * float(cosines[foreign[closest]])
    before = np.log(np.maximum(scores[list(own)], MIN_PROBABILITY))
    lifted: Floats = np.maximum(before, level + COSINE_SLOPE * cosines[list(own)])
    return lifted


def may_lead(log_probabilities: Floats, scores: Floats, foreign: Sequence[int]) -> bool:
    """Whether a foreign candidate ranks first. If none does, skip scoring their sentences."""
    native = np.delete(scores, foreign)
    return not len(native) or bool(log_probabilities.max() > np.log(native.max()))
