"""What PostgreSQL refuses or loses is told in a sentence, and nothing that was told is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest

from bot.errors import DatabaseOutdated, DatabaseTooNew, StoreError
from bot.search.memory_index import MemoryIndex
from bot.store.backup_protocol import Backups
from bot.store.postgres import connection, pool
from bot.store.postgres.backups import PostgresBackups
from bot.store.postgres.library import PostgresLibrary
from bot.store.postgres.migrate import migrations
from bot.store.postgres.store import PostgresStore
from bot.store.values import Totals
from tests.contract.samples import ALL, SERVER, new_article
from tests.postgres_server import BOT, OWNER, PostgresServer

KILL = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE usename = 'bot' AND datname = current_database()"""


async def open_and_close(url: str, *, read_only: bool = False) -> None:
    await (await PostgresStore.open(url, MemoryIndex, read_only=read_only)).close()


async def test_a_database_that_nobody_serves_is_named_with_the_reason(refusing_port: int) -> None:
    url = f"postgresql://bot:secret@127.0.0.1:{refusing_port}/footnote"
    with pytest.raises(StoreError, match=r"can't be opened.*refused") as caught:
        await open_and_close(url)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("part", "wrong", "reason"),
    [("/test_", "/absent_", "does not exist"), ("//bot@", "//nobody@", "does not exist")],
)
async def test_a_wrong_name_in_the_address_is_told(
    url: str, part: str, wrong: str, reason: str
) -> None:
    with pytest.raises(StoreError, match=f"DATABASE_URL.*{reason}"):
        await open_and_close(url.replace(part, wrong))


@pytest.mark.parametrize("url", ["postgresql://host:port/x", "postgresql://u@h/d?nonsense=1"])
async def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(StoreError, match="DATABASE_URL"):
        await open_and_close(url)


async def test_a_database_that_only_reads_is_told_and_can_be_read(
    store: PostgresStore, postgres_server: PostgresServer, url: str
) -> None:
    async with store.library(SERVER) as library:
        await library.articles.add(new_article(), ALL)
    replica = f"{url}&options=-c%20default_transaction_read_only%3Don"
    with pytest.raises(StoreError, match=r"only reads.*primary"):
        await open_and_close(replica)
    reader = await PostgresStore.open(replica, MemoryIndex, read_only=True)
    async with reader.library(SERVER) as library:
        assert await library.articles.totals(ALL) == Totals(1, 2)
        with pytest.raises(StoreError, match="only reads"):
            await library.articles.trash([1], ALL)
    await reader.close()


async def test_missing_rights_are_named(
    store: PostgresStore, postgres_server: PostgresServer, database: str
) -> None:
    postgres_server.execute(database, f"REVOKE INSERT ON article FROM {BOT}")
    try:
        async with store.library(SERVER) as library:
            with pytest.raises(StoreError, match="permission denied for table article"):
                await library.articles.add(new_article(), ALL)
    finally:
        postgres_server.execute(database, f"GRANT INSERT ON article TO {BOT}")


@pytest.mark.parametrize(
    ("statement", "error", "words"),
    [
        ("INSERT INTO footnote_migration VALUES (9999, 'later')", DatabaseTooNew, "newer Footnote"),
        ("DROP TABLE footnote_migration", StoreError, "another program"),
    ],
)
async def test_a_schema_of_others_is_refused_and_left_alone(
    postgres_server: PostgresServer,
    url: str,
    database: str,
    statement: str,
    error: type[StoreError],
    words: str,
) -> None:
    postgres_server.execute(
        database, "CREATE TABLE kept AS TABLE footnote_migration", statement, user=OWNER
    )
    try:
        for read_only in (False, True):
            with pytest.raises(error, match=words):
                await open_and_close(url, read_only=read_only)
    finally:
        postgres_server.execute(
            database,
            "DROP TABLE IF EXISTS footnote_migration",
            "ALTER TABLE kept RENAME TO footnote_migration",
            f"GRANT SELECT ON footnote_migration TO {BOT}",
            user=OWNER,
        )


