"""All libraries of a data folder, one SQLite file a server (the Store protocol of ``base``).

``DATA_DIR/libraries/<server id>.db`` are opened on demand and held under leases in a
small least-recently-used cache: one in use is never closed, and one that is slow to open
holds up nobody but its own server. ``DATA_DIR/footnote.db`` holds what is not a server's.
The folder belongs to one process at a time.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from bot.errors import LibraryNotFound, StoreError
from bot.records import ModelProfile
from bot.store.articles import utc_now
from bot.store.connection import Database
from bot.store.library import SqliteLibrary
from bot.store.lock import lock_folder
from bot.store.queries import query
from bot.store.values import Membership, QuestionCard

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
        self, server_id: str, *, background: bool = False
    ) -> AsyncIterator[SqliteLibrary]:
        if not SERVER_ID.fullmatch(server_id):
            raise StoreError(
                f"{server_id!r} is no server id: use letters, digits, - and _ (at most 64)."
            )
        lease = self._leases.setdefault(server_id, _Lease())
        lease.users += 1  # from here on nobody closes it
        try:
            if not background:
                self._leases.move_to_end(server_id)
            yield await self._opened(server_id, lease, background)
        finally:
            lease.users -= 1
            if lease.library is None and not lease.users:
                self._leases.pop(server_id, None)
            elif not lease.used:
                self._leases.move_to_end(server_id, last=False)  # the next to be closed

    async def _opened(self, server_id: str, lease: _Lease, background: bool) -> SqliteLibrary:
        async with lease.turn:
            if self._closed:
                raise StoreError("Footnote is stopping. Try again in a minute.")
            if lease.library is None:
                path = self._folder / f"{server_id}.db"
                if background and not await asyncio.to_thread(path.exists):
                    raise LibraryNotFound(f"The server {server_id} has no library.")
                await self._make_room()
                lease.library = await SqliteLibrary.open(server_id, path)
            if not background and not lease.used:
                lease.used = True
                with suppress(StoreError):  # only a hint, and a full disk must not stop reading
                    async with self._own.transaction() as writer:
                        await writer.execute(query("use_library"), (server_id, utc_now()))
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

    async def model_profiles(self, address: str) -> dict[str, ModelProfile]:
        found = await self._own.fetch(query("model_profiles"), {"address": address})
        return {row["model"]: _model_profile(row) for row in found}

    async def keep_model_profile(self, address: str, model: str, profile: ModelProfile) -> None:
        values = {"address": address, "model": model, **asdict(profile)}
        async with self._own.transaction() as writer:
            await writer.execute(query("keep_model_profile"), values)

    async def mark_pending(self, server_id: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("expect_work"), (server_id, utc_now()))

    async def clear_pending(self, server_id: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("no_work_left"), (server_id,))

    async def mark_joined(self, server_ids: Collection[str], application_id: int) -> None:
        async with self._own.transaction() as writer:
            values = [(server_id, application_id) for server_id in server_ids]
            await writer.executemany(query("joined"), values)

    async def mark_left(self, server_id: str, application_id: int, at: float) -> bool:
        values = {"server_id": server_id, "application_id": application_id, "left_at": at}
        async with self._own.transaction() as writer:
            return (await writer.execute(query("left"), values)).rowcount > 0

    async def memberships(self) -> list[Membership]:
        return [Membership(*row) for row in await self._own.fetch(query("memberships"))]

    async def erase_library(self, server_id: str) -> None:
        lease = self._leases.setdefault(server_id, _Lease())
        lease.users += 1
        try:
            async with lease.turn:  # nobody opens it meanwhile
                if lease.users > 1:
                    raise StoreError(f"The library of server {server_id} is in use.")
                if lease.library is not None:
                    await lease.library.close()
                    lease.library = None
                await asyncio.to_thread(_delete_files, self._folder, server_id)
                async with self._own.transaction() as writer:
                    await writer.execute(query("forget_library"), (server_id,))
                    await writer.execute(query("forget_membership"), (server_id,))
                    await writer.execute(query("drop_questions"), (server_id,))
        finally:
            lease.users -= 1
            if not lease.users:
                self._leases.pop(server_id, None)

    async def servers(self) -> list[str]:
        return [row["server_id"] for row in await self._own.fetch(query("libraries"))]

    async def record_question(self, card: QuestionCard) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("put_question"), asdict(card))

    async def drop_question(self, event_id: int) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("drop_question"), {"event_id": event_id})

    async def questions(self) -> list[QuestionCard]:
        return [QuestionCard(**dict(row)) for row in await self._own.fetch(query("questions"))]

    async def pending_servers(self) -> list[str]:
        return [row["server_id"] for row in await self._own.fetch(query("with_work"))]


def _model_profile(row: sqlite3.Row) -> ModelProfile:
    known = {field.name: row[field.name] for field in fields(ModelProfile)}
    return ModelProfile(**known | {"reasons_first": bool(row["reasons_first"])})


async def _expect_work_anywhere(own: Database, folder: Path) -> None:
    """When footnote.db was lost, every library may have work waiting."""
    ((known,),) = await own.fetch(query("count_libraries"))
    if not known:
        values = await asyncio.to_thread(_libraries, folder)
        async with own.transaction() as writer:
            await writer.executemany(query("expect_work"), values)


def _libraries(folder: Path) -> list[tuple[str, str]]:
    names = [file.stem for file in folder.glob("*.db")]
    return [(name, utc_now()) for name in names if SERVER_ID.fullmatch(name)]


def _delete_files(folder: Path, server_id: str) -> None:
    """The database last: while it is there the others are looked for again."""
    try:
        for file in folder.glob(f"{server_id}.before-*.db"):
            file.unlink()
        for suffix in ("-wal", "-shm", "-journal", ""):
            (folder / f"{server_id}.db{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"The library of server {server_id} could not be deleted ({error.strerror})."
        ) from error


async def _close(lease: _Lease) -> None:
    async with lease.turn:
        if lease.library is not None:
            await lease.library.close()
