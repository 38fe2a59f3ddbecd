"""A store of some shards: it opens, lists and changes what belongs to their servers alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import LibraryElsewhere
from bot.search.memory_index import MemoryIndex
from bot.shards import Shards
from bot.store.sqlite.store import SqliteStore
from bot.store.values import Membership, QuestionCard

FIRST, SECOND = str(1 << 23), str((1 << 23) + (1 << 22))  # of the shards 0 and 1


async def open_shard(folder: Path, *ids: int) -> SqliteStore:
    return await SqliteStore.open(folder, MemoryIndex, shards=Shards(2, ids))


async def fill(folder: Path) -> None:
    """Everything that a store lists by server, for a server of each shard."""
    store = await open_shard(folder, 0, 1)
    for number, server in enumerate((FIRST, SECOND)):
        async with store.library(server):
            await store.mark_pending(server)
        await store.mark_joined([server], 7)
        await store.record_question(QuestionCard(number, server, 1, 1, 1))
    await store.close()


async def test_what_is_listed_belongs_to_its_own_servers(tmp_path: Path) -> None:
    await fill(tmp_path)
    for shard, server in enumerate((FIRST, SECOND)):
        store = await open_shard(tmp_path, shard)
        assert await store.servers() == [server]
        assert await store.pending_servers() == [server]
        assert await store.memberships() == [Membership(server, 7, None)]
        assert [card.server_id for card in await store.questions()] == [server]
        await store.close()


async def test_the_library_of_another_process_is_refused_in_words(tmp_path: Path) -> None:
    await fill(tmp_path)
    store = await open_shard(tmp_path, 0)
    with pytest.raises(LibraryElsewhere, match=rf"{SECOND} belongs to the process of shard 1"):
        async with store.library(SECOND):
            pass
    with pytest.raises(LibraryElsewhere):
        await store.erase_library(SECOND)
    await store.close()
    store = await open_shard(tmp_path, 1)
    assert await store.servers() == [SECOND]
    await store.close()
