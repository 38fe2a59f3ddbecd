"""All libraries of a data folder, one SQLite file a server (the Store protocol of ``base``).

``DATA_DIR/libraries/<server id>.db`` are opened on demand and held under leases in a
small least-recently-used cache: one in use is never closed. ``DATA_DIR/footnote.db``
holds what is not a server's. The folder belongs to one process at a time.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreError
from bot.store.connection import Database
from bot.store.library import SqliteLibrary, now
from bot.store.lock import lock_folder
from bot.store.queries import query

OPEN_LIBRARIES = 64  # two threads and about 1 MB each
SERVER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(slots=True)
class _Lease:
    library: SqliteLibrary
    users: int = 0


class SqliteStore:
    """See ``base.Store``."""

    def __init__(self, folder: Path, own: Database, closing: AsyncExitStack):
        self._folder = folder
        self._own = own
        self._closing = closing
        self._open: OrderedDict[str, _Lease] = OrderedDict()
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, data_dir: Path) -> SqliteStore:
        """Locks and opens a data folder, making it when absent.

        Raises DataFolderLocked, DatabaseTooNew or DatabaseDamaged.
        """
        folder = data_dir / "libraries"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The data folder {data_dir} cannot be made ({error.strerror}). "
                "Set DATA_DIR to a folder that this user may write to."
            ) from error
        async with AsyncExitStack() as stack:
            stack.enter_context(lock_folder(data_dir))
            own = await Database.open(data_dir / "footnote.db", "footnote")
            stack.push_async_callback(own.close)
            return cls(folder, own, stack.pop_all())
        raise AssertionError("unreachable")

    async def close(self) -> None:
        async with self._turn:
            for lease in self._open.values():
                await lease.library.close()
            self._open.clear()
            await self._closing.aclose()

    @asynccontextmanager
    async def library(self, server_id: str) -> AsyncIterator[SqliteLibrary]:
        lease = await self._lease(server_id)
        try:
            yield lease.library
        finally:
            lease.users -= 1

    async def _lease(self, server_id: str) -> _Lease:
        if not SERVER_ID.fullmatch(server_id):
            raise StoreError(
                f"{server_id!r} is no server id: use letters, digits, - and _ (at most 64)."
            )
        async with self._turn:
            if server_id not in self._open:
                await self._make_room()
                path = self._folder / f"{server_id}.db"
                self._open[server_id] = _Lease(await SqliteLibrary.open(server_id, path))
                async with self._own.transaction() as writer:
                    await writer.execute(query("use_library"), (server_id, now()))
            lease = self._open[server_id]
            self._open.move_to_end(server_id)
            lease.users += 1
            return lease

    async def _make_room(self) -> None:
        idle = [server_id for server_id, lease in self._open.items() if not lease.users]
        surplus = len(self._open) - OPEN_LIBRARIES + 1
        for server_id in idle[: max(0, surplus)]:
            await self._open.pop(server_id).library.close()

    async def note(self, key: str) -> str | None:
        found = await self._own.fetch(query("note"), (key,))
        return found[0]["value"] if found else None

    async def set_note(self, key: str, value: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("set_note"), (key, value))
