"""Nearest neighbours among quantized vectors."""

from __future__ import annotations

import numpy as np
import pytest

from bot.embedding import normalize_rows
from bot.search.vector_search import cosines_of, cosines_or_median, nearest
from bot.store.passage_table import Floats, PassageTable, QuantizedVectors, VectorChunk

DIMENSION = 100  # not a multiple of 64


def _vectors(n: int) -> Floats:
    """Random vectors in clusters, like texts on the same topics."""
    random = np.random.default_rng(5)
    topics = random.normal(size=(20, DIMENSION))
    noise = random.normal(size=(n, DIMENSION))
    return normalize_rows((topics[random.integers(0, 20, n)] + noise).astype(np.float32))


def _table(n: int, *, partial: bool = False) -> PassageTable:
    """The first ``n`` passages."""
    ids = np.arange(1, n + 1)
    return PassageTable.from_columns(ids, ids // 4, ids % 4, ids, ids, partial=partial)


def _quantized(vectors: Floats, chunk_size: int = 700) -> QuantizedVectors:
    ids = np.arange(1, len(vectors) + 1)
    return QuantizedVectors(
        [
            VectorChunk.quantize(ids[i : i + chunk_size], vectors[i : i + chunk_size])
            for i in range(0, len(vectors), chunk_size)
        ]
    )


def test_nearly_all_of_the_true_closest_are_found_with_their_cosines() -> None:
    vectors = _vectors(3_000)
    shares = []
    for question in vectors[::300]:
        rows, cosines = nearest(_quantized(vectors), question, _table(3_000), 50)
        exact = vectors @ question
        shares.append(len(np.intersect1d(rows, np.argsort(-exact)[:50])) / 50)
        assert np.allclose(cosines, exact[rows], atol=0.01)
    assert np.mean(shares) > 0.9


def test_passages_outside_the_scope_are_not_returned() -> None:
    vectors = _vectors(2_000)
    rows, _ = nearest(_quantized(vectors), vectors[1_500], _table(30, partial=True), 50)
    assert sorted(rows.tolist()) == list(range(30))


def test_concatenated_chunks_equal_one_chunk() -> None:
    vectors, ids = _vectors(10), np.arange(10)
    joined = VectorChunk.concatenate(
        [VectorChunk.quantize(ids[:4], vectors[:4]), VectorChunk.quantize(ids[4:], vectors[4:])]
    )
    whole = VectorChunk.quantize(ids, vectors)
    assert np.array_equal(joined.codes, whole.codes)
    assert np.array_equal(joined.signs, whole.signs)


def test_a_passage_without_a_vector_has_the_default_cosine() -> None:
    vectors = _vectors(5)
    cosines = cosines_of(_quantized(vectors, 2), vectors[2], np.array([3, 99]), default=-0.5)
    assert cosines.tolist() == pytest.approx([1.0, -0.5], abs=0.01)


def test_a_library_without_vectors_has_no_neighbours() -> None:
    question = _vectors(1)[0]
    rows, cosines = nearest(QuantizedVectors([]), question, _table(3), 5)
    assert len(rows) == len(cosines) == 0
    assert cosines_of(QuantizedVectors([]), question, np.array([1]), default=0.0).tolist() == [0.0]


def test_a_passage_without_a_vector_gets_the_median_cosine() -> None:
    vectors = np.eye(4, dtype=np.float32)
    question = np.array([0.9, 0.4, 0.1, 0.2], np.float32)
    quantized = QuantizedVectors([VectorChunk.quantize(np.arange(1, 4), vectors[:3])])
    ids = np.array([1, 2, 3, 99])
    assert cosines_or_median(quantized, question, ids, 0.25) == pytest.approx([0.9, 0.4, 0.1, 0.4])
    assert cosines_or_median(quantized, question, np.array([99]), 0.25).tolist() == [0.25]
    assert cosines_or_median(QuantizedVectors(()), question, ids[:1], 0.25).tolist() == [0.25]
