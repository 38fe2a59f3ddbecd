"""What goes into four bits comes out again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.search.int4 import pack, unpack

PAIRS = st.lists(st.lists(st.integers(-8, 7), min_size=4, max_size=4), min_size=1, max_size=5)


@given(PAIRS)
def test_every_number_comes_out_as_it_went_in(rows: list[list[int]]) -> None:
    data = pack(np.array(rows, np.float32))
    assert data.dtype == np.uint8
    assert data.shape == (len(rows), 2)
    assert unpack(data).tolist() == rows
