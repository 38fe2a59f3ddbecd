"""Locks a data folder to one process. The lock ends with the process, however that ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import DataFolderLocked, StoreError
from bot.strings import _


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold ``folder/lock``. Raises DataFolderLocked if another process holds it.

    ``folder/lock.pid`` names the process: Windows lets nobody else read a locked file.
    """
    owner = folder / "lock.pid"
    lock = FileLock(folder / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise DataFolderLocked(
            _(
                "The data folder {folder} is in use by another Footnote{process}. "
                "Stop it first, or set DATA_DIR (--data) to another folder."
            ).format(folder=folder, process=_process(owner))
        ) from error
    except (OSError, NotImplementedError) as error:  # the latter where nothing can be locked
        raise _unusable(folder, error) from error
    try:
        _write(owner, folder)
        yield
    finally:
        lock.release()


def _write(owner: Path, folder: Path) -> None:
    try:
        owner.write_text(str(os.getpid()), encoding="ascii")
    except OSError as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: Exception) -> StoreError:
    return StoreError(
        _(
            "The data folder {folder} can't be used ({reason}). Set DATA_DIR (--data) to a folder "
            "on a local disk that this user may write to."
        ).format(folder=folder, reason=getattr(error, "strerror", None) or error)
    )


def _process(owner: Path) -> str:
    try:
        pid = owner.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
    return _(" (process {pid})").format(pid=pid) if pid.isdigit() else ""
