"""A backup is whole, whatever happens while it is made, or there is none."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.errors import DatabaseDamaged, StoreError
from bot.records import Scope
from bot.store.sqlite import backup as backup_module
from bot.store.sqlite import backups as backups_module
from bot.store.sqlite.backup import Stopped, copy_database
from bot.store.sqlite.backup_folder import TIME_FORMAT, backups_in, check_unchanged, made_at
from tests.store.backups import TEXTS, add, backups_of, fill, is_sound, open_library, titles
from tests.store.test_migrate import at_version

DAY_S = 24 * 3600.0


async def test_a_backup_has_a_file_for_each_library_and_the_bots_own_data(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "22")
    made = await backups_of(tmp_path / "data").back_up(tmp_path / "to")
    files = sorted(str(f.relative_to(made.path)) for f in made.path.rglob("*") if f.is_file())
    assert files == ["footnote.db", "libraries/1.db", "libraries/22.db", "manifest.json"]
    assert (made.libraries, made.failed) == (("1", "22"), {})
    assert await titles(made.path, "22") == dict(enumerate(TEXTS, 1))


async def test_backups_taken_while_articles_are_added_are_whole_and_have_what_was_acknowledged(
    tmp_path: Path,
) -> None:
    backups = backups_of(tmp_path / "data")
    async with open_library(tmp_path / "data") as library:
        stopped = asyncio.Event()
        acknowledged = 0

        async def write() -> None:
            nonlocal acknowledged
            while not stopped.is_set():
                await add(library, f"Moon {acknowledged} is {'far ' * 400}.")
                acknowledged += 1

        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            for _ in range(8):
                before = acknowledged
                made = await backups.back_up(tmp_path / "to")
                assert is_sound(made.path / "libraries" / "1.db")
                assert len(_titles_in(made.path / "libraries" / "1.db")) >= before
            stopped.set()


def _titles_in(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [title for (title,) in connection.execute("SELECT title FROM article")]
    finally:
        connection.close()


async def test_an_erasure_beside_a_backup_succeeds(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    async with open_library(tmp_path / "data") as library:
        _, erased = await asyncio.gather(
            backups_of(tmp_path / "data").back_up(tmp_path / "to"),
            library.articles.erase([2], Scope("1")),
        )
    assert erased == [2]


async def test_a_damaged_library_is_named_and_the_others_are_backed_up(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "2", "3")
    (tmp_path / "data/libraries/1.db").write_bytes(b"no database" * 500)
    _overwrite_middle(tmp_path / "data/libraries/2.db")
    made = await backups_of(tmp_path / "data").back_up(tmp_path / "to")
    assert made.libraries == ("3",)
    assert made.failed.keys() == {"1", "2"}
    assert all("is damaged" in reason for reason in made.failed.values())


def _overwrite_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(8_192)
        file.write(os.urandom(path.stat().st_size // 2))


@pytest.mark.parametrize("fails_at", range(1, 5))
async def test_a_full_disk_is_a_sentence_and_leaves_the_older_backups(
    fails_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path / "data", "1", "2")
    backups = backups_of(tmp_path / "data", tmp_path / "to")
    old = await backups.back_up(tmp_path / "to")
    monkeypatch.setattr(backups_module, "copy_database", _full_at(fails_at))
    monkeypatch.setattr(backups_module, "write_manifest", _no_space)
    with pytest.raises(StoreError, match=r"No backup was made.*Older backups were left"):
        await backups.back_up(tmp_path / "to")
    assert [backup.path for backup in backups_in(tmp_path / "to")] == [old.path]
    assert not list((tmp_path / "to").glob(".partial*"))
    check_unchanged(list(old.path.rglob("*.db")))


def _full_at(call: int) -> Callable[..., object]:
    """Copies, until the disk is full at the n-th copy."""
    calls = 0

    def copy(source: Path, target: Path, stop: threading.Event) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise sqlite3.OperationalError("database or disk is full")
        return copy_database(source, target, stop)

    return copy


def _no_space(_folder: Path) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"No backup was made in .*file"):
        await backups_of(tmp_path / "data").back_up(tmp_path / "file")


async def test_nothing_to_back_up_is_a_sentence_and_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is nothing to back up"):
        await backups_of(tmp_path / "none").back_up(tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []
    assert not (tmp_path / "none").exists()


def test_a_copy_ends_when_the_process_does(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "data"))
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        copy_database(tmp_path / "data/libraries/1.db", tmp_path / "copy.db", stop)


async def test_a_cancelled_backup_ends_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = threading.Event()

    def wait(_source: Path, _target: Path, stop: threading.Event) -> object:
        started.set()
        stop.wait()
        raise Stopped

    monkeypatch.setattr(backups_module, "copy_database", wait)
    await fill(tmp_path / "data")
    backup = asyncio.ensure_future(backups_of(tmp_path / "data").back_up(tmp_path / "to"))
    await asyncio.to_thread(started.wait)
    backup.cancel()
    with pytest.raises(asyncio.CancelledError):
        await backup
    await asyncio.get_running_loop().shutdown_default_executor()
    assert backups_in(tmp_path / "to") == []
    assert list((tmp_path / "to").iterdir()) == []


async def test_an_erasure_does_not_wait_for_the_check_of_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking, erased = threading.Event(), threading.Event()
    verify = backup_module.verify

    def slow(*arguments: Any) -> Any:
        checking.set()
        erased.wait()
        return verify(*arguments)

    monkeypatch.setattr(backup_module, "verify", slow)
    await fill(tmp_path / "data")
    backup = asyncio.ensure_future(backups_of(tmp_path / "data").back_up(tmp_path / "to"))
    await asyncio.to_thread(checking.wait)
    try:
        async with open_library(tmp_path / "data") as library:
            assert await library.articles.erase([2], Scope("1")) == [2]
    finally:
        erased.set()
        made = await backup
    assert made.libraries == ("1",)


async def test_a_damaged_library_is_reported_with_its_newest_backup(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(tmp_path / "data", "1", "2")
    backups = backups_of(tmp_path / "data", tmp_path / "to")
    good = (await backups.back_up(tmp_path / "to")).path
    (tmp_path / "data/libraries/1.db").write_bytes(b"no database" * 500)
    assert (await backups.back_up(tmp_path / "to")).failed.keys() == {"1"}
    with pytest.raises(DatabaseDamaged):
        async with open_library(tmp_path / "data", "1", tmp_path / "to"):
            pass
    assert f"footnote restore {good / 'libraries/1.db'}" in caplog.text


# --- which are kept ---------------------------------------------------------------------------


def _aged(backup: Path, days: float) -> Path:
    """The backup under the name of another time."""
    name = time.strftime(TIME_FORMAT, time.gmtime(time.time() - days * DAY_S)) + "Z"
    return backup.rename(backup.with_name(name))


async def test_a_backup_is_made_once_a_day(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    backups = backups_of(tmp_path / "data", tmp_path / "to")
    made = await backups.back_up_if_due()
    assert made is not None
    assert await backups.back_up_if_due() is None
    _aged(made.path, 1)
    assert await backups.back_up_if_due() is not None
    assert await backups_of(tmp_path / "data").back_up_if_due() is None  # no BACKUP_DIR


async def test_backups_are_deleted_when_their_time_is_over(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    backups = backups_of(tmp_path / "data", tmp_path / "to", keep_days=7)
    made = [(await backups.back_up(tmp_path / "to")).path for _ in range(3)]
    ages = [_aged(path, days) for path, days in zip(made, (9, 8, 6), strict=True)]
    (tmp_path / "to" / "my own folder").mkdir()
    last = await backups.back_up(tmp_path / "to")
    assert set(last.deleted) == set(ages[:2])
    names = {path.name for path in (tmp_path / "to").iterdir()}
    assert names == {ages[2].name, last.path.name, "my own folder", "erasures"}


async def test_a_backup_counts_though_an_old_one_cannot_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_journal: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    await fill(tmp_path / "data")
    monkeypatch.setattr(backups_module, "update_journal", refuse)
    made = await backups_of(tmp_path / "data", tmp_path / "to").back_up(tmp_path / "to")
    assert made.path.exists()
    assert "Permission denied" in caplog.text


async def test_only_backups_in_the_backup_folder_are_deleted(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    backups = backups_of(tmp_path / "data", tmp_path / "to")
    old = _aged((await backups.back_up(tmp_path / "other")).path, 99)
    assert (await backups.back_up(tmp_path / "other")).deleted == ()
    assert old.exists()


async def test_the_last_good_backup_of_a_damaged_library_is_kept(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "2")
    backups = backups_of(tmp_path / "data", tmp_path / "to")
    good = _aged((await backups.back_up(tmp_path / "to")).path, 30)
    (tmp_path / "data/libraries/1.db").write_bytes(b"no database" * 500)
    newer = _aged((await backups.back_up(tmp_path / "to")).path, 20)
    made = await backups.back_up(tmp_path / "to")
    assert made.deleted == ()
    (tmp_path / "data/libraries/1.db").unlink()
    assert set((await backups.back_up(tmp_path / "to")).deleted) == {good, newer}


async def test_what_a_killed_backup_left_is_deleted_after_a_day(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    for name, age_s in (("old", 2 * DAY_S), ("new", 0.0)):
        left = tmp_path / "to" / f".partial-{name}"
        left.mkdir(parents=True)
        os.utime(left, (time.time() - age_s,) * 2)
    await backups_of(tmp_path / "data").back_up(tmp_path / "to")
    assert [p.name for p in (tmp_path / "to").glob(".partial*")] == [".partial-new"]


@pytest.mark.parametrize("name", ["2026-13-01T000000Z", "backup", "2026-01-01T000000", "٢٠٢٦"])
def test_another_name_is_no_backup(name: str) -> None:
    assert made_at(name) is None


async def test_two_backups_in_a_second_are_two(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    backups = backups_of(tmp_path / "data")
    paths = {(await backups.back_up(tmp_path / "to")).path for _ in range(3)}
    assert len(paths) == len(backups_in(tmp_path / "to")) == 3


async def test_a_library_of_an_older_schema_is_backed_up_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "data/libraries/1.db"
    path.parent.mkdir(parents=True)
    at_version(path, 20)
    made = await backups_of(tmp_path / "data").back_up(tmp_path / "to")
    assert made.libraries == ("1",)
    shutil.rmtree(tmp_path / "data")
    await backups_of(tmp_path / "data").restore(made.path)
    assert await titles(tmp_path / "data") == {1: "Mars"}


@pytest.mark.parametrize(
    ("made_days_ago", "kept_days"), [([], 7), ([2], 7), ([9], 9), ([9, 12], 12)]
)
async def test_erasures_are_kept_as_long_as_any_backup_and_for_the_days_of_backups(
    tmp_path: Path, made_days_ago: list[int], kept_days: int
) -> None:
    now = time.time()
    for days in made_days_ago:
        made = time.strftime(TIME_FORMAT, time.gmtime(now - days * DAY_S))
        (tmp_path / "to" / f"{made}Z").mkdir(parents=True)
    backups = backups_of(tmp_path / "data", tmp_path / "to", keep_days=7)
    assert round((now - await backups.clean_up()) / DAY_S) == kept_days


@pytest.mark.parametrize(
    "manifest", ["", "{}", "[]", "3", '{"files": []}', '{"files": {"libraries/1.db": "sha256"}}']
)
def test_a_backup_whose_manifest_says_nothing_of_its_files_is_refused(
    manifest: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    (backup / "libraries").mkdir(parents=True)
    (backup / "libraries/1.db").write_bytes(b"anything")
    (backup / "manifest.json").write_text(manifest)
    with pytest.raises(StoreError, match="isn't as it was"):
        check_unchanged([backup / "libraries/1.db"])
