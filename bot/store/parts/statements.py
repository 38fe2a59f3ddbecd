"""What every part of a library that runs named queries needs: rows, ids and the time."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store.parts.database import Parameters, Row, Transaction

MAX_BITS = 63  # of an integer in the databases


async def fetch_first(writer: Transaction, name: str, parameters: Parameters = ()) -> Row | None:
    """The first row of a named query."""
    rows = await writer.fetch(name, parameters)
    return rows[0] if rows else None


def storable_id(number: int) -> int:
    """``number``, or -1, which no row has, if it is too large for a database."""
    return number if number.bit_length() <= MAX_BITS else -1


def utc_now() -> str:
    """The time in UTC, as ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
