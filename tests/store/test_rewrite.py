"""A large file is rewritten beside itself: nobody waits, nothing is lost, and no trace remains."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ArticleNotFound, StoreError
from bot.search.memory_index import MemoryIndex
from bot.store.parts.article_rows import erase_article
from bot.store.sqlite import migrate as migrate_module
from bot.store.sqlite import overwrite, rewrite
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.migrate import migrations, new_database, open_to_read
from bot.store.sqlite.rewrite import Rewrite, tables
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import ALL, SERVER, new_article
from tests.store.open_files import open_library

STEPS = ("copy", "catch_up", "finish", "exchange")


@pytest.fixture(autouse=True)
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as large, and who has to wait tries again at once."""
    monkeypatch.setattr(overwrite, "IN_PLACE_BYTES", 0)
    monkeypatch.setattr(overwrite, "RETRY_DELAYS_S", (0.0,) * 2)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], None]]:
    """What is called in the rewriting's thread before each of its steps."""
    before: dict[str, Callable[[], None]] = {}
    for step in STEPS:
        monkeypatch.setattr(Rewrite, step, _watched(step, before))
    return before


def _watched(step: str, before: dict[str, Callable[[], None]]) -> Callable[..., None]:
    work = getattr(Rewrite, step)

    def watched(rewriting: Rewrite, *arguments: object) -> None:
        before.get(step, lambda: None)()
        work(rewriting, *arguments)

    return watched


def _names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def _text(n: int, secret: str = "") -> str:
    return "\n\n".join(
        f"{secret} Mars was seen {n} times {i}.\nIt is {n}." for i in range(n % 4 + 1)
    )


