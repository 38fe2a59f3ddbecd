"""Brings a database to the newest schema: numbered .sql files, each recorded when applied.

One process does it at a time (an advisory lock that ends with the transaction); each step and its
record are one transaction. A database that a newer Footnote has migrated is refused, and so is one
that belongs to another program.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import psycopg

from bot.errors import DatabaseOutdated, DatabaseTooNew, StoreError
from bot.strings import _

MIN_VERSION = 150_000  # PostgreSQL 15
LOCK = "SELECT pg_advisory_xact_lock(hashtext('footnote migration'))"
CREATE_RECORD = """CREATE TABLE IF NOT EXISTS footnote_migration (
    number bigint PRIMARY KEY, name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now())"""
HAS_RECORD = "SELECT to_regclass('footnote_migration')"
OTHER_TABLES = """SELECT count(*) FROM pg_class WHERE relkind = 'r'
    AND relnamespace = current_schema()::regnamespace"""


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """The steps in order: number, name, SQL."""
    folder = resources.files("bot.store.postgres").joinpath("sql")
    names = sorted(file.name for file in folder.iterdir() if file.name[:4].isdigit())
    return tuple(
        (int(name[:4]), name[5:-4], folder.joinpath(name).read_text("utf-8")) for name in names
    )


async def migrate(connection: psycopg.AsyncConnection[Any]) -> None:
    """Apply all missing steps. Raises StoreError, DatabaseTooNew or psycopg.Error."""
    check_version(connection)
    newest = await applied_number(connection)
    for number, name, sql in migrations():
        if number > newest:
            await _apply(connection, number, name, sql)


async def check_schema(connection: psycopg.AsyncConnection[Any]) -> None:
    """Raise unless the schema is the newest: for whoever may only read."""
    check_version(connection)
    if await applied_number(connection) < migrations()[-1][0]:
        raise DatabaseOutdated(
            _(
                "The database of DATABASE_URL was written by an older Footnote, or has no tables "
                "yet. Nothing was changed. It is brought up to date when the bot starts."
            )
        )


def check_version(connection: psycopg.AsyncConnection[Any]) -> None:
    """Raise StoreError for a PostgreSQL that is too old."""
    version = connection.info.server_version
    if version < MIN_VERSION:
        raise StoreError(
            _(
                "The database is PostgreSQL {version}; Footnote needs 15 or newer. Nothing was "
                "changed. Upgrade it, or leave DATABASE_URL empty."
            ).format(version=f"{version // 10_000}.{version % 10_000}")
        )


async def applied_number(connection: psycopg.AsyncConnection[Any]) -> int:
    """The number of the last applied step; 0 for a new database."""
    if await _value(connection, HAS_RECORD) is None:
        if await _value(connection, OTHER_TABLES):
            raise StoreError(
                _(
                    "The database of DATABASE_URL has tables of another program. Nothing was "
                    "changed. Give Footnote a database, or a schema, of its own."
                )
            )
        return 0
    newest = int(
        await _value(connection, "SELECT coalesce(max(number), 0) FROM footnote_migration")
    )
    supported = migrations()[-1][0]
    if newest > supported:
        raise DatabaseTooNew(
            _(
                "The database of DATABASE_URL was written by a newer Footnote (schema {newest}; "
                "this version supports {supported}). Nothing was changed. Install the newer "
                "version."
            ).format(newest=newest, supported=supported)
        )
    return newest


async def _apply(
    connection: psycopg.AsyncConnection[Any], number: int, name: str, sql: str
) -> None:
    async with connection.transaction():
        await connection.execute(LOCK)
        await connection.execute(CREATE_RECORD)
        done = "SELECT count(*) FROM footnote_migration WHERE number = %s"
        if await _value(connection, done, (number,)):
            return  # another process was faster
        await connection.execute(sql.encode())
        record = "INSERT INTO footnote_migration (number, name) VALUES (%s, %s)"
        await connection.execute(record, (number, name))


async def _value(
    connection: psycopg.AsyncConnection[Any], sql: str, parameters: tuple[Any, ...] = ()
) -> Any:
    row = await (await connection.execute(sql, parameters)).fetchone()
    return row[0] if row else None
