"""Passages in another language than the question's."""

from __future__ import annotations

import numpy as np

from bot.search.cross_lingual import (
    COSINE,
    COVERAGE,
    RARE_COVERAGE,
    likely_foreign,
    may_lead,
    rank_foreign,
)
from bot.search.features import SIGNALS
from bot.search.lexical_search import Floats


def _signals(*rows: tuple[float, float]) -> Floats:
    """Each candidate's cosine, and its coverage of the question."""
    found = np.zeros((len(rows), len(SIGNALS)), np.float32)
    found[:, COSINE], found[:, COVERAGE] = np.array(rows, np.float32).T
    found[:, RARE_COVERAGE] = found[:, COVERAGE]
    return found


def test_the_closest_without_a_word_of_the_question_are_suspects() -> None:
    signals = _signals((0.1, 0), (0.5, 0.4), (0.6, 0), (0.2, 0.3), (0.3, 0), (0.4, 0))
    assert likely_foreign(signals) == [2, 5, 4]


def _order(signals: Floats, others: list[int], scores: list[float]) -> list[int]:
    chances = np.array(scores, np.float32)
    logs = np.log(chances)
    logs[others] = rank_foreign(chances, signals, others, signals[others, COSINE])
    return [int(i) for i in np.argsort(-logs)]


def test_where_words_cover_little_meaning_leads() -> None:
    signals = _signals((0.1, 0.1), (0.2, 0.1), (0.4, 0), (0.5, 0))
    assert _order(signals, [2, 3], [0.6, 0.4, 1e-4, 1e-5]) == [3, 2, 0, 1]


def test_where_words_cover_the_question_alone_they_lead() -> None:
    signals = _signals((0.5, 1), (0.2, 0.1), (0.4, 0), (0.5, 0))
    assert _order(signals, [2, 3], [0.95, 0.05, 1e-4, 1e-5])[0] == 0


def test_the_best_sentence_tells_passages_of_another_language_apart() -> None:
    signals, scores = _signals((0.3, 0), (0.31, 0)), np.array([0.5, 0.5], np.float32)
    first, second = rank_foreign(scores, signals, [0, 1], np.array([0.6, 0.3], np.float32))
    assert first > second


def test_a_library_in_another_language_altogether_is_ordered_by_meaning() -> None:
    signals = _signals((0.2, 0), (0.4, 0), (0.3, 0))
    assert _order(signals, [0, 1, 2], [0.9, 0.05, 0.05]) == [1, 2, 0]


def test_sentences_are_only_read_where_another_language_may_lead() -> None:
    scores = np.array([0.9, 0.1], np.float32)
    assert may_lead(np.array([0.5], np.float32), scores, [1])
    assert not may_lead(np.array([-3.0], np.float32), scores, [1])
    assert may_lead(np.array([-9.0, -9.0], np.float32), scores, [0, 1])
