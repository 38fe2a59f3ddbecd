"""What a search reads from the database does not grow with the library."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from bot.records import Scope
from bot.store.parts.index_bytes import NO_PASSAGE
from bot.store.parts.parameters import scope_parameters
from bot.store.parts.postings import CURRENT
from bot.store.postgres.queries import statement
from bot.store.postgres.store import PostgresStore
from tests.contract.samples import ALL, SERVER, new_article
from tests.postgres_server import SUPERUSER, PostgresServer

ARTICLES, PARAGRAPHS = 12, 25
QUERIES: dict[str, dict[str, Any]] = {
    "passages": scope_parameters(SERVER, Scope(SERVER)) | {"ids": json.dumps([3, 40, 200])},
    "postings": CURRENT | {"terms": json.dumps(["unique3", "unique5"]), "none": NO_PASSAGE},
}


def rows_read(node: dict[str, Any]) -> float:
    """The rows that the scans of a plan have looked at."""
    scanned = 0.0
    if "Relation Name" in node and "segment" not in node["Relation Name"]:
        removed = node.get("Rows Removed by Filter", 0)
        scanned = (node["Actual Rows"] + removed) * node["Actual Loops"]
    return scanned + sum(map(rows_read, node.get("Plans", ())))


async def test_passages_and_postings_are_found_by_their_ids_and_terms(
    store: PostgresStore, postgres_server: PostgresServer, database: str
) -> None:
    async with store.library(SERVER) as library:
        for n in range(ARTICLES):
            words = [f"paragraph {n} {i} {'some words ' * 20}" for i in range(PARAGRAPHS)]
            await library.articles.add(new_article(f"unique{n}\n\n" + "\n\n".join(words)), ALL)
        assert (await library.articles.totals(ALL)).passages > 200
    with psycopg.connect(postgres_server.url(database, SUPERUSER), autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")  # right for tables as small as these
        connection.execute("ANALYZE")
        for name, values in QUERIES.items():
            (sql,) = statement(name).statements
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}".encode()
            ((rows,),) = connection.execute(explain, {**values, "server": SERVER}).fetchall()
            assert rows_read(rows[0]["Plan"]) < 40, (name, rows)
