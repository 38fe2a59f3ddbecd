"""Locks a data folder, or the shards that a process serves in it. A lock ends with its process.

A process that serves all shards holds ``lock`` as long as it lives. One that serves some of them
holds ``lock`` only while it starts, so that two never look at the same moment, and then
``lock-N``, N being its first shard. Beside each file, ``….pid`` names the process and its shards:
Windows lets nobody else read a locked file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import DataFolderLocked, StoreError
from bot.shards import ALL_SHARDS, Shards
from bot.strings import _

START_S = 10.0  # another process's start takes 0.1 s, or as long as an update of the bot's data
LOCK = "lock"


@dataclass(frozen=True, slots=True)
class _Holder:
    """The process that holds a lock; ``shards`` None for a file that doesn't say."""

    pid: str
    shards: Shards | None


@contextmanager
def lock_folder(folder: Path, shards: Shards = ALL_SHARDS) -> Iterator[Callable[[], None]]:
    """Hold the folder, or some shards of it. Raises DataFolderLocked if another process does.

    Yields a function to be called once the bot-wide data is open: until then no other process
    starts.
    """
    with ExitStack() as starting, ExitStack() as lasting:
        whole = lasting if shards.are_all else starting
        try:
            whole.enter_context(_locked(folder / LOCK, 0 if shards.are_all else START_S))
        except Timeout as error:
            raise _in_use(folder, _read_holder(folder / LOCK)) from error
        for holder in _other_holders(folder):
            if shards.are_all or holder.shards is None or holder.shards.conflict_with(shards):
                raise _in_use(folder, holder)
        if shards.are_all:
            _write_holder(folder / LOCK, f"{os.getpid()}", folder)
        else:
            own = folder / f"{LOCK}-{shards.process_number}"
            lasting.enter_context(_locked(own, 0))
            ids = ",".join(map(str, shards.ids))
            _write_holder(own, f"{os.getpid()} {shards.count} {ids}", folder)
        yield starting.close


def _other_holders(folder: Path) -> Iterator[_Holder]:
    """The processes that hold shards. ``lock`` must be held: looking takes each lock."""
    for file in sorted(folder.glob(f"{LOCK}-*")):
        if file.suffix == ".pid":
            continue
        try:
            with _locked(file, 0):
                pass
        except Timeout:
            yield _read_holder(file)


@contextmanager
def _locked(file: Path, wait_s: float) -> Iterator[None]:
    """Hold a lock file. Raises Timeout if another process holds it."""
    lock = FileLock(file, timeout=wait_s)
    try:
        lock.acquire()
    except Timeout:
        raise
    except (OSError, NotImplementedError) as error:  # the latter where nothing can be locked
        raise _unusable(file.parent, error) from error
    try:
        yield
    finally:
        lock.release()


def _write_holder(file: Path, text: str, folder: Path) -> None:
    try:
        file.with_suffix(".pid").write_text(text, encoding="ascii")
    except OSError as error:
        raise _unusable(folder, error) from error


def _read_holder(file: Path) -> _Holder:
    try:
        text = file.with_suffix(".pid").read_text(encoding="ascii", errors="replace")
    except OSError:
        return _Holder("", None)
    pid, _space, rest = text.strip().partition(" ")
    try:
        count, _space, ids = rest.partition(" ")
        shards = Shards(int(count), tuple(map(int, ids.split(","))))
    except ValueError:
        shards = None
    return _Holder(pid if pid.isdigit() else "", shards)


def _in_use(folder: Path, holder: _Holder) -> DataFolderLocked:
    process = _(" (process {pid})").format(pid=holder.pid) if holder.pid else ""
    if holder.shards is None:
        message = _(
            "The data folder {folder} is in use by another Footnote{process}. "
            "Stop it first, or set DATA_DIR (--data) to another folder."
        )
        return DataFolderLocked(message.format(folder=folder, process=process))
    message = _(
        "In the data folder {folder}, another Footnote{process} serves the shards {ids} of "
        "{count}. Stop it first, or set SHARD_COUNT to the same number and SHARD_IDS to others."
    )
    ids, count = ", ".join(map(str, holder.shards.ids)), holder.shards.count
    return DataFolderLocked(message.format(folder=folder, process=process, ids=ids, count=count))


def _unusable(folder: Path, error: Exception) -> StoreError:
    return StoreError(
        _(
            "The data folder {folder} can't be used ({reason}). Set DATA_DIR (--data) to a folder "
            "on a local disk that this user may write to."
        ).format(folder=folder, reason=getattr(error, "strerror", None) or error)
    )
