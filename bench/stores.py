"""What a search costs over PostgreSQL and over a file, and the opening of a library, side by side.

    python -m bench.stores --passages 10000
    python -m bench.stores --libraries 64 --passages 100   # the memory of open libraries instead

The database is one that the tests bring along (``tests.postgres_server``).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.load import process_figures
from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.passage_index import QueryTerms, QuestionVector
from bot.store.postgres.store import PostgresStore
from bot.store.protocols import Store
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import new_article
from tests.postgres_server import OWNER, PostgresServer, running_server

SERVER = "1001"


async def compare_search(
    arguments: argparse.Namespace, server: PostgresServer, folder: Path
) -> None:
    """Opening a library and searching it warm, over each store."""
    url = server.url(server.database(folder), OWNER)
    for name in ("file", "PostgreSQL"):

        async def open_store(name: str = name) -> Store:
            if name == "file":
                return await SqliteStore.open(folder, MemoryIndex)
            return await PostgresStore.open(url, MemoryIndex)

        store = await open_store()
        await fill_library(store, arguments.passages)
        await store.close()
        store = await open_store()
        cold = await timed_searches(store, 1)
        warm = await timed_searches(store, 100)
        async with store.library(SERVER) as library:
            size = library.index.nbytes / 1e6
        await store.close()
        for label, (wall, cpu) in (("opened", cold), ("warm", warm)):
            middle = f"{np.median(wall) * 1e3:.1f} ms, {np.median(cpu) * 1e3:.1f} ms of CPU"
            print(f"{name}, {arguments.passages:,} passages, {label}: {middle}")
        print(f"{name}: index in memory {size:.1f} MB")


async def measure_memory(
    arguments: argparse.Namespace, server: PostgresServer, folder: Path
) -> None:
    """The memory of this process with more and more libraries open, over PostgreSQL."""
    url = server.url(server.database(folder), OWNER)
    store = await PostgresStore.open(url, MemoryIndex)
    servers = [str(1_001 + n) for n in range(arguments.libraries)]
    for server_id in servers:
        await fill_library(store, arguments.passages, server_id)
    await store.close()
    store = await PostgresStore.open(url, MemoryIndex)
    print(
        f"libraries of {arguments.passages:,} passages; none open: {process_figures(os.getpid())}"
    )
    for number, server_id in enumerate(servers, 1):
        await timed_searches(store, 1, server_id)
        if number & (number - 1) == 0 or number == len(servers):
            print(f"{number} open: {process_figures(os.getpid())}")
    await store.close()


async def fill_library(store: Store, passages: int, server_id: str = SERVER) -> None:
    words = [f"word{n}" for n in range(2_000)]
    chance = random.Random(1)
    async with store.library(server_id) as library:
        for article in range(passages // 10):
            paragraphs = [" ".join(chance.choices(words, k=40)) for _ in range(10)]
            draft = new_article("\n\n".join([f"number {article}", *paragraphs[1:]]))
            await library.articles.add(draft, Scope(server_id))


async def timed_searches(
    store: Store, count: int, server_id: str = SERVER
) -> tuple[Sequence[float], Sequence[float]]:
    """The seconds of each, and those of this process's CPU."""
    wall, cpu = [], []
    vector = QuestionVector("tiny/1", np.full(4, 0.5, np.float32))
    for n in range(count):
        terms = QueryTerms((f"word{n}", f"word{n + 1}", "numb"), ((0, 1, 1),))
        began, used = time.perf_counter(), time.process_time()
        async with store.library(server_id) as library:
            found = await library.index.candidates(terms, vector, Scope(server_id), 50)
            await library.articles.passages(found.ids[:20].tolist(), Scope(server_id))
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return wall, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--libraries", type=int, default=0, help="measure the memory of so many")
    arguments = parser.parse_args()
    measure = measure_memory if arguments.libraries else compare_search
    with running_server() as server, tempfile.TemporaryDirectory(prefix="stores-") as folder:
        asyncio.run(measure(arguments, server, Path(folder)))


if __name__ == "__main__":
    main()