async def test_an_empty_database_is_migrated_once_by_whoever_is_first(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    postgres_server.execute("postgres", f"CREATE DATABASE fresh OWNER {OWNER}")
    url = postgres_server.url("fresh", OWNER)
    with pytest.raises(DatabaseOutdated, match="no tables"):
        await open_and_close(url, read_only=True)
    await asyncio.gather(*(open_and_close(url) for _ in range(3)))
    with psycopg.connect(url) as opened:
        rows = opened.execute("SELECT number FROM footnote_migration").fetchall()
    assert [number for (number,) in rows] == [number for number, _, _ in migrations()]
    postgres_server.execute("postgres", "DROP DATABASE fresh")


async def test_a_lost_connection_is_made_again(
    store: PostgresStore, postgres_server: PostgresServer, database: str
) -> None:
    async with store.library(SERVER) as library:
        await library.articles.add(new_article(), ALL)
        postgres_server.execute(database, KILL)
        assert await library.articles.totals(ALL) == Totals(1, 2)
        postgres_server.execute(database, KILL)
        assert (await library.articles.add(new_article("other"), ALL)).status == "added"


async def test_nobody_waits_for_a_database_that_is_away_and_all_goes_on_once_it_is_back(
    postgres_server: PostgresServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {
        "POOL_TIMEOUT_S": float("inf"),
        "GIVE_UP_S": 0.01,
        "LOOK_S": 0.01,
    }.items():
        monkeypatch.setattr(pool, name, seconds)
    store = await PostgresStore.open(url, MemoryIndex)
    async with store.library(SERVER) as library:
        await library.articles.add(new_article(), ALL)
        await asyncio.to_thread(postgres_server.stop)
        for _ in range(2):
            with pytest.raises(StoreError, match="Try again in a moment"):
                await library.articles.totals(ALL)
        await asyncio.to_thread(postgres_server.start)
        monkeypatch.setattr(pool, "LOOK_S", 60.0)
        assert await library.articles.totals(ALL) == Totals(1, 2)
    await store.close()


async def test_nothing_outlives_a_transaction_so_that_a_pooler_may_share_connections(
    store: PostgresStore,
) -> None:
    async with store.library(SERVER) as library:
        await library.articles.add(new_article(), ALL)
        await library.articles.totals(ALL)
    async with store._process.pool.connection() as pooled:
        for state in (
            "SELECT coalesce(current_setting('footnote.server', true), '') <> ''",
            "SELECT count(*) > 0 FROM pg_prepared_statements",
            "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory'",
        ):
            assert await (await pooled.execute(state)).fetchone() == (False,), state


async def test_what_was_cut_off_in_the_middle_is_told_and_can_be_done_again(
    store: PostgresStore, postgres_server: PostgresServer, database: str
) -> None:
    async def write_while_cut_off(library: PostgresLibrary) -> None:
        async with library._database.transaction() as writer:
            await writer.insert("add_segment", (0, 1, 1, 1))
            postgres_server.execute(database, KILL)
            await writer.execute("drop_empty_segments")

    async with store.library(SERVER) as library:
        with pytest.raises(StoreError, match="Try again in a moment"):
            await write_while_cut_off(library)
        assert (await library.articles.add(new_article(), ALL)).article.id == 1


@pytest.mark.parametrize("at_once", [1, 2, 5, 6])
async def test_many_rows_arrive_whole_and_in_order(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    async with store.library(SERVER) as library:
        for n in range(5):
            await library.articles.add(new_article(f"number {n}"), ALL)
        monkeypatch.setattr(connection, "ROWS_PER_TURN", at_once)
        assert [article.id for article in await library.articles.select(ALL)] == [5, 4, 3, 2, 1]
        assert await library.articles.select(ALL, offset=9) == []


async def test_half_a_character_is_told(store: PostgresStore) -> None:
    async with store.library(SERVER) as library:
        with pytest.raises(StoreError, match="half a character"):
            await library.articles.add(new_article("\ud800"), ALL)


async def test_backups_are_refused_in_words(tmp_path: Path) -> None:
    backups: Backups = PostgresBackups(14)
    with pytest.raises(StoreError, match="pg_dump"):
        await backups.back_up(tmp_path)
    with pytest.raises(StoreError, match="pg_restore"):
        await backups.restore(tmp_path)


async def test_erasing_leaves_no_row(store: PostgresStore, url: str) -> None:
    async with store.library(SERVER) as library:
        await library.articles.add(new_article("a canary"), ALL)
        await library.articles.erase([1], ALL)
    async with store.library(SERVER) as library:
        await library.articles.add(new_article("a canary"), ALL)
    await store.erase_library(SERVER)
    with psycopg.connect(url) as opened:
        opened.execute("SELECT set_config('footnote.server', %s, true)", (SERVER,))
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for (table,) in opened.execute(sql).fetchall():
            if table not in ("erased_library", "footnote_migration", "lease"):
                assert opened.execute(f"SELECT * FROM {table}".encode()).fetchall() == [], table
