"""Rows of results: tuples whose columns have names, too (``parts.database.Row``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import psycopg


class PostgresRow(tuple[Any, ...]):
    """A row. Each result has a class of its own, with the positions of its columns."""

    __slots__ = ()
    positions: ClassVar[Mapping[str, int]] = {}

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.positions[key] if isinstance(key, str) else key)

    def keys(self) -> Iterable[str]:
        return self.positions.keys()


@lru_cache(maxsize=512)
def _row_class(names: tuple[str, ...]) -> type[PostgresRow]:
    positions = {name: i for i, name in enumerate(names)}
    return type("Row", (PostgresRow,), {"__slots__": (), "positions": positions})


def named_rows(cursor: psycopg.AsyncCursor[Any]) -> Callable[[Sequence[Any]], PostgresRow]:
    """The row factory of all connections."""
    return _row_class(tuple(column.name for column in cursor.description or ()))
