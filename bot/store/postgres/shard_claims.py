"""The shards of a process, as leases (``lease_protocol.ShardClaims``).

A shard's lease is named "3 of 8". Each process that takes part has a lease of its own as well,
whose name begins with the time at which it joined. So all processes agree on their order, in which
a newcomer is last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from bot.errors import DataFolderLocked, StoreError
from bot.shards import Shards, fair_share
from bot.store.postgres.connection import PostgresDatabase, Process
from bot.store.postgres.leases import PostgresLeases
from bot.strings import _

log = logging.getLogger(__name__)
CONFIRM_S = 1.0  # of the 3 s that Discord waits for an acknowledgement
CONFIRM_AGAIN_S = 5.0  # after the database was away; until then every shard is still served


def lease_name(shard_id: int, count: int) -> str:
    """The name of a shard's lease."""
    return f"{shard_id} of {count}"


class PostgresShardClaims:
    """See ``lease_protocol.ShardClaims``.

    ``shards``: those that the settings fix. With ``shares`` they fix none, and who does not take
    part (a command in a terminal) may open every library.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        process: Process,
        leases: PostgresLeases,
        shards: Shards,
        *,
        shares: bool,
    ):
        self._database = database
        self._leases = leases
        self._fixed = None if shares else shards.ids
        self._name = f"{process.clock():017.3f} {process.owner}"
        self._clock = process.clock
        self._confirming: asyncio.Future[None] | None = None  # one look for all who wait for it
        self._unconfirmed_until = 0.0
        self._count = 1
        self.serving = shards

    def begin(self) -> None:
        """Serve nothing until shards are taken."""
        self.serving = Shards(1, ())

    async def join(self, count: int | None, recommended: int) -> int:
        _members, shards = await self._all()
        counts = {int(name.rpartition(" ")[2]) for name in shards}
        self._count = count or max(counts, default=recommended)
        if others := counts - {self._count}:
            raise DataFolderLocked(
                _(
                    "Another Footnote on the database of DATABASE_URL has {others} shards, and "
                    "this one {count}. Set SHARD_COUNT to the same number for all processes."
                ).format(others=others.pop(), count=self._count)
            )
        await self._leases.take("member", [self._name])
        self._serve(self._own_ids())
        return self._count

    async def settle(self) -> Shards:
        if set(self._own_ids()) != set(self.serving.ids):  # after an outage, nobody took them
            await self._leases.renew()
        own = self._own_ids()
        members, shards = await self._all()
        candidates = self._fixed or range(self._count)
        share = len(self._fixed) if self._fixed else self._share(members)
        lost = set(self.serving.ids) - set(own)
        if len(own) < share and not lost:  # what was lost is closed before anything is taken
            names = {i: lease_name(i, self._count) for i in candidates if i not in own}
            free = [name for name in names.values() if name not in shards]
            await self._leases.take("shard", free, most=share - len(own))
            own = self._own_ids()
        self._serve(own)
        return Shards(self._count, own[:share])

    async def holds(self, shard_id: int) -> bool:
        name = lease_name(shard_id, self._count)
        if not self._leases.holds("shard", name):
            await self._confirm()
        return self._leases.holds("shard", name) or self._clock() < self._unconfirmed_until

    async def _confirm(self) -> None:
        """Renew the leases, for all who wait, unless the database was away a moment ago."""
        if self._clock() < self._unconfirmed_until:
            return
        if self._confirming is None or self._confirming.done():
            self._confirming = asyncio.ensure_future(self._renew_soon())
        await asyncio.shield(self._confirming)

    async def _renew_soon(self) -> None:
        try:
            async with asyncio.timeout(CONFIRM_S):
                await self._leases.renew()
        except (StoreError, TimeoutError):
            self._unconfirmed_until = self._clock() + CONFIRM_AGAIN_S

    async def give_back(self, shard_ids: Collection[int]) -> None:
        self._serve([i for i in self.serving.ids if i not in shard_ids])
        for shard_id in shard_ids:
            await self._leases.give_back("shard", lease_name(shard_id, self._count))

    async def leave(self) -> None:
        await self.give_back(self.serving.ids)
        await self._leases.give_back("member", self._name)

    def _share(self, members: list[str]) -> int:
        older = [name for name in members if name < self._name]
        others = [name for name in members if name != self._name]
        return fair_share(self._count, len(older), len(others) + 1)

    def _own_ids(self) -> tuple[int, ...]:
        holds, count = self._leases.holds, self._count
        return tuple(i for i in range(count) if holds("shard", lease_name(i, count)))

    def _serve(self, shard_ids: Collection[int]) -> None:
        if tuple(shard_ids) != self.serving.ids:
            log.info("shards of this process: %s of %d", list(shard_ids), self._count)
        self.serving = Shards(self._count, tuple(shard_ids))

    async def _all(self) -> tuple[list[str], list[str]]:
        """The members by age, and the shards that somebody has."""
        rows = await self._database.fetch("member_leases")
        members = [row["name"] for row in rows if row["kind"] == "member"]
        return members, [row["name"] for row in rows if row["kind"] == "shard"]
