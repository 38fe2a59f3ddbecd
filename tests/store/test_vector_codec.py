"""A decoded vector equals the quantized original."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bot.store.passage_table import VectorChunk
from bot.store.values import Floats
from bot.store.vector_codec import decode, encode, encode_floats
from tests.contract.samples import numbers_of, unit_vectors

VECTORS = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=140),
    elements=st.floats(-1, 1, width=32),
)
ROUNDING = 1e-4  # of a scale: what float32 itself may be off at 127


def _read_back(vectors: Floats) -> VectorChunk:
    return decode(np.arange(len(vectors)), encode(vectors))


@settings(max_examples=30)
@given(VECTORS)
def test_decoded_vectors_equal_quantized_ones(vectors: Floats) -> None:
    made = VectorChunk.quantize(np.arange(len(vectors)), vectors)
    assert numbers_of(_read_back(vectors)) == numbers_of(made)


@settings(max_examples=30)
@given(VECTORS)
def test_the_error_is_at_most_half_a_scale(vectors: Floats) -> None:
    chunk = _read_back(vectors)
    scales = chunk.scales[:, None]
    assert (np.abs(chunk.codes * scales - vectors) <= scales * (0.5 + ROUNDING)).all()
    assert chunk.codes.min() >= -127
    assert np.isfinite(chunk.scales).all()


def test_a_zero_vector_stays_zero() -> None:
    chunk = _read_back(np.zeros((3, 70), np.float32))
    assert not chunk.codes.any()
    assert not chunk.signs.any()
    assert (chunk.scales > 0).all()


@pytest.mark.parametrize("barely", [1e-9, -1e-9])
def test_a_number_that_rounds_to_zero_keeps_its_sign(barely: float) -> None:
    chunk = _read_back(np.array([[1, barely, -1]], np.float32))
    assert chunk.codes.tolist() == [[127, 0, -127]]
    signs = np.unpackbits(chunk.signs.T.copy().view(np.uint8))
    assert signs[:3].tolist() == [1, barely > 0, 0]


def test_a_vector_takes_one_byte_per_number_and_a_scale() -> None:
    assert [len(data) for data in encode(unit_vectors(2, 512))] == [516, 516]


def test_float32_vectors_of_older_files_encode_the_same() -> None:
    vectors = unit_vectors(5, 70)
    assert [encode_floats(row.astype("<f4").tobytes()) for row in vectors] == encode(vectors)
