"""What ``doctor`` says of this machine: versions, handles, reader, disk, files, clock."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path

from bot import __version__
from bot.app import database_state, find_damage, sqlite_version
from bot.discord_app.serve import HANDLES, most_handles
from bot.errors import FootnoteError
from bot.evaluate.model_checks import Check
from bot.ingest.worker.pool import Reader
from bot.strings import _, ngettext

FEW_HANDLES = 1_024  # 320 for 64 open libraries, the rest for people and servers
FULL_BYTES = 100 * 1024**2
ROOM_BYTES = 1024**3
MOST_SKEW_S = 60.0  # interactions and certificates allow minutes; days of budgets begin late
FIRST_YEAR = 2026  # of this code: a clock before it was never set


def check_versions() -> Check:
    """Footnote, and what its behaviour depends on most."""
    sqlite, is_new_enough = sqlite_version()
    detail = (
        f"Footnote {__version__}, Python {sys.version.split()[0]}, SQLite {sqlite},"
        f" discord.py {version('discord.py')}, openai {version('openai')}."
    )
    if not is_new_enough:
        detail += " " + _("Footnote needs SQLite 3.38: use a newer Python.")
        return Check("versions", "failed", detail)
    if shutil.which("tesseract") is None:
        detail += " " + _("Scans can't be read: tesseract isn't installed.")
    return Check("versions", "ok", detail)


def check_handles() -> Check:
    """How many files the bot may have open at once."""
    most = most_handles()
    if most is None:
        return Check("handles", "ok", _("This system has no limit of open files."))
    detail = _("{n:,} files may be open at once.").format(n=most)
    if most >= FEW_HANDLES:
        return Check("handles", "ok", detail)
    advice = _("Raise the limit (ulimit -Hn, LimitNOFILE=) to {n:,}.").format(n=HANDLES)
    return Check("handles", "warning", f"{detail} {advice}")


async def check_reader() -> Check:
    """Whether files of strangers are read in a process of their own, and how it is confined."""
    reader = Reader()
    try:
        layers = await reader.layers()
    except FootnoteError as error:
        return Check("reader", "failed", error.message)
    finally:
        await reader.close()
    missing = ", ".join(name for name, holds in layers.items() if not holds)
    detail = _("{n} of {total} layers of protection hold.").format(
        n=sum(layers.values()), total=len(layers)
    )
    if missing:
        detail += " " + _("This system doesn't allow: {names}.").format(names=missing)
    return Check("reader", "ok", detail)


def check_disk(folder: Path) -> Check:
    """Whether the data folder can be written to, and has room for its files to be rewritten."""
    place = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        detail = _("This user can't write to {folder}. Set DATA_DIR to a folder where it may.")
        return Check("disk", "failed", detail.format(folder=place))
    free = shutil.disk_usage(place).free
    sizes = [path.stat().st_size for path in folder.glob("**/*.db")]
    detail = _("{folder} has {used} of data, and {free} are free.").format(
        folder=folder, used=_size(sum(sizes)), free=_size(free)
    )
    if free < FULL_BYTES:
        return Check("disk", "failed", detail + " " + _("Make room: soon nothing can be added."))
    if free < max(ROOM_BYTES, 2 * max(sizes, default=0)):
        advice = _("Make room: erasing rewrites a whole library beside its old file.")
        return Check("disk", "warning", f"{detail} {advice}")
    return Check("disk", "ok", detail)


def check_databases(folder: Path) -> Check:
    """Whether every database file is sound. Reads all of them."""
    count, faults = find_damage(folder)
    if faults:
        return Check("database", "failed", " ".join(faults))
    if not count:
        return Check("database", "ok", _("There is no library yet."))
    detail = ngettext("{n:,} file, sound.", "{n:,} files, all sound.", count).format(n=count)
    return Check("database", "ok", detail)


async def check_postgresql(url: str) -> Check:
    """Whether the database can be used, and keeps servers apart by itself."""
    try:
        state = await database_state(url)
    except FootnoteError as error:
        return Check("database", "failed", error.message)
    detail = _("PostgreSQL {version}, {size}, schema {schema} of {newest}.").format(
        version=state.version,
        size=_size(state.size_bytes),
        schema=state.schema,
        newest=state.newest,
    )
    if state.only_reads:
        advice = _("It only reads: point DATABASE_URL at the primary server.")
        return Check("database", "failed", f"{detail} {advice}")
    if state.encoding != "UTF8":
        advice = _("Its encoding is {name}: make the database with ENCODING 'UTF8'.")
        return Check("database", "failed", f"{detail} {advice.format(name=state.encoding)}")
    if state.sees_all:
        advice = _(
            "Its user is a superuser or has BYPASSRLS, so row-level security doesn't hold for it: "
            "use another user."
        )
        return Check("database", "warning", f"{detail} {advice}")
    return Check("database", "ok", detail)


def check_clock(reference: str) -> Check:
    """Whether the clock is right, by the Date of an HTTP reply; it may have none, or no date."""
    now = datetime.now(UTC)
    shown = now.isoformat(sep=" ", timespec="seconds")
    date = _parse_date(reference)
    if date is None:
        if now.year < FIRST_YEAR:
            return Check("clock", "failed", _("It is {now}: set the clock.").format(now=shown))
        return Check("clock", "ok", _("It is {now}; nothing to compare it with.").format(now=shown))
    skew = (now - date).total_seconds()
    if abs(skew) > MOST_SKEW_S:
        detail = _("It is {seconds:,.0f} s away from Discord's. Set it, best by NTP.")
        return Check("clock", "failed", detail.format(seconds=abs(skew)))
    return Check("clock", "ok", _("It agrees with Discord's to {n} s.").format(n=round(abs(skew))))


def _parse_date(reference: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(reference)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _size(count: int) -> str:
    return f"{count / 1024**3:,.1f} GiB" if count >= 1024**3 else f"{count / 1024**2:,.1f} MiB"
