"""PostgreSQL is restarted under load: nothing that was acknowledged is lost, and all goes on."""

from __future__ import annotations

import asyncio

from bot.errors import StoreError
from bot.search.memory_index import MemoryIndex
from bot.store.postgres.store import PostgresStore
from tests.contract.samples import ALL, SERVER, new_article
from tests.postgres_server import PostgresServer

AFTERWARDS = 3  # articles that each process adds once the server is back


class Adding:
    """A process that adds articles; what was acknowledged, and what it was told instead."""

    def __init__(self, store: PostgresStore, name: str):
        self._store, self._name = store, name
        self.acknowledged: list[str] = []
        self.told: list[str] = []
        self.restarted = asyncio.Event()

    async def add_until_restarted(self) -> None:
        left, number = AFTERWARDS, 0
        while left:
            left -= self.restarted.is_set()
            number += 1
            title = f"{self._name} {number}"
            try:
                async with self._store.library(SERVER) as library:
                    added = await library.articles.add(new_article(title, title=title), ALL)
                self.acknowledged.append(added.article.title)
            except StoreError as error:
                self.told.append(error.message)


async def test_a_restart_under_load_loses_nothing_that_was_acknowledged(
    postgres_server: PostgresServer, url: str
) -> None:
    stores = [await PostgresStore.open(url, MemoryIndex) for _ in "ab"]
    both = [Adding(store, name) for store, name in zip(stores, "ab", strict=True)]
    async with asyncio.TaskGroup() as group:
        for adding in both:
            group.create_task(adding.add_until_restarted())
        await asyncio.to_thread(postgres_server.stop)
        await asyncio.to_thread(postgres_server.start)
        for adding in both:
            adding.restarted.set()
    for adding, store in zip(both, stores, strict=True):
        assert all("Try again in a moment" in told for told in adding.told)
        assert len(adding.acknowledged) >= AFTERWARDS
        async with store.library(SERVER) as library:
            titles = [article.title for article in await library.articles.select(ALL, limit=999)]
        assert {title: titles.count(title) for title in adding.acknowledged} == dict.fromkeys(
            adding.acknowledged, 1
        )
        await store.leases.renew()
        await store.close()
