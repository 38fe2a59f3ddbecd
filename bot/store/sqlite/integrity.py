"""Checks the files of a data folder, without changing them; also beside a running bot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bot.errors import StoreError
from bot.store.sqlite.backup_folder import BOT_DATA, library_files
from bot.store.sqlite.connection import translate_errors
from bot.store.sqlite.migrate import applied_number, migrations, open_to_read
from bot.strings import _

MOST_FAULTS = 3  # of a file, in its message
OLDEST_SQLITE = (3, 38)  # json_each


def sqlite_version() -> tuple[str, bool]:
    """The version of SQLite, and whether it is new enough."""
    return sqlite3.sqlite_version, sqlite3.sqlite_version_info >= OLDEST_SQLITE


def find_damage(data_dir: Path) -> tuple[int, list[str]]:
    """How many database files there are, and what is wrong with which. Reads all of them."""
    own = data_dir / BOT_DATA
    files = [(own, "footnote")] if own.exists() else []
    files += [(path, "library") for path in library_files(data_dir)]
    return len(files), [fault for path, schema in files for fault in _faults(path, schema)]


def _faults(path: Path, schema: str) -> Iterator[str]:
    try:
        with translate_errors(path):
            applied_number(path, migrations(schema))
            faults = _check(path)
    except StoreError as error:
        yield error.message
        return
    if faults:
        message = _("{file} is damaged ({faults}). Stop the bot and replace it with a backup.")
        yield message.format(file=path.name, faults="; ".join(faults))


def _check(path: Path) -> list[str]:
    """What SQLite finds; empty if all is well."""
    with closing(open_to_read(path)) as connection:
        rows = connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})").fetchall()
        faults = [str(row[0]) for row in rows if row[0] != "ok"]
        orphaned = {str(row[0]) for row in connection.execute("PRAGMA foreign_key_check")}
    return faults + [f"rows of {table} without their owner" for table in sorted(orphaned)]
