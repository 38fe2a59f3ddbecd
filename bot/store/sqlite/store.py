"""All libraries of a data folder, one SQLite file per server (``protocols.Store``).

``DATA_DIR/libraries/<server id>.db`` are opened on demand and leased (``parts.open_libraries``). A
lease lasts as long as an answer, but keeps no file open: each query opens the library's file, and
waits where too many are open. ``DATA_DIR/footnote.db`` holds the bot-wide data. One process at a
time writes to a library: that of its server's shard (``lock``); others may read it meanwhile
(``read_only``).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path

from bot.answer_records import ModelProfile
from bot.errors import DatabaseDamaged, LibraryNotFound, StoreError
from bot.shards import ALL_SHARDS, Shards
from bot.store.erasures import Erasure, journal_path
from bot.store.lock import lock_folder
from bot.store.parts.erasures import copy_beside
from bot.store.parts.open_libraries import OpenLibraries
from bot.store.parts.statements import storable_id, utc_now
from bot.store.passage_index import NewIndex
from bot.store.server_ids import check_is_own, check_server_id
from bot.store.sqlite.backup_folder import (
    BOT_DATA,
    LIBRARIES,
    library_files,
    newest_copy,
)
from bot.store.sqlite.connection import Database
from bot.store.sqlite.group_commit import GroupCommit
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.open_files import OpenFiles
from bot.store.sqlite.queries import query
from bot.store.sqlite.restore import BESIDE, REPLACED, UNFINISHED, as_store_error, finish_restore
from bot.store.sqlite.rewrite import remove_leftovers
from bot.store.values import LONGEST_IDENTIFY_WAIT_S, Membership, QuestionCard
from bot.strings import _

log = logging.getLogger(__name__)


class SqliteStore:
    """See ``protocols.Store``."""

    claims = None  # a lock of the folder ends with its process, however long that pauses

    def __init__(
        self,
        folder: Path,
        own: Database,
        closing: AsyncExitStack,
        new_index: NewIndex,
        backups: Path | None,
        shards: Shards = ALL_SHARDS,
    ):
        self._folder = folder
        self.shards = shards
        self._backups = backups
        self._new_index = new_index
        self._own = own
        self._closing = closing
        self._files = OpenFiles()
        self._grouped = GroupCommit(own)
        self._libraries = OpenLibraries(self._open_existing, self._note_use)

    @classmethod
    async def open(
        cls,
        data_dir: Path,
        new_index: NewIndex,
        backups: Path | None = None,
        shards: Shards = ALL_SHARDS,
    ) -> SqliteStore:
        """Lock and open a data folder, or some ``shards`` of it. It is created if absent.

        ``new_index`` makes the index of each library over the bytes in its file. What is erased is
        also written down in ``backups``, the folder of the backups. A restore that was interrupted
        is finished first.
        Raises DataFolderLocked, DatabaseTooNew, DatabaseDamaged or StoreError.
        """
        folder = data_dir / LIBRARIES
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                _(
                    "The data folder {folder} can't be created ({reason}). "
                    "Set DATA_DIR to a folder that this user may write to."
                ).format(folder=data_dir, reason=error.strerror)
            ) from error
        async with AsyncExitStack() as stack:
            let_others_start = stack.enter_context(lock_folder(data_dir, shards))
            with as_store_error(_(UNFINISHED)):
                await asyncio.to_thread(finish_restore, data_dir)
            with _damage_logged(BOT_DATA, backups):
                own = await Database.open(data_dir / BOT_DATA, "footnote")
            stack.push_async_callback(own.close)
            await _mark_unlisted_pending(own, data_dir)
            let_others_start()
            return cls(folder, own, stack.pop_all(), new_index, backups, shards)
        raise AssertionError("unreachable")

    async def claim_shards(self) -> None:
        """Nothing: opening the folder has locked them."""

    async def close(self) -> None:
        """Close every library, even those in use. Idempotent."""
        async with self._closing.pop_all() as closing:
            closing.push_async_callback(self._libraries.close)

    def library(
        self, server_id: str, *, background: bool = False
    ) -> AbstractAsyncContextManager[SqliteLibrary]:
        check_server_id(server_id)
        check_is_own(server_id, self.shards)
        return self._libraries.lease(server_id, background=background)

    async def _open_existing(self, server_id: str, background: bool) -> SqliteLibrary:
        path = self._folder / f"{server_id}.db"
        if background and not await asyncio.to_thread(path.exists):
            raise LibraryNotFound(_("The server {id} has no library.").format(id=server_id))
        return await self._open_library(server_id, path)

    async def _open_library(self, server_id: str, path: Path) -> SqliteLibrary:
        journal = self._backups and journal_path(self._backups, server_id)
        with _damage_logged(f"{LIBRARIES}/{path.name}", self._backups):
            return await SqliteLibrary.open(server_id, path, self._new_index, self._files, journal)

    async def _note_use(self, server_id: str) -> None:
        with suppress(StoreError):  # only a hint: a full disk must not stop reading
            await self._grouped.execute(query("mark_used"), (server_id, utc_now()))

    async def get_meta(self, key: str) -> str | None:
        rows = await self._own.fetch(query("get_meta"), (key,))
        return rows[0]["value"] if rows else None

    async def set_meta(self, key: str, value: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("set_meta"), (key, value))

    async def take_identify_turn(self, key: int, now: float, interval_s: float) -> float:
        values = {
            "key": key,
            "now": now,
            "interval_s": interval_s,
            "most_s": LONGEST_IDENTIFY_WAIT_S,
        }
        async with self._own.transaction() as writer:
            ((turn,),) = await writer.fetch(query("take_identify_turn"), values)
        return float(turn)

    async def model_profiles(self, address: str) -> dict[str, ModelProfile]:
        rows = await self._own.fetch(query("model_profiles"), {"address": address})
        return {row["model"]: _model_profile(row) for row in rows}

    async def keep_model_profile(self, address: str, model: str, profile: ModelProfile) -> None:
        values = {"address": address, "model": model, **asdict(profile)}
        async with self._own.transaction() as writer:
            await writer.execute(query("keep_model_profile"), values)

    async def mark_pending(self, server_id: str) -> None:
        await self._grouped.execute(query("mark_pending"), (server_id, utc_now()))

    async def clear_pending(self, server_id: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("clear_pending"), (server_id,))

    async def mark_joined(self, server_ids: Collection[str], application_id: int) -> None:
        async with self._own.transaction() as writer:
            values = [(server_id, application_id) for server_id in server_ids]
            await writer.executemany(query("mark_joined"), values)

    async def mark_left(self, server_id: str, application_id: int, at: float) -> bool:
        values = {"server_id": server_id, "application_id": application_id, "left_at": at}
        async with self._own.transaction() as writer:
            return await writer.execute(query("mark_left"), values) > 0

    async def memberships(self) -> list[Membership]:
        rows = await self._own.fetch(query("memberships"))
        return [Membership(*row) for row in rows if row["server_id"] in self.shards]

    async def erase_library(self, server_id: str) -> None:
        check_is_own(server_id, self.shards)
        async with self._libraries.closed_to_all(server_id):
            await asyncio.to_thread(_delete_files, self._folder, server_id)
            async with self._own.transaction() as writer:
                await writer.execute(query("forget_library"), (server_id,))
                await writer.execute(query("forget_membership"), (server_id,))
                await writer.execute(query("drop_questions"), (server_id,))
                values = (server_id, time.time())
                await writer.execute(query("record_erased_library"), values)
                await writer.mark_deleted()
            await self._copy_erased_libraries()
            await self._own.overwrite_deleted()

    async def forget_erasures(self, before: float) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("forget_erased_libraries"), (before,))

    async def _copy_erased_libraries(self) -> None:
        if self._backups is not None:
            rows = await self._own.fetch(query("erased_libraries"))
            erasures = [Erasure("library", row["server_id"], row["at"]) for row in rows]
            await copy_beside(journal_path(self._backups, None), erasures)

    async def servers(self) -> list[str]:
        return self._own_servers(await self._own.fetch(query("libraries")))

    def _own_servers(self, rows: list[sqlite3.Row]) -> list[str]:
        return [row["server_id"] for row in rows if row["server_id"] in self.shards]

    async def record_question(self, card: QuestionCard) -> None:
        values = asdict(card) | {"asked_at": utc_now()}
        await self._grouped.execute(query("record_question"), values)

    async def drop_question(self, event_id: int) -> None:
        await self._grouped.execute(query("drop_question"), {"event_id": event_id})

    async def questions(self) -> list[QuestionCard]:
        rows = await self._own.fetch(query("questions"))
        return [_question_card(row) for row in rows if row["server_id"] in self.shards]

    async def forget_questions(self, user_id: int) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("drop_questions_of"), (storable_id(user_id),))
            await writer.mark_deleted()
        await self._own.overwrite_deleted()

    async def forget_old_questions(self, before: str) -> None:
        async with self._own.transaction() as writer:
            await writer.execute(query("forget_old_questions"), (before,))

    async def pending_servers(self) -> list[str]:
        return self._own_servers(await self._own.fetch(query("pending_servers")))


@contextmanager
def _damage_logged(name: str, backups: Path | None) -> Iterator[None]:
    """Tell the operator which backup to restore instead of a damaged file."""
    try:
        yield
    except DatabaseDamaged:
        newest = newest_copy(backups, name) if backups else None
        if newest is not None:
            log.error("%s is damaged. To go back: footnote restore %s", name, newest)
        raise


def _question_card(row: sqlite3.Row) -> QuestionCard:
    flags = {name: bool(row[name]) for name in ("private", "interrupted", "adds")}
    return QuestionCard(**dict(row) | flags)


def _model_profile(row: sqlite3.Row) -> ModelProfile:
    values = {field.name: row[field.name] for field in fields(ModelProfile)}
    return ModelProfile(**values | {"reasons_first": bool(row["reasons_first"])})


async def _mark_unlisted_pending(own: Database, data_dir: Path) -> None:
    """Libraries that footnote.db doesn't know, since it was lost, may have pending jobs."""
    listed = {row["server_id"] for row in await own.fetch(query("libraries"))}
    files = await asyncio.to_thread(library_files, data_dir)
    unlisted = [(file.stem, utc_now()) for file in files if file.stem not in listed]
    if unlisted:
        async with own.transaction() as writer:
            await writer.executemany(query("mark_pending"), unlisted)


def _delete_files(folder: Path, server_id: str) -> None:
    """Delete the database last: while it exists, the others are looked for again."""
    try:
        for file in folder.glob(f"{server_id}.before-*.db"):
            file.unlink()
        for replaced in (folder.parent / REPLACED).glob(f"*/{LIBRARIES}/{server_id}.db*"):
            replaced.unlink()
        remove_leftovers(folder / f"{server_id}.db")
        for suffix in (*BESIDE, ""):
            (folder / f"{server_id}.db{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            _("The library of server {id} can't be deleted ({reason}).").format(
                id=server_id, reason=error.strerror
            )
        ) from error
