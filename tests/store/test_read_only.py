"""A data folder is read beside the process that writes to it, and nothing is left behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import DatabaseDamaged, DatabaseOutdated, DatabaseTooNew, StoreError
from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.sqlite.read_only import ReadOnlyStore
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import new_article

HERE = Scope("s")


async def titles(store: SqliteStore) -> list[str]:
    async with store.library("s") as library:
        return [article.title for article in await library.articles.select(HERE)]


async def read_titles(folder: Path) -> list[str]:
    store = await ReadOnlyStore.open_to_read(folder, MemoryIndex)
    try:
        return await titles(store)
    finally:
        await store.close()


async def fill(folder: Path) -> None:
    store = await SqliteStore.open(folder, MemoryIndex)
    async with store.library("s") as library:
        await library.articles.add(new_article(), HERE)
    await store.close()


async def test_what_was_just_stored_is_read_while_the_writer_is_open(tmp_path: Path) -> None:
    writer = await SqliteStore.open(tmp_path, MemoryIndex)
    reader = await ReadOnlyStore.open_to_read(tmp_path, MemoryIndex)
    assert await titles(reader) == []
    await reader.close()
    async with writer.library("s") as library:
        await library.articles.add(new_article(), HERE)
    assert len(await read_titles(tmp_path)) == 1
    await writer.close()


async def test_reading_makes_no_folder_and_no_library(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    assert await read_titles(folder) == []
    assert not folder.exists()


async def test_a_library_without_footnote_db_is_listed(tmp_path: Path) -> None:
    await fill(tmp_path)
    for name in ("", "-wal", "-shm"):
        (tmp_path / f"footnote.db{name}").unlink(missing_ok=True)
    store = await ReadOnlyStore.open_to_read(tmp_path, MemoryIndex)
    assert await store.servers() == ["s"]
    await store.close()


async def test_what_writes_is_refused_in_words(tmp_path: Path) -> None:
    await fill(tmp_path)
    store = await ReadOnlyStore.open_to_read(tmp_path, MemoryIndex)
    async with store.library("s") as library:
        with pytest.raises(StoreError, match="only reads"):
            await library.articles.erase([1], HERE)
    with pytest.raises(StoreError, match="only reads"):
        await store.set_meta("a", "b")
    await store.close()
    assert len(await read_titles(tmp_path)) == 1


async def test_a_folder_in_which_no_log_can_be_made_is_read(tmp_path: Path) -> None:
    await fill(tmp_path)
    for name in ("footnote.db-shm", "libraries/s.db-shm"):
        (tmp_path / name).mkdir()  # as on a medium that cannot be written
    assert len(await read_titles(tmp_path)) == 1


async def test_what_a_killed_process_left_in_a_log_is_read_on_a_full_disk(tmp_path: Path) -> None:
    await fill(tmp_path)
    library, log = tmp_path / "libraries/s.db", tmp_path / "libraries/s.db-wal"
    with closing(sqlite3.connect(library)) as connection:
        connection.execute("UPDATE article SET title = 'renamed'")
        connection.commit()
        left = {file: file.read_bytes() for file in (library, log)}
    for file, content in left.items():
        file.write_bytes(content)
    (tmp_path / "libraries/s.db-shm").mkdir()  # there is no room for an index of the log
    assert await read_titles(tmp_path) == ["renamed"]
    assert {file: file.read_bytes() for file in left} == left


async def test_a_file_that_somebody_has_locked_is_not_read_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path)
    monkeypatch.setattr("bot.store.sqlite.migrate.TIMEOUT_S", 0.0)
    with closing(sqlite3.connect(tmp_path / "libraries" / "s.db")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            await read_titles(tmp_path)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)", "older"),
        ("INSERT INTO migration VALUES (9999, 'later', '')", "newer"),
    ],
)
async def test_another_schema_is_refused_and_left_as_it_is(
    tmp_path: Path, change: str, error: str
) -> None:
    await fill(tmp_path)
    file = tmp_path / "libraries" / "s.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(change)
        connection.commit()
    before = file.read_bytes()
    kind = DatabaseOutdated if error == "older" else DatabaseTooNew
    with pytest.raises(kind, match=error):
        await read_titles(tmp_path)
    assert file.read_bytes() == before


async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "libraries" / "s.db").write_bytes(b"no database" * 999)
    with pytest.raises(DatabaseDamaged):
        await read_titles(tmp_path)
