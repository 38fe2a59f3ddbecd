"""``footnote backup`` and ``footnote restore``: neither opens the libraries for use."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.app import open_backups
from bot.errors import SettingsError
from bot.settings import settings_in
from bot.store.backup_protocol import BackupReport, RestoreReport
from bot.strings import _, ngettext
from bot.terminal.console import console
from bot.terminal.output import DONE, FAILED

MB = 1_000_000


def run_backup(arguments: argparse.Namespace) -> int:
    """Make a backup. Returns the exit status: 1 if a library is missing in it."""
    settings = settings_in(arguments.data)
    folder = Path(arguments.to) if arguments.to else settings.backup_dir
    if folder is None:
        raise SettingsError(_("Where to? Name a folder with --to DIR, or set BACKUP_DIR."))
    made = asyncio.run(open_backups(settings).back_up(folder))
    _print(arguments, backup_json(made), _backup_lines(made))
    return FAILED if made.failed else DONE


def run_restore(arguments: argparse.Namespace) -> int:
    """Replace libraries by those of a backup. Returns the exit status."""
    backups = open_backups(settings_in(arguments.data))
    restored = asyncio.run(backups.restore(Path(arguments.backup), arguments.server))
    _print(arguments, restore_json(restored), _restore_lines(restored))
    return DONE


def _print(arguments: argparse.Namespace, document: Any, lines: Iterator[str]) -> None:
    console().write(
        json.dumps(document, ensure_ascii=False) if arguments.json else "\n".join(lines)
    )


def backup_json(made: BackupReport) -> dict[str, Any]:
    """The document of ``backup``."""
    return {
        "backup": {
            "path": str(made.path),
            "libraries": list(made.libraries),
            "bytes": made.size_bytes,
            "failed": [{"name": name, "reason": text} for name, text in made.failed.items()],
            "deleted": [str(path) for path in made.deleted],
        }
    }


def restore_json(restored: RestoreReport) -> dict[str, Any]:
    """The document of ``restore``."""
    return {
        "restored": {
            "libraries": list(restored.libraries),
            "bot_data": restored.bot_data,
            "replaced": str(restored.replaced) if restored.replaced else None,
            "erased_again": restored.erased_again,
            "left_out": list(restored.left_out),
            "unknown_erasures": list(restored.unknown),
        }
    }


def _backup_lines(made: BackupReport) -> Iterator[str]:
    n = len(made.libraries)
    text = ngettext(
        "Backed up and verified: {n:,} library, {size:,.1f} MB, in {path}",
        "Backed up and verified: {n:,} libraries, {size:,.1f} MB, in {path}",
        n,
    )
    yield text.format(n=n, size=made.size_bytes / MB, path=made.path)
    for name, reason in made.failed.items():
        yield _("Missing in it: {name}. {reason}").format(name=name, reason=reason)
    if made.deleted:
        n = len(made.deleted)
        yield ngettext("Deleted {n} old backup.", "Deleted {n} old backups.", n).format(n=n)


def _restore_lines(restored: RestoreReport) -> Iterator[str]:
    names = ", ".join(restored.libraries)
    if names:
        yield _("Restored: {names}").format(names=names)
    if restored.bot_data:
        yield _("Restored: the bot's own data (footnote.db)")
    if restored.replaced:
        yield _(
            "What was there before is kept in {path} for BACKUP_KEEP days. Erasing doesn't reach "
            "it: delete it when you don't need it."
        ).format(path=restored.replaced)
    if restored.erased_again:
        n = restored.erased_again
        yield ngettext(
            "{n:,} erasure since the backup was applied again.",
            "{n:,} erasures since the backup were applied again.",
            n,
        ).format(n=n)
    for server in restored.left_out:
        yield _(
            "The library of server {id} was erased after this backup was made, so it isn't "
            "restored."
        ).format(id=server)
    for server in restored.unknown:
        yield _(
            "Whether anything was erased from {id} after this backup was made isn't known: there "
            "is no journal of erasures for it. Erase again what people asked you to erase."
        ).format(id=server)
