"""The bands of a MinHash signature, by which near-duplicates are looked up.

A band is four hashes of a signature. Two texts with a Jaccard similarity of s have a given band in
common with probability s⁴, and at least one of 48 bands with 1 − (1 − s⁴)⁴⁸: .999 at s = .6, the
threshold of near-duplicates, and .005 at s = .1 (Leskovec et al., "Mining of Massive Datasets",
3.4). So an index on the bands finds the few articles whose signatures are worth comparing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BANDS = 48
BAND_HASHES = 4
# A key has the lowest byte of each hash, and the number of its band above them. The migrations that
# fill the table for older signatures compute the same.
BYTE_PLACES = np.array([1 << 24, 1 << 16, 1 << 8, 1], np.int64)
BAND_PLACE = 1 << 32


def band_keys(hashes: NDArray[np.uint32]) -> list[int]:
    """The keys of a signature's bands, each different. A short signature has fewer."""
    count = min(BANDS, len(hashes) // BAND_HASHES)
    lowest = (hashes[: count * BAND_HASHES] & 0xFF).astype(np.int64).reshape(count, BAND_HASHES)
    keys: list[int] = (lowest @ BYTE_PLACES + np.arange(count) * BAND_PLACE).tolist()
    return keys
