"""Copies one database while it is in use, and verifies the copy.

SQLite's online backup copies one state of the database, whatever is written meanwhile. The copy is
a single file, without a log beside it. Blocks: runs in a thread, and ends soon after ``stop`` is
set. SQLite's errors pass through unchanged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import Literal

from bot.errors import DatabaseDamaged, DatabaseTooNew, StoreError
from bot.store.sqlite.disk import sync
from bot.store.sqlite.migrate import migrations, open_to_read
from bot.strings import _

STEP_PAGES = 1_024  # 4 MiB: some 10 ms between two looks at ``stop``
STEP_INSTRUCTIONS = 1_000_000  # of a check
UNREADABLE = ("SQLITE_CANTOPEN", "SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ")
Schema = Literal["library", "footnote"]
SCHEMAS: tuple[Schema, ...] = ("library", "footnote")


class Stopped(Exception):
    """``stop`` was set."""


def copy_database(source: Path, target: Path, stop: Event) -> Schema:
    """Copy a database of ours to a new file, and verify it. Returns which one it is.

    Raises DatabaseDamaged, DatabaseTooNew, StoreError (another program's), Stopped, OSError or
    sqlite3.Error.
    """
    if not source.is_file():
        raise StoreError(_("There is no file {file}.").format(file=source))
    with (
        _reading(source),
        closing(open_to_read(source)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("BEGIN")
        reading.execute("SELECT name FROM sqlite_master").fetchall()  # from here on, one state
        reading.backup(writing, pages=STEP_PAGES, progress=lambda *_: _check(stop))
    # Not before here: an erasure waits until nobody reads the state that it overwrites.
    with _reading(source), closing(sqlite3.connect(target)) as writing:
        writing.execute("PRAGMA journal_mode = DELETE")
        schema = verify(writing, source, stop)
    sync(target)
    return schema


def _check(stop: Event) -> None:
    if stop.is_set():
        raise Stopped


def verify(connection: sqlite3.Connection, path: Path, stop: Event) -> Schema:
    """Check that a database is whole, ours, and not newer than this code. ``path`` is shown."""
    connection.set_progress_handler(stop.is_set, STEP_INSTRUCTIONS)
    try:
        ((result, *_rest), *_more) = connection.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.OperationalError:
        _check(stop)
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if result != "ok":
        raise _damaged(path)
    schema = _schema(connection)
    if schema is None:
        raise StoreError(
            _("{file} isn't a library of Footnote. Nothing was changed.").format(file=path)
        )
    ((newest,),) = connection.execute("SELECT max(number) FROM migration")
    if newest > migrations(schema)[-1].number:
        raise DatabaseTooNew(
            _(
                "{file} was written by a newer Footnote (schema {newest}; this version supports "
                "{supported}). Nothing was changed. Install the newer version."
            ).format(file=path, newest=newest, supported=migrations(schema)[-1].number)
        )
    return schema


def _schema(connection: sqlite3.Connection) -> Schema | None:
    """Which of our databases it is, by its first migration; None if it is none of them."""
    try:
        first = connection.execute("SELECT name FROM migration WHERE number = 1").fetchone()
    except sqlite3.OperationalError:  # no such table
        return None
    return next((s for s in SCHEMAS if first == (migrations(s)[0].name,)), None)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Tells a file that can't be read from a copy that can't be written."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if type(error) is sqlite3.DatabaseError:
            raise _damaged(path) from error
        if error.sqlite_errorname in UNREADABLE:
            message = _("{file} can't be read ({reason}). Nothing was changed.")
            raise StoreError(message.format(file=path, reason=error)) from error
        raise


def _damaged(path: Path) -> DatabaseDamaged:
    return DatabaseDamaged(
        _("{file} is damaged or isn't a database. Nothing was changed.").format(file=path)
    )
