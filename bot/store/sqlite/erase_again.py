"""Erases from a restored library what was erased since its backup was made.

The journal in the library that it replaces says so, if both are of one origin, and so do the copies
of the journals beside the backups. An entry that the backup's own journal has is in the backup
already. An article that was added later than an entry of the same id is another article.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreError
from bot.store.erasures import Erasure, journal_path, merge, read_journal
from bot.store.parts.answers import forget_channel
from bot.store.parts.article_rows import erase_article, set_trashed
from bot.store.parts.messages import withdraw_jobs
from bot.store.parts.people import forget_person
from bot.store.parts.statements import fetch_first, utc_now
from bot.store.sqlite.backup_folder import BOT_DATA, LIBRARIES, backup_of
from bot.store.sqlite.connection import Database, SqliteWriter
from bot.store.sqlite.journals import FileHistory, erased_libraries, read_history
from bot.store.sqlite.library import index_first
from bot.store.sqlite.migrate import migrations, schema_objects
from bot.store.sqlite.queries import query
from bot.store.values import ErasedCounts
from bot.strings import _


@dataclass(frozen=True, slots=True)
class JournalSources:
    """Where erasures are written down.

    ``backups`` is ``BACKUP_DIR``, where the journals are copied after each erasure and reach back
    to ``since`` (seconds since 1970).
    """

    data_dir: Path
    backups: Path | None
    since: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """``erased``: how much was still there. ``is_left_out``: the whole library was erased."""

    erased: int = 0
    is_left_out: bool = False
    is_unknown: bool = False


async def erase_again(copy: Path, file: Path, target: str, sources: JournalSources) -> Outcome:
    """Bring a library's copy up to date: its schema and what was erased. ``file``: the backup's.

    Raises StoreError if it is no library of ours.
    """
    own = await asyncio.to_thread(read_history, copy)
    servers = list(dict.fromkeys((target, file.stem)))
    if await asyncio.to_thread(_was_erased, servers, own, file, sources):
        return Outcome(is_left_out=True)
    others = [
        h for s in servers if (h := await asyncio.to_thread(_current, s, sources)) is not None
    ]
    same = [history for history in others if history.born == own.born]
    copied = await asyncio.to_thread(_copied, servers, own, file, sources)
    erasures = [
        erasure
        for erasure in merge(*(history.erasures for history in same), copied)
        if erasure not in set(own.erasures)
    ]
    floors = _floors(others, erasures)
    erased = await _apply(copy, erasures, own.last, floors)
    is_known = any(history.last <= own.last or history.first <= own.last + 1 for history in same)
    return Outcome(erased, is_unknown=not (is_known or _copies_reach(servers, file, sources)))


def _current(server_id: str, sources: JournalSources) -> FileHistory | None:
    """The history of the library that is there now; None if it can't be read."""
    file = sources.data_dir / LIBRARIES / f"{server_id}.db"
    with suppress(sqlite3.Error, ValueError):
        return read_history(file) if file.exists() else None
    return None


def _copied(
    servers: Sequence[str], own: FileHistory, file: Path, sources: JournalSources
) -> list[Erasure]:
    """The journals beside the backups, since the library began."""
    paths = {journal_path(root, server) for root in _roots(file, sources) for server in servers}
    return [e for path in sorted(paths) for e in _read(path) if e.at >= own.born]


def _roots(file: Path, sources: JournalSources) -> set[Path]:
    backup = backup_of(file)
    root = backup.path.parent if backup else None
    return {folder for folder in (sources.backups, root) if folder is not None}


def _read(path: Path) -> list[Erasure]:
    """Raises StoreError for a file that can't be read: what was erased would come back."""
    try:
        return read_journal(path)
    except ValueError as error:
        message = _("The journal of erasures {file} can't be read. Nothing was restored.")
        raise StoreError(message.format(file=path)) from error


def _copies_reach(servers: Sequence[str], file: Path, sources: JournalSources) -> bool:
    """Whether the journals in ``BACKUP_DIR`` reach back to the backup."""
    if sources.backups is None:
        return False
    backup = backup_of(file)
    made_at = backup.made_at if backup else file.stat().st_mtime
    exists = any(journal_path(sources.backups, server).exists() for server in servers)
    return exists and made_at >= sources.since


