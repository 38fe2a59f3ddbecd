"""`footnote migrate` copies libraries from files into PostgreSQL, row by row, and compares them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.move_protocol import BOT_TABLES, LIBRARY_TABLES, MoveReport
from bot.store.postgres.move import PostgresRows
from bot.store.postgres.store import PostgresStore
from bot.store.protocols import Library
from bot.store.sqlite.migrate import migrations, new_database
from bot.store.sqlite.rows_to_move import SqliteRows
from bot.store.sqlite.store import SqliteStore
from bot.store.values import JobPayload, StoredAnswer
from tests.contract.samples import ALL, SERVER, citation_of, ids_with_term, new_article
from tests.postgres_server import TEMPLATE, PostgresServer

OTHER = "2002"


async def fill(data_dir: Path) -> None:
    """Two libraries: with an answer, tags, a trashed and an erased article, and a running job."""
    store = await SqliteStore.open(data_dir, MemoryIndex)
    async with store.library(SERVER) as library, store.library(OTHER) as other:
        await library.articles.add(replace(new_article(), tags=("space",)), ALL)
        for n in range(3):
            await library.articles.add(new_article(f"number {n}", channel=5), ALL)
        (first, _) = await library.articles.passages_of(1, ALL)
        await library.answers.save(StoredAnswer(question="q", body="{}"), [citation_of(first)])
        await library.articles.trash([2], ALL)
        await library.articles.erase([4], ALL)
        await library.jobs.enqueue(JobPayload("{}", b"\0bytes"), now=0, most=9)
        assert await library.jobs.claim(1.0)
        await other.articles.add(new_article("elsewhere"), Scope(OTHER))
    await store.set_meta("commands", "abc")
    await store.mark_joined([SERVER], 99)
    await store.close()


async def move(data_dir: Path, url: str) -> MoveReport:
    async with SqliteRows.open(data_dir, MemoryIndex) as source:
        return await PostgresRows(url).move(source)


async def described(library: Library) -> list[object]:
    """What a library holds, as its readers see it."""
    passages = [await library.articles.passages_of(n, ALL) for n in range(1, 5)]
    return [
        await library.articles.select(ALL),
        await library.articles.version(1, ALL),
        passages,
        await library.articles.trashed_article(2, ALL),
        await library.answers.cited_passage(1, 1, ALL),
        await ids_with_term(library, "mar", "numb"),
        (await library.articles.add(new_article("the next"), ALL)).article.id,
    ]


async def test_a_moved_library_is_the_same_and_goes_on_with_its_ids(
    tmp_path: Path, url: str
) -> None:
    await fill(tmp_path)
    report = await move(tmp_path, url)
    assert not report.failed
    assert set(report.moved) == {SERVER, OTHER}
    files, database = await SqliteStore.open(tmp_path, MemoryIndex), None
    database = await PostgresStore.open(url, MemoryIndex)
    async with files.library(SERVER) as here, database.library(SERVER) as there:
        assert await described(there) == await described(here)
        claimed = await there.jobs.claim(1.0)
        assert claimed
        assert claimed[1].data == b"\0bytes"
    assert await database.get_meta("commands") == "abc"
    assert await database.memberships() == await files.memberships()
    assert sorted(await database.servers()) == [SERVER, OTHER]
    await files.close()
    await database.close()


async def test_an_interrupted_move_goes_on_and_a_finished_one_changes_nothing(
    tmp_path: Path, url: str
) -> None:
    await fill(tmp_path)
    with closing(sqlite3.connect(tmp_path / "libraries" / f"{OTHER}.db")) as connection, connection:
        connection.execute(
            "UPDATE article SET title = 'half ' || char(0)"
        )  # PostgreSQL stores no NUL
    report = await move(tmp_path, url)
    assert set(report.moved) == {SERVER}
    assert set(report.failed) == {OTHER}
    with closing(sqlite3.connect(tmp_path / "libraries" / f"{OTHER}.db")) as connection, connection:
        connection.execute("UPDATE article SET title = 'whole'")
    report = await move(tmp_path, url)
    assert (set(report.moved), report.present) == ({OTHER}, (SERVER,))
    report = await move(tmp_path, url)
    assert (report.moved, set(report.present)) == ({}, {SERVER, OTHER})


async def test_a_library_that_went_on_is_not_overwritten(tmp_path: Path, url: str) -> None:
    await fill(tmp_path)
    await move(tmp_path, url)
    store = await PostgresStore.open(url, MemoryIndex)
    async with store.library(SERVER) as library:
        await library.articles.rename(1, "Another title", ALL)
    await store.close()
    report = await move(tmp_path, url)
    assert "another library of server 1001" in report.failed[SERVER]
    assert report.present == (OTHER,)


@pytest.mark.parametrize("schema", ["library", "footnote"])
def test_every_table_and_column_of_a_file_has_its_counterpart(
    postgres_server: PostgresServer, schema: str
) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(new_database(migrations(schema)))
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
        ]
        columns = {
            (name, row[0])
            for name in names
            for row in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))
        }
    moved = LIBRARY_TABLES if schema == "library" else BOT_TABLES
    assert set(names) - {"migration"} == set(moved)
    with psycopg.connect(postgres_server.url(TEMPLATE)) as opened:
        sql = "SELECT table_name, column_name FROM information_schema.columns"
        there = set(opened.execute(sql).fetchall())
    assert {each for each in columns if each[0] != "migration"} <= there
