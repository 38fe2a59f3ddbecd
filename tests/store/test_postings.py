"""The index holds every occurrence in every stored article, and no other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.parts.postings import FANOUT
from bot.store.passage_table import POSITION, TITLE_SENTENCE, Postings
from bot.store.postings import LAST_SENTENCE, replace_title
from bot.store.sqlite.library import SqliteLibrary
from tests.contract.samples import ALL, MARS, SERVER, memory_index, new_article
from tests.store.open_files import open_database, open_library


def _tuples(postings: Postings) -> list[tuple[int, int, int]]:
    columns = (postings[name].tolist() for name in ("passage", "sentence", "word"))
    return list(zip(*columns, strict=True))


async def test_a_posting_is_passage_sentence_and_word(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(new_article(MARS, title="The joint mission"), ALL)
        postings = await memory_index(library).postings(["joint", "thin", "moon"], ALL)
        assert _tuples(postings["thin"]) == [(1, 1, 3)]
        assert _tuples(postings["joint"]) == [(1, TITLE_SENTENCE, 1), (2, 0, 1)]
        assert "moon" not in postings


async def test_an_article_is_indexed_without_reading_it_back(tmp_path: Path) -> None:
    statements: list[str] = []
    async with open_library(tmp_path / "a.db") as (library, database):
        await library.articles.add(new_article(), ALL)
        await database._writer.set_trace_callback(statements.append)
        await library.articles.add(new_article("Venus is hot.", title="Venus"), ALL)
        assert (await memory_index(library).postings(["venu"], ALL)).keys() == {"venu"}
    read = [sql for sql in statements if sql.startswith("SELECT") and "passage.text" in sql]
    assert statements
    assert read == []


@pytest.mark.parametrize("title", [None, "Venus"])
async def test_a_new_version_is_found_by_the_title_that_its_article_has(
    tmp_path: Path, title: str | None
) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(new_article("Cold.", title="Mars"), ALL)
        draft = new_article("Thin.", title=title or "The page's own title")
        await library.articles.add(
            replace(draft, replaces=1, has_given_title=title is not None), ALL
        )
        assert (await library.articles.get(1, ALL)).title == (title or "Mars")
        found = await memory_index(library).postings(["mar", "venu", "page", "cold", "thin"], ALL)
        assert found.keys() == {"thin", "venu" if title else "mar"}


async def test_segments_are_merged_without_loss(tmp_path: Path) -> None:
    articles = FANOUT * FANOUT + 3
    async with open_library(tmp_path / "a.db") as (library, database):
        for n in range(articles):
            await library.articles.add(new_article(f"Planet number{n} is cold."), ALL)
        segments = await database.fetch("SELECT level FROM segment ORDER BY first")
        assert [row["level"] for row in segments] == [2, 0, 0, 0]
        postings = await memory_index(library).postings(["planet", "number40"], ALL)
        assert postings["planet"]["passage"].tolist() == list(range(1, articles + 1))
        assert postings["number40"]["passage"].tolist() == [41]


async def test_an_erased_article_leaves_no_posting_and_others_stay(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, database):
        for n in range(FANOUT):
            await library.articles.add(
                new_article(f"Planet secret{n} is cold.", title=f"Hidden{n}"), ALL
            )
        await library.articles.erase([3], ALL)
        terms = await database.fetch("SELECT term FROM posting WHERE term LIKE '%2'")
        assert [row["term"] for row in terms] == []
        postings = await memory_index(library).postings(["planet"], ALL)
        assert postings["planet"]["passage"].tolist() == [1, 2, 4, 5, 6, 7, 8]
        await library.articles.erase(list(range(1, FANOUT + 1)), ALL)
        assert await database.fetch("SELECT * FROM posting") == []
        assert await database.fetch("SELECT * FROM segment") == []


async def test_a_scope_sees_only_the_postings_of_its_channels(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(new_article("Mars is cold.", channel=1), ALL)
        await library.articles.add(new_article("Mars is red.", channel=2), ALL)
        await library.articles.add(new_article("Mars is far."), ALL)
        scope = Scope(SERVER, frozenset([2]))
        assert (await memory_index(library).postings(["mar", "cold"], scope)).keys() == {"mar"}
        assert (await memory_index(library).postings(["mar"], scope))["mar"][
            "passage"
        ].tolist() == [2, 2, 3, 3]
        assert await memory_index(library).postings(["mar"], Scope("elsewhere")) == {}


async def test_what_is_added_after_a_question_is_found_by_the_next(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(new_article("Mars is cold."), ALL)
        before = await memory_index(library).passage_table(ALL)
        await library.articles.add(
            new_article("Venus is hot.\n\nVenus is near.", title="Venus"), ALL
        )
        after = await memory_index(library).passage_table(ALL)
        assert (before.count, after.count) == (1, 3)
        assert after.articles.tolist() == [0, 1, 1]
        assert after.positions.tolist() == [0, 0, 1]
        await library.articles.erase([1], ALL)
        assert (await memory_index(library).passage_table(ALL)).ids.tolist() == [2, 3]
        assert (await memory_index(library).passage_table(Scope("elsewhere"))).count == 0


async def test_a_library_from_before_the_index_is_indexed_when_it_is_opened(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    async with open_library(path) as (library, _):
        for n in range(3):
            await library.articles.add(new_article(f"Planet number{n} is cold."), ALL)
        before = await memory_index(library).postings(["planet", "cold"], ALL)
    await _execute(path, "DELETE FROM segment")
    await _execute(path, "UPDATE version SET tokens = 0")
    library = await SqliteLibrary.open(SERVER, path, MemoryIndex)
    try:
        after = await memory_index(library).postings(["planet", "cold"], ALL)
    finally:
        await library.close()
    assert json.dumps({k: _tuples(v) for k, v in after.items()}) == json.dumps(
        {k: _tuples(v) for k, v in before.items()}
    )


async def _execute(path: Path, sql: str) -> None:
    async with open_database(path) as database, database.transaction() as writer:
        await writer.execute(sql)


@pytest.mark.parametrize("sentences", [300])
async def test_a_passage_of_very_many_sentences_is_still_indexed(
    tmp_path: Path, sentences: int
) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(
            new_article("\n".join(f"No word{n}." for n in range(sentences))), ALL
        )
        postings = await memory_index(library).postings([f"word{sentences - 1}"], ALL)
        assert _tuples(postings[f"word{sentences - 1}"]) == [(1, TITLE_SENTENCE - 1, 1)]


POSITIONS = st.tuples(
    st.integers(1, 5), st.sampled_from([0, 1, LAST_SENTENCE, TITLE_SENTENCE]), st.integers(0, 3)
)


@given(st.sets(POSITIONS), st.sets(st.integers(0, 3)), st.integers(1, 5))
def test_a_new_title_replaces_only_the_old_one_and_keeps_the_order(
    stored: set[tuple[int, int, int]], words: set[int], passage_id: int
) -> None:
    old = np.array(sorted(stored), POSITION)
    title = [(passage_id, TITLE_SENTENCE, word) for word in sorted(words)]
    data = replace_title(old.tobytes(), np.array(title, POSITION).tobytes(), passage_id)
    others = [place for place in stored if place[:2] != (passage_id, TITLE_SENTENCE)]
    assert _tuples(np.frombuffer(data, POSITION)) == sorted([*others, *title])
