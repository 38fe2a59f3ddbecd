"""Print what a change costs in a library that ``bench.search`` made.

    python -m bench.search --sizes 100000 --keep FOLDER     # once
    python -m bench.changes FOLDER [--rounds 5]

For each change of one article: its own time, and how much longer the next question takes than one
before it (medians of the CPU time of the process, which a busy machine doubles at most). For an
erasure, too: how long somebody else who writes all the time had to wait at most, by the clock, and
the CPU time of the process meanwhile. The folder changes, but not its number of articles.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from bench.search import RandomEmbedder, random_article, random_question
from bot.ingest.near_duplicates import NUM_HASHES, SIGNATURE_SCHEME
from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.search.retrieve import retrieve
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.store.values import MinhashSignature, NewArticle

SERVER = "bench"
ALL = Scope(SERVER)
PASSAGES = 8  # of the article that is changed
HITS = 12
ASKED = 5  # questions before each change
SEED = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    asyncio.run(_measure(arguments.folder, arguments.rounds))


async def _measure(folder: Path, rounds: int) -> None:
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        async with store.library(SERVER) as library:
            totals = await library.articles.totals(ALL)
            print(f"{totals.passages:,} passages, {totals.articles:,} articles\n")
            print("| change | CPU ms | next question, more CPU ms |\n|---|---|---|")
            await _changes(library, rounds)
            print("\nerasing: somebody else waited at most", end=" ", flush=True)
            wait, cpu = await _longest_wait(library)
            print(f"{wait:.0f} ms for the writer ({cpu:.0f} ms of CPU)")
    finally:
        await store.close()


async def _changes(library: Library, rounds: int) -> None:
    random, embedder = np.random.default_rng(SEED), RandomEmbedder()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in CHANGES}

    async def ask() -> float:
        question = random_question(random)
        _, cpu = await _ms(retrieve(question, library, ALL, embedder, limit=HITS))
        return cpu

    await ask()
    for _ in range(rounds):
        article_id = 0
        for name, change in CHANGES.items():
            warm = median([await ask() for _ in range(ASKED)])
            draft, start = _draft(random), time.process_time()
            article_id = await change(library, draft, article_id)
            took = (time.process_time() - start) * 1e3
            times[name].append((took, await ask() - warm))
    for name, pairs in times.items():
        took, more = (median(column) for column in zip(*pairs, strict=True))
        print(f"| {name} | {took:.0f} | {more:.1f} |")


def _draft(random: np.random.Generator) -> NewArticle:
    hashes = random.integers(0, 1 << 32, NUM_HASHES, np.uint32)
    article = random_article(random, f"{time.time()}", PASSAGES)
    return replace(article, signature=MinhashSignature(SIGNATURE_SCHEME, hashes))


async def _add(library: Library, draft: NewArticle, _article_id: int) -> int:
    return (await library.articles.add(draft, ALL)).article.id


async def _rename(library: Library, draft: NewArticle, article_id: int) -> int:
    return (await library.articles.rename(article_id, draft.title, ALL)).id


async def _refresh(library: Library, draft: NewArticle, article_id: int) -> int:
    return (await library.articles.add(replace(draft, replaces=article_id), ALL)).article.id


async def _remove(library: Library, _draft: NewArticle, article_id: int) -> int:
    return (await library.articles.trash([article_id], ALL))[0]


async def _restore(library: Library, _draft: NewArticle, article_id: int) -> int:
    return (await library.articles.restore([article_id], ALL))[0]


async def _erase(library: Library, _draft: NewArticle, article_id: int) -> int:
    return (await library.articles.erase([article_id], ALL))[0]


CHANGES: dict[str, Callable[[Library, NewArticle, int], Awaitable[int]]] = {
    "adding": _add,
    "renaming": _rename,
    "refreshing": _refresh,
    "removing": _remove,
    "restoring": _restore,
    "erasing": _erase,
}


async def _longest_wait(library: Library) -> tuple[float, float]:
    """Of somebody who writes again and again while an article is erased: wall and CPU time, ms."""
    article_id = await _add(library, _draft(np.random.default_rng(SEED + 1)), 0)
    erasing = asyncio.ensure_future(library.articles.erase([article_id], ALL))
    waits = []
    while not erasing.done():
        waits.append(await _ms(library.articles.set_message_link(1, "")))
    await erasing
    return max(waits)


async def _ms(work: Awaitable[object]) -> tuple[float, float]:
    """The wall time and the CPU time of the process, in ms."""
    start, cpu_start = time.perf_counter(), time.process_time()
    await work
    return (time.perf_counter() - start) * 1e3, (time.process_time() - cpu_start) * 1e3


if __name__ == "__main__":
    main()