def _was_erased(
    servers: Sequence[str], own: FileHistory, file: Path, sources: JournalSources
) -> bool:
    return any(e.id in servers and e.at >= own.born for e in _whole_libraries(file, sources))


def _whole_libraries(file: Path, sources: JournalSources) -> list[Erasure]:
    journals = [_read(journal_path(root, None)) for root in _roots(file, sources)]
    with suppress(sqlite3.Error):
        if (sources.data_dir / BOT_DATA).exists():
            journals.append(erased_libraries(sources.data_dir / BOT_DATA))
    return merge(*journals)


def _floors(others: Sequence[FileHistory], erasures: Sequence[Erasure]) -> dict[str, int]:
    """The highest ids given so far: none is given twice, since posted messages hold them."""
    floors: dict[str, int] = {}
    for history in others:
        for table, highest in history.sequences.items():
            floors[table] = max(floors.get(table, 0), highest)
    ids = [e.id for e in erasures if e.kind == "erased" and isinstance(e.id, int)]
    floors["article"] = max([floors.get("article", 0), *ids])
    floors.pop("erasure", None)  # numbered without gaps: a gap means that entries are missing
    return floors


async def _apply(copy: Path, erasures: Sequence[Erasure], last: int, floors: dict[str, int]) -> int:
    """Erase again, and write the journal on. Returns how much was still there."""
    database = await Database.open(copy, "library")
    try:
        await _check_objects(database)
        await index_first(database)
        async with database.transaction() as writer:
            erased = sum([await _erase(writer, erasure) for erasure in erasures])
            await writer.execute(query("drop_orphan_answers"))
            for name in ("forget_erasures_after", "number_erasures_from"):  # as they were, below
                await writer.execute(query(name), (last,))
            rows = [{"kind": e.kind, "id": e.id, "at": e.at} for e in erasures]
            await writer.executemany(query("record_erasure"), rows)
            for table, highest in floors.items():
                values = {"table": table, "highest": highest}
                await writer.execute(query("add_sequence"), values)
                await writer.execute(query("raise_sequence"), values)
            if erasures:
                await writer.mark_deleted()
        await database.overwrite_deleted()
    finally:
        await database.close()
    return erased


async def _check_objects(database: Database) -> None:
    """Raise StoreError if the file has other tables than ours, or code that would run."""
    objects = {(row["type"], row["name"]) for row in await database.fetch(query("schema_objects"))}
    if objects != schema_objects(migrations("library")):
        raise StoreError(_("This isn't a library as Footnote makes them. Nothing was changed."))


async def _erase(writer: SqliteWriter, erasure: Erasure) -> bool:
    """Erase one thing again. Returns whether it was still there."""
    erased_id = erasure.id
    if not isinstance(erased_id, int):
        return False
    match erasure.kind:
        case "erased" | "removed" | "restored":
            values = {"id": erased_id, "at": erasure.at}
            if await fetch_first(writer, "article_added", values) is None:
                return False
            if erasure.kind == "erased":
                await erase_article(writer, erased_id)
            else:  # it can be brought back for a day from now
                removed_at = time.time() if erasure.kind == "removed" else None
                await set_trashed(writer, erased_id, removed_at=removed_at)
            return erasure.kind != "restored"
        case "person":
            return await forget_person(writer, erased_id) != ErasedCounts()
        case "channel":
            await forget_channel(writer, erased_id)
        case "message":
            await withdraw_jobs(writer, [erased_id])
    return False


async def prepare_bot_data(
    copy: Path, file: Path, libraries: Sequence[str], sources: JournalSources
) -> None:
    """Bring a copy of ``footnote.db`` up to date. ``file``: the backup's.

    Questions that were being answered have ended since. The libraries may have jobs to resume.
    """
    erased = await asyncio.to_thread(_whole_libraries, file, sources)
    own_erased = await asyncio.to_thread(erased_libraries, copy)
    database = await Database.open(copy, "footnote")
    try:
        async with database.transaction() as writer:
            await writer.execute(query("drop_all_questions"))
            for each in erased:
                if each not in own_erased:
                    for name in ("forget_library", "forget_membership"):
                        await writer.execute(query(name), (each.id,))
                    await writer.execute(query("record_erased_library"), (each.id, each.at))
            values = [(server_id, utc_now()) for server_id in libraries]
            await writer.executemany(query("mark_pending"), values)
            await writer.mark_deleted()
        await database.overwrite_deleted()
    finally:
        await database.close()
