"""The closest vectors, found in few bits."""

from __future__ import annotations

import numpy as np
import pytest

from bot.embedding import normalize_rows
from bot.search.vector_search import cosines_of, likely_cosines, nearest
from bot.store.passage_table import Floats, PassageTable, QuantizedVectors, VectorChunk

DIMENSION = 100  # no multiple of 64


def _vectors(n: int) -> Floats:
    """In clusters, as texts on the same topics are."""
    random = np.random.default_rng(5)
    topics = random.normal(size=(20, DIMENSION))
    noise = random.normal(size=(n, DIMENSION))
    return normalize_rows((topics[random.integers(0, 20, n)] + noise).astype(np.float32))


def _catalogue(n: int, *, of: int | None = None) -> PassageTable:
    """The first ``n`` passages of ``of``."""
    ids = np.arange(1, n + 1)
    return PassageTable.from_columns(ids, ids // 4, ids % 4, ids, ids, partial=of is not None)


def _codes(vectors: Floats, size: int = 700) -> QuantizedVectors:
    ids = np.arange(1, len(vectors) + 1)
    return QuantizedVectors(
        [
            VectorChunk.quantize(ids[at : at + size], vectors[at : at + size])
            for at in range(0, len(vectors), size)
        ]
    )


def test_almost_all_of_the_truly_closest_are_found_with_their_cosines() -> None:
    vectors = _vectors(3_000)
    shares = []
    for question in vectors[::300]:
        rows, cosines = nearest(_codes(vectors), question, _catalogue(3_000), 50)
        exact = vectors @ question
        shares.append(len(np.intersect1d(rows, np.argsort(-exact)[:50])) / 50)
        assert np.allclose(cosines, exact[rows], atol=0.01)
    assert np.mean(shares) > 0.9


def test_what_the_scope_does_not_show_takes_no_place() -> None:
    vectors = _vectors(2_000)
    rows, _ = nearest(_codes(vectors), vectors[1_500], _catalogue(30, of=2_000), 50)
    assert sorted(rows.tolist()) == list(range(30))


def test_chunks_joined_are_the_same_chunk() -> None:
    vectors, ids = _vectors(10), np.arange(10)
    joined = VectorChunk.concatenate(
        [VectorChunk.quantize(ids[:4], vectors[:4]), VectorChunk.quantize(ids[4:], vectors[4:])]
    )
    whole = VectorChunk.quantize(ids, vectors)
    assert np.array_equal(joined.codes, whole.codes)
    assert np.array_equal(joined.signs, whole.signs)


def test_a_passage_without_a_vector_has_the_closeness_that_was_said() -> None:
    vectors = _vectors(5)
    found = cosines_of(_codes(vectors, 2), vectors[2], np.array([3, 99]), unknown=-0.5)
    assert found.tolist() == pytest.approx([1.0, -0.5], abs=0.01)


def test_no_vectors_at_all() -> None:
    question = _vectors(1)[0]
    rows, cosines = nearest(QuantizedVectors([]), question, _catalogue(3), 5)
    assert len(rows) == len(cosines) == 0
    assert cosines_of(QuantizedVectors([]), question, np.array([1]), unknown=0.0).tolist() == [0.0]


def test_what_has_no_vector_yet_counts_as_middling() -> None:
    vectors = np.eye(4, dtype=np.float32)
    question = np.array([0.9, 0.4, 0.1, 0.2], np.float32)
    codes, ids = (
        QuantizedVectors([VectorChunk.quantize(np.arange(1, 4), vectors[:3])]),
        np.array([1, 2, 3, 99]),
    )
    assert likely_cosines(codes, question, ids, 0.25) == pytest.approx([0.9, 0.4, 0.1, 0.4])
    assert likely_cosines(codes, question, np.array([99]), 0.25).tolist() == [0.25]
    assert likely_cosines(QuantizedVectors(()), question, ids[:1], 0.25).tolist() == [0.25]
