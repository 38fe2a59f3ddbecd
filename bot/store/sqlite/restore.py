"""Replaces libraries by those of a backup.

Copies are checked, migrated, and rid of what was erased since, all beside the data. One rename
decides: before it the old data is whole, after it the new, which ``finish_restore`` moves into
place now or, after a kill, when the data folder is opened next. What is replaced is replaced.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from bot.errors import StoreError
from bot.store.backup_protocol import RestoreReport
from bot.store.lock import lock_folder
from bot.store.parts.statements import utc_now
from bot.store.server_ids import SERVER_ID, check_server_id
from bot.store.sqlite.backup import Schema, copy_database
from bot.store.sqlite.backup_folder import (
    BOT_DATA,
    LIBRARIES,
    backups_in,
    check_unchanged,
    library_files,
    new_name,
    time_name,
)
from bot.store.sqlite.disk import sync
from bot.store.sqlite.erase_again import JournalSources, erase_again, prepare_bot_data
from bot.store.sqlite.queries import query
from bot.strings import N_, _

PARTIAL, READY = "restore.partial", "restore.ready"
REPLACED = "replaced"  # in the data folder: what restoring replaced, by time
NAME_FILE = "replaced.txt"  # in READY: the name of the folder that keeps what it replaces
COPY = "copy.db"
UNFINISHED = N_(
    "A restored backup is ready in the data folder, in {folder}, but can't be moved into its place "
    "yet ({reason}). Nothing is lost: correct that, and try again."
)
BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database


@dataclass(frozen=True, slots=True)
class _Restored:
    """A file of a backup. ``server_id``: whose library it is to be; None for ``footnote.db``."""

    file: Path
    server_id: str | None


async def restore(
    data_dir: Path, source: Path, server_id: str | None, sources: JournalSources
) -> RestoreReport:
    """See ``backup_protocol.Backups.restore``. ``sources``: where erasures are written down."""
    with as_store_error(_("Nothing was restored ({reason}). The libraries are as they were.")):
        (data_dir / LIBRARIES).mkdir(parents=True, exist_ok=True)
    with lock_folder(data_dir):
        with as_store_error(_(UNFINISHED)):  # an earlier one
            await asyncio.to_thread(finish_restore, data_dir)
        with as_store_error(_("Nothing was restored ({reason}). The libraries are as they were.")):
            report = await _make_ready(data_dir, source, server_id, sources)
        with as_store_error(_(UNFINISHED)):
            return replace(report, replaced=await asyncio.to_thread(finish_restore, data_dir))


@contextmanager
def as_store_error(message: str) -> Iterator[None]:
    """Raise the system's errors as StoreErrors."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(message.format(reason=reason, folder=READY)) from error


async def _make_ready(
    data_dir: Path, source: Path, server_id: str | None, sources: JournalSources
) -> RestoreReport:
    """Make READY, or leave everything as it is."""
    try:
        report = await _stage(data_dir, source, server_id, sources)
        (data_dir / PARTIAL).rename(data_dir / READY)  # from here on, the new data counts
        sync(data_dir)
    finally:
        shutil.rmtree(data_dir / PARTIAL, ignore_errors=True)
    return report


async def _stage(
    data_dir: Path, source: Path, server_id: str | None, sources: JournalSources
) -> RestoreReport:
    """Make everything ready in PARTIAL. Raises StoreError if anything is wrong with it."""
    partial = data_dir / PARTIAL
    (partial / LIBRARIES).mkdir(parents=True)
    libraries, left_out, unknown, erased = [], [], [], 0
    bot_data: Path | None = None
    for restored in await asyncio.to_thread(_chosen, source, server_id):
        schema = await asyncio.to_thread(_copy, restored, partial)
        if schema == "footnote":
            bot_data = restored.file
            continue
        target = restored.server_id or restored.file.stem
        outcome = await erase_again(partial / COPY, restored.file, target, sources)
        if outcome.is_left_out:
            left_out.append(target)
            continue
        (partial / COPY).rename(partial / LIBRARIES / f"{target}.db")
        libraries.append(target)
        erased += outcome.erased
        unknown += [target] * outcome.is_unknown
    if left_out and not libraries and not bot_data:
        raise StoreError(_left_out_text(left_out))
    if bot_data:
        await prepare_bot_data(partial / BOT_DATA, bot_data, libraries, sources)
    (partial / NAME_FILE).write_text(new_name(data_dir / REPLACED, time_name()), "utf-8")
    for written in (partial / NAME_FILE, partial / LIBRARIES, partial):
        sync(written)
    return RestoreReport(
        tuple(libraries), None, bot_data is not None, erased, tuple(left_out), tuple(unknown)
    )


