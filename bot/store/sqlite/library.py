"""One server's library in one SQLite file (``protocols.Library``), put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from bot.store.parts.answers import SqlAnswers
from bot.store.parts.approvals import SqlApprovals
from bot.store.parts.articles import SqlArticles
from bot.store.parts.cards import SqlCards
from bot.store.parts.erasures import SqlErasures
from bot.store.parts.index_bytes import SqlIndexBytes
from bot.store.parts.jobs import SqlJobs
from bot.store.parts.ledger import SqlLedger
from bot.store.parts.messages import SqlMessages
from bot.store.parts.parameters import scope_parameters
from bot.store.parts.people import forget_person
from bot.store.parts.personal_data import SqlPeople
from bot.store.parts.review import SqlReview
from bot.store.parts.settings import SqlQuestionCounts, SqlSettingsLog
from bot.store.parts.statements import storable_id
from bot.store.parts.structures import SqlStructures
from bot.store.parts.tokens import SqlTokens
from bot.store.parts.vectors import SqlVectors
from bot.store.passage_index import IndexChanges, NewIndex
from bot.store.sqlite.connection import Database, SqliteWriter
from bot.store.sqlite.open_files import OpenFiles
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
        self.index = new_index(server_id, SqlIndexBytes(database))
        self.articles = SqlArticles(server_id, database, self._changing)
        self.vectors = SqlVectors(
            database, self.index, partial(scope_parameters, server_id), database.transaction
        )
        self.structures = SqlStructures(server_id, database)
        self.tokens = SqlTokens(database)
        self.messages = SqlMessages(server_id, database, self._changing)
        self.erasures = SqlErasures(database, journal)
        self.answers = SqlAnswers(server_id, database, self.erasures)
        self.cards = SqlCards(server_id, database)
        self.review = SqlReview(server_id, database)
        self.jobs = SqlJobs(database)
        self.ledger = SqlLedger(database)
        self.approvals = SqlApprovals(server_id, database, self._changing)
        self.people = SqlPeople(database, self._changing)
        self.settings = SqlSettingsLog(database, self._changing)
        self.question_counts = SqlQuestionCounts(database)

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
    async def _changing(self) -> AsyncIterator[SqliteWriter]:
        """A transaction after which the index is updated, however it ended."""
        changes = IndexChanges()
        try:
            async with self._database.transaction() as writer:
                changes = writer.changes
                yield writer
        finally:
            self.index.mark_changed(changes)
        await self.erasures.copy()

    async def forget_person(self, user_id: int) -> ErasedCounts:
        async with self._database.transaction() as writer:  # passages and index stay
            forgotten = await forget_person(writer, storable_id(user_id))
            await writer.mark_deleted()
        await self.erasures.copy()
        await self._database.overwrite_deleted()
        return forgotten


async def index_first(database: Database) -> None:
    """Index a library from before the index: there is nothing to find its passages by."""
    ((segments,),) = await database.fetch("count_segments")
    if not segments:
        tokens = SqlTokens(database)
        while await tokens.renew():
            pass
