"""No question breaks the tokenizer, and no change leaves outdated words in the index."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store.parts.postings import article_texts, read_postings
from bot.store.postings import build_postings
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from bot.text.scripts import bigrams
from tests.contract.samples import ALL, memory_index, new_article
from tests.store.open_files import open_library

NAUGHTY = [
    *('"', '""', "'", "*", "mars*", "^mars", "-mars", "+", "(", ")", "mars)", "NEAR(a b)", "a AND"),
    *(
        "OR",
        "NOT",
        "title:mars",
        "{title body}: x",
        "a:b:c",
        "\\",
        "\0",
        "mars\0cold",
        "",
        " ",
        ";",
    ),
    *(
        "'; DROP TABLE article; --",
        "🧑‍🚀",
        "𝒜",
        "\ud83d",
        "\u202e",
        "Ω≈ç",
        "火星",
        "'火\"星'",
        "%s",
    ),
    *("a" * 100_000, "火" * 20_000, "{", "}", "[1.2]", "1.5e309", "<script>", "\x7f\x01", "\ufeff"),
]


@pytest.mark.parametrize("term", NAUGHTY, ids=range(len(NAUGHTY)))
async def test_no_naughty_term_raises(term: str, tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        await library.articles.add(new_article(), ALL)
        for terms in ([term], [term, "mar"], [term] * 3):
            assert "mar" not in terms or "mar" in await memory_index(library).postings(terms, ALL)


async def test_very_many_terms_are_one_question(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        await library.articles.add(new_article("w4999"), ALL)
        assert list(await memory_index(library).postings([f"w{i}" for i in range(5000)], ALL)) == [
            "w4999"
        ]


@given(st.text(st.characters(categories=["Lo"]), min_size=1))
def test_bigrams_hold_every_character_in_order(run: str) -> None:
    pairs = bigrams(run)
    assert "".join(pair[0] for pair in pairs) + (pairs[-1][1:]) == run


async def _assert_postings_are_exact(library: SqliteLibrary, database: Database) -> None:
    """As if only the articles that exist now had been added, in this order."""
    sql = """SELECT segment_id, first, last, term, data, 0 AS serves_from
             FROM segment JOIN posting ON segment_id = segment.id"""
    kept = read_postings(await database.fetch(sql))
    async with database.transaction() as connection:
        texts = [await article_texts(connection, a.id) for a in await library.articles.select(ALL)]
    expected = build_postings(
        sorted((t for article in texts for t in article), key=lambda t: t.passage_id)
    )
    assert {term: postings.tobytes() for term, postings in kept.items()} == expected


line = st.text(st.sampled_from("ab'\"火星冷🙂é ﬁ-Ω\t한ดา*"), min_size=1).map(lambda s: f"x{s}")
text = st.lists(line, min_size=1, max_size=4).map("\n\n".join)
at = st.integers(0, 5)
step = st.one_of(
    st.tuples(st.just("add"), st.just(0), text),
    st.tuples(st.sampled_from(["remove", "trash", "restore"]), at, st.just("")),
    st.tuples(st.sampled_from(["rename", "renew"]), at, text),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(step, max_size=14))
def test_the_index_holds_the_words_of_the_articles_there_are_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, str]]
) -> None:
    asyncio.run(_walk(tmp_path_factory.mktemp("words") / "1.db", steps))


async def _walk(path: Path, steps: list[tuple[str, int, str]]) -> None:
    """Adds each text; the other steps change the article that stands there in the list."""
    async with open_library(path) as (library, database):
        trashed: list[int] = []
        for kind, place, said in steps:
            if kind == "add":
                await library.articles.add(new_article(said, title=said), ALL)
            elif kind == "restore":
                await library.articles.restore(trashed, ALL)
            elif there := (await library.articles.select(ALL))[place : place + 1]:
                trashed += await _changed(library, kind, there[0].id, said)
        await library.articles.restore(trashed, ALL)
        await _assert_postings_are_exact(library, database)


async def _changed(library: SqliteLibrary, kind: str, article_id: int, said: str) -> list[int]:
    """Apply one operation to an article. Returns those that were trashed."""
    if kind == "trash":
        return await library.articles.trash([article_id], ALL)
    if kind == "remove":
        await library.articles.erase([article_id], ALL)
    elif kind == "rename":
        await library.articles.rename(article_id, said, ALL)
    else:
        await library.articles.add(replace(new_article(said), replaces=article_id), ALL)
    return []
