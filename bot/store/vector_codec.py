"""Encodes vectors as the bytes stored in the file: a scale, then 8 bits per number.

Decoding gives, bit for bit, what ``VectorChunk.quantize`` makes of the original vectors, so search
cannot tell a stored vector from a new one. One of 512 numbers takes 516 bytes, seven to a page. As
float32 it took a page of its own beside its row, and 100,000 of them took .65 s to read instead of
.23. Knows nothing of SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.store.passage_table import Floats, Ints, VectorChunk, quantize_vectors, sign_bits

SCALE_BYTES = 4
# Quantizing never gives -128, so it stands for a positive number that rounds to 0. Search compares
# signs first, and of 512 random numbers 2.6 round to 0 and would lose theirs.
BARELY_POSITIVE = np.int8(-128)


def _row(dimension: int) -> np.dtype[np.void]:
    return np.dtype([("scale", "<f4"), ("codes", "i1", (dimension,))])


def encode(vectors: Floats) -> list[bytes]:
    """The bytes of each vector. CPU-bound: 4 ms for a thousand vectors of 512 numbers."""
    vectors = np.asarray(vectors, np.float32)
    codes, scales = quantize_vectors(vectors)
    rows = np.empty(len(vectors), _row(vectors.shape[1]))
    rows["codes"] = np.where((codes == 0) & (vectors > 0), BARELY_POSITIVE, codes)
    rows["scale"] = scales
    return [row.tobytes() for row in rows]


def decode(ids: Ints, data: Sequence[bytes]) -> VectorChunk:
    """Vectors from their bytes: at least one, all of the same length."""
    rows = np.frombuffer(b"".join(data), _row(len(data[0]) - SCALE_BYTES))
    codes, rounded_to_0 = rows["codes"].copy(), rows["codes"] == BARELY_POSITIVE
    signs = sign_bits((codes > 0) | rounded_to_0)
    codes[rounded_to_0] = 0
    return VectorChunk(ids, codes, rows["scale"].copy(), signs)


def encode_floats(data: bytes) -> bytes:
    """Encode a vector from the float32 bytes that files held before migration 0011."""
    return encode(np.frombuffer(data, "<f4")[None, :])[0]
