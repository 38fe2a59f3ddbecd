"""Reads what the file of a database says of itself: its birth, its erasures, the ids it has given.

Files that are not open here: a backup's, or those that a backup replaces. Read-only; blocks.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.store.erasures import Erasure
from bot.store.sqlite.migrate import open_to_read
from bot.store.sqlite.queries import query

# The first migration's time is copied with the file: copies of one library have it in common.
BORN = "SELECT applied_at FROM migration WHERE number = 1"
SEQUENCES = "SELECT name, seq FROM sqlite_sequence"


@dataclass(frozen=True, slots=True)
class FileHistory:
    """What a library's file says of itself. ``born``: seconds since 1970.

    ``first`` and ``last`` are the numbers of the journal's first entry that is kept, and of the
    last that was ever made (0: none). ``sequences``: the highest id given in each table.
    """

    born: float
    erasures: tuple[Erasure, ...] = ()
    first: int = 0
    last: int = 0
    sequences: dict[str, int] = field(default_factory=dict)


def read_history(library: Path) -> FileHistory:
    """The history in a library's file. Raises sqlite3.Error or ValueError."""
    with closing(open_to_read(library)) as connection:
        ((born,),) = connection.execute(BORN).fetchall()
        sequences = dict(connection.execute(SEQUENCES).fetchall())
        rows = _rows(connection, "erasures")
    numbers = [number for *_, number in rows]
    last = sequences.get("erasure", 0)
    return FileHistory(
        datetime.fromisoformat(born).timestamp(),
        tuple(Erasure(kind, id_, at) for kind, id_, at, _ in rows),
        min(numbers, default=last + 1),
        last,
        sequences,
    )


def erased_libraries(bot_data: Path) -> list[Erasure]:
    """The libraries that were erased as a whole, by ``footnote.db``. Raises sqlite3.Error."""
    with closing(open_to_read(bot_data)) as connection:
        return [Erasure("library", id_, at) for id_, at in _rows(connection, "erased_libraries")]


def _rows(connection: sqlite3.Connection, name: str) -> list[Any]:
    """The rows of a query; none in a file from before its table."""
    try:
        return connection.execute(query(name)).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
