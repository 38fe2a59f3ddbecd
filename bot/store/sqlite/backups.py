"""The backups of a data folder (``backup_protocol``): folders with a file per database.

A backup is written under another name, verified, and renamed. ``manifest.json`` has the SHA-256 of
each file, so that a change or a lost file is noticed before it is restored. Works beside the
running bot: it takes no lock on the data folder, and only reads there.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from threading import Event

from bot.errors import FootnoteError, StoreError
from bot.store.backup_protocol import BackupReport, RestoreReport
from bot.store.erasures import journal_path, update_journal
from bot.store.sqlite.backup import Schema, Stopped, copy_database
from bot.store.sqlite.backup_folder import (
    BOT_DATA,
    LIBRARIES,
    MANIFEST,
    Backup,
    backups_in,
    library_files,
    new_name,
    time_name,
    write_manifest,
)
from bot.store.sqlite.connection import is_disk_full
from bot.store.sqlite.disk import sync
from bot.store.sqlite.erase_again import JournalSources
from bot.store.sqlite.journals import erased_libraries, read_history
from bot.store.sqlite.migrate import applied_number, migrations
from bot.store.sqlite.restore import REPLACED, restore
from bot.strings import _

log = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
DUE_AFTER_S = 23 * 3600.0  # looked at every hour: between 23 and 24 hours
PARTIAL = ".partial-"  # of the folder while it is written
PARTIAL_RETENTION_S = DAY_S  # left by a process that was killed


class SqliteBackups:
    """See ``backup_protocol.Backups`` and ``DailyBackups``."""

    def __init__(self, data_dir: Path, folder: Path | None, keep_days: int):
        self._data_dir = data_dir
        self._folder = folder
        self._keep_s = keep_days * DAY_S

    async def back_up(self, folder: Path) -> BackupReport:
        stop = Event()
        try:
            return await asyncio.to_thread(self._back_up, folder, stop)
        finally:
            stop.set()  # a cancelled one must not delay the end of the process

    async def back_up_if_due(self) -> BackupReport | None:
        if self._folder is None:
            return None
        backups = await asyncio.to_thread(backups_in, self._folder)
        if backups and time.time() - backups[-1].made_at < DUE_AFTER_S:
            return None
        return await self.back_up(self._folder)

    async def back_up_before_upgrade(self) -> BackupReport | None:
        if self._folder is None or not await asyncio.to_thread(self._has_unsaved_outdated):
            return None
        made = await self.back_up(self._folder)
        log.info("backed up in %s before an older schema is brought up to date", made.path)
        return made

    def _has_unsaved_outdated(self) -> bool:
        """Whether a database of an older schema has changed since the newest backup of it."""
        backups = backups_in(self._folder) if self._folder else []
        own = self._data_dir / BOT_DATA
        return any(
            _is_outdated(file, "footnote" if file == own else "library")
            and not (backups and _is_in(backups[-1], file, file.relative_to(self._data_dir)))
            for file in (own, *library_files(self._data_dir))
        )

    async def clean_up(self) -> float:
        return await asyncio.to_thread(self._clean_up)

    async def restore(self, source: Path, server_id: str | None = None) -> RestoreReport:
        since = await asyncio.to_thread(self._kept_since)
        sources = JournalSources(self._data_dir, self._folder, since)
        return await restore(self._data_dir, source, server_id, sources)

    def _kept_since(self) -> float:
        """Since when erasures are kept: as long as the oldest backup, and BACKUP_KEEP days."""
        backups = backups_in(self._folder) if self._folder else []
        return min([time.time() - self._keep_s, *(backup.made_at for backup in backups[:1])])

    def _clean_up(self) -> float:
        for replaced in backups_in(self._data_dir / REPLACED):
            if replaced.made_at < time.time() - self._keep_s:
                shutil.rmtree(replaced.path, ignore_errors=True)
        return self._kept_since()

    def _back_up(self, folder: Path, stop: Event) -> BackupReport:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _delete_partial(folder)
            partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=folder))
            try:
                return self._write(partial, folder, stop)
            finally:
                shutil.rmtree(partial, ignore_errors=True)  # renamed, if it is whole
        except (OSError, sqlite3.Error, Stopped) as error:
            raise StoreError(
                _(
                    "No backup was made in {folder} ({reason}). "
                    "Older backups were left as they are."
                ).format(folder=folder, reason=_reason(error))
            ) from error

    def _write(self, partial: Path, folder: Path, stop: Event) -> BackupReport:
        """Fill the folder, give it its name, and delete what is too old by now."""
        name = time_name()  # what changes from here on may not be in it
        failed = self._copy_all(partial, stop)
        made = library_files(partial)
        if not made and not (partial / BOT_DATA).exists():
            raise StoreError(_nothing_made(self._data_dir, failed))
        size = write_manifest(partial)
        for written in (partial / MANIFEST, partial / LIBRARIES, partial):
            sync(written)
        backup = partial.rename(folder / new_name(folder, name))
        sync(folder)
        deleted = self._tidy(backup, folder, is_complete=not failed)
        return BackupReport(backup, tuple(file.stem for file in made), size, failed, deleted)

    def _tidy(self, backup: Path, folder: Path, *, is_complete: bool) -> tuple[Path, ...]:
        """What comes with a new backup, but can wait for the next: returns what was deleted."""
        try:
            self._copy_journals(backup, folder)
            is_ours = self._folder is not None and folder.resolve() == self._folder.resolve()
            return self._delete_old(folder) if is_ours and is_complete else ()
        except OSError as error:
            log.warning("after the backup %s: %s", backup.name, error)
            return ()

    def _copy_all(self, partial: Path, stop: Event) -> dict[str, str]:
        """Copy every database that can be copied; the others by their names, and why not."""
        (partial / LIBRARIES).mkdir()
        failed = {}
        files = [*library_files(self._data_dir), self._data_dir / BOT_DATA]
        for file in filter(Path.exists, files):
            copy = partial / file.relative_to(self._data_dir)
            try:
                copy_database(file, copy, stop)
            except FootnoteError as error:
                failed[file.stem] = error.message
                copy.unlink(missing_ok=True)
        return failed

    def _delete_old(self, folder: Path) -> tuple[Path, ...]:
        """Delete backups whose time is over, but not the last one of any library that exists."""
        newest: dict[str, Backup] = {}
        backups = backups_in(folder)
        for backup in backups:
            newest |= dict.fromkeys((file.stem for file in library_files(backup.path)), backup)
        needed = {newest[f.stem] for f in library_files(self._data_dir) if f.stem in newest}
        horizon = time.time() - self._keep_s
        old = [b for b in backups[:-1] if b.made_at < horizon and b not in needed]
        for backup in old:
            shutil.rmtree(backup.path)
        return tuple(backup.path for backup in old)

    def _copy_journals(self, backup: Path, folder: Path) -> None:
        """Keep what was erased beside the backups, as long as the oldest of them."""
        since = min(backups_in(folder)[0].made_at, time.time() - self._keep_s)
        for file in library_files(backup):
            erasures = read_history(file).erasures
            update_journal(journal_path(folder, file.stem), erasures, since=since)
        if (backup / BOT_DATA).exists():
            erased = erased_libraries(backup / BOT_DATA)
            update_journal(journal_path(folder, None), erased, since=since)


def _is_outdated(file: Path, schema: Schema) -> bool:
    steps = migrations(schema)
    try:
        return 0 < applied_number(file, steps) < steps[-1].number
    except (StoreError, sqlite3.Error):  # whoever opens it says so
        return False


def _is_in(backup: Backup, file: Path, name: Path) -> bool:
    written = [file.stat(), *(log.stat() for log in file.parent.glob(f"{file.name}-wal"))]
    changed_at = max(stat.st_mtime for stat in written if stat.st_size)
    return (backup.path / name).is_file() and changed_at < backup.made_at


def _delete_partial(folder: Path) -> None:
    for left in folder.glob(f"{PARTIAL}*"):
        if time.time() - left.stat().st_mtime > PARTIAL_RETENTION_S:
            shutil.rmtree(left, ignore_errors=True)


def _nothing_made(data_dir: Path, failed: dict[str, str]) -> str:
    if failed:
        return " ".join(failed.values())
    return _("There is nothing to back up in {folder}.").format(folder=data_dir)


def _reason(error: Exception) -> str:
    if isinstance(error, Stopped):
        return _("Footnote is stopping")
    if isinstance(error, OSError):
        return error.strerror or str(error)
    is_full = isinstance(error, sqlite3.Error) and is_disk_full(error)
    return _("the disk is full") if is_full else f"SQLite: {error}"
