"""How a database is opened, and how SQLite's errors are translated."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import DatabaseDamaged, StoreError
from bot.store.sqlite.connection import new_connection, translate_errors
from tests.store.open_files import open_database

ON, FULL, MEMORY = 1, 2, 2
WRITER = {
    "journal_mode": "wal",
    "synchronous": FULL,
    "secure_delete": ON,
    "foreign_keys": ON,
    "temp_store": MEMORY,
    "busy_timeout": 10_000,
    "journal_size_limit": 64 * 1024 * 1024,
}
READER = {"journal_mode": "wal", "query_only": ON, "temp_store": MEMORY, "busy_timeout": 10_000}


async def test_the_pragmas_are_really_on(tmp_path: Path) -> None:
    async with open_database(tmp_path / "1.db") as database:
        async with database.transaction() as writer:
            for name, value in WRITER.items():
                ((found,),) = await writer.fetch(f"PRAGMA {name}")
                assert (name, found) == (name, value)
        for name, value in READER.items():
            assert (await database.fetch(f"PRAGMA {name}"))[0][0] == value


async def test_a_reading_query_cannot_write(tmp_path: Path) -> None:
    async with open_database(tmp_path / "1.db") as database:
        with pytest.raises(StoreError, match="readonly"):
            await database.fetch("DELETE FROM article")


async def test_a_write_takes_its_lock_at_once(tmp_path: Path) -> None:
    async with open_database(tmp_path / "1.db") as database, database.transaction():
        other = sqlite3.connect(database.path, timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (sqlite3.OperationalError("database or disk is full"), StoreError, "the disk is full"),
        (sqlite3.OperationalError("disk I/O error"), StoreError, "SQLite: disk I/O error"),
        (sqlite3.DatabaseError("database disk image is malformed"), DatabaseDamaged, "backup"),
        (sqlite3.ProgrammingError("bindings"), sqlite3.ProgrammingError, "bindings"),
        (sqlite3.IntegrityError("UNIQUE"), sqlite3.IntegrityError, "UNIQUE"),
    ],
)
def test_sqlite_errors_are_translated_and_our_own_mistakes_are_not_hidden(
    error: Exception, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words), translate_errors(Path("1.db")):
        raise error


async def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    async with open_database(tmp_path / "1.db") as database:
        await database.close()
        with pytest.raises(StoreError, match="stopping"):
            await database.fetch("SELECT 1")


async def test_a_cursor_of_many_rows_holds_no_statement_that_another_thread_could_reset(
    tmp_path: Path,
) -> None:
    async with new_connection(tmp_path / "a.db") as connection:
        await connection.execute("CREATE TABLE word (text)")
        cursor = await connection.executemany("INSERT INTO word VALUES (?)", [("a",), ("b",)])
        assert cursor.rowcount == 2
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            await cursor.fetchone()
        rows = await connection.execute_fetchall("SELECT text FROM word")
        assert [row[0] for row in rows] == ["a", "b"]


async def test_connections_that_cannot_be_closed_are_replaced(tmp_path: Path) -> None:
    async with open_database(tmp_path / "1.db") as database:
        writer = database.writer

        async def fail() -> None:
            raise sqlite3.OperationalError("disk I/O error")

        writer.close = fail  # type: ignore[method-assign]
        with pytest.raises(sqlite3.OperationalError):
            async with database.turn():
                await database.while_closed(lambda: None)
        del writer.close
        await writer.close()
        async with database.transaction() as transaction:
            await transaction.execute("DELETE FROM article")
        assert await database.fetch("SELECT 1")
