"""What the steps of the schema make of the rows that are there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import psycopg

from bot.store.minhash_bands import band_keys
from bot.store.postgres.migrate import migrations
from bot.store.postgres.store import PostgresStore
from bot.store.values import MinhashSignature
from tests.contract.samples import ALL, SERVER, new_article
from tests.postgres_server import OWNER, PostgresServer


async def test_a_signature_of_an_older_database_gets_its_bands_if_its_version_is_the_newest(
    store: PostgresStore, database: str, postgres_server: PostgresServer
) -> None:
    both = np.random.default_rng(1).integers(0, 1 << 32, (2, 256), np.uint32)
    for replaces, hashes in zip((None, 1), both, strict=True):
        draft = replace(new_article(f"{hashes[0]}"), signature=MinhashSignature(1, hashes))
        async with store.library(SERVER) as library:
            await library.articles.add(replace(draft, replaces=replaces), ALL)
    (step,) = (sql for _, name, sql in migrations() if name == "minhash_band")
    with psycopg.connect(postgres_server.url(database, OWNER)) as connection:
        connection.execute("SELECT set_config('footnote.server', %s, false)", (SERVER,))
        connection.execute("DELETE FROM minhash_band")
        connection.execute(step[step.index("DO $$") :].encode())
        stored = connection.execute("SELECT version_id, band_key FROM minhash_band").fetchall()
    assert sorted(stored) == [(2, key) for key in band_keys(both[1])]
