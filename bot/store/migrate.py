"""Brings a database to the newest schema: numbered .sql files, each with its record.

A step and its record are one transaction. Runs before the database is opened for use, in
a thread. A database that a newer Footnote has migrated, or that is no database of ours,
is refused and left untouched.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from bot.errors import DatabaseDamaged, DatabaseTooNew

RECORD = """CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a schema."""

    number: int
    name: str
    sql: str


def migrations(schema: str) -> list[Migration]:
    """The steps of ``schema`` ("library" or "footnote"), in order."""
    folder = resources.files("bot.store").joinpath("sql", schema)
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [
        Migration(int(name[:4]), name[5:-4], folder.joinpath(name).read_text("utf-8"))
        for name in files
    ]


def migrate(path: Path, steps: list[Migration]) -> None:
    """Applies what is missing. Raises DatabaseTooNew or DatabaseDamaged, nothing changed."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
            _check(connection, path, steps)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = OFF")  # a rebuilt table must not cascade
            done = applied(connection)
            for step in steps:
                if step.number not in done:
                    _apply(connection, step)
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(
            f"The file {path.name} cannot be read as a database, so nothing was written to it. "
            "Put a backup in its place, or move it away to start an empty library."
        ) from error


def applied(connection: sqlite3.Connection) -> set[int]:
    """The numbers of the migrations that a database records."""
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migration'").fetchall()
    if not tables:
        return set()
    return {row[0] for row in connection.execute("SELECT number FROM migration")}


def _check(connection: sqlite3.Connection, path: Path, steps: list[Migration]) -> None:
    newest = max(applied(connection), default=0)
    if newest > len(steps):
        raise DatabaseTooNew(
            f"The library {path.name} was written by a newer Footnote (its schema is {newest}, "
            f"this one knows {len(steps)}). Nothing was changed: install the newer version."
        )


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(RECORD)
        for statement in statements(step.sql):
            connection.execute(statement)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        connection.execute("INSERT INTO migration VALUES (?, ?, ?)", (step.number, step.name, now))
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def statements(sql: str) -> Iterator[str]:
    """The single statements of a script (executescript would commit in between)."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
