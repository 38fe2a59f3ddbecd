"""The journal of what one library erased (``bot.store.erasures``), in the library itself.

An entry is written in the transaction that erases. Where the operator keeps backups, the journal is
copied beside them after that; a copy that fails is made with the next backup.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from pathlib import Path

from bot.store.erasures import Erasure, ErasureKind, update_journal
from bot.store.parts.database import SqlDatabase, Transaction

log = logging.getLogger(__name__)


async def record_erasure(
    writer: Transaction, kind: ErasureKind, erased_id: int, at: float | None = None
) -> None:
    """Write an entry, within the transaction that erases. ``at``: now, if it is not given."""
    values = {"kind": kind, "id": erased_id, "at": time.time() if at is None else at}
    await writer.execute("record_erasure", values)


async def copy_beside(path: Path, erasures: Collection[Erasure]) -> bool:
    """Add erasures to their file beside the backups. False if that can't be written now."""
    try:
        await asyncio.to_thread(update_journal, path, erasures)
    except OSError as error:
        log.warning("erasures were not copied beside the backups: %s", error.strerror)
        return False
    return True


class SqlErasures:
    """See ``protocols.Erasures``. ``copy_to``: the file beside the backups."""

    def __init__(self, database: SqlDatabase, copy_to: Path | None = None):
        self._database = database
        self._copy_to = copy_to
        self._copied = 0  # the number of the last entry in the copy, as far as is known

    async def forget(self, before: float) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("forget_erasures", (before,))

    async def copy(self) -> None:
        """Bring the copy beside the backups up to date, if there is one."""
        if self._copy_to is None:
            return
        ((last,),) = await self._database.fetch("last_erasure")
        if last <= self._copied:
            return
        rows = await self._database.fetch("erasures")
        erasures = [Erasure(row["kind"], row["id"], row["at"]) for row in rows]
        if await copy_beside(self._copy_to, erasures):
            self._copied = rows[-1]["number"]
