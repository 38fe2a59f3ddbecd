"""Leases as rows (``lease_protocol.Leases``), renewed in the background.

A process is a lease itself: a running job belongs to a process, and is taken over once that one's
lease has ended.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence

from bot.errors import StoreError
from bot.store.lease_protocol import LEASE_S, RENEWAL_S, LeaseKind
from bot.store.postgres.connection import PostgresDatabase, Process
from bot.store.postgres.process_names import is_dead

log = logging.getLogger(__name__)
PROCESS = "process"


class PostgresLeases:
    """See ``lease_protocol.Leases``. ``database``: the bot's own data."""

    def __init__(self, database: PostgresDatabase, process: Process):
        self._database = database
        self._process = process
        self._renewing: asyncio.Task[None] | None = None
        self._ends: dict[tuple[str, str], float] = {}  # when each ends, by kind and name

    async def start(self) -> None:
        """Announce this process, and renew what it holds until ``close``."""
        await self._drop_dead()
        await self._take(PROCESS, self._process.owner)
        self._renewing = asyncio.ensure_future(self._renew_regularly())

    async def close(self) -> None:
        """Give back everything. Idempotent."""
        if self._renewing is None:
            return
        self._renewing.cancel()
        await asyncio.wait([self._renewing])
        self._renewing = None
        try:
            async with self._database.transaction() as writer:
                await writer.execute("drop_leases")
        except StoreError as error:  # they end by themselves
            log.warning("the leases were not given back: %s", error.message)

    async def take(self, kind: LeaseKind, names: Sequence[str], *, most: int = 1) -> list[str]:
        taken: list[str] = []
        for name in names:
            if len(taken) < most and await self._take(kind, name):
                taken.append(name)
        return taken

    async def give_back(self, kind: LeaseKind, name: str) -> None:
        self._ends.pop((kind, name), None)
        async with self._database.transaction() as writer:
            await writer.execute("drop_lease", {"kind": kind, "name": name})

    async def current(self, kind: LeaseKind) -> list[str]:
        rows = await self._database.fetch("current_leases", {})
        return [row["name"] for row in rows if row["kind"] == kind]

    def holds(self, kind: LeaseKind, name: str) -> bool:
        return self._ends.get((kind, name), 0.0) > self._process.clock()

    async def renew(self) -> None:
        """Renew every lease that nobody has taken over, and this process's own in any case.

        A row that this process doesn't know to be its own (the reply to ``take`` was lost, or
        ``give_back`` failed) ends by itself.
        """
        earlier, until = set(self._ends), self._end()
        values = {"until": until, "leases": json.dumps([*earlier])}
        async with self._database.transaction() as writer:
            rows = await writer.fetch("renew_leases", values)
        renewed = {(row["kind"], row["name"]) for row in rows}
        for key in earlier & set(self._ends):  # what was taken or given back meanwhile stays so
            if key in renewed:
                self._ends[key] = until
            else:
                del self._ends[key]
        await self._take(PROCESS, self._process.owner)

    async def _drop_dead(self) -> None:
        """End the leases of processes that have ended on this machine: it was started again."""
        rows = await self._database.fetch("lease_owners")
        dead = [row["owner"] for row in rows if is_dead(row["owner"])]
        async with self._database.transaction() as writer:
            await writer.executemany("drop_leases_of", [(owner,) for owner in dead])

    async def _renew_regularly(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_S)
            try:
                await self.renew()
            except StoreError as error:
                log.warning("the leases were not renewed: %s", error.message)

    async def _take(self, kind: str, name: str) -> bool:
        until = self._end()
        values = {"kind": kind, "name": name, "until": until}
        async with self._database.transaction() as writer:
            is_taken = await writer.execute("take_lease", values) > 0
        if is_taken:
            self._ends[kind, name] = until
        return is_taken

    def _end(self) -> float:
        return self._process.clock() + LEASE_S
