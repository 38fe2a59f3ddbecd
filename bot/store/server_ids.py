"""Which ids a server may have: they are names of files, and of rows."""

from __future__ import annotations

import re

from bot.errors import StoreError
from bot.strings import _

SERVER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_server_id(server_id: str) -> None:
    """Raise StoreError for an id that cannot be a file's name."""
    if not SERVER_ID.fullmatch(server_id):
        message = _("{id!r} isn't a valid server id: use letters, digits, - and _ (at most 64).")
        raise StoreError(message.format(id=server_id))
