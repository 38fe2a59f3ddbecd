"""What backups of a data folder promise, and what they report. Knows nothing of SQLite.

A backup is a folder named after its time (UTC) with the layout of a data folder: one file per
library and ``footnote.db``. It appears as a whole, after every file in it was verified.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A finished backup. ``failed``: the libraries that are missing in it, and why."""

    path: Path
    libraries: tuple[str, ...]
    size_bytes: int
    failed: dict[str, str] = field(default_factory=dict)
    deleted: tuple[Path, ...] = ()  # older backups whose time was over


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored. ``replaced`` is the folder that keeps what was there before.

    ``erased_again`` counts what was erased since the backup was made, and is erased in what was
    restored. ``left_out``: libraries of the backup that were erased as a whole. ``unknown``: those
    of which it isn't known whether anything was erased since.
    """

    libraries: tuple[str, ...]
    replaced: Path | None
    bot_data: bool = False  # footnote.db, too
    erased_again: int = 0
    left_out: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Backups(Protocol):
    """The backups of one data folder."""

    async def back_up(self, folder: Path) -> BackupReport:
        """Make a backup in ``folder``, also while the bot is running.

        In ``BACKUP_DIR``, backups whose time is over are deleted then. Raises StoreError, with
        nothing changed.
        """

    async def back_up_before_upgrade(self) -> BackupReport | None:
        """Make a backup in ``BACKUP_DIR`` if an update of Footnote is about to change a schema.

        Returns None if it doesn't, if there is no ``BACKUP_DIR``, or if the newest backup has all
        that will be changed. Raises StoreError; then nothing should be opened.
        """

    async def restore(self, source: Path, server_id: str | None = None) -> RestoreReport:
        """Replace libraries by those of a backup: a folder, or the file of one library.

        ``server_id``: only this library, or the one that the file becomes. Everything is checked
        before anything is replaced. Raises StoreError, with nothing changed; DataFolderLocked
        while the bot is running.
        """


class DailyBackups(Protocol):
    """The backups that the running bot makes."""

    async def back_up_if_due(self) -> BackupReport | None:
        """Make a backup in ``BACKUP_DIR`` if the last one is a day old. Raises StoreError."""

    async def clean_up(self) -> float:
        """Delete what restoring replaced, after ``BACKUP_KEEP`` days.

        Returns since when (seconds since 1970) erasures must be known: as long as the oldest backup
        in ``BACKUP_DIR`` is kept, and for ``BACKUP_KEEP`` days.
        """
