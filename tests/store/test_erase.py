"""Erased text is in no file of the data folder, open or closed."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreError
from bot.records import Submitter
from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library
from bot.store.sqlite import overwrite
from bot.store.sqlite.connection import Database
from bot.store.sqlite.overwrite import IN_PLACE_BYTES, Overwriting
from bot.store.sqlite.store import SqliteStore
from bot.store.values import Dependencies, NewArticle, StoredAnswer
from tests.contract.samples import ALL, MARS, SERVER, citation_of, ids_with_term, new_article
from tests.store.open_files import open_library

CANARY = "qz7canary4xk"
STEM = CANARY[3:]  # FTS5 may leave out what a word shares with the one before it


def _marked(canary: str = CANARY, text: str = MARS) -> NewArticle:
    """An article with the canary in everything that a person could have written."""
    return replace(
        new_article(f"{text}\n\nThe {canary} says {canary}s.", title=f"On {canary}"),
        source=f"{canary}.txt",
        url=f"https://example.org/{canary}",
        author=f"A. {canary}",
        published=canary,
        language=canary,
        submitter=Submitter(1, canary, None),
    )


def hits(folder: Path, canary: str = STEM) -> dict[str, int]:
    """How often the canary stands in each file, those of SQLite beside the database included."""
    files = (file for file in folder.rglob("*") if file.is_file())
    counts = {file.name: file.read_bytes().count(canary.encode()) for file in files}
    return {name: count for name, count in counts.items() if count}


async def test_the_canary_would_be_seen(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        await library.articles.add(_marked(), ALL)
        assert sum(hits(tmp_path).values()) > 8
    assert hits(tmp_path).keys() == {"1.db"}


@pytest.mark.parametrize("others", [0, 3, 40])
async def test_a_removed_article_leaves_no_trace(others: int, tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    try:
        async with store.library(SERVER) as library:
            for i in range(others):
                await library.articles.add(new_article(f"Other {i}.\n\n{MARS}"), ALL)
            added = await library.articles.add(_marked(text=MARS * 100), ALL)
            await ids_with_term(library, CANARY)
            await library.articles.erase([added.article.id], ALL)
            assert hits(tmp_path) == {}
    finally:
        await store.close()
    assert hits(tmp_path) == {}


# Removals after which a library that is not rewritten still holds the canary: SQLite moved its
# row from one page to another, and the gap that it left is not overwritten.
GAPS = [11, 18]


@pytest.mark.parametrize(
    ("seed", "in_place_bytes"), [*((seed, IN_PLACE_BYTES) for seed in GAPS), (GAPS[0], 0)]
)
async def test_the_gaps_of_pages_hold_no_trace(
    seed: int, in_place_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overwrite, "IN_PLACE_BYTES", in_place_bytes)
    chance = random.Random(seed)
    async with open_library(tmp_path / "1.db") as (library, _):
        for step in range(25):
            await library.articles.add(_random(chance, step), ALL)
            if chance.random() < 0.6:
                removed = await _remove_any(library, chance)
                assert [hits(tmp_path, canary) for canary in removed] == [{}] * len(removed)


def _random(chance: random.Random, step: int) -> NewArticle:
    canary = f"{chance.randint(100_000, 999_999)}qz{step}k"
    words = [canary, *(f"w{i:03}" for i in range(300))]
    paragraphs = [
        "\n".join(
            " ".join(chance.choices(words, k=chance.randint(3, 40)))
            for _ in range(chance.randint(1, 6))
        )
        for _ in range(chance.choice([1, 3, 10, 40]))
    ]
    return _marked(canary, "\n\n".join(paragraphs))


async def _remove_any(library: Library, chance: random.Random) -> list[str]:
    there = await library.articles.select(ALL)
    chosen = chance.sample(there, chance.randint(1, min(3, len(there))))
    await library.articles.erase([article.id for article in chosen], ALL)
    return [article.title.removeprefix("On ") for article in chosen]


class NoRoom(Overwriting):
    async def run(self, *, at_opening: bool) -> None:
        raise StoreError("no room")


class Interrupted(Database):
    """Cannot overwrite: as if the disk were full, or the process killed before."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self._overwriting = NoRoom(self)


async def test_a_failed_overwrite_is_reported_and_removing_again_completes_it(
    tmp_path: Path,
) -> None:
    async with open_library(tmp_path / "1.db", Interrupted) as (library, database):
        await library.articles.add(_marked(), ALL)
        with pytest.raises(
            StoreError, match=r"removed from the library, .* Remove it again to finish"
        ):
            await library.articles.erase([1], ALL)
        assert await library.articles.select(ALL) == []
        assert hits(tmp_path) != {}
        database._overwriting = Overwriting(database)
        assert await library.articles.erase([1], ALL) == []
        assert hits(tmp_path) == {}


async def test_a_failed_overwrite_is_completed_at_the_next_opening(
    tmp_path: Path,
) -> None:
    async with open_library(tmp_path / "1.db", Interrupted) as (library, _):
        await library.articles.add(_marked(), ALL)
        with pytest.raises(StoreError):
            await library.articles.erase([1], ALL)
        (value,) = await library._database.fetch("PRAGMA user_version")
        assert value[0] == 1
    async with open_library(tmp_path / "1.db") as (library, _):
        (value,) = await library._database.fetch("PRAGMA user_version")
        assert value[0] == 0
        assert hits(tmp_path) == {}


async def test_a_blank_answer_without_citations_is_deleted(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, database):
        await library.articles.add(new_article(), ALL)
        await library.articles.add(new_article("Venus is hot."), ALL)
        mars, venus = await library.articles.passages([1, 3], ALL)
        for citations in ([citation_of(mars)], [citation_of(mars, 1), citation_of(venus, 2)]):
            await library.answers.save(StoredAnswer(asker_id=7, channel_id=None), citations)
        await library.articles.erase([1], ALL)
        assert [row["id"] for row in await database.fetch("SELECT id FROM answer")] == [2]


async def test_old_versions_titles_tags_and_answers_are_erased_too(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        await library.articles.add(new_article("Venus is hot."), ALL)
        await library.articles.add(
            replace(_marked(), address=f"https://{CANARY}.org", etag=CANARY), ALL
        )
        await library.articles.add(new_article("The Moon."), ALL)
        (passage,) = await library.articles.passages([2], ALL)
        given = StoredAnswer(
            asker_id=7, question=CANARY, standalone_question=CANARY, body=f"It says {CANARY}."
        )
        await library.answers.save(given, [citation_of(passage)])
        noted = replace(given, body=f'{{"note": "Another article says {CANARY}."}}')
        (venus,) = await library.articles.passages([1], ALL)
        await library.answers.save(noted, [citation_of(venus)], Dependencies(frozenset({2})))
        await library.articles.erase([3], ALL)
        late = Dependencies(frozenset({3}))
        await library.answers.save(noted, [citation_of(venus)], late)
        await library.articles.tag(2, [CANARY], ALL)
        await library.articles.rename(2, f"Another {CANARY}", ALL)
        await library.articles.rename(2, "Plain", ALL)
        await library.articles.add(replace(_marked(text="Mars is warm."), replaces=2), ALL)
        await library.articles.trash([2], ALL)
        assert await library.articles.purge(time.time() + 1, ALL) == 1
        assert hits(tmp_path) == {}
    assert hits(tmp_path) == {}
