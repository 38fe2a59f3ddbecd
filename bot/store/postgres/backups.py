"""Backups of a PostgreSQL database are the operator's: PostgreSQL has better ones (pg_dump).

See ``backup_protocol``. Making and restoring one is refused in words; the daily round does nothing.
"""

from __future__ import annotations

import time
from pathlib import Path

from bot.errors import StoreError
from bot.store.backup_protocol import BackupReport, RestoreReport
from bot.strings import N_, _

DAY_S = 86_400.0
NO_BACKUP = N_(
    "The libraries are in PostgreSQL, which Footnote doesn't back up. Use pg_dump with the "
    "address in DATABASE_URL, or your provider's backups."
)
NO_RESTORE = N_(
    "The libraries are in PostgreSQL, which Footnote doesn't restore. Stop the bot and use "
    "pg_restore with the address in DATABASE_URL."
)


class PostgresBackups:
    """See ``backup_protocol.Backups`` and ``DailyBackups``. ``keep_days``: of erasures."""

    def __init__(self, keep_days: int):
        self._keep_days = keep_days

    async def back_up(self, folder: Path) -> BackupReport:
        raise StoreError(_(NO_BACKUP))

    async def back_up_before_upgrade(self) -> BackupReport | None:
        return None

    async def restore(self, source: Path, server_id: str | None = None) -> RestoreReport:
        raise StoreError(_(NO_RESTORE))

    async def back_up_if_due(self) -> BackupReport | None:
        return None

    async def clean_up(self) -> float:
        return time.time() - self._keep_days * DAY_S
