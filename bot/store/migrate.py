"""Brings a database to the newest schema: numbered .sql files, each with its record.

All missing steps and their records are one transaction, with a copy of the file beside it
while it runs; a file of which they freed much is then rewritten by whoever opens it. Runs
before the database is opened for use, in a thread. A database that a newer Footnote has
migrated, or that is another program's, is refused and left untouched: it is looked at through
a connection that cannot write. SQLite's errors go through as they are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from bot.errors import DatabaseTooNew, StoreError
from bot.store.vector_codec import encode_floats
from bot.text.wordpiece import pack_passage

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",  # a step that drops something leaves no trace of it
    "PRAGMA foreign_keys = OFF",  # a rebuilt table must not cascade
)
# Part of a transaction: a note in the file that all of it must be rewritten.
MARK_FOR_REWRITE = "PRAGMA user_version = 1"
FREED_SHARE = 0.25  # of the pages: worth rewriting the rest, 3 s at 100,000 passages
CREATE_RECORD = """CREATE TABLE IF NOT EXISTS migration (
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


def migrate(path: Path, steps: Sequence[Migration]) -> None:
    """Applies what is missing, or nothing. Raises DatabaseTooNew, StoreError, sqlite3.Error."""
    newest = _checked(path, steps)
    missing = [step for step in steps if step.number > newest]
    copy = path.with_name(f"{path.stem}.before-{newest + 1}.db")
    if missing:
        with closing(_connect(path)) as connection:
            if newest:
                _copy(connection, copy)
            _apply(connection, missing)
    for old in path.parent.glob(f"{path.stem}.before-*.db"):
        old.unlink()  # an erasure must not have to look for words there


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.create_function("encoded", 1, encode_floats)  # of migration 0011
    connection.create_function("packed_pieces", 2, pack_passage)  # of migration 0012
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def _checked(path: Path, steps: Sequence[Migration]) -> int:
    """The number of the last step that was applied; 0 for a database to be made."""
    if not path.exists() or not path.stat().st_size:
        return 0
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if tables and "migration" not in tables:
            raise StoreError(
                f"The file {path.name} is another program's database. Nothing was changed: "
                "move it away, or set DATA_DIR (--data) to another folder."
            )
        newest = max(applied_migrations(connection), default=0) if tables else 0
    if newest > max(step.number for step in steps):
        raise DatabaseTooNew(
            f"The library {path.name} was written by a newer Footnote (its schema is {newest}, "
            f"this one knows {steps[-1].number}). Nothing was changed: install the newer version."
        )
    return newest


def applied_migrations(connection: sqlite3.Connection) -> set[int]:
    """The numbers of the migrations that a database records."""
    return {row[0] for row in connection.execute("SELECT number FROM migration")}


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)


def _apply(connection: sqlite3.Connection, steps: Sequence[Migration]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(CREATE_RECORD)
        for step in steps:
            for statement in statements(step.sql):
                connection.execute(statement)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            record = (step.number, step.name, now)
            connection.execute("INSERT INTO migration VALUES (?, ?, ?)", record)
        if _pages(connection, "freelist_count") > _pages(connection, "page_count") * FREED_SHARE:
            connection.execute(MARK_FOR_REWRITE)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _pages(connection: sqlite3.Connection, name: str) -> int:
    ((value,),) = connection.execute(f"PRAGMA {name}")
    return int(value)


def statements(sql: str) -> Iterator[str]:
    """The single statements of a script (executescript would commit in between)."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
