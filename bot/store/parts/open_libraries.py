"""The libraries that a store has open: leased, and kept open while there is room.

A library that is slow to open delays only its own server. Those that nobody uses are closed, the
longest unused first, where they are too many or where their indexes take too much memory together.
Knows nothing of how a library is opened.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from bot.errors import StoreError
from bot.store.passage_index import PassageIndex
from bot.strings import _

OPEN_LIBRARIES = 64  # without those in use; SQLite's files are limited in open_files
OPEN_BYTES = 512 * 1024 * 1024  # of their indexes: nine libraries of 100,000 passages


class Closable(Protocol):
    """A library, as far as it matters here."""

    index: PassageIndex

    async def close(self) -> None: ...


L = TypeVar("L", bound=Closable)


@dataclass(slots=True)
class Lease(Generic[L]):
    """An entry of the cache. Whoever holds ``lock`` opens the library for all its users."""

    library: L | None = None
    users: int = 0
    used: bool = False  # by more than maintenance
    nbytes: int = 0  # of the library's index, when it was last used
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class OpenLibraries(Generic[L]):
    """``open_library(server_id, background)`` opens one, ``note_use`` is told of the first use."""

    def __init__(
        self,
        open_library: Callable[[str, bool], Awaitable[L]],
        note_use: Callable[[str], Awaitable[None]],
    ):
        self._open = open_library
        self._note_use = note_use
        self.leases: OrderedDict[str, Lease[L]] = OrderedDict()
        self._nbytes = 0  # of all leases
        self._closed = False

    async def close(self) -> None:
        """Close every library, even those in use. Idempotent."""
        self._closed = True
        async with AsyncExitStack() as closing:
            for lease in self.leases.values():
                closing.push_async_callback(_close, lease)

    def is_in_use(self, server_id: str) -> bool:
        """Whether somebody has a lease."""
        return server_id in self.leases and self.leases[server_id].users > 0

    @asynccontextmanager
    async def lease(self, server_id: str, *, background: bool) -> AsyncIterator[L]:
        """See ``protocols.Store.library``."""
        lease = self.leases.setdefault(server_id, Lease())
        lease.users += 1  # from here on it is not closed
        try:
            if not background:
                self.leases.move_to_end(server_id)
            yield await self._open_leased(server_id, lease, background)
        finally:
            lease.users -= 1
            self._measure(lease)
            if lease.library is None and not lease.users:
                self.leases.pop(server_id, None)
            elif not lease.used:
                self.leases.move_to_end(server_id, last=False)  # first to be closed
            await self._free_memory()

    @asynccontextmanager
    async def closed_to_all(self, server_id: str) -> AsyncIterator[None]:
        """Keeps a library closed for a block. Raises StoreError while it is in use."""
        lease = self.leases.setdefault(server_id, Lease())
        lease.users += 1
        try:
            async with lease.lock:  # nobody can open it meanwhile
                if lease.users > 1:
                    raise StoreError(
                        _("The library of server {id} is in use.").format(id=server_id)
                    )
                if lease.library is not None:
                    await lease.library.close()
                    lease.library = None
                    self._measure(lease)
                yield
        finally:
            lease.users -= 1
            if not lease.users:
                self.leases.pop(server_id, None)

    async def _open_leased(self, server_id: str, lease: Lease[L], background: bool) -> L:
        async with lease.lock:
            if self._closed:
                raise StoreError(_("Footnote is stopping. Try again in a minute."))
            if lease.library is None:
                await self._make_room()
                lease.library = await self._open(server_id, background)
            if not background and not lease.used:
                lease.used = True
                await self._note_use(server_id)
            return lease.library

    async def _make_room(self) -> None:
        while len(self.leases) > OPEN_LIBRARIES and await self._close_idle():
            pass

    async def _free_memory(self) -> None:
        """Close idle libraries whose indexes take too much together. The last one may be large."""
        while self._nbytes > OPEN_BYTES and len(self.leases) > 1 and await self._close_idle():
            pass

    async def _close_idle(self) -> bool:
        """Close the library that was unused the longest; False if all are in use."""
        idle = next((key for key, lease in self.leases.items() if not lease.users), None)
        if idle is None:
            return False
        lease = self.leases.pop(idle)
        self._nbytes -= lease.nbytes
        await _close(lease)
        return True

    def _measure(self, lease: Lease[L]) -> None:
        nbytes = 0 if lease.library is None else lease.library.index.nbytes
        self._nbytes += nbytes - lease.nbytes
        lease.nbytes = nbytes


async def _close(lease: Lease[L]) -> None:
    async with lease.lock:
        if lease.library is not None:
            await lease.library.close()
