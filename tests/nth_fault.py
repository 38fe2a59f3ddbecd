"""A fault at the n-th call of a seam, as SQLite tests itself.

An operation is run with a fault at its first call, its second, … until it passes without meeting
one. What it promises must hold each time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from bot.errors import StoreError
from bot.store.sqlite.connection import Database

MOST_CALLS = 200
Result = TypeVar("Result")


@dataclass(slots=True)
class NthFault:
    """Strikes at the ``n``-th call (from 1), once; 0: never."""

    n: int = 0
    seen: int = 0

    @property
    def met(self) -> bool:
        return 0 < self.n <= self.seen

    def strikes(self) -> bool:
        """Counts a call; whether it is to fail."""
        self.seen += 1
        return self.seen == self.n


async def until_unmet(
    fault: NthFault,
    operation: Callable[[], Awaitable[Result]],
    check: Callable[[Result], Awaitable[None]],
) -> int:
    """Runs an operation with the fault at each of its calls; how many it makes.

    ``check`` looks at each result, without a fault.
    """
    for n in range(1, MOST_CALLS):
        fault.n, fault.seen = n, 0
        result = await operation()
        was_met, fault.n = fault.met, 0
        await check(result)
        if not was_met:
            return n - 1
    raise AssertionError("more calls than expected")


def fail_store(monkeypatch: pytest.MonkeyPatch, fault: NthFault) -> None:
    """Queries and transactions of every database fail at the fault."""
    fetch, transaction = Database.fetch, Database.transaction

    async def failing_fetch(self: Database, *arguments: Any) -> Any:
        if fault.strikes():
            raise StoreError("The disk is full.")
        return await fetch(self, *arguments)

    @asynccontextmanager
    async def failing_transaction(self: Database) -> AsyncIterator[Any]:
        if fault.strikes():
            raise StoreError("The disk is full.")
        async with transaction(self) as writer:
            yield writer

    monkeypatch.setattr(Database, "fetch", failing_fetch)
    monkeypatch.setattr(Database, "transaction", failing_transaction)