def _rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as file:
        names = [table.name for table in tables(file)] + ["sqlite_sequence", "sqlite_master"]
        columns = {"sqlite_master": "type, name, sql"}
        return {
            name: sorted(file.execute(f"SELECT {columns.get(name, '*')} FROM {name}"), key=repr)
            for name in names
        }


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def _is_marked(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as file:
        ((version,),) = file.execute("PRAGMA user_version")
    return bool(version)


def test_each_table_has_a_primary_key_so_that_vacuum_leaves_its_rows_their_names() -> None:
    for schema in ("library", "footnote"):
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(new_database(migrations(schema)))
            assert len(tables(connection)) > 5


async def test_what_was_erased_leaves_no_trace_and_all_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    async with open_library(path) as (library, _):
        for n in range(1, 13):
            await library.articles.add(new_article(_text(n, f"canary{n % 3}")), ALL)
        before = {i: (await library.articles.version(i, ALL)).text for i in range(1, 13)}
        await library.articles.erase([3, 6, 9, 12], ALL)
        left = {
            a.id: (await library.articles.version(a.id, ALL)).text
            for a in await library.articles.select(ALL)
        }
        assert left == {i: text for i, text in before.items() if i % 3}
        assert (await library.articles.add(new_article("New."), ALL)).article.id == 13
    assert b"canary0" not in _bytes(tmp_path)
    assert b"canary1" in _bytes(tmp_path)
    assert _names(tmp_path) == ["1.db"]


@pytest.mark.parametrize("step", STEPS)
async def test_others_read_and_write_meanwhile_and_all_of_it_is_there_afterwards(
    tmp_path: Path, calls: dict[str, Callable[[], None]], step: str
) -> None:
    """Until the last step, which holds the writer's turn, a write ends before the step goes on."""
    path, loop, done = tmp_path / "1.db", asyncio.get_running_loop(), list[str]()
    async with open_library(path) as (library, database):
        for n in range(1, 9):
            await library.articles.add(new_article(_text(n, "canary" if n == 5 else "")), ALL)

        async def change() -> None:
            await library.articles.add(new_article("Venus is hot."), ALL)
            await library.articles.rename(2, "Other", ALL)
            await library.articles.tag(3, ["new"], ALL)
            await library.articles.trash([4], ALL)
            done.append(step)

        def write() -> None:
            calls.clear()
            work = asyncio.run_coroutine_threadsafe(change(), loop)
            if step in ("copy", "catch_up"):
                work.result()  # nobody has to wait
            changing.append(work)

        changing: list[Any] = []
        calls[step] = write
        await library.articles.erase([5], ALL)
        await asyncio.wrap_future(changing[0])
        assert done == [step]
        assert sorted(a.id for a in await library.articles.select(ALL)) == [1, 2, 3, 6, 7, 8, 9]
        assert (await library.articles.get(2, ALL)).title == "Other"
        assert (await library.articles.get(3, ALL)).tags == ("new",)
        assert (await library.articles.version(9, ALL)).text == "Venus is hot."
        assert [tuple(r) for r in await database.fetch("PRAGMA integrity_check")] == [("ok",)]
    assert b"canary" not in _bytes(tmp_path)


async def _change_at_random(library: SqliteLibrary, chosen: random.Random, n: int) -> None:
    newest = max([a.id for a in await library.articles.select(ALL)], default=1)
    article_id, articles = chosen.randint(1, newest), library.articles
    with suppress(ArticleNotFound):
        match chosen.randrange(7):
            case 0 | 1:
                await articles.add(new_article(_text(n)), ALL)
            case 2:
                await articles.add(replace(new_article(_text(n)), replaces=article_id), ALL)
            case 3:
                await articles.rename(article_id, f"Title {n}", ALL)
            case 4:
                await articles.tag(article_id, [f"tag{n}", "all"], ALL)
            case 5:
                await articles.trash([article_id], ALL)
            case 6:
                async with library._changing() as writer:  # with all that refers to it
                    await erase_article(writer, article_id)


@pytest.mark.parametrize("seed", range(3))
async def test_the_new_file_has_every_row_of_the_old_one_whatever_is_written_meanwhile(
    tmp_path: Path, calls: dict[str, Callable[[], None]], seed: int
) -> None:
    path, chosen, loop = tmp_path / "1.db", random.Random(seed), asyncio.get_running_loop()
    compared = 0

    def compare() -> None:
        nonlocal compared
        assert _rows(path) == _rows(path.with_name(f"1.db{rewrite.SUFFIX}"))
        compared += 1

    async with open_library(path) as (library, _):

        def write() -> None:
            for _ in range(chosen.randrange(4)):
                change = _change_at_random(library, chosen, chosen.randrange(99))
                asyncio.run_coroutine_threadsafe(change, loop).result()

        def begin() -> None:
            write()
            calls["catch_up"] = write_once

        def write_once() -> None:
            del calls["catch_up"]
            write()

        calls["copy"] = begin
        calls["exchange"] = compare
        for n in range(6):
            write_now = [_change_at_random(library, chosen, chosen.randrange(99)) for _ in "abc"]
            await asyncio.gather(*write_now)
            added = await library.articles.add(new_article(f"A canary {n}."), ALL)
            await asyncio.gather(
                library.articles.erase([added.article.id], ALL),
                *[_change_at_random(library, chosen, chosen.randrange(99)) for _ in "ab"],
            )
    assert compared == 6
    assert b"canary" not in _bytes(tmp_path)


async def test_the_bots_own_data_is_rewritten_beside_itself_with_each_erasure_that_was_recorded(
    tmp_path: Path, calls: dict[str, Callable[[], None]]
) -> None:
    """Its file gives no ids, and a time with all its digits is part of a key."""
    loop, at, steps = asyncio.get_running_loop(), 1_793_000_000.123_456_7, list[str]()
    database = await Database.open(tmp_path / "footnote.db", "footnote")

    async def erase(at: float) -> None:
        async with database.transaction() as writer:
            await writer.execute("record_erased_library", (SERVER, at))
            await writer.mark_deleted()

    def write(step: str) -> None:
        del calls[step]
        steps.append(step)
        asyncio.run_coroutine_threadsafe(erase(at + len(steps) / 2**21), loop).result()

    for step in ("copy", "catch_up"):
        calls[step] = partial(write, step)
    calls["exchange"] = lambda: steps.append("exchange")
    await erase(at)
    await database.overwrite_deleted()
    rows = await database.fetch("SELECT at FROM erased_library")
    await database.close()
    assert sorted(row["at"] for row in rows) == [at + n / 2**21 for n in range(3)]
    assert steps == ["copy", "catch_up", "exchange"]


async def test_what_is_erased_meanwhile_leaves_no_trace_either(
    tmp_path: Path, calls: dict[str, Callable[[], None]]
) -> None:
    loop, erasing = asyncio.get_running_loop(), list[Any]()
    async with open_library(tmp_path / "1.db") as (library, _):
        for n in range(1, 7):
            await library.articles.add(new_article(_text(n, f"canary{n}")), ALL)

        def erase() -> None:
            del calls["exchange"]
            work = library.articles.erase([4], ALL)
            erasing.append(asyncio.run_coroutine_threadsafe(work, loop))

        calls["exchange"] = erase
        await library.articles.erase([2], ALL)
        assert await asyncio.wrap_future(erasing[0]) == [4]
    data = _bytes(tmp_path)
    assert [n for n in range(1, 7) if f"canary{n}".encode() in data] == [1, 3, 5, 6]


@pytest.mark.parametrize("error", [sqlite3.OperationalError("database or disk is full"), OSError()])
@pytest.mark.parametrize("step", STEPS)
async def test_where_no_new_file_can_be_made_the_old_one_is_rewritten_in_its_place(
    tmp_path: Path, calls: dict[str, Callable[[], None]], step: str, error: Exception
) -> None:
    def fail() -> None:
        raise error

    calls[step] = fail
    async with open_library(tmp_path / "1.db") as (library, database):
        for n in range(1, 7):
            await library.articles.add(new_article(_text(n, f"canary{n % 2}")), ALL)
        inode = (tmp_path / "1.db").stat().st_ino
        await library.articles.erase([1, 3, 5], ALL)
        assert (tmp_path / "1.db").stat().st_ino == inode
        assert b"canary1" not in _bytes(tmp_path)
        noted = await database.writer.execute_fetchall("SELECT name FROM temp.sqlite_master")
        assert list(noted) == []
        await library.articles.add(new_article("Venus is hot."), ALL)
        assert sorted(a.id for a in await library.articles.select(ALL)) == [2, 4, 6, 7]


async def test_while_another_process_has_the_file_open_it_stays_the_same_file(
    tmp_path: Path, calls: dict[str, Callable[[], None]]
) -> None:
    path, tries = tmp_path / "1.db", list[int]()
    async with open_library(path) as (library, _):
        for n in range(1, 7):
            await library.articles.add(new_article(_text(n, f"canary{n % 2}")), ALL)
        inode = path.stat().st_ino
        calls["exchange"] = lambda: tries.append(1)
        with closing(open_to_read(path)) as reader:
            titles = reader.execute("SELECT count(*) FROM article").fetchall()
            await library.articles.erase([1, 3, 5], ALL)
            assert (titles, len(tries), path.stat().st_ino) == ([(6,)], 3, inode)
            assert reader.execute("SELECT count(*) FROM article").fetchall() == [(3,)]
        assert b"canary1" not in _bytes(tmp_path)


async def test_the_file_is_exchanged_as_soon_as_no_other_process_has_it_open(
    tmp_path: Path, calls: dict[str, Callable[[], None]]
) -> None:
    path = tmp_path / "1.db"
    async with open_library(path) as (library, _):
        for n in range(1, 7):
            await library.articles.add(new_article(_text(n, f"canary{n % 2}")), ALL)
        path.chmod(0o640)
        inode, reader, tries = path.stat().st_ino, open_to_read(path), list[int]()

        def read() -> None:
            tries.append(1)
            if len(tries) == 2:
                reader.close()

        calls["exchange"] = read
        await library.articles.erase([1, 3, 5], ALL)
        assert (len(tries), path.stat().st_ino != inode) == (2, True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        await library.articles.add(new_article("Venus is hot."), ALL)
        with closing(open_to_read(path)) as again:
            assert again.execute("SELECT count(*) FROM article").fetchall() == [(4,)]
    assert b"canary1" not in _bytes(tmp_path)


async def test_closing_ends_a_rewriting_which_the_next_opening_makes_up_for(
    tmp_path: Path, calls: dict[str, Callable[[], None]]
) -> None:
    path, loop, closing_it = tmp_path / "1.db", asyncio.get_running_loop(), list[Any]()
    async with open_library(path) as (library, database):
        await library.articles.add(new_article("A canary."), ALL)

        async def close() -> None:
            closing_it.append(asyncio.ensure_future(database.close()))
            await asyncio.sleep(0)  # it has begun

        calls["catch_up"] = lambda: asyncio.run_coroutine_threadsafe(close(), loop).result()
        with pytest.raises(StoreError, match="could not be overwritten"):
            await library.articles.erase([1], ALL)
        await closing_it[0]
    assert (_names(tmp_path), _is_marked(path)) == (["1.db"], True)
    calls.clear()
    async with open_library(path) as (library, _):
        assert not _is_marked(path)
        assert await library.articles.select(ALL) == []
    assert b"canary" not in _bytes(tmp_path)


async def test_a_rewriting_that_is_cancelled_leaves_nothing_and_is_made_up_for(
    tmp_path: Path, calls: dict[str, Callable[[], None]]
) -> None:
    path, loop = tmp_path / "1.db", asyncio.get_running_loop()
    async with open_library(path) as (library, _):
        for n in range(1, 4):
            await library.articles.add(new_article(_text(n, f"canary{n}")), ALL)
        erasing = asyncio.ensure_future(library.articles.erase([1], ALL))

        def cancel() -> None:
            loop.call_soon_threadsafe(erasing.cancel)

        calls["copy"] = cancel
        with pytest.raises(asyncio.CancelledError):
            await erasing
        assert not any(rewrite.SUFFIX in name for name in _names(tmp_path))
        calls.clear()
        await library.articles.erase([2], ALL)
        assert [a.id for a in await library.articles.select(ALL)] == [3]
    data = _bytes(tmp_path)
    assert [n for n in (1, 2, 3) if f"canary{n}".encode() in data] == [3]


MOMENTS = (*STEPS, "replacing", "replaced", "end")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_at_any_moment_it_leaves_one_whole_file_that_is_finished_when_it_is_opened(
    tmp_path: Path,
    calls: dict[str, Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    folder, image = tmp_path / "data", tmp_path / "killed"
    folder.mkdir()

    def kill(*_: object) -> None:
        if not image.exists():
            shutil.copytree(folder, image)

    def kill_after(synced: Path) -> None:
        if synced.is_dir():
            kill()

    def replace_file(file: Path, target: Path) -> None:
        kill()
        file.rename(target)

    calls[moment] = kill
    with monkeypatch.context() as patched:
        if moment == "end":
            patched.setattr(Rewrite, "end", kill)
        if moment == "replacing":
            patched.setattr(Path, "replace", replace_file)
        if moment == "replaced":
            patched.setattr(rewrite, "sync", kill_after)
        async with open_library(folder / "1.db") as (library, _):
            for n in range(1, 9):
                await library.articles.add(new_article(_text(n, f"canary{n % 2}")), ALL)
            await library.articles.erase([1, 3, 5, 7], ALL)
    async with open_library(image / "1.db") as (library, _):
        assert sorted(a.id for a in await library.articles.select(ALL)) == [2, 4, 6, 8]
        assert (await library.articles.add(new_article("New."), ALL)).article.id == 9
    data = _bytes(image)
    assert (b"canary0" in data, b"canary1" in data) == (True, False)
    assert (_names(image), _is_marked(image / "1.db")) == (["1.db"], False)


def test_a_file_that_is_exchanged_while_it_is_opened_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = tmp_path / "1.db", list[str]()
    for name in ("1.db", "new.db"):
        with closing(sqlite3.connect(tmp_path / name)) as file:
            file.execute(f'CREATE TABLE "{name}" (n)')
    connect = migrate_module._connect_to_read

    def connect_late(path: Path, option: str, *pragmas: str) -> sqlite3.Connection:
        connection = connect(path, option, *pragmas)
        if not opened:
            (tmp_path / "new.db").replace(path)
        opened.append(option)
        return connection

    monkeypatch.setattr(migrate_module, "_connect_to_read", connect_late)
    with closing(open_to_read(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("new.db",)]
    assert len(opened) == 2


async def test_an_erased_library_leaves_no_new_file_either(tmp_path: Path) -> None:
    store, left = await SqliteStore.open(tmp_path, MemoryIndex), f"{SERVER}.db{rewrite.SUFFIX}"
    try:
        async with store.library(SERVER):
            for name in (left, f"{left}-journal"):
                (tmp_path / "libraries" / name).touch()
        await store.erase_library(SERVER)
        assert _names(tmp_path / "libraries") == []
    finally:
        await store.close()
