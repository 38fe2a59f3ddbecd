"""Shards: Discord's way to share a bot's servers out among connections, and so among processes.

A server's events come over one shard, by its id, so one process has all of a server's libraries,
caches and locks. Direct messages come over shard 0. Knows nothing of connections.
"""

from __future__ import annotations

from dataclasses import dataclass

TIMESTAMP_SHIFT = 22  # Discord's formula: (id >> 22) % count (Gateway, "Sharding")
MOST_SHARDS = 65_536  # 2,500 servers each


def shard_of(server_id: str, count: int) -> int:
    """The shard of a server, of ``count``. What is no Discord id belongs to shard 0."""
    return (int(server_id) >> TIMESTAMP_SHIFT) % count if server_id.isdecimal() else 0


def fair_share(count: int, rank: int, processes: int) -> int:
    """How many of ``count`` shards a process has, the ``rank``-th (from 0) of so many."""
    return count // processes + (rank < count % processes)


@dataclass(frozen=True, slots=True)
class Shards:
    """Those of ``count`` shards that a process serves, in ascending order."""

    count: int = 1
    ids: tuple[int, ...] = (0,)

    def __contains__(self, server_id: str) -> bool:
        return shard_of(server_id, self.count) in self.ids

    def conflict_with(self, other: Shards) -> bool:
        """Whether two processes can't have these and the ``other`` shards at the same time."""
        return self.count != other.count or not set(self.ids).isdisjoint(other.ids)

    @property
    def are_all(self) -> bool:
        """Whether no other process serves any."""
        return len(self.ids) == self.count

    @property
    def process_number(self) -> int:
        """The first shard, which tells apart processes whose shards the settings fix."""
        return self.ids[0]

    @property
    def include_first(self) -> bool:
        """Whether shard 0 is among them: its process does what is done once for the whole bot."""
        return 0 in self.ids


ALL_SHARDS = Shards()
