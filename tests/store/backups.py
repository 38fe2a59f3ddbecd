"""Data folders with libraries, and their backups."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

from bot.records import Scope, Submitter
from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library
from bot.store.sqlite.backups import SqliteBackups
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import new_article

TEXTS = ("Mars is cold.", "Venus is hot.", "Pluto is small.")


@asynccontextmanager
async def open_store(folder: Path, backups: Path | None = None) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(folder, MemoryIndex, backups)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_library(
    folder: Path, server: str = "1", backups: Path | None = None
) -> AsyncIterator[Library]:
    async with open_store(folder, backups) as store, store.library(server) as library:
        yield library


async def fill(folder: Path, *servers: str, texts: Sequence[str] = TEXTS) -> None:
    """A data folder in which Ada (7) has added the same texts to each library."""
    async with open_store(folder) as store:
        for server in servers or ("1",):
            async with store.library(server) as library:
                for text in texts:
                    await add(library, text)


async def add(library: Library, text: str) -> int:
    draft = replace(new_article(text, title=text), submitter=Submitter(7, "Ada", None))
    return (await library.articles.add(draft, Scope(library.server_id))).article.id


async def titles(folder: Path, server: str = "1") -> dict[int, str]:
    """The articles of a library by their ids."""
    async with open_library(folder, server) as library:
        articles = await library.articles.select(Scope(server), sort="oldest")
    return {article.id: article.title for article in articles}


def backups_of(folder: Path, into: Path | None = None, keep_days: int = 7) -> SqliteBackups:
    """``into``: BACKUP_DIR."""
    return SqliteBackups(folder, into, keep_days)


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
