"""Where things are in a data folder and in a folder of backups: names and times."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from itertools import count
from pathlib import Path

from bot import __version__
from bot.errors import StoreError
from bot.store.server_ids import SERVER_ID
from bot.strings import _

BOT_DATA = "footnote.db"
LIBRARIES = "libraries"
MANIFEST = "manifest.json"
BACKUP_NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d{6})Z(-\d+)?", re.ASCII)
TIME_FORMAT = "%Y-%m-%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup, and when copying began (seconds since 1970)."""

    path: Path
    made_at: float


def library_files(folder: Path) -> list[Path]:
    """The files of the libraries in a data folder or a backup, by name."""
    files = (folder / LIBRARIES).glob("*.db")
    return sorted(file for file in files if SERVER_ID.fullmatch(file.stem) and file.is_file())


def backups_in(folder: Path) -> list[Backup]:
    """The finished backups in a folder, the oldest first."""
    if not folder.is_dir():
        return []
    children = ((child, made_at(child.name)) for child in folder.iterdir() if child.is_dir())
    backups = [Backup(child, at) for child, at in children if at is not None]
    return sorted(backups, key=lambda backup: (backup.made_at, backup.path.name))


def newest_copy(folder: Path, name: str) -> Path | None:
    """The file of this name (``libraries/1.db``) in the newest backup that has it."""
    copies = (backup.path / name for backup in reversed(backups_in(folder)))
    return next((copy for copy in copies if copy.is_file()), None)


def made_at(name: str) -> float | None:
    """The time in the name of a backup; None for another name."""
    match = BACKUP_NAME.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], TIME_FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def time_name() -> str:
    """The name of a backup that is begun now."""
    return datetime.now(UTC).strftime(TIME_FORMAT) + "Z"


def new_name(folder: Path, name: str) -> str:
    """The name, with a number if another backup has it: one begun within the same second."""
    return next(n for n in _numbered(name) if not (folder / n).exists())


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def backup_of(file: Path) -> Backup | None:
    """The backup that a file lies in; None for a file elsewhere."""
    for folder in file.resolve().parents[:2]:
        at = made_at(folder.name)
        if at is not None:
            return Backup(folder, at)
    return None


def write_manifest(backup: Path) -> int:
    """Write what a backup consists of. Returns its size in bytes."""
    files = [file for file in sorted(backup.rglob("*.db")) if file.is_file()]
    rows = {
        file.relative_to(backup).as_posix(): {
            "bytes": file.stat().st_size,
            "sha256": _sha256(file),
        }
        for file in files
    }
    manifest = {
        "footnote": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": rows,
    }
    (backup / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    return sum(file.stat().st_size for file in files)


def check_unchanged(files: Sequence[Path]) -> None:
    """Raise StoreError if a file of a backup isn't as it was when the backup was made.

    A file that was taken out of its backup has no manifest to compare it with.
    """
    for file in files:
        backup = file.parent.parent if file.parent.name == LIBRARIES else file.parent
        if not (backup / MANIFEST).is_file():
            continue
        if _expected_sha256(backup / MANIFEST, file.relative_to(backup)) != _sha256(file):
            message = _(
                "{file} isn't as it was when the backup was made. Nothing was changed. "
                "Choose another backup."
            )
            raise StoreError(message.format(file=file))


def _expected_sha256(manifest: Path, name: Path) -> str:
    """Empty if the manifest doesn't know the file."""
    try:
        return str(json.loads(manifest.read_text("utf-8"))["files"][name.as_posix()]["sha256"])
    except (ValueError, KeyError, TypeError):
        return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
