"""Overwrites what was deleted, so that its file keeps no trace of it, while others go on.

secure_delete does not reach the copies that SQLite leaves in the gaps of a page when it moves rows
(3 of 2,600 removals left a canary there), so the whole file is written again: a small one in its
place, a large one beside it (``rewrite``). If another process has the file open, or a new file
can't be made, it is done in its place after all: the writer waits for that.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

import aiosqlite

from bot.errors import StoreError
from bot.store.sqlite.rewrite import (
    NOTED,
    TAKE,
    TRACKING,
    Changed,
    Rewrite,
    checkpoint,
    tracking,
)
from bot.store.sqlite.uncancelled import run_to_end
from bot.strings import _

IN_PLACE_BYTES = 8 * 1024 * 1024  # are rewritten in 50 ms
VACUUM_IN_MEMORY_BYTES = 64 * 1024 * 1024  # larger files are vacuumed through a temporary file
MARKED = 1  # the user_version of a file in which text was deleted
ROUNDS = 20  # of catching up, at most, while others write
FEW_ROWS = 1_000  # are caught up with in 20 ms
# While another process has the file open: 40 s in all, so that 60 s are enough with what follows.
RETRY_DELAYS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 15.0)


class Exchangeable(Protocol):
    """The database whose file is exchanged."""

    path: Path

    @property
    def writer(self) -> aiosqlite.Connection:
        """The connection that writes."""

    @property
    def deletions(self) -> int:
        """How many transactions have deleted text since it was opened, at least."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """The writer is in no transaction, and nobody else writes."""

    async def while_closed(self, work: Callable[[], None]) -> None:
        """In the caller's turn, run something in a thread while no connection is open."""


class Overwriting:
    """Overwrites what was deleted from one database. ``run`` is called by one task at a time."""

    def __init__(self, database: Exchangeable):
        self._database = database
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let ``run`` end soon, for good: what it leaves is done at the next opening."""
        self._stopping.set()

    async def run(self, *, at_opening: bool) -> None:
        """Does nothing unless text was deleted. Raises StoreError, sqlite3.Error or OSError.

        ``at_opening``: somebody waits for the database, so it isn't tried again and again.
        """
        async with self._database.turn():
            if not await self._value("PRAGMA user_version"):
                return
        size = (await asyncio.to_thread(self._database.path.stat)).st_size
        beside = size > IN_PLACE_BYTES and sys.platform != "win32"  # which can't replace open files
        delays_s = () if at_opening else RETRY_DELAYS_S
        if not (beside and await self._run_beside(delays_s)):
            await self._run_in_place(size)

    async def _run_in_place(self, size: int) -> None:
        async with self._database.turn():
            store = "FILE" if size > VACUUM_IN_MEMORY_BYTES else "MEMORY"
            await self._fetch(f"PRAGMA temp_store = {store}")
            await self._fetch("VACUUM")
            if await self._value("PRAGMA wal_checkpoint(TRUNCATE)"):
                raise StoreError(_("The log file is being read."))
            await self._fetch("PRAGMA user_version = 0")

    async def _fetch(self, sql: str) -> list[sqlite3.Row]:
        return list(await self._database.writer.execute_fetchall(sql))

    async def _value(self, sql: str) -> int:
        """The first column of the first row."""
        ((value, *_rest),) = await self._fetch(sql)
        return int(value)

    async def _run_beside(self, delays_s: Sequence[float]) -> bool:
        """Whether it is done. If not, nothing has changed."""
        rewrite = Rewrite(self._database.path)
        try:
            return await self._rewrite_beside(rewrite, delays_s)
        except (sqlite3.Error, OSError):
            if self._stopping.is_set():
                raise
            return False
        finally:
            await run_to_end(self._end(rewrite))

    async def _end(self, rewrite: Rewrite) -> None:
        await asyncio.to_thread(rewrite.end)
        async with self._database.turn():
            names = [name for (name,) in await self._fetch(TRACKING)]
            dropping = [f"DROP TRIGGER temp.{name}" for name in names]
            dropping.append(f"DROP TABLE IF EXISTS {NOTED}")
            await self._database.writer.executescript(";".join(dropping))

    async def _rewrite_beside(self, rewrite: Rewrite, delays_s: Sequence[float]) -> bool:
        track = await asyncio.to_thread(tracking, self._database.path)
        async with self._database.turn():
            deletions = self._database.deletions
            await self._database.writer.executescript(track)
        await self._in_thread(rewrite, rewrite.copy)
        for delay_s in (0.0, *delays_s):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_s)
            await self._catch_up(rewrite)
            if await run_to_end(self._exchange(rewrite, track, deletions)):
                return True
        return False

    async def _catch_up(self, rewrite: Rewrite) -> None:
        """Until few rows are left, for which the writer is to wait."""
        for _round in range(ROUNDS):
            async with self._database.turn():
                changed = await self._take()
            await self._in_thread(rewrite, partial(rewrite.catch_up, changed))
            if len(changed) <= FEW_ROWS:
                break
        await asyncio.to_thread(checkpoint, self._database.path)  # or closing would have to

    async def _take(self) -> Changed:
        """The rows that were written since the last time."""
        changed, _nothing = [await self._fetch(sql) for sql in TAKE]
        return changed

    async def _exchange(self, rewrite: Rewrite, track: str, deletions: int) -> bool:
        """False if somebody else has the file open."""
        async with self._database.turn():
            await asyncio.to_thread(rewrite.catch_up, await self._take())
            deleted_since = self._database.deletions != deletions
            await asyncio.to_thread(rewrite.finish, MARKED if deleted_since else 0)
            try:
                await self._database.while_closed(rewrite.exchange)
            except sqlite3.OperationalError as error:
                if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                    raise
                await self._database.writer.executescript(track)
                return False
        return True

    async def _in_thread(self, rewrite: Rewrite, work: Callable[[], None]) -> None:
        """Run some work that ends soon if this task is cancelled, or ``stop`` is called."""
        working = asyncio.ensure_future(asyncio.to_thread(work))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not working.done():
                rewrite.stop()
                with suppress(sqlite3.Error, OSError):
                    await run_to_end(_result(working))
        await working
        if self._stopping.is_set():  # the work was done sooner than it could be stopped
            raise sqlite3.OperationalError("interrupted")


async def _result(work: asyncio.Future[None]) -> None:
    await work
