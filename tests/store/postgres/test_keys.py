"""Every key, index and query begins with the server's id, and no row of another is ever seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from bot.store.postgres.queries import all_queries
from bot.store.postgres.store import PostgresStore
from tests.contract.samples import ALL, SERVER, new_article
from tests.postgres_server import BOT, OWNER, TEMPLATE, PostgresServer

OTHER = "2002"
WHOLE_BOT = {"note", "model_profile", "lease", "footnote_migration"}
OVER_SERVERS = {"library", "membership", "erased_library", "question"}  # also read as a whole
TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+AS\s+(\w+))?")
NAMED = "server_id = %(server)s"


def rows(server: PostgresServer, sql: str, user: str = OWNER) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url(TEMPLATE, user)) as connection:
        return connection.execute(sql.encode()).fetchall()


@pytest.fixture
def library_tables(postgres_server: PostgresServer) -> set[str]:
    sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    names = {str(name) for (name,) in rows(postgres_server, sql)}
    return names - WHOLE_BOT


def test_every_index_and_key_of_a_library_begins_with_the_server(
    postgres_server: PostgresServer, library_tables: set[str]
) -> None:
    indexes = rows(
        postgres_server,
        """SELECT indrelid::regclass::text, indexrelid::regclass::text,
                  (SELECT attname FROM pg_attribute
                   WHERE attrelid = indrelid AND attnum = indkey[0])
           FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
           WHERE relnamespace = 'public'::regnamespace""",
    )
    firsts = {(table, index): first for table, index, first in indexes}
    assert {table for table, _ in firsts} >= library_tables
    wrong = {k: v for k, v in firsts.items() if k[0] in library_tables and v != "server_id"}
    assert not wrong


def test_every_foreign_key_begins_with_the_server(postgres_server: PostgresServer) -> None:
    keys = rows(
        postgres_server,
        """SELECT conname, (SELECT attname FROM pg_attribute
                            WHERE attrelid = conrelid AND attnum = conkey[1]),
                  (SELECT attname FROM pg_attribute
                   WHERE attrelid = confrelid AND attnum = confkey[1])
           FROM pg_constraint WHERE contype = 'f'""",
    )
    assert len(keys) > 20
    assert [key for key in keys if key[1:] != ("server_id", "server_id")] == []


def test_there_is_nothing_that_citus_cannot_distribute(postgres_server: PostgresServer) -> None:
    triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    partitioned = "SELECT relname FROM pg_class WHERE relkind = 'p'"
    sequences = "SELECT relname FROM pg_class WHERE relkind = 'S'"
    assert [rows(postgres_server, sql) for sql in (triggers, partitioned, sequences)] == [[]] * 3


def statements(tables: set[str]) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Each statement on a library's tables: its query, its SQL and (table, alias) in it."""
    for name, query in all_queries().items():
        for sql in query.statements:
            used = [(t, alias or t) for t, alias in TABLE.findall(sql) if t in tables]
            if used and ("%(server)s" in sql or {t for t, _ in used} - OVER_SERVERS):
                yield name, sql, used


def test_every_query_names_the_server_for_each_table(library_tables: set[str]) -> None:
    checked = 0
    for name, sql, used in statements(library_tables):
        into = len(re.findall(r"INSERT INTO \w+ \(\s*server_id", sql))
        updates = sql.count("DO UPDATE SET")
        assert sql.count(NAMED) + into >= len(used) - updates, (name, sql)
        checked += 1
    assert checked > 150


async def test_without_its_condition_a_query_still_sees_nothing_of_another_server(
    store: PostgresStore, postgres_server: PostgresServer, database: str, library_tables: set[str]
) -> None:
    async with store.library(SERVER) as library:
        await library.articles.add(new_article(), ALL)
    for user in (BOT, OWNER):
        with psycopg.connect(postgres_server.url(database, user)) as connection:
            for named in (OTHER, "", "*"):
                connection.execute("SELECT set_config('footnote.server', %s, true)", (named,))
                seen = {
                    table: connection.execute(f"SELECT * FROM {table}".encode()).fetchall()
                    for table in library_tables - (OVER_SERVERS if named == "*" else set())
                }
                assert not any(seen.values()), (user, named)


async def test_a_row_of_another_server_can_be_neither_changed_nor_added(
    store: PostgresStore, url: str
) -> None:
    async with store.library(SERVER) as library:
        await library.articles.add(new_article(), ALL)
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('footnote.server', %s, true)", (OTHER,))
        assert connection.execute("DELETE FROM article").rowcount == 0
        assert connection.execute("UPDATE version SET text = ''").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO embedder VALUES (%s, 1, 'a', 4)", (SERVER,))


def test_the_tests_connect_without_the_rights_of_an_owner_or_superuser(
    postgres_server: PostgresServer,
) -> None:
    sql = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    owned = "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"
    assert rows(postgres_server, sql, BOT) == [(False, False)]
    assert rows(postgres_server, owned, BOT) == [(0,)]
