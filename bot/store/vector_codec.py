"""Vectors as bytes of the file: a scale, and 8 bits a number.

Read back they are, bit for bit, what ``CodeChunk.of`` makes of the vectors themselves: so
finding cannot tell a vector that was read from one that was just made. One of 512 numbers
takes 516 bytes, seven to a page; as float32 it took a page of its own beside its row, and
100,000 of them took .65 s to read instead of .23. Knows nothing of SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.store.passage_table import Floats, Ints, VectorChunk, quantize_vectors, sign_bits

SCALE_BYTES = 4
# Nothing is rounded to -128. Here it is a positive number that rounds to 0: finding looks at
# signs first, and of 512 random ones 2.6 cannot be told from the rounded numbers alone.
BARELY_POSITIVE = np.int8(-128)


def _row(dimension: int) -> np.dtype[np.void]:
    return np.dtype([("scale", "<f4"), ("codes", "i1", (dimension,))])


def encode(vectors: Floats) -> list[bytes]:
    """The bytes of each vector. Costs CPU: 4 ms for a thousand of 512 numbers."""
    vectors = np.asarray(vectors, np.float32)
    codes, scales = quantize_vectors(vectors)
    rows = np.empty(len(vectors), _row(vectors.shape[1]))
    rows["codes"] = np.where((codes == 0) & (vectors > 0), BARELY_POSITIVE, codes)
    rows["scale"] = scales
    return [row.tobytes() for row in rows]


def decode(ids: Ints, data: Sequence[bytes]) -> VectorChunk:
    """At least one vector, all of one length, from its bytes."""
    rows = np.frombuffer(b"".join(data), _row(len(data[0]) - SCALE_BYTES))
    codes, barely = rows["codes"].copy(), rows["codes"] == BARELY_POSITIVE
    signs = sign_bits((codes > 0) | barely)
    codes[barely] = 0
    return VectorChunk(ids, codes, rows["scale"].copy(), signs)


def encode_floats(data: bytes) -> bytes:
    """A vector as files held it until migration 0011: float32."""
    return encode(np.frombuffer(data, "<f4")[None, :])[0]
