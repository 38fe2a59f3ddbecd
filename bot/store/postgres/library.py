"""One server's library in PostgreSQL (``protocols.Library``), put together from its parts.

Other processes may write to it, too: its row counts the changes to the index, and ``refresh``
drops from memory what they made outdated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

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
from bot.store.postgres.connection import PostgresDatabase, PostgresTransaction
from bot.store.values import ErasedCounts


class Changes(NamedTuple):
    """How often the index was added to, and changed in any other way, since the library began."""

    additions: int
    removals: int


class PostgresLibrary:
    """See ``protocols.Library``."""

    def __init__(
        self, server_id: str, database: PostgresDatabase, new_index: NewIndex, changes: Changes
    ):
        self.server_id = server_id
        self._database = database
        self._seen = changes
        self.index = new_index(server_id, SqlIndexBytes(database))
        scope_values = partial(scope_parameters, server_id)
        self.articles = SqlArticles(server_id, database, self._changing)
        self.vectors = SqlVectors(database, self.index, scope_values, self._filling)
        self.structures = SqlStructures(server_id, database)
        self.tokens = SqlTokens(database)
        self.messages = SqlMessages(server_id, database, self._changing)
        self.erasures = SqlErasures(database)
        self.answers = SqlAnswers(server_id, database, self.erasures)
        self.cards = SqlCards(server_id, database)
        self.review = SqlReview(server_id, database)
        self.jobs = SqlJobs(database)
        self.ledger = SqlLedger(database)
        self.approvals = SqlApprovals(server_id, database, self._changing)
        self.people = SqlPeople(database, self._changing)
        self.settings = SqlSettingsLog(database, self._changing)
        self.question_counts = SqlQuestionCounts(database)

    async def close(self) -> None:
        """Nothing is open between two transactions."""

    async def refresh(self) -> None:
        """Drop from the index what other processes have changed."""
        for row in await self._database.fetch("changes"):
            self._compare(Changes(*row))

    async def forget_person(self, user_id: int) -> ErasedCounts:
        async with self._database.transaction() as writer:  # passages and index stay
            return await forget_person(writer, storable_id(user_id))

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[PostgresTransaction]:
        """A transaction after which the index is updated, here and in other processes."""
        changes = IndexChanges()
        try:
            async with self._counting() as writer:
                changes = writer.changes
                yield writer
        finally:  # even after an error, the commit may have happened
            self.index.mark_changed(changes)

    @asynccontextmanager
    async def _filling(self) -> AsyncIterator[PostgresTransaction]:
        """A transaction that gives a vector to passages that are there: others read all again."""
        async with self._counting(removes=True) as writer:
            yield writer

    @asynccontextmanager
    async def _counting(self, *, removes: bool = False) -> AsyncIterator[PostgresTransaction]:
        async with self._database.transaction() as writer:
            (row,) = await writer.fetch("changes")
            self._compare(Changes(*row))
            yield writer
            removes = removes or bool(writer.changes.articles)
            made = Changes(int(not removes), int(removes))
            await writer.execute("count_changes", made._asdict())
        self._seen = Changes(
            self._seen.additions + made.additions, self._seen.removals + made.removals
        )

    def _compare(self, changes: Changes) -> None:
        if changes.removals != self._seen.removals:
            self.index.invalidate()
        elif changes.additions != self._seen.additions:
            self.index.mark_changed(IndexChanges())
        self._seen = changes
