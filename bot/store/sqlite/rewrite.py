"""Rewrites a database in a new file beside it, while others go on reading and writing.

VACUUM holds the writer for as long as it takes: 2 s at 100,000 passages. VACUUM INTO only reads.
What is written meanwhile is noted by triggers of the writer's connection (``tracking``): which
rows, not what was in them. These rows are then copied as they are now (``catch_up``), in rounds,
until so few are left that the writer can wait for the last one. Then the new file takes the place
of the old one (``exchange``). A crash leaves the whole old file or the whole new one.

Everything here blocks. Raises sqlite3.Error and OSError; the old file is as it was then.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.store.sqlite.disk import sync

SUFFIX = "-rewriting"  # of the new file's name
TABLES = """SELECT name FROM sqlite_master
WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"""
TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
NOTED = "temp.rewritten_row"
TAKE = (f"SELECT DISTINCT * FROM {NOTED}", f"DELETE FROM {NOTED}")
SEQUENCE = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
TRACKING = "SELECT name FROM temp.sqlite_master WHERE type = 'trigger'"
EVENTS = {"INSERT": ("new",), "UPDATE": ("old", "new"), "DELETE": ("old",)}
Changed = Sequence[Sequence[Any]]
"""Rows that were written: a table's name, and the key's values as they are, then NULLs."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns without the generated ones, and those of its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def tables(connection: sqlite3.Connection) -> list[Table]:
    """All tables. Each has a primary key: VACUUM may give other row ids to a table without."""
    names = [name for (name,) in connection.execute(TABLES)]
    return [_table(connection, name) for name in names]


def _table(connection: sqlite3.Connection, name: str) -> Table:
    rows = connection.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
    in_key = sorted((place, column) for column, place in rows if place)
    assert in_key, name
    return Table(name, tuple(column for column, _ in rows), tuple(column for _, column in in_key))


def tracking(path: Path) -> str:
    """The script that makes a connection note each row that it writes from now on."""
    with closing(_connect(path)) as connection:
        all_tables = tables(connection)
    key = [f"key_{i}" for i in range(max(len(table.key) for table in all_tables))]
    statements = [_trigger(table, event) for table in all_tables for event in EVENTS]
    return ";".join([f"CREATE TABLE {NOTED} (name, {', '.join(key)})", *statements])


def _trigger(table: Table, event: str) -> str:
    places = ", ".join(f"key_{i}" for i in range(len(table.key)))
    notes = "".join(
        f"INSERT INTO rewritten_row (name, {places}) VALUES ('{table.name}', {key});"
        for row in EVENTS[event]
        for key in [", ".join(f'{row}."{column}"' for column in table.key)]
    )
    name = f"rewritten_{table.name}_{event.lower()}"
    return f'CREATE TEMP TRIGGER {name} AFTER {event} ON main."{table.name}" BEGIN {notes} END'


