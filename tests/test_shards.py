"""Which shard a server belongs to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.shards import ALL_SHARDS, Shards, fair_share, shard_of


@given(st.integers(0, 2**63 - 1), st.integers(1, 64))
def test_each_server_belongs_to_one_shard_by_discords_formula(server: int, count: int) -> None:
    owners = [i for i in range(count) if str(server) in Shards(count, (i,))]
    assert owners == [(server >> 22) % count] == [shard_of(str(server), count)]
    assert str(server) in ALL_SHARDS


def test_what_is_no_server_belongs_to_shard_0() -> None:
    assert ("local" in Shards(4, (0, 1)), "local" in Shards(4, (2, 3))) == (True, False)


def test_a_process_is_numbered_by_its_first_shard() -> None:
    assert (Shards(4, (2, 3)).process_number, Shards(4, (0, 1, 2, 3)).are_all) == (2, True)
    assert not Shards(4, (2, 3)).are_all


@given(st.integers(0, 200), st.integers(1, 40))
def test_shards_are_shared_out_evenly_and_a_process_that_ends_takes_none_from_the_others(
    count: int, processes: int
) -> None:
    shares = [fair_share(count, rank, processes) for rank in range(processes)]
    assert sum(shares) == count
    assert max(shares) - min(shares) <= 1
    for rank in range(processes - 1):
        assert fair_share(count, rank, processes - 1) >= shares[rank]
