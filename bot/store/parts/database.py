"""What the parts of a library need of a database: named queries, rows and transactions.

A query is known by its name; each store has its own SQL for it. Parameters are named, or
positional. Knows no driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from bot.store.passage_index import IndexChanges

Parameters = Sequence[Any] | Mapping[str, Any]


class Row(Protocol):
    """A row of a result: its columns by name, by position and in order."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns."""


class Transaction(Protocol):
    """An open transaction. Who changes what is in the index notes it in ``changes``."""

    @property
    def changes(self) -> IndexChanges:
        """What ``Changing`` tells the index after the transaction."""

    async def execute(self, name: str, parameters: Parameters = (), /) -> int:
        """Run a named query. Returns how many rows it changed."""

    async def executemany(self, name: str, rows: Iterable[Parameters], /) -> None:
        """Run a named query once for each of ``rows``, in order."""

    async def fetch(self, name: str, parameters: Parameters = (), /) -> list[Any]:
        """All rows (``Row``) of a named query."""

    async def insert(self, name: str, parameters: Parameters = (), /) -> int:
        """Run a named INSERT. Returns the new row's id."""

    async def mark_deleted(self) -> None:
        """The transaction deletes text: ``SqlDatabase.overwrite_deleted`` follows it."""


class SqlDatabase(Protocol):
    """One library's database."""

    async def fetch(self, name: str, parameters: Parameters = (), /) -> list[Any]:
        """All rows (``Row``) of a named query that only reads."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that commits at the end and rolls back on any error.

        Nobody else writes to the library meanwhile.
        """

    async def overwrite_deleted(self) -> None:
        """Let no trace remain of what a transaction deleted, as far as the database can."""


class Changing(Protocol):
    """A transaction after which the index is told what it added and changed."""

    def __call__(self) -> AbstractAsyncContextManager[Transaction]: ...