class Rewrite:
    """One rewriting of the database at ``path``. Its methods are called one after the other."""

    def __init__(self, path: Path):
        self.path = path.resolve()  # a link stays one
        self.new = self.path.with_name(f"{self.path.name}{SUFFIX}")
        self._connection: sqlite3.Connection | None = None
        self.is_stopped = False

    def stop(self) -> None:
        """Let what runs, and what is called later, fail. From any thread."""
        self.is_stopped = True
        if self._connection is not None:
            with suppress(sqlite3.ProgrammingError):  # it was closed just now
                self._connection.interrupt()

    def copy(self) -> None:
        """Write all that the database holds to the new file."""
        remove_leftovers(self.path)
        _create_like(self.path, self.new)
        with closing(self._connect(self.path)) as connection:
            connection.execute("VACUUM INTO ?", (str(self.new),))
        self._connection = None
        sync(self.new)

    def _connect(self, path: Path) -> sqlite3.Connection:
        self._connection = connection = _connect(path)
        self._check()
        return connection

    def _check(self) -> None:
        if self.is_stopped:
            raise sqlite3.OperationalError("interrupted")

    def _catching_up(self) -> sqlite3.Connection:
        """The connection to the new file, with the old one attached."""
        self._check()
        if self._connection is not None:
            return self._connection
        connection = self._connect(self.new)
        for pragma in ("foreign_keys = OFF", "secure_delete = ON", "synchronous = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA journal_mode = MEMORY")  # a new file that is not used yet
        self._tables = {table.name: table for table in tables(connection)}
        self._triggers = connection.execute(TRIGGERS).fetchall()
        for name, _ in self._triggers:  # what they did is copied
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("ATTACH ? AS written", (f"{self.path.as_uri()}?mode=ro",))
        return connection

    def catch_up(self, changed: Changed) -> None:
        """Bring rows that were written to what they are now, and the ids given to the same."""
        connection = self._catching_up()
        keys: dict[str, list[Sequence[object]]] = defaultdict(list)
        for name, *key in changed:
            keys[name].append(key[: len(self._tables[name].key)])
        connection.execute("BEGIN")
        for name in keys:
            _delete(connection, self._tables[name], keys[name])
        for name in keys:
            _insert(connection, self._tables[name], keys[name])
        if connection.execute(SEQUENCE).fetchone():  # a database gives ids, or none
            connection.execute("DELETE FROM sqlite_sequence")
            connection.execute("INSERT INTO sqlite_sequence SELECT * FROM written.sqlite_sequence")
        connection.execute("COMMIT")

    def finish(self, user_version: int) -> None:
        """Make the new file durable: a whole database. ``catch_up`` may go on after that."""
        connection = self._catching_up()
        connection.execute("DETACH written")
        for _, sql in self._triggers:
            connection.execute(sql)
        connection.execute(f"PRAGMA user_version = {user_version}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        self._connection = None
        sync(self.new)

    def exchange(self) -> None:
        """Put the new file in the place of the old one, which nobody else may have open.

        SQLite ends its log only for a connection that is alone with the file, in all processes; it
        then keeps the file to itself. So nobody can read the old file with the new one's log.
        """
        with closing(_connect(self.path, timeout_s=0)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
            self.new.replace(self.path)
            sync(self.path.parent)

    def end(self) -> None:
        """Close and remove what is left. Idempotent."""
        if self._connection is not None:
            self._connection.close()
        remove_leftovers(self.path)


def _create_like(old: Path, new: Path) -> None:
    """An empty file that whoever may read or write the old one may, and nobody else."""
    status = old.stat()
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    finally:
        os.close(descriptor)


def _delete(connection: sqlite3.Connection, table: Table, keys: Iterable[Sequence[object]]) -> None:
    connection.executemany(f'DELETE FROM main."{table.name}" WHERE {_is_key(table)}', keys)


def _insert(connection: sqlite3.Connection, table: Table, keys: Iterable[Sequence[object]]) -> None:
    """A row in the way is one that was written, too, and comes in the next round."""
    columns = ", ".join(f'"{column}"' for column in table.columns)
    connection.executemany(
        f'INSERT OR REPLACE INTO main."{table.name}" ({columns})'
        f' SELECT {columns} FROM written."{table.name}" WHERE {_is_key(table)}',
        keys,
    )


def _is_key(table: Table) -> str:
    return " AND ".join(f'"{column}" IS ?' for column in table.key)


def checkpoint(path: Path) -> None:
    """Bring what the log holds into the file, as far as nobody has to wait for it."""
    with closing(_connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def remove_leftovers(path: Path) -> None:
    """Remove what a rewriting that was interrupted left beside a database."""
    path = path.resolve()
    for file in path.parent.glob(f"{path.name}{SUFFIX}*"):
        file.unlink(missing_ok=True)


def _connect(path: Path, timeout_s: float = 10.0) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path.resolve().as_uri(),
        uri=True,
        isolation_level=None,
        timeout=timeout_s,
        check_same_thread=False,
    )
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection
