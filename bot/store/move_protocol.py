"""Moving libraries from one kind of store to another: the rows of each table, as they are.

Ids stay, so footnotes, cards and messages go on pointing to the same articles. Knows no database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

# Parents first: a row refers to rows of the tables before it.
LIBRARY_TABLES = (
    "article", "version", "minhash", "minhash_band", "passage", "sentence", "passage_tokens",
    "embedder", "vector", "segment", "posting", "tag", "answer", "citation", "answer_article",
    "answer_scope", "feedback", "feedback_case", "answer_card", "answer_nearest", "article_card",
    "due_card", "job", "job_card", "recognized_page", "charge", "erasure", "setting_change",
    "question_count", "approval", "blocked_address", "changed_answer",
)  # fmt: skip
BOT_TABLES = ("library", "note", "model_profile", "membership", "question", "erased_library")
BATCH_ROWS = 500

Rows = AsyncIterator[list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table: the names of its columns, and its rows in batches."""

    name: str
    columns: tuple[str, ...]
    batches: Rows


class RowSource(Protocol):
    """Where the rows come from. Nobody writes to it meanwhile."""

    async def servers(self) -> list[str]:
        """The servers that have a library."""

    def tables(self, server_id: str | None) -> AsyncIterator[TableRows]:
        """The tables of a library, parents first; None: the bot's own data."""

    async def last_ids(self, server_id: str) -> dict[str, int]:
        """The highest id that was given in each table that has ids, also of rows that are gone."""


@dataclass(frozen=True, slots=True)
class MoveReport:
    """What was moved: rows by library. ``present``: libraries that had been moved before.

    ``failed``: the libraries that were not moved, and why.
    """

    moved: Mapping[str, int] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


class RowTarget(Protocol):
    """Where they go to."""

    async def move(self, source: RowSource) -> MoveReport:
        """Copy what is not there yet, a library in one transaction, and compare it row by row.

        An interrupted run goes on with the next library. Raises StoreError.
        """
