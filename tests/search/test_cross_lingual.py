"""Passages in another language than the question are ranked by cosine."""

from __future__ import annotations

import numpy as np
import pytest

from bot.search.cross_lingual import (
    COSINE,
    COVERAGE,
    MAX_FOREIGN,
    RARE_COVERAGE,
    closest_candidates,
    likely_foreign,
    may_lead,
    rank_foreign,
)
from bot.search.features import SIGNALS
from bot.search.lexical_search import Floats


def _signals(*rows: tuple[float, float]) -> Floats:
    """A row for each candidate from its (cosine, coverage)."""
    signals = np.zeros((len(rows), len(SIGNALS)), np.float32)
    signals[:, COSINE], signals[:, COVERAGE] = np.array(rows, np.float32).T
    signals[:, RARE_COVERAGE] = signals[:, COVERAGE]
    return signals


def test_close_passages_without_any_word_of_the_question_are_likely_foreign() -> None:
    signals = _signals((0.1, 0), (0.5, 0.4), (0.6, 0), (0.2, 0.3), (0.3, 0), (0.4, 0))
    assert likely_foreign(signals) == [2, 5, 4]


def _order(signals: Floats, foreign: list[int], scores: list[float]) -> list[int]:
    probabilities = np.array(scores, np.float32)
    logs = np.log(probabilities)
    logs[foreign] = rank_foreign(probabilities, signals, foreign, signals[foreign, COSINE])
    return [int(i) for i in np.argsort(-logs)]


def test_foreign_passages_lead_if_native_ones_cover_little() -> None:
    signals = _signals((0.1, 0.1), (0.2, 0.1), (0.4, 0), (0.5, 0))
    assert _order(signals, [2, 3], [0.6, 0.4, 1e-4, 1e-5]) == [3, 2, 0, 1]


def test_a_native_passage_leads_if_it_alone_covers_the_question() -> None:
    signals = _signals((0.5, 1), (0.2, 0.1), (0.4, 0), (0.5, 0))
    assert _order(signals, [2, 3], [0.95, 0.05, 1e-4, 1e-5])[0] == 0


def test_foreign_passages_are_ordered_by_their_best_sentence_too() -> None:
    signals, scores = _signals((0.3, 0), (0.31, 0)), np.array([0.5, 0.5], np.float32)
    first, second = rank_foreign(scores, signals, [0, 1], np.array([0.6, 0.3], np.float32))
    assert first > second


def test_what_the_best_sentences_of_all_gain_alike_moves_nothing() -> None:
    signals, scores = _signals((0.3, 0.5), (0.4, 0), (0.5, 0)), np.array([0.8, 0.1, 0.1], "f4")
    cosines = signals[1:, COSINE]
    plain = rank_foreign(scores, signals, [1, 2], cosines)
    assert rank_foreign(scores, signals, [1, 2], cosines + 0.2) == pytest.approx(plain, abs=1e-4)


def test_an_entirely_foreign_library_is_ordered_by_cosine() -> None:
    signals = _signals((0.2, 0), (0.4, 0), (0.3, 0))
    assert _order(signals, [0, 1, 2], [0.9, 0.05, 0.05]) == [1, 2, 0]


def test_a_foreign_passage_with_a_name_of_the_question_stands_before_a_closer_one() -> None:
    signals = _signals((0.15, 0.5), (0.29, 0))
    assert _order(signals, [0, 1], [0.2, 0.3]) == [0, 1]


def test_a_passage_with_a_name_of_the_question_is_looked_at_however_far_it_is() -> None:
    signals = _signals(*[(0.3, 0.0)] * MAX_FOREIGN, (0.1, 1.0))
    assert MAX_FOREIGN in closest_candidates(signals)


def test_a_foreign_candidate_may_lead_only_if_it_outscores_the_native_ones() -> None:
    scores = np.array([0.9, 0.1], np.float32)
    assert may_lead(np.array([0.5], np.float32), scores, [1])
    assert not may_lead(np.array([-3.0], np.float32), scores, [1])
    assert may_lead(np.array([-9.0, -9.0], np.float32), scores, [0, 1])
