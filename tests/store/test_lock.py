"""A data folder belongs to one process, and is free again however that process ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import DataFolderLocked, StoreError
from bot.search.memory_index import MemoryIndex
from bot.shards import ALL_SHARDS, Shards
from bot.store import lock
from bot.store.lock import lock_folder
from bot.store.sqlite.store import SqliteStore

HOLDER = """
import sys
from pathlib import Path
from bot.store.lock import lock_folder
with lock_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_by_name_and_opens_after_kill_9(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataFolderLocked, match=rf"another Footnote \(process {holder.pid}\)"):
            asyncio.run(_open_and_close(tmp_path))
        holder.kill()
        holder.wait()
        asyncio.run(_open_and_close(tmp_path))


async def _open_and_close(folder: Path) -> None:
    await (await SqliteStore.open(folder, MemoryIndex)).close()


async def test_a_second_store_in_the_same_process_is_refused_until_the_first_is_closed(
    tmp_path: Path,
) -> None:
    first = await SqliteStore.open(tmp_path, MemoryIndex)
    with pytest.raises(DataFolderLocked, match="Stop it first"):
        await SqliteStore.open(tmp_path, MemoryIndex)
    await first.close()
    await (await SqliteStore.open(tmp_path, MemoryIndex)).close()


def test_an_unreadable_lock_file_is_harmless(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes("gärbage".encode())
    with lock_folder(tmp_path), pytest.raises(DataFolderLocked), lock_folder(tmp_path):
        pass


async def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't be created"):
        await SqliteStore.open(tmp_path / "file" / "data", MemoryIndex)


async def test_a_lock_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(StoreError, match="can't be used"):
        await SqliteStore.open(tmp_path, MemoryIndex)


async def test_a_store_that_could_not_be_opened_leaves_the_folder_free(tmp_path: Path) -> None:
    (tmp_path / "footnote.db").write_text("no database" * 500)
    with pytest.raises(StoreError):
        await SqliteStore.open(tmp_path, MemoryIndex)
    (tmp_path / "footnote.db").unlink()
    await (await SqliteStore.open(tmp_path, MemoryIndex)).close()


def test_processes_with_shards_of_their_own_hold_one_folder(tmp_path: Path) -> None:
    with lock_folder(tmp_path, Shards(4, (0, 1))) as let_others_start:
        let_others_start()
        with lock_folder(tmp_path, Shards(4, (2, 3))) as let_others_start:
            let_others_start()
            with (
                pytest.raises(DataFolderLocked, match=r"serves the shards 0, 1 of 4"),
                lock_folder(tmp_path),
            ):
                pass
        with lock_folder(tmp_path, Shards(4, (2,))):
            pass


@pytest.mark.parametrize("shards", [Shards(4, (1, 2)), Shards(4, (0,)), Shards(8, (4, 5))])
def test_shards_that_another_process_has_or_counts_differently_are_refused(
    tmp_path: Path, shards: Shards
) -> None:
    with lock_folder(tmp_path, Shards(4, (0, 1))) as let_others_start:
        let_others_start()
        told = rf"\(process {os.getpid()}\) serves the shards 0, 1 of 4"
        with pytest.raises(DataFolderLocked, match=told), lock_folder(tmp_path, shards):
            pass
    with lock_folder(tmp_path, shards):
        pass


def test_no_process_starts_while_another_one_does_or_beside_one_that_has_all_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "START_S", 0.0)
    for first in (ALL_SHARDS, Shards(2, (0,))):
        with lock_folder(tmp_path, first):
            for second in (Shards(2, (1,)), ALL_SHARDS):
                with pytest.raises(DataFolderLocked), lock_folder(tmp_path, second):
                    pass


def test_a_lock_that_a_process_left_over_is_no_obstacle(tmp_path: Path) -> None:
    with lock_folder(tmp_path, Shards(4, (0, 1))):
        pass
    assert (tmp_path / "lock-0.pid").exists()
    with (
        lock_folder(tmp_path, Shards(8, (1,))),
        pytest.raises(DataFolderLocked),
        lock_folder(tmp_path),
    ):
        pass
