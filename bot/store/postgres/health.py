"""What the doctor says of a PostgreSQL database. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from bot.store.postgres.failures import translate_errors
from bot.store.postgres.migrate import applied_number, check_version, migrations
from bot.store.postgres.pool import check_connection

ABOUT = """SELECT current_setting('server_version'), pg_database_size(current_database()),
    (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),
    current_setting('transaction_read_only') = 'on',
    current_setting('server_encoding')"""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """``schema`` of ``newest``; ``sees_all``: row-level security does not hold for its user."""

    version: str
    size_bytes: int
    schema: int
    newest: int
    sees_all: bool
    only_reads: bool
    encoding: str


async def database_state(url: str) -> DatabaseState:
    """Raises StoreError with the reason if the database can't be used."""
    await check_connection(url)
    with translate_errors():
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            check_version(connection)
            row = await (await connection.execute(ABOUT)).fetchone()
            assert row is not None
            version, size, sees_all, only_reads, encoding = row
            schema = await applied_number(connection)
    newest = migrations()[-1][0]
    return DatabaseState(version, size, schema, newest, sees_all, only_reads, encoding)
