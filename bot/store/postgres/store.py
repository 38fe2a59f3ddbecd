"""All libraries in one PostgreSQL database (``protocols.Store``).

Several processes may use it at once. Each has a lease of its own in the database, renewed while it
lives; jobs of a process whose lease has ended are taken over by others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path

from bot.answer_records import ModelProfile
from bot.errors import DataFolderLocked, LibraryNotFound, StoreError
from bot.shards import ALL_SHARDS, Shards
from bot.store.lease_protocol import RENEWAL_S, TAKEOVER_S
from bot.store.lock import lock_folder
from bot.store.parts.database import Parameters
from bot.store.parts.open_libraries import OpenLibraries
from bot.store.parts.statements import storable_id, utc_now
from bot.store.passage_index import NewIndex
from bot.store.postgres.connection import Clock, PostgresDatabase, Process
from bot.store.postgres.failures import translate_errors
from bot.store.postgres.leases import PostgresLeases
from bot.store.postgres.library import Changes, PostgresLibrary
from bot.store.postgres.migrate import check_schema, migrate
from bot.store.postgres.pool import ConnectionPool, check_connection
from bot.store.postgres.process_names import new_name
from bot.store.postgres.rows import PostgresRow
from bot.store.postgres.shard_claims import PostgresShardClaims, lease_name
from bot.store.server_ids import check_is_own, check_server_id
from bot.store.values import LONGEST_IDENTIFY_WAIT_S, Membership, QuestionCard
from bot.strings import _

# Everything of a library. What refers to an article, an answer, a job or a segment goes with it.
ERASING = (
    "erase_articles",
    "erase_answers",
    "erase_jobs",
    "erase_segments",
    "erase_embedders",
    "erase_due_cards",
    "erase_charges",
    "erase_erasures",
    "erase_setting_changes",
    "erase_question_counts",
    "erase_blocked_addresses",
    "erase_state",
)


class PostgresStore:
    """See ``protocols.Store``."""

    def __init__(
        self,
        process: Process,
        new_index: NewIndex,
        shards: Shards,
        folder: Path | None,
        *,
        shares: bool,
    ):
        self._process = process
        self._folder = folder
        self._folder_lock = ExitStack()
        self._new_index = new_index
        self._shares = shares
        self._own = PostgresDatabase(process)
        self.leases = PostgresLeases(self._own, process)
        self.claims = PostgresShardClaims(self._own, process, self.leases, shards, shares=shares)
        self._libraries = OpenLibraries(self._open_library, self._note_use)

    @classmethod
    async def open(
        cls,
        url: str,
        new_index: NewIndex,
        shards: Shards = ALL_SHARDS,
        folder: Path | None = None,
        *,
        shares: bool = False,
        read_only: bool = False,
        clock: Clock = time.time,
    ) -> PostgresStore:
        """Open the database at a ``postgresql://`` address, and bring its schema up to date.

        ``new_index`` makes the index of each library over the bytes in the database. ``folder``:
        where the process that answers has its socket and its errors; locked by ``claim_shards``.
        ``shares``: the shards are not fixed, but shared out among the processes (``claims``).
        ``read_only``: the schema must be up to date; whatever writes raises StoreError.
        Raises StoreError, DatabaseTooNew or DatabaseOutdated.
        """
        async with _opened(url, clock, read_only=read_only) as process:
            async with process.pool.connection() as connection:
                await (check_schema if read_only else migrate)(connection)
            store = cls(process, new_index, shards, folder, shares=shares)
            if not read_only:
                await store.leases.start()
            return store
        raise AssertionError("unreachable")

    @property
    def shards(self) -> Shards:
        """See ``protocols.Store``."""
        return self.claims.serving

    async def claim_shards(self, *, wait_s: float = TAKEOVER_S) -> None:
        """See ``protocols.Store``. ``wait_s``: for the leases of a process that died to end."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder_lock.enter_context(lock_folder(self._folder, self.shards))()
        if self._shares:
            self.claims.begin()
            return
        names = [lease_name(shard_id, self.shards.count) for shard_id in self.shards.ids]
        deadline = self._process.clock() + wait_s
        while len(await self.leases.take("shard", names, most=len(names))) < len(names):
            if self._process.clock() >= deadline:
                raise DataFolderLocked(
                    _(
                        "Another Footnote serves the shards {ids} from the database of "
                        "DATABASE_URL. Stop it first, or set SHARD_IDS to others."
                    ).format(ids=", ".join(map(str, self.shards.ids)))
                )
            await asyncio.sleep(RENEWAL_S)

    async def close(self) -> None:
        """Give back the leases and close all connections. Idempotent."""
        await self._libraries.close()
        await self.leases.close()
        await self._process.pool.close()
        self._folder_lock.close()

    @asynccontextmanager
    async def library(
        self, server_id: str, *, background: bool = False
    ) -> AsyncIterator[PostgresLibrary]:
        check_server_id(server_id)
        if not self._libraries.is_in_use(server_id):  # what was begun is finished here
            check_is_own(server_id, self.shards)
        async with self._libraries.lease(server_id, background=background) as library:
            await library.refresh()
            yield library

    async def _open_library(self, server_id: str, background: bool) -> PostgresLibrary:
        database = PostgresDatabase(self._process, server_id)
        rows = await database.fetch("changes")
        if not rows and background:
            raise LibraryNotFound(_("The server {id} has no library.").format(id=server_id))
        if not rows and not self._process.read_only:
            async with database.unlocked() as writer:
                await writer.execute("create_state")
        changes = Changes(*rows[0]) if rows else Changes(0, 0)
        return PostgresLibrary(server_id, database, self._new_index, changes)

    async def _note_use(self, server_id: str) -> None:
        if self._process.read_only:
            return  # a look from outside is no use by members
        with suppress(StoreError):  # only a hint
            await self._write("mark_used", (server_id, utc_now()))

    async def _write(self, name: str, parameters: Parameters) -> int:
        """One statement on the bot's own data. Returns how many rows it changed."""
        async with self._own.transaction() as writer:
            return await writer.execute(name, parameters)

    async def get_meta(self, key: str) -> str | None:
        rows = await self._own.fetch("get_meta", (key,))
        return rows[0]["value"] if rows else None

    async def set_meta(self, key: str, value: str) -> None:
        await self._write("set_meta", (key, value))

    async def take_identify_turn(self, key: int, now: float, interval_s: float) -> float:
        values = {"key": key, "now": now, "interval_s": interval_s}
        async with self._own.transaction() as writer:
            ((turn,),) = await writer.fetch(
                "take_identify_turn", values | {"most_s": LONGEST_IDENTIFY_WAIT_S}
            )
        return float(turn)

    async def model_profiles(self, address: str) -> dict[str, ModelProfile]:
        rows = await self._own.fetch("model_profiles", {"address": address})
        names = [field.name for field in fields(ModelProfile)]
        return {row["model"]: ModelProfile(**{name: row[name] for name in names}) for row in rows}

    async def keep_model_profile(self, address: str, model: str, profile: ModelProfile) -> None:
        values = {"address": address, "model": model, **asdict(profile)}
        await self._write("keep_model_profile", values)

    async def mark_pending(self, server_id: str) -> None:
        await self._write("mark_pending", (server_id, utc_now()))

    async def clear_pending(self, server_id: str) -> None:
        await self._write("clear_pending", (server_id,))

    async def servers(self) -> list[str]:
        return self._own_servers(await self._own.fetch("libraries"))

    async def pending_servers(self) -> list[str]:
        return self._own_servers(await self._own.fetch("pending_servers"))

    def _own_servers(self, rows: list[PostgresRow]) -> list[str]:
        return [row["server_id"] for row in rows if row["server_id"] in self.shards]

    async def record_question(self, card: QuestionCard) -> None:
        await self._write("record_question", asdict(card) | {"asked_at": utc_now()})

    async def drop_question(self, event_id: int) -> None:
        await self._write("drop_question", {"event_id": event_id})

    async def questions(self) -> list[QuestionCard]:
        rows = await self._own.fetch("questions")
        return [QuestionCard(**dict(row)) for row in rows if row["server_id"] in self.shards]

    async def forget_questions(self, user_id: int) -> None:
        await self._write("drop_questions_of", (storable_id(user_id),))

    async def forget_old_questions(self, before: str) -> None:
        await self._write("forget_old_questions", (before,))

    async def mark_joined(self, server_ids: Collection[str], application_id: int) -> None:
        async with self._own.transaction() as writer:
            values = [(server_id, application_id) for server_id in server_ids]
            await writer.executemany("mark_joined", values)

    async def mark_left(self, server_id: str, application_id: int, at: float) -> bool:
        values = {"server_id": server_id, "application_id": application_id, "left_at": at}
        return await self._write("mark_left", values) > 0

    async def memberships(self) -> list[Membership]:
        rows = await self._own.fetch("memberships")
        return [Membership(*row) for row in rows if row["server_id"] in self.shards]

    async def forget_erasures(self, before: float) -> None:
        await self._write("forget_erased_libraries", (before,))

    async def erase_library(self, server_id: str) -> None:
        check_is_own(server_id, self.shards)
        async with self._libraries.closed_to_all(server_id):
            database = PostgresDatabase(self._process, server_id)
            async with database.unlocked() as writer:
                await writer.fetch("lock_library")
                for name in ERASING:
                    await writer.execute(name)
            async with self._own.transaction() as writer:
                for name in ("forget_library", "forget_membership", "drop_questions"):
                    await writer.execute(name, (server_id,))
                await writer.execute("record_erased_library", (server_id, self._process.clock()))


@asynccontextmanager
async def _opened(url: str, clock: Clock, *, read_only: bool) -> AsyncIterator[Process]:
    """A process with an open pool, which is closed if the block fails."""
    await check_connection(url)
    pool = ConnectionPool(url)
    try:
        await pool.open()
        with translate_errors():
            yield Process(pool, new_name(), clock, read_only)
    except BaseException:
        await pool.close()
        raise
