"""What only one process may do at a time, where several share the data: leases.

A lease lasts until it is given back, or until its owner has not renewed it for ``LEASE_S``
seconds: then another process may take it over. Knows nothing of SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

LeaseKind = Literal["shard"]  # a process maintains the libraries of its shards
LEASE_S = 25.0  # a dead process's work is taken over within 30 s
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
