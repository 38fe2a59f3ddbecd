"""4-bit quantization: integers from -8 to 7, two to a byte. Pure functions of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_VALUE = 7
OFFSET = MAX_VALUE + 1  # added to each value, so that none is negative


def pack(values: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """(n, 2m) integers, in any float type → (n, m) bytes."""
    nibbles = (values + OFFSET).astype(np.uint8)
    packed: NDArray[np.uint8] = nibbles[:, ::2] << np.uint8(4) | nibbles[:, 1::2]
    return packed


def unpack(packed: NDArray[np.uint8]) -> NDArray[np.int8]:
    """(n, m) bytes → (n, 2m) integers."""
    values = np.empty((len(packed), 2 * packed.shape[1]), np.int8)
    values[:, ::2], values[:, 1::2] = packed >> 4, packed & 15
    values -= OFFSET
    return values
