"""What only one process may do at a time, where several share the data: leases.

A lease lasts until it is given back, or until its owner has not renewed it for ``LEASE_S``
seconds: then another process may take it over. Knows nothing of SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, Protocol

from bot.shards import Shards

# A process that answers, and a shard that it has: it maintains the libraries of those servers.
LeaseKind = Literal["member", "shard"]
LEASE_S = 20.0  # a dead process's servers are answered by another one within 30 s
RENEWAL_S = 5.0
TAKEOVER_S = LEASE_S + RENEWAL_S


class Leases(Protocol):
    """The leases of this process, which a running store renews."""

    async def take(self, kind: LeaseKind, names: Sequence[str], *, most: int = 1) -> list[str]:
        """Take up to ``most`` of the leases that nobody else holds, in order, or hold already.

        Returns the names of those that this process has now.
        """

    async def give_back(self, kind: LeaseKind, name: str) -> None:
        """Let another process take a lease at once. Does nothing if it is not this process's."""

    async def current(self, kind: LeaseKind) -> list[str]:
        """The leases that this process still holds: one that was silent for too long lost its."""

    def holds(self, kind: LeaseKind, name: str) -> bool:
        """Whether this process has a lease for certain, as far as it knows without asking."""


class ShardClaims(Protocol):
    """The shards of this process, where processes share a bot's shards out among themselves.

    Each has its fair share; who comes later is given some of what the others have.
    """

    @property
    def serving(self) -> Shards:
        """The shards whose servers' libraries this process may open."""

    async def join(self, count: int | None, recommended: int) -> int:
        """Take part. Returns how many shards the bot has: ``count``, or as many as the others say.

        ``recommended``: if there is neither. Raises DataFolderLocked if others count differently.
        """

    async def settle(self) -> Shards:
        """Take shards that are free, up to this process's share.

        Returns those that it is to connect: without what was lost, and what is to be given back
        because it is more than its share.
        """

    async def holds(self, shard_id: int) -> bool:
        """Whether a shard is still this process's, after however long a pause.

        While the database can't be reached, it is: nothing is answered then but that.
        """

    async def give_back(self, shard_ids: Collection[int]) -> None:
        """Let others have shards whose connections are closed, and whose questions have ended."""

    async def leave(self) -> None:
        """Give back everything, at once."""
