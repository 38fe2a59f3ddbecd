"""Two processes over pgbouncer in transaction mode, which gives each transaction any connection.

Run where pgbouncer is installed. What it demands is tested everywhere: ``test_failures`` reads a
connection after use, which has no setting, no prepared statement and no lock.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.postgres.store import PostgresStore
from tests.contract.samples import ids_with_term, new_article
from tests.postgres_server import BOT, NOBODY, PostgresServer
from tests.store.postgres.test_shard_claims import settle

SERVERS = [str(n) for n in range(1, 5)]
ARTICLES = 3
CONNECTIONS = 2  # of the pooler to PostgreSQL, for up to eight of each process
PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
SETTINGS = """[databases]
* = host={host}
[pgbouncer]
unix_socket_dir = {folder}
listen_addr =
listen_port = 6432
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
log_connections = 0
log_disconnections = 0
log_stats = 0
"""


@pytest.fixture
def pooled_url(postgres_server: PostgresServer, database: str) -> Iterator[str]:
    """The address of the test's database over a pooler, which listens as soon as it has it."""
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed")
    folder = postgres_server.folder / "pooler"
    folder.mkdir()
    (folder / "users").write_text(f'"{BOT}" ""\n')
    settings = SETTINGS.format(host=postgres_server.folder, folder=folder, connections=CONNECTIONS)
    (folder / "settings").write_text(settings)
    user = NOBODY if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user, user)
    pooler = subprocess.Popen(
        [PROGRAM, str(folder / "settings")],
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stderr=subprocess.PIPE,
    )
    with pooler:
        assert pooler.stderr is not None
        log = iter(pooler.stderr.readline, b"")
        assert any(b"process up" in line for line in log)
        yield f"postgresql://{BOT}@/{database}?host={quote(str(folder), safe='')}&port=6432"
        pooler.kill()
    shutil.rmtree(folder)


async def work(store: PostgresStore, name: str, server_id: str) -> None:
    """Adds articles to a library, and finds them all in it."""
    scope = Scope(server_id)
    for n in range(ARTICLES):
        async with store.library(server_id) as library:
            added = await library.articles.add(new_article(f"{name} canary {n}"), scope)
            found = await ids_with_term(library, "canar", scope=scope)
            assert (await library.articles.passages(found, scope))[-1].id >= added.article.id


async def test_processes_work_over_a_pooler_that_shares_their_connections(pooled_url: str) -> None:
    stores = [await PostgresStore.open(pooled_url, MemoryIndex, shares=True) for _ in "ab"]
    pairs = [(stores[n % 2], str(n), server) for n, server in enumerate([*SERVERS, *SERVERS[1:]])]
    await asyncio.gather(*(work(*pair) for pair in pairs))
    for server_id in SERVERS:
        async with stores[0].library(server_id) as library:
            found = await ids_with_term(library, "canar", scope=Scope(server_id))
            assert found == list(range(1, len(found) + 1))
            assert len(found) == ARTICLES * sum(server == server_id for *_, server in pairs)
    for store in stores:
        await store.claim_shards()
        await store.claims.join(4, 1)
    assert await settle(*stores) == [(0, 1), (2, 3)]
    for store in stores:
        await store.close()
