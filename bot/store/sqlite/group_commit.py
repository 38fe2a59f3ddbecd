"""Statements of several callers in one transaction.

A commit waits for the disk, some 10 ms. In a burst, everybody who comes while one commit is under
way shares the next one, so the last waits for two commits instead of a hundred. Equal statements
are one call of the connection's thread, which a busy process delays by some 10 ms each.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import groupby

from bot.errors import StoreError
from bot.store.parts.database import Parameters
from bot.store.sqlite.connection import Database


@dataclass(eq=False, slots=True)
class _Statement:
    sql: str
    parameters: Parameters
    is_done: bool = False
    failure: StoreError | None = None


@dataclass(slots=True)
class GroupCommit:
    """Executes single statements; each is durable when its call returns."""

    database: Database
    _pending: list[_Statement] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def execute(self, sql: str, parameters: Parameters) -> None:
        """Raises StoreError, to all who shared a transaction that failed."""
        statement = _Statement(sql, parameters)
        self._pending.append(statement)
        async with self._lock:
            if not statement.is_done:
                await self._commit()
        if statement.failure is not None:
            raise statement.failure

    async def _commit(self) -> None:
        """Executes all that is pending. If it is cancelled, the others are left to the next."""
        batch = list(self._pending)
        failure: StoreError | None = None
        try:
            async with self.database.transaction() as writer:
                for sql, statements in groupby(batch, lambda statement: statement.sql):
                    await writer.executemany(sql, [s.parameters for s in statements])
        except StoreError as error:
            failure = error
        del self._pending[: len(batch)]
        for statement in batch:
            statement.is_done, statement.failure = True, failure
