"""Whole numbers from -8 to 7 in 4 bits each, two of a row in a byte. Pure functions of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

HIGHEST = 7
ADDED = HIGHEST + 1  # to each number, so that none is below 0


def pack(numbers: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """(n, 2m) whole numbers → (n, m) bytes."""
    nibbles = (numbers + ADDED).astype(np.uint8)
    found: NDArray[np.uint8] = nibbles[:, ::2] << np.uint8(4) | nibbles[:, 1::2]
    return found


def unpack(data: NDArray[np.uint8]) -> NDArray[np.int8]:
    """(n, m) bytes → (n, 2m) numbers."""
    numbers = np.empty((len(data), 2 * data.shape[1]), np.int8)
    numbers[:, ::2], numbers[:, 1::2] = data >> 4, data & 15
    numbers -= ADDED
    return numbers
