"""Locks a data folder to one process. The lock ends with the process, however that ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bot.errors import DataFolderLocked, StoreError
from bot.strings import _

LOCKED_ERRNOS = {
    errno.EAGAIN,
    errno.EWOULDBLOCK,
    errno.EACCES,
    errno.EDEADLK,
}  # Windows uses the last two


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold ``folder/lock``. Raises DataFolderLocked if another process holds it."""
    with _open_lock_file(folder) as file:
        try:
            _lock(file)
        except OSError as error:
            raise _lock_error(folder, file, error) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _open_lock_file(folder: Path) -> IO[str]:
    try:
        return (folder / "lock").open("a+", encoding="ascii", errors="replace")
    except OSError as error:
        raise StoreError(
            _(
                "The data folder {folder} can't be used ({reason}). "
                "Set DATA_DIR (--data) to a folder that this user may write to."
            ).format(folder=folder, reason=error.strerror)
        ) from error


def _lock_error(folder: Path, file: IO[str], error: OSError) -> StoreError:
    if error.errno in LOCKED_ERRNOS:
        return DataFolderLocked(
            _(
                "The data folder {folder} is in use by another Footnote{process}. "
                "Stop it first, or set DATA_DIR (--data) to another folder."
            ).format(folder=folder, process=_owner(file))
        )
    return StoreError(
        _(
            "The data folder {folder} can't be locked ({reason}). "
            "Set DATA_DIR (--data) to a folder on a local disk."
        ).format(folder=folder, reason=error.strerror)
    )


def _owner(file: IO[str]) -> str:
    file.seek(0)
    pid = file.read(20).strip()
    return _(" (process {pid})").format(pid=pid) if pid.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(1 << 20)  # beyond the text, so that it stays readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
