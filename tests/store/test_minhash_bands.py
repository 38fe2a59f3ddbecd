"""Near-duplicates are looked up by the bands of their signatures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.ingest.near_duplicates import MIN_SIMILARITY, NUM_HASHES
from bot.store.minhash_bands import BANDS, band_keys


def _hashes(random: np.random.Generator, count: int = 1) -> NDArray[np.uint32]:
    return random.integers(0, 1 << 32, (count, NUM_HASHES), np.uint32)


def test_texts_that_are_alike_share_a_band_and_others_do_not() -> None:
    random = np.random.default_rng(1)
    alike = unlike = 0
    for one, other in zip(_hashes(random, 400), _hashes(random, 400), strict=True):
        unlike += bool({*band_keys(one)} & {*band_keys(other)})
        same = random.permutation(NUM_HASHES) < MIN_SIMILARITY * NUM_HASHES
        alike += bool({*band_keys(one)} & {*band_keys(np.where(same, one, other))})
    assert (alike >= 396, unlike) == (True, 0)


def test_each_band_has_a_key_of_its_own() -> None:
    assert len({*band_keys(np.zeros(NUM_HASHES, np.uint32))}) == BANDS
    assert band_keys(np.array([0x101, 2, 3, 4, 0x105, 6, 7], np.uint32)) == [0x01020304]
