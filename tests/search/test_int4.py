"""Packing into 4 bits and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.search.int4 import pack, unpack

PAIRS = st.lists(st.lists(st.integers(-8, 7), min_size=4, max_size=4), min_size=1, max_size=5)


@given(PAIRS)
def test_unpacking_restores_every_number(rows: list[list[int]]) -> None:
    packed = pack(np.array(rows, np.float32))
    assert packed.dtype == np.uint8
    assert packed.shape == (len(rows), 2)
    assert unpack(packed).tolist() == rows
