"""What every part of the store that runs named queries needs: rows, ids and the time."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import aiosqlite

from bot.store.sqlite.connection import Parameters
from bot.store.sqlite.queries import query

MAX_BITS = 63  # of an integer in SQLite


async def insert_row(writer: aiosqlite.Connection, name: str, parameters: Parameters) -> int:
    """Run a named INSERT. Returns the new row's id."""
    cursor = await writer.execute(query(name), parameters)
    assert cursor.lastrowid is not None
    return cursor.lastrowid


async def fetch_first(
    writer: aiosqlite.Connection, name: str, parameters: Parameters = ()
) -> sqlite3.Row | None:
    """The first row of a named query."""
    rows = list(await writer.execute_fetchall(query(name), parameters))
    return rows[0] if rows else None


def storable_id(number: int) -> int:
    """``number``, or -1, which no row has, if it is too large for SQLite."""
    return number if number.bit_length() <= MAX_BITS else -1


def utc_now() -> str:
    """The time in UTC, as ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
