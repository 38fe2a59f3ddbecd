"""Which ids a server may have, as the name of a file, and which servers a process has."""

from __future__ import annotations

import re

from bot.errors import LibraryElsewhere, StoreError
from bot.shards import Shards, shard_of
from bot.strings import _

SERVER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_server_id(server_id: str) -> None:
    """Raise StoreError for an id that cannot be a file's name."""
    if not SERVER_ID.fullmatch(server_id):
        message = _("{id!r} isn't a valid server id: use letters, digits, - and _ (at most 64).")
        raise StoreError(message.format(id=server_id))


def check_is_own(server_id: str, shards: Shards) -> None:
    """Raise LibraryElsewhere for a server whose events come to another process."""
    if server_id not in shards:
        raise LibraryElsewhere(
            _(
                "The library of server {id} belongs to the process of shard {shard}. Nothing "
                "was changed."
            ).format(id=server_id, shard=shard_of(server_id, shards.count))
        )
