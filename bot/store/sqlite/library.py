"""One server's library in one SQLite file (``protocols.Library``), put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiosqlite

from bot.store.passage_index import NewIndex
from bot.store.sqlite.answers import SqliteAnswers
from bot.store.sqlite.approvals import SqliteApprovals
from bot.store.sqlite.articles import SqliteArticles
from bot.store.sqlite.cards import SqliteCards
from bot.store.sqlite.connection import MARK_DELETED, Database
from bot.store.sqlite.erasures import SqliteErasures
from bot.store.sqlite.index_bytes import SqliteIndexBytes
from bot.store.sqlite.jobs import SqliteJobs
from bot.store.sqlite.ledger import SqliteLedger
from bot.store.sqlite.messages import SqliteMessages
from bot.store.sqlite.open_files import OpenFiles
from bot.store.sqlite.people import forget_person
from bot.store.sqlite.personal_data import SqlitePeople
from bot.store.sqlite.queries import scope_parameters
from bot.store.sqlite.review import SqliteReview
from bot.store.sqlite.settings import SqliteQuestionCounts, SqliteSettingsLog
from bot.store.sqlite.statements import storable_id
from bot.store.sqlite.structures import SqliteStructures
from bot.store.sqlite.tokens import SqliteTokens, index_first
from bot.store.sqlite.vectors import SqliteVectors
from bot.store.values import ErasedCounts


class SqliteLibrary:
    """See ``protocols.Library``. ``new_index`` makes the index over the bytes in the file."""

    def __init__(
        self,
        server_id: str,
        database: Database,
        new_index: NewIndex,
        journal: Path | None = None,
    ):
        self.server_id = server_id
        self._database = database
        self.index = new_index(server_id, SqliteIndexBytes(database))
        self.articles = SqliteArticles(server_id, database, self._changing)
        self.vectors = SqliteVectors(database, self.index, partial(scope_parameters, server_id))
        self.structures = SqliteStructures(server_id, database)
        self.tokens = SqliteTokens(database)
        self.messages = SqliteMessages(server_id, database, self._changing)
        self.erasures = SqliteErasures(database, journal)
        self.answers = SqliteAnswers(server_id, database, self.erasures)
        self.cards = SqliteCards(server_id, database)
        self.review = SqliteReview(server_id, database)
        self.jobs = SqliteJobs(database)
        self.ledger = SqliteLedger(database)
        self.approvals = SqliteApprovals(server_id, database, self._changing)
        self.people = SqlitePeople(database, self._changing)
        self.settings = SqliteSettingsLog(database, self._changing)
        self.question_counts = SqliteQuestionCounts(database)

    @classmethod
    async def open(
        cls,
        server_id: str,
        path: Path,
        new_index: NewIndex,
        files: OpenFiles | None = None,
        journal: Path | None = None,
    ) -> SqliteLibrary:
        """``files`` limits how many files are open at once. ``journal``: see ``erasures``."""
        database = await Database.open(path, "library", files)
        try:
            await index_first(database)
        except BaseException:
            await database.close()
            raise
        return cls(server_id, database, new_index, journal)

    async def close(self) -> None:
        await self._database.close()

    @asynccontextmanager
    async def _changing(self, *, removing: bool = False) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction after which the index is updated, however it ended."""
        try:
            async with self._database.transaction() as writer:
                yield writer
        finally:
            self.index.invalidate() if removing else self.index.mark_grown()
        if removing:
            await self.erasures.copy()

    async def forget_person(self, user_id: int) -> ErasedCounts:
        async with self._database.transaction() as writer:  # passages and index stay
            forgotten = await forget_person(writer, storable_id(user_id))
            await writer.execute(MARK_DELETED)
        await self.erasures.copy()
        await self._database.overwrite_deleted()
        return forgotten