def _left_out_text(servers: list[str]) -> str:
    return _(
        "The library of server {id} was erased after this backup was made, so it isn't restored."
    ).format(id=", ".join(servers))


def _chosen(source: Path, server_id: str | None) -> list[_Restored]:
    """The files to restore. Raises StoreError if there are none, or if one was changed."""
    if server_id is not None:
        check_server_id(server_id)
    if source.is_file():
        check_unchanged([source])
        return [_Restored(source, server_id)]
    chosen = [_Restored(f, f.stem) for f in library_files(source) if server_id in (None, f.stem)]
    if server_id is None and (source / BOT_DATA).is_file():
        chosen.append(_Restored(source / BOT_DATA, None))
    if not chosen:
        raise StoreError(_nothing_found(source, server_id))
    check_unchanged([restored.file for restored in chosen])
    return chosen


def _nothing_found(source: Path, server_id: str | None) -> str:
    if not source.exists():
        return _("There is no backup {path}.").format(path=source)
    backups = backups_in(source)
    if backups:
        message = _("{path} holds several backups. Choose one of them, such as {newest}.")
        return message.format(path=source, newest=backups[-1].path)
    if server_id is not None and library_files(source):
        message = _("{path} holds no library of server {id}.")
        return message.format(path=source, id=server_id)
    return _("{path} is no backup.").format(path=source)


def _copy(restored: _Restored, partial: Path) -> Schema:
    """Copy and verify a file: a library as COPY, the bot-wide data under its name."""
    copy = partial / COPY
    copy.unlink(missing_ok=True)
    schema = copy_database(restored.file, copy, Event())
    if schema == "footnote":
        if restored.server_id is not None:
            message = _("{file} isn't a library: it is the bot's own data. Nothing was changed.")
            raise StoreError(message.format(file=restored.file))
        copy.rename(partial / BOT_DATA)
    elif restored.server_id is None and not SERVER_ID.fullmatch(restored.file.stem):
        message = _("Which server's library is {file}? Name it with --server ID.")
        raise StoreError(message.format(file=restored.file))
    return schema


# --- moving into place -----------------------------------------------------------------------


def finish_restore(data_dir: Path) -> Path | None:
    """Move what was restored into place, and what it replaces out of the way.

    Returns where that is now; None if there was nothing to replace. What a killed restore left
    unfinished is deleted: no erasure would reach it. Whoever calls it has locked the folder.
    """
    shutil.rmtree(data_dir / PARTIAL, ignore_errors=True)
    ready = data_dir / READY
    if not ready.is_dir():
        return None
    new_files = library_files(ready)
    _mark_pending(data_dir, [file.stem for file in new_files])
    if (ready / BOT_DATA).exists():
        new_files.append(ready / BOT_DATA)
    replaced = data_dir / REPLACED / (ready / NAME_FILE).read_text("utf-8")
    for file in new_files:
        _swap(file, data_dir / file.relative_to(ready), replaced / file.relative_to(ready))
    ready.rename(data_dir / PARTIAL)  # deleted the next time, if not here
    shutil.rmtree(data_dir / PARTIAL, ignore_errors=True)
    return replaced if replaced.exists() else None


def _swap(new: Path, target: Path, replaced: Path) -> None:
    """The database moves last: while it is in its place, all this is repeated after a kill."""
    if target.exists():
        replaced.parent.mkdir(parents=True, exist_ok=True)
        for suffix in (*BESIDE, ""):
            with suppress(FileNotFoundError):
                Path(f"{target}{suffix}").replace(f"{replaced}{suffix}")
        sync(replaced.parent)
    target.parent.mkdir(parents=True, exist_ok=True)
    new.replace(target)
    sync(target.parent)


def _mark_pending(data_dir: Path, server_ids: list[str]) -> None:
    """Restored libraries may have jobs to resume. Without ``footnote.db``, all are marked later."""
    if not (data_dir / BOT_DATA).exists():
        return
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(data_dir / BOT_DATA)) as own, own:
        own.executemany(query("mark_pending"), [(server, utc_now()) for server in server_ids])
