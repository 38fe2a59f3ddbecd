"""All libraries of a data folder, one SQLite file a server (the Store protocol of ``base``).

``DATA_DIR/libraries/<server id>.db`` are opened on demand and held under leases in a
small least-recently-used cache: one in use is never closed, and one that is slow to open
holds up nobody but its own server. ``DATA_DIR/footnote.db`` holds what is not a server's.
The folder belongs to one process at a time.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import StoreError
from bot.store.articles import now
from bot.store.connection import Database
from bot.store.library import SqliteLibrary
from bot.store.lock import lock_folder
from bot.store.queries import query

OPEN_LIBRARIES = 64  # two threads and about 1 MB each
SERVER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(slots=True)
class _Lease:
    """A place among the open libraries; ``turn`` lets one user open it for all."""

    library: SqliteLibrary | None = None
    users: int = 0
    used: bool = False  # and not only looked after in passing
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class SqliteStore:
    """See ``base.Store``."""

    def __init__(self, folder: Path, own: Database, closing: AsyncExitStack):
        self._folder = folder
        self._own = own
        self._closing = closing
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._closed = False

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
            await _expect_work_anywhere(own, folder)
            return cls(folder, own, stack.pop_all())
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Closes every library, also those in use; a second call does nothing."""
        self._closed = True
        async with self._closing.pop_all() as closing:
            for lease in self._leases.values():
                closing.push_async_callback(_close, lease)

    @asynccontextmanager
    async def library(
        self, server_id: str, *, in_passing: bool = False
    ) -> AsyncIterator[SqliteLibrary]:
        if not SERVER_ID.fullmatch(server_id):
            raise StoreError(
                f"{server_id!r} is no server id: use letters, digits, - and _ (at most 64)."
            )
        lease = self._leases.setdefault(server_id, _Lease())
        lease.users += 1  # from here on nobody closes it
        try:
            if not in_passing:
                self._leases.move_to_end(server_id)
            yield await self._opened(server_id, lease, in_passing)
        finally:
            lease.users -= 1
            if lease.library is None and not lease.users:
                self._leases.pop(server_id, None)
            elif not lease.used:
                self._leases.move_to_end(server_id, last=False)  # the next to be closed

    async def _opened(self, server_id: str, lease: _Lease, in_passing: bool) -> SqliteLibrary:
        async with lease.turn:
            if self._closed:
                raise StoreError("Footnote is stopping. Try again in a minute.")
            if lease.library is None:
                await self._make_room()
                path = self._folder / f"{server_id}.db"
                lease.library = await SqliteLibrary.open(server_id, path)
            if not in_passing and not lease.used:
                lease.used = True
                with suppress(StoreError):  # only a hint, and a full disk must not stop reading
                    async with self._own.transaction() as writer:
                        await writer.execute(query("use_library"), (server_id, now()))
            return lease.library

    async def _make_room(self) -> None:
        while len(self._leases) > OPEN_LIBRARIES:
            idle = next((key for key, lease in self._leases.items() if not lease.users), None)
            if idle is None:
                break
            await _close(self._leases.pop(idle))

    async def get_meta(self, key: str) -> str | None:
        found = await self._own.fetch(query("note"), (key,))
        return found[0]["value"] if found else None

    async def set_meta(self, key: str, value: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("set_note"), (key, value))

    async def mark_pending(self, server_id: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("expect_work"), (server_id, now()))

    async def clear_pending(self, server_id: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("no_work_left"), (server_id,))

    async def servers(self) -> list[str]:
        return [row["server_id"] for row in await self._own.fetch(query("libraries"))]

    async def pending_servers(self) -> list[str]:
        return [row["server_id"] for row in await self._own.fetch(query("with_work"))]


async def _expect_work_anywhere(own: Database, folder: Path) -> None:
    """When footnote.db was lost, every library may have work waiting."""
    ((known,),) = await own.fetch(query("count_libraries"))
    if not known:
        values = await asyncio.to_thread(_libraries, folder)
        async with own.transaction() as writer:
            await writer.executemany(query("expect_work"), values)


def _libraries(folder: Path) -> list[tuple[str, str]]:
    names = [file.stem for file in folder.glob("*.db")]
    return [(name, now()) for name in names if SERVER_ID.fullmatch(name)]


async def _close(lease: _Lease) -> None:
    async with lease.turn:
        if lease.library is not None:
            await lease.library.close()
