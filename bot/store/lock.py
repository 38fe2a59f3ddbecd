"""Locks a data folder to one process; the lock ends with the process, however it ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bot.errors import DataFolderLocked, StoreError

LOCKED_ERRNOS = {
    errno.EAGAIN,
    errno.EWOULDBLOCK,
    errno.EACCES,
    errno.EDEADLK,
}  # Windows uses the last two


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Holds ``folder/lock``. Raises DataFolderLocked when another process has it."""
    with _opened(folder) as file:
        try:
            _lock(file)
        except OSError as error:
            raise _refusal(folder, file, error) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _opened(folder: Path) -> IO[str]:
    try:
        return (folder / "lock").open("a+", encoding="ascii", errors="replace")
    except OSError as error:
        raise StoreError(
            f"The data folder {folder} cannot be used ({error.strerror}). "
            "Set DATA_DIR (--data) to a folder that this user may write to."
        ) from error


def _refusal(folder: Path, file: IO[str], error: OSError) -> StoreError:
    if error.errno in LOCKED_ERRNOS:
        return DataFolderLocked(
            f"The data folder {folder} is in use by another Footnote{_owner(file)}. "
            "Stop that one first, or set DATA_DIR (--data) to another folder."
        )
    return StoreError(
        f"The data folder {folder} cannot be locked ({error.strerror}). "
        "Set DATA_DIR (--data) to a folder on a disk of this machine."
    )


def _owner(file: IO[str]) -> str:
    file.seek(0)
    pid = file.read(20).strip()
    return f" (process {pid})" if pid.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(1 << 20)  # beyond the text, so that it stays readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
