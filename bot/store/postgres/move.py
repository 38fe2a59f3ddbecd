"""Takes in the libraries of another store (``move_protocol.RowTarget``).

Each library is one transaction: copied, read again and compared, then committed. One that is here
already is compared with what it would be copied from, and left alone if it differs.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from bot.errors import StoreError
from bot.store.move_protocol import BATCH_ROWS, MoveReport, RowSource, TableRows
from bot.store.postgres.connection import ALL_SERVERS, NAME_SERVER
from bot.store.postgres.failures import translate_errors
from bot.store.postgres.migrate import migrate
from bot.store.postgres.pool import Connection
from bot.store.postgres.rows import PostgresRow, named_rows
from bot.strings import N_, _

TYPES = """SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = %s"""
COUNTERS = (
    "article",
    "version",
    "passage",
    "segment",
    "embedder",
    "answer",
    "job",
    "charge",
    "erasure",
    "setting_change",
)
DIFFERS = N_(
    "PostgreSQL has another library of server {id}, so this one was not moved. Nothing was "
    "changed. Erase one of the two first."
)
NOT_THE_SAME = N_(
    "The rows of server {id} in table {table} were not the same after copying, so the library "
    "was not moved. Nothing was changed. Please report this."
)


@dataclass
class Digest:
    """The number of rows, and a sum of their hashes that does not depend on their order."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for row in rows:
            digest = hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16)
            self.rows += 1
            self.total = (self.total + int.from_bytes(digest.digest(), "big")) % (1 << 128)


class PostgresRows:
    """See ``move_protocol.RowTarget``."""

    def __init__(self, url: str):
        self._url = url

    async def move(self, source: RowSource) -> MoveReport:
        moved: dict[str, int] = {}
        present: list[str] = []
        failed: dict[str, str] = {}
        with translate_errors():
            async with await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, prepare_threshold=None, row_factory=named_rows
            ) as connection:
                await migrate(connection)
                for server_id in await source.servers():
                    try:
                        with translate_errors():
                            rows = await _move_library(connection, source, server_id)
                    except StoreError as error:
                        failed[server_id] = error.message
                        continue
                    if rows is None:
                        present.append(server_id)
                    else:
                        moved[server_id] = rows
                await _move_bot_data(connection, source)
        return MoveReport(moved, tuple(present), failed)


async def _move_library(connection: Connection, source: RowSource, server_id: str) -> int | None:
    """Returns how many rows were moved; None if all were here already."""
    async with connection.transaction():
        await connection.execute(NAME_SERVER, (server_id,))
        state = "INSERT INTO library_state (server_id) VALUES (%s) ON CONFLICT DO NOTHING"
        is_new = (await connection.execute(state, (server_id,))).rowcount > 0
        rows = 0
        async for table in source.tables(server_id):
            read = await _take_in(connection, table, server_id, insert=is_new)
            if read != await _digest(connection, table, server_id):
                message = NOT_THE_SAME if is_new else DIFFERS
                raise StoreError(_(message).format(id=server_id, table=table.name))
            rows += read.rows
        if is_new:
            await _set_last_ids(connection, server_id, await source.last_ids(server_id))
    return rows if is_new else None


async def _move_bot_data(connection: Connection, source: RowSource) -> None:
    async with connection.transaction():
        await connection.execute(NAME_SERVER, (ALL_SERVERS,))
        async for table in source.tables(None):
            await _take_in(connection, table, None, insert=True)


async def _take_in(
    connection: Connection, table: TableRows, server_id: str | None, *, insert: bool
) -> Digest:
    """Read a table's rows, and insert them if ``insert``. Returns their digest."""
    types = {row[0]: row[1] for row in await _fetch(connection, TYPES, (table.name,))}
    statement = _insert(table, server_id)
    digest = Digest()
    async for batch in table.batches:
        rows = await asyncio.to_thread(_convert, table, types, batch)
        await asyncio.to_thread(digest.add, rows)
        if insert:
            values = rows if server_id is None else [(server_id, *row) for row in rows]
            async with connection.cursor() as cursor:
                await cursor.executemany(statement, values)
    return digest


async def _digest(connection: Connection, table: TableRows, server_id: str) -> Digest:
    """Of the rows that are here now."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    query = sql.SQL("SELECT {} FROM {} WHERE server_id = %s")
    digest = Digest()
    async with connection.cursor("rows", binary=True) as cursor:
        await cursor.execute(query.format(columns, sql.Identifier(table.name)), (server_id,))
        while batch := await cursor.fetchmany(BATCH_ROWS):
            await asyncio.to_thread(digest.add, map(tuple, batch))
    return digest


async def _set_last_ids(connection: Connection, server_id: str, last_ids: dict[str, int]) -> None:
    read = {table: last_ids.get(table, 0) for table in COUNTERS}
    setting = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(table), last) for table, last in read.items()
    )
    query = sql.SQL("UPDATE library_state SET {} WHERE server_id = %s").format(setting)
    await connection.execute(query, (server_id,))


def _insert(table: TableRows, server_id: str | None) -> sql.Composed:
    names = table.columns if server_id is None else ("server_id", *table.columns)
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )


def _convert(
    table: TableRows, types: Mapping[str, str], batch: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Rows with the types of the columns here. A job that was running is queued again."""
    to_type = [CONVERSIONS.get(types[column], _same) for column in table.columns]
    if table.name == "job":
        to_type[table.columns.index("state")] = _queued_again
    return [
        tuple(None if v is None else convert(v) for convert, v in zip(to_type, row, strict=True))
        for row in batch
    ]


def _same(value: Any) -> Any:
    return value


def _queued_again(state: str) -> str:
    return "queued" if state == "running" else state


CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {"boolean": bool, "double precision": float}


async def _fetch(connection: Connection, query: str, values: tuple[Any, ...]) -> list[PostgresRow]:
    return await (await connection.execute(query, values)).fetchall()
