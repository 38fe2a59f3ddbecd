"""What was erased, by ids alone, and its copy beside the backups.

A backup is never rewritten: what was erased after it was made is erased again when it is
restored. ``BACKUP_DIR/erasures/`` has a JSONL file per library, and ``footnote.jsonl`` for whole
libraries, so that this is known even if the data folder is lost. Knows nothing of SQLite.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Literal, get_args

# An article was moved to the trash, brought back, or erased; the jobs of a deleted message were
# withdrawn; a person, the answers in a deleted channel, or a whole library were erased.
ErasureKind = Literal["removed", "restored", "erased", "message", "person", "channel", "library"]
FOLDER = "erasures"
WHOLE_LIBRARIES = "footnote"
_updating = Lock()  # two erasures, or an erasure and a backup, may update one journal at once


@dataclass(frozen=True, slots=True)
class Erasure:
    """Something that was erased. ``at`` is in seconds since 1970; a library's id is a string."""

    kind: ErasureKind
    id: int | str
    at: float


def journal_path(backups: Path, server_id: str | None) -> Path:
    """The journal of a library in a folder of backups; None: of whole libraries."""
    if server_id is None:
        return backups / FOLDER / f"{WHOLE_LIBRARIES}.jsonl"
    return backups / FOLDER / "libraries" / f"{server_id}.jsonl"


def read_journal(path: Path) -> list[Erasure]:
    """The erasures in a file, in order; empty if there is none. Raises OSError or ValueError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [_erasure(json.loads(line)) for line in lines if line.strip()]


def _erasure(row: object) -> Erasure:
    match row:
        case {"kind": str(kind), "id": int() | str() as id_, "at": int() | float() as at}:
            for name in get_args(ErasureKind):
                if kind == name:
                    return Erasure(name, id_, float(at))
    raise ValueError("not an erasure")


def merge(*journals: Collection[Erasure]) -> list[Erasure]:
    """All erasures of several journals, each once, in the order of time."""
    return sorted(dict.fromkeys(e for journal in journals for e in journal), key=lambda e: e.at)


def update_journal(path: Path, erasures: Collection[Erasure], *, since: float = 0.0) -> None:
    """Add erasures to a file, and drop those from before ``since``. Raises OSError.

    The file is replaced as a whole, so a crash leaves the old one. One that can't be read is kept
    beside the new one. It is also made if it would be empty: there is a journal.
    """
    with _updating:
        _update(path, erasures, since)


def _update(path: Path, erasures: Collection[Erasure], since: float) -> None:
    try:
        existing = read_journal(path)
    except ValueError:
        path.replace(path.with_suffix(".unreadable"))
        existing = []
    merged = [erasure for erasure in merge(existing, erasures) if erasure.at >= since]
    if merged == existing and path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    with new.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(erasure)) + "\n" for erasure in merged)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
