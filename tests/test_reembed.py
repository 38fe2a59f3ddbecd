"""Another model's vectors for a library: made while search goes on, resumed, never mixed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.embedding import Embedder
from bot.errors import ModelRejected
from bot.maintenance import BATCH_PASSAGES, EmbeddingProgress, reembed_library
from bot.search.memory_index import MemoryIndex
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.store.sqlite.library import SqliteLibrary
from tests.contract.samples import ALL, DIMENSION, SERVER, ids_with_vector, new_article
from tests.directed import QUESTION, Directed, numbered
from tests.store.fault_injection import (
    Kind,
    cancelled,
    cancelled_twice,
    lost,
    outcome,
    refused,
    troubled_library,
)


async def add_numbers(
    library: Library, passages: int, embedder: Directed, title: str = "N"
) -> None:
    made = new_article(numbered(passages, title), title=title)
    vectors = await embedder.embed([title] * passages)
    await library.articles.add(replace(made, embedder=embedder.model, vectors=vectors), ALL)


async def assert_found_without_mixing(library: Library, embedder: Embedder) -> None:
    """Words find number 7; an old vector that were compared would be all that is close."""
    findings = await search(QUESTION, library, ALL, embedder, limit=9)
    assert findings.hits[0].passage.text.endswith("number 7.")
    assert max(hit.cosine for hit in findings.hits) < 0.5


def silent(progress: EmbeddingProgress) -> None:
    """Nobody watches."""


@pytest.mark.parametrize("kind", [refused, lost, cancelled, cancelled_twice])
async def test_a_rebuilding_broken_at_any_point_goes_on_and_search_works_all_along(
    kind: Kind, tmp_path: Path
) -> None:
    passages = BATCH_PASSAGES + 3
    async with troubled_library(tmp_path / "1.db") as (library, trouble):
        await add_numbers(library, passages, Directed("old/0"))
        for n in range(1, 40):
            # The old vectors point where the new embedder puts the question.
            old, new = Directed(f"old/{n}", axis=2), Directed(f"new/{n}", axis=1)
            await reembed_library(library, ALL, old, DIMENSION, silent)
            trouble.arm(kind, n)
            error = await outcome(reembed_library(library, ALL, new, DIMENSION, silent))
            await assert_found_without_mixing(library, new)
            if not trouble.met:
                assert error is None
                assert n > 10
                break
            await reembed_library(library, ALL, new, DIMENSION, silent)
            assert await ids_with_vector(library, model=new.model) == list(range(1, passages + 1))
            assert await ids_with_vector(library, model=old.model) == []


@asynccontextmanager
async def library_at(path: Path) -> AsyncIterator[SqliteLibrary]:
    library = await SqliteLibrary.open(SERVER, path, MemoryIndex)
    try:
        yield library
    finally:
        await library.close()


async def test_nothing_is_embedded_twice(tmp_path: Path) -> None:
    new = Directed()
    async with library_at(tmp_path / "1.db") as library:
        await add_numbers(library, 70, Directed("old/1"))
        assert not await reembed_library(library, ALL, new, DIMENSION, silent, most=40)
        assert len(new.texts) == 64
        assert await ids_with_vector(library, model="old/1") == list(range(1, 71))
        assert await reembed_library(library, ALL, new, DIMENSION, silent)
        assert len(new.texts) == len(set(new.texts)) == 70
        assert await reembed_library(library, ALL, new, DIMENSION, silent)
        assert len(new.texts) == 70


async def test_what_is_handed_in_meanwhile_has_its_vector_already(tmp_path: Path) -> None:
    new, told = Directed(), list[EmbeddingProgress]()
    async with library_at(tmp_path / "1.db") as library:
        await add_numbers(library, 40, Directed("old/1"))

        async def rest(worked_s: float) -> None:
            if len(told) == 1:
                await add_numbers(library, 3, new, title="Later")
                await assert_found_without_mixing(library, new)
            if len(told) == 2:
                await library.articles.erase([1], ALL)

        await reembed_library(library, ALL, new, DIMENSION, told.append, pause=rest)
        assert told == [EmbeddingProgress(32, 40), EmbeddingProgress(40, 40)]
        assert await ids_with_vector(library, model="new/1") == [41, 42, 43]


async def test_an_embedder_that_changes_its_mind_is_stopped(tmp_path: Path) -> None:
    async with library_at(tmp_path / "1.db") as library:
        await add_numbers(library, 4, Directed("old/1"))
        with pytest.raises(ModelRejected, match="same length"):
            await reembed_library(library, ALL, Directed(dimension=8), DIMENSION, silent)
        assert await ids_with_vector(library, model="old/1") == [1, 2, 3, 4]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
async def test_killed_in_the_middle_it_resumes(tmp_path: Path) -> None:
    async with library_at(tmp_path / "1.db") as library:
        await add_numbers(library, 200, Directed("old/1"))
    command = [sys.executable, "-m", "tests.test_reembed", str(tmp_path / "1.db")]
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    line = await child.stdout.readline()
    child.kill()
    await child.communicate()
    async with library_at(tmp_path / "1.db") as library:
        there = len(await ids_with_vector(library, model="new/1"))
        assert int(line) <= there < 200
        new = Directed()
        await reembed_library(library, ALL, new, DIMENSION, silent)
        assert len(new.texts) == 200 - there
        assert await ids_with_vector(library, model="new/1") == list(range(1, 201))


async def _child(path: Path) -> None:
    """Embeds and says so after each batch; before the last one it waits until it is killed."""
    rests = 0

    async def rest(worked_s: float) -> None:
        nonlocal rests
        rests += 1
        if rests == 5:
            await asyncio.Event().wait()

    async with library_at(path) as library:
        watch = lambda p: print(p.done, flush=True)  # noqa: E731, T201
        await reembed_library(library, ALL, Directed(), DIMENSION, watch, pause=rest)


if __name__ == "__main__":
    asyncio.run(_child(Path(sys.argv[1])))
