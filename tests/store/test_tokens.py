"""Tokens of an older version serve until they are made again, and nothing is lost meanwhile."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.search.memory_index import MemoryIndex
from bot.store.parts import tokens
from bot.store.passage_index import QueryTerms, QuestionVector
from bot.store.protocols import Library
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.migrate import migrations
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewArticle
from bot.text.tokenize import TOKENS_VERSION
from tests.contract.samples import ALL, MODEL, SERVER, new_article
from tests.store.open_files import open_library
from tests.store.outdated import found, outdate, stored
from tests.store.test_migrate import at_version, posting_at_version

ARTICLES = 12
WORDS = ["mars", "venus", "moon", "cold", "hot", "near", "far", "thin", "planet", "comet"]


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[SqliteLibrary, Database]]:
    """A library, opened as the bot opens it."""
    library = await SqliteLibrary.open(SERVER, path, MemoryIndex)
    try:
        yield library, library._database
    finally:
        await library.close()


def _article(seed: int) -> NewArticle:
    """One to three passages of random words."""
    words = random.Random(seed)
    passages = (" ".join(words.choices(WORDS, k=6)) + "." for _ in range(words.randint(1, 3)))
    return new_article(f"Number{seed}.\n\n" + "\n\n".join(passages), title=words.choice(WORDS))


async def _fill(path: Path, *, prefix: str = "") -> None:
    async with open_library(path) as (library, _):
        for seed in range(ARTICLES):
            await library.articles.add(_article(seed), ALL)
    outdate(path, prefix=prefix)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PASSAGES_PER_STEP", 1)
    monkeypatch.setattr(tokens, "POSTINGS_PER_STEP", 20)


async def test_an_outdated_library_opens_at_once_and_finds_by_its_old_tokens(
    tmp_path: Path,
) -> None:
    await _fill(tmp_path / "a.db")
    async with opened(tmp_path / "a.db") as (library, database):
        assert await library.tokens.count_outdated() == ARTICLES
        assert await found(library, WORDS) == {
            term: places
            for term, places in (await stored(library, database)).items()
            if term in WORDS
        }


@pytest.mark.usefixtures("small_steps")
async def test_each_passage_is_found_by_its_old_tokens_or_its_new_ones(tmp_path: Path) -> None:
    await _fill(tmp_path / "a.db", prefix="old ")
    async with opened(tmp_path / "a.db") as (library, database):
        every = await stored(library, database)
        old_terms = [f"old {term}" for term in every]
        boundaries = []
        while True:
            old, new = await found(library, old_terms), await found(library, list(every))
            joined = {
                term: sorted([*new.get(term, []), *old.get(f"old {term}", [])]) for term in every
            }
            assert joined == every
            boundaries.append(min((p[0][0] for p in old.values()), default=99))
            assert max((p[-1][0] for p in new.values()), default=0) < boundaries[-1]
            if not await library.tokens.renew():
                break
        assert len(set(boundaries)) == ARTICLES + 1
        assert await library.tokens.count_outdated() == 0
        assert not await library.tokens.renew()
        rows = await database.fetch("SELECT term FROM posting WHERE term LIKE 'old %'")
        assert rows == []


class Changes:
    """Changes a library at random while its tokens are made again."""

    def __init__(self, library: Library, seed: int):
        self._articles = library.articles
        self._random = random.Random(seed)
        self._made = ARTICLES

    async def change(self) -> None:
        kinds = [self._add, self._replace, self._reread, self._erase, self._rename, self._restore]
        await self._random.choice(kinds)()

    async def _any(self) -> int:
        articles = await self._articles.select(ALL)
        return self._random.choice(articles).id if articles else 0

    async def _add(self) -> None:
        self._made += 1
        await self._articles.add(_article(self._made), ALL)

    async def _replace(self) -> None:
        self._made += 1
        await self._articles.add(replace(_article(self._made), replaces=await self._any()), ALL)

    async def _reread(self) -> None:
        for article in (await self._articles.select(ALL))[:2]:
            text = (await self._articles.version(article.id, ALL)).text
            made = replace(new_article(text), replaces=article.id, reader=article.reader + 1)
            await self._articles.add(made, ALL)

    async def _erase(self) -> None:
        await self._articles.erase([await self._any()], ALL)

    async def _rename(self) -> None:
        if article_id := await self._any():
            await self._articles.rename(article_id, self._random.choice(WORDS), ALL)

    async def _restore(self) -> None:
        article_id = await self._any()
        await self._articles.trash([article_id], ALL)
        if self._random.random() < 0.5:
            await self._articles.restore([article_id], ALL)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("seed", range(5))
async def test_what_changes_meanwhile_is_found_as_it_is_now(seed: int, tmp_path: Path) -> None:
    await _fill(tmp_path / "a.db")
    order = random.Random(seed)
    async with opened(tmp_path / "a.db") as (library, database):
        changes, more = Changes(library, seed), True
        while more:
            if order.random() < 0.6:
                await changes.change()
            else:
                more = await library.tokens.renew()
            every = await stored(library, database)
            assert await found(library, [*every, *WORDS]) == every
        segments = await database.fetch("SELECT DISTINCT tokens_version FROM segment")
        assert [row["tokens_version"] for row in segments] == [TOKENS_VERSION]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("steps", [0, 3])
async def test_an_article_erased_meanwhile_leaves_no_old_token(steps: int, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with open_library(path) as (library, _):
        for seed in range(4):
            await library.articles.add(_article(seed), ALL)
        await library.articles.add(new_article("Qz7canary is here."), ALL)
    outdate(path, prefix="old ")
    async with opened(path) as (library, database):
        for _ in range(steps):
            await library.tokens.renew()
        await library.articles.add(replace(new_article("Another text."), replaces=5), ALL)
        assert await library.articles.erase([5], ALL) == [5]
        assert await database.fetch("SELECT 1 FROM posting WHERE term LIKE '%canari%'") == []
        assert await database.fetch("SELECT 1 FROM posting WHERE term LIKE '%canary%'") == []
    assert b"anary" not in path.read_bytes()


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("change", [-1, 1], ids=["again", "taken back"])
async def test_what_was_half_done_before_another_update_is_lost_nowhere(
    change: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.db"
    await _fill(path)
    async with opened(path) as (library, _):
        for _step in range(ARTICLES // 2):
            await library.tokens.renew()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE segment SET tokens_version = tokens_version + ?", (change,))
        connection.execute("UPDATE version SET tokens = tokens + ?", (change,))
    async with opened(path) as (library, database):
        every = await stored(library, database)
        more = True
        while more:
            places = await found(library, list(every))
            assert {term: set(each) for term, each in places.items()} == {
                term: set(each) for term, each in every.items()
            }
            assert change > 0 or places == every
            more = await library.tokens.renew()
        assert places == every
        assert await library.tokens.count_outdated() == 0


async def test_a_superseded_version_is_not_outdated(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with open_library(path) as (library, _):
        await library.articles.add(new_article("One."), ALL)
        await library.articles.add(replace(new_article("Two."), replaces=1), ALL)
    outdate(path)
    async with opened(path) as (library, _):
        assert await library.tokens.count_outdated() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
async def test_killed_at_any_moment_while_tokens_are_made_again_nothing_is_lost(
    tmp_path: Path,
) -> None:
    path = tmp_path / "libraries" / f"{SERVER}.db"
    path.parent.mkdir()
    await _fill(path)
    moment, kills = random.Random(3), 0
    while _renew_and_kill(tmp_path, moment.randint(2, 5)):
        kills += 1
        store = await SqliteStore.open(tmp_path, MemoryIndex)
        try:
            async with store.library(SERVER) as library:
                assert isinstance(library, SqliteLibrary)
                every = await stored(library, library._database)
                assert await found(library, list(every)) == every
        finally:
            await store.close()
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert kills >= 3


def _renew_and_kill(folder: Path, after: int) -> bool:
    """Kill a process that renews, in the step after some. False if it was done before."""
    command = [sys.executable, "-m", "tests.store.renewing", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(after):
            if process.stdout.readline() == "done\n":
                return False
            process.stdin.write("\n")
        process.kill()
    return True


@pytest.mark.parametrize("number", range(1, len(migrations("library")) + 1))
async def test_a_library_of_every_older_schema_answers_at_once_and_is_renewed_behind(
    number: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.db"
    at_version(path, number)
    posting_at_version(path, number, "cold")
    terms, nothing = QueryTerms(("cold",), ()), QuestionVector(MODEL, np.empty(0, np.float32))
    async with opened(path) as (library, database):
        answered = await library.index.candidates(terms, nothing, ALL, 9)
        assert answered.ids.tolist() == [1]
        while await library.tokens.renew():
            answered = await library.index.candidates(terms, nothing, ALL, 9)
            assert answered.ids.tolist() == [1]
        assert await library.tokens.count_outdated() == 0
        every = await stored(library, database)
        assert await found(library, list(every)) == every
