"""Brings a database to the newest schema: numbered .sql files, each recorded when applied.

All missing steps and their records are one transaction, with a copy of the file beside it while it
runs. If the steps freed much of the file, it is marked to be rewritten at the next opening. A new
database is a copy of one that all steps made in memory, once a process: 2 ms instead of 60. Runs in
a thread, before the database is opened for use. A database that a newer Footnote has migrated, or
that belongs to another program, is refused and left untouched: it is inspected through a read-only
connection. SQLite's errors pass through unchanged.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from bot.errors import DatabaseTooNew, StoreError
from bot.store.minhash_bands import band_keys
from bot.store.sqlite.queries import query
from bot.store.sqlite.rewrite import remove_leftovers
from bot.store.vector_codec import encode_floats
from bot.strings import _
from bot.text.wordpiece import pack_passage

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",  # what a step drops leaves no trace
    "PRAGMA foreign_keys = OFF",  # rebuilding a table must not cascade
)
# Run in a transaction, it marks the file to be rewritten as a whole.
MARK_FOR_REWRITE = "PRAGMA user_version = 1"
TIMEOUT_S = 10.0  # waiting for another process
FREED_SHARE = 0.25  # of the pages; a rewrite takes 3 s at 100,000 passages
INDEX_BYTES = 32 * 1024  # at least, while anybody has a log open
MOST_EXCHANGES = 3  # of a file, in the time that opening it takes
WITHOUT_LOCKS = "win32-none" if sys.platform == "win32" else "unix-none"  # a VFS of SQLite
INDEX_IN_MEMORY = "PRAGMA locking_mode = EXCLUSIVE"
CREATE_RECORD = """CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a schema."""

    number: int
    name: str
    sql: str


@cache
def migrations(schema: str) -> tuple[Migration, ...]:
    """The steps of ``schema`` ("library" or "footnote"), in order."""
    folder = resources.files("bot.store.sqlite").joinpath("sql", schema)
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(int(name[:4]), name[5:-4], folder.joinpath(name).read_text("utf-8"))
        for name in files
    )


def migrate(path: Path, steps: Sequence[Migration]) -> None:
    """Apply all missing steps, or none. Raises DatabaseTooNew, StoreError or sqlite3.Error."""
    newest = applied_number(path, steps)
    missing = [step for step in steps if step.number > newest]
    copy = path.with_name(f"{path.stem}.before-{newest + 1}.db")
    if missing:
        with closing(_connect(path)) as connection:
            if newest:
                _copy(connection, copy)
                _apply(connection, missing)
            else:
                _create(connection, tuple(steps))
    for old in path.parent.glob(f"{path.stem}.before-*.db"):
        old.unlink()  # an erasure could not reach the text in there
    remove_leftovers(path)


def _create(connection: sqlite3.Connection, steps: tuple[Migration, ...]) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        new.deserialize(new_database(steps))
        new.execute("UPDATE migration SET applied_at = ?", (_now(),))
        new.backup(connection)


@cache
def new_database(steps: tuple[Migration, ...]) -> bytes:
    """The bytes of an empty database to which ``steps`` were applied."""
    with closing(_connect(":memory:")) as connection:
        _apply(connection, steps)
        return connection.serialize()


def _minhash_bands(data: bytes) -> str:
    """The keys of a stored signature's bands, as JSON: for the migration that adds them."""
    return json.dumps(band_keys(np.frombuffer(data, "<u4")))


@cache
def schema_objects(steps: tuple[Migration, ...]) -> frozenset[tuple[str, str]]:
    """The type and name of everything in a database to which ``steps`` were applied."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(new_database(steps))
        return frozenset(connection.execute(query("schema_objects")))


def _connect(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=TIMEOUT_S)
    connection.create_function("encoded", 1, encode_floats)  # of migration 0011
    connection.create_function("packed_pieces", 2, pack_passage)  # of migration 0012
    connection.create_function("minhash_bands", 1, _minhash_bands)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def applied_number(path: Path, steps: Sequence[Migration]) -> int:
    """The number of the last applied step; 0 for a new database."""
    if not path.exists() or not path.stat().st_size:
        return 0
    with closing(open_to_read(path)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if tables and "migration" not in tables:
            raise StoreError(
                _(
                    "{file} is another program's database. Nothing was changed. "
                    "Move it, or set DATA_DIR (--data) to another folder."
                ).format(file=path.name)
            )
        newest = max(applied_migrations(connection), default=0) if tables else 0
    if newest > max(step.number for step in steps):
        raise DatabaseTooNew(
            _(
                "{file} was written by a newer Footnote (schema {newest}; this version supports "
                "{supported}). Nothing was changed. Install the newer version."
            ).format(file=path.name, newest=newest, supported=steps[-1].number)
        )
    return newest


def open_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, also in a folder or on a disk where nobody can.

    Another process may put a new file in the place of this one (``rewrite``), but not while anybody
    has it open, so a connection that was made just then is made again.
    """
    for _try in range(MOST_EXCHANGES):
        file = _identity(path)
        try:
            connection = _open_to_read(path)
        except sqlite3.Error:
            if _identity(path) == file:
                raise
            continue
        if _identity(path) == file:
            return connection
        connection.close()
    return _open_to_read(path)


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None if it can't be looked at."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open what is there now.

    Reading a write-ahead log needs a file for its index. Where none can be made, also because the
    disk is full, nobody is writing: the file can be read as it is, or, if something is in the log,
    with an index in memory, for which SQLite wants to have the file to itself.
    """
    log = path.with_name(f"{path.name}-wal")
    try:
        return _connect_to_read(path, "mode=ro")
    except sqlite3.OperationalError as error:
        is_busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
        if is_busy or _size(path.with_name(f"{path.name}-shm")) >= INDEX_BYTES:
            raise  # somebody is writing
        if _size(log):
            return _connect_to_read(path, f"mode=ro&vfs={WITHOUT_LOCKS}", INDEX_IN_MEMORY)
        return _connect_to_read(path, "immutable=1")


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _connect_to_read(path: Path, option: str, *pragmas: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?{option}",
        uri=True,
        isolation_level=None,
        timeout=TIMEOUT_S,
        check_same_thread=False,
    )
    try:
        for statement in (*pragmas, "SELECT 1 FROM sqlite_master"):  # which opens the log
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


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
            record = (step.number, step.name, _now())
            connection.execute("INSERT INTO migration VALUES (?, ?, ?)", record)
        if (
            _page_count(connection, "freelist_count")
            > _page_count(connection, "page_count") * FREED_SHARE
        ):
            connection.execute(MARK_FOR_REWRITE)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _page_count(connection: sqlite3.Connection, name: str) -> int:
    ((value,),) = connection.execute(f"PRAGMA {name}")
    return int(value)


def statements(sql: str) -> Iterator[str]:
    """The statements of a script, one by one (executescript would commit in between)."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
