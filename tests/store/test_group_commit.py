"""A burst of statements shares commits: all are durable, in order, and fail or succeed together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreError
from bot.store.sqlite.connection import Database
from bot.store.sqlite.group_commit import GroupCommit
from tests.nth_fault import NthFault, fail_store

INSERT = "INSERT INTO note VALUES (?, '')"
DELETE = "DELETE FROM note WHERE key = ?"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "1.db", "footnote")
    yield database
    await database.close()


async def keys(database: Database) -> list[str]:
    return [row["key"] for row in await database.fetch("SELECT key FROM note ORDER BY key")]


async def test_a_burst_takes_two_commits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction, commits = Database.transaction, []

    @asynccontextmanager
    async def counted(self: Database) -> AsyncIterator[Any]:
        commits.append(1)
        async with transaction(self) as writer:
            yield writer

    monkeypatch.setattr(Database, "transaction", counted)
    group = GroupCommit(database)
    await asyncio.gather(*(group.execute(INSERT, (f"{n:03}",)) for n in range(100)))
    assert len(await keys(database)) == 100
    assert len(commits) <= 2


async def test_statements_keep_their_order(database: Database) -> None:
    group = GroupCommit(database)
    calls = [(INSERT, ("a",)), (DELETE, ("a",)), (INSERT, ("a",)), (INSERT, ("b",))]
    await asyncio.gather(*(group.execute(*call) for call in calls))
    assert await keys(database) == ["a", "b"]


async def test_a_failure_is_told_to_all_who_shared_it_and_the_next_succeeds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_store(monkeypatch, NthFault(n=1))
    group = GroupCommit(database)
    calls = [group.execute(INSERT, (key,)) for key in "ab"]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(results[0], StoreError)
    await group.execute(INSERT, ("c",))
    assert "c" in await keys(database)


async def test_who_is_cancelled_takes_nothing_from_the_others(database: Database) -> None:
    group = GroupCommit(database)
    tasks = [asyncio.ensure_future(group.execute(INSERT, (key,))) for key in "abc"]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.gather(*tasks[1:])
    assert {"b", "c"} <= set(await keys(database))
