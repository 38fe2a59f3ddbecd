"""Words as FTS5 holds them: no question reaches its grammar, no removal leaves a word."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.connection import Database
from bot.store.library import SqliteLibrary
from bot.store.migrate import migrate, migrations
from bot.store.places import article_texts, places_of, read_places
from bot.store.queries import query
from bot.store.words import bigrams, indexed, match_any
from tests.contract.samples import ALL, draft
from tests.store.opened import open_library

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


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "1.db", migrations("library"))
    with closing(sqlite3.connect(tmp_path / "1.db", isolation_level=None)) as connection:
        yield connection


def _matches(connection: sqlite3.Connection, terms: list[str]) -> list[int]:
    found = connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (match_any(terms),))
    return [row[0] for row in found]


@pytest.mark.parametrize("term", NAUGHTY, ids=range(len(NAUGHTY)))
async def test_no_naughty_term_raises(term: str, tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        await library.add(draft(), ALL)
        for terms in ([term], [term, "mars"], [term] * 3):
            found = await library.match_words(terms, ALL, limit=5, title_weight=0.5)
            assert not ("mars" in terms and not found)


nasty = st.text(st.one_of(st.characters(), st.sampled_from("\"'*^:(){}+-\0\ud83d ANDORNEAR")))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(nasty, min_size=1))
def test_no_terms_raise(connection: sqlite3.Connection, terms: list[str]) -> None:
    _matches(connection, terms)


def test_very_many_terms_are_one_question(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO words (rowid, title, body) VALUES (1, '', 'w4999')")
    assert _matches(connection, [f"w{i}" for i in range(5000)]) == [1]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Mars is cold", "Mars is cold"),
        ("火星很冷", " 火星 星很 很冷 "),
        ("火", " 火 "),
        ("Mars火星!", "Mars 火星 !"),
        ("스페이스 X", " 스페 페이 이스  X"),
        ("ดาว", " ดา าว "),
    ],
)
def test_the_indexed_form_is_what_stored_indexes_hold(text: str, form: str) -> None:
    """Whoever changes it must index every library anew: 'delete' needs the form indexed."""
    assert indexed(text) == form


@given(st.text(st.characters(categories=["Lo"]), min_size=1))
def test_bigrams_hold_every_character_in_order(run: str) -> None:
    pairs = bigrams(run)
    assert "".join(pair[0] for pair in pairs) + (pairs[-1][1:]) == run


def _vocabulary(connection: sqlite3.Connection) -> list[tuple[str, int, str, int]]:
    """Every word of the index: (word, passage, column, place)."""
    connection.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab (main, words, instance)")
    found = connection.execute("SELECT term, doc, col, offset FROM temp.v ORDER BY 1, 2, 3, 4")
    rows = found.fetchall()
    connection.execute("DROP TABLE temp.v")
    return rows


def _rebuilt(connection: sqlite3.Connection) -> None:
    """The index as it would be, had only the articles that are left been added."""
    connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
    kept = connection.execute(
        "SELECT passage.id, title, text FROM passage JOIN article ON article.id = article_id"
    ).fetchall()
    for passage_id, title, text in kept:
        connection.execute(query("add_words"), (passage_id, indexed(title), indexed(text)))


def _assert_index_is_exact(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        before = _vocabulary(connection)
        _rebuilt(connection)
        assert _vocabulary(connection) == before


async def _assert_places_are_exact(library: SqliteLibrary, database: Database) -> None:
    wanted = "SELECT term, places FROM block JOIN place ON block_id = block.id ORDER BY first"
    kept = read_places(await database.fetch(wanted))
    async with database.transaction() as connection:
        texts = [await article_texts(connection, a.id) for a in await library.articles(ALL)]
    anew = places_of(text for article in reversed(texts) for text in article)
    assert {term: places.tobytes() for term, places in kept.items()} == anew


line = st.text(st.sampled_from("ab'\"火星冷🙂é ﬁ-Ω\t한ดา*"), min_size=1).map(lambda s: f"x{s}")
step = st.one_of(st.lists(line, min_size=1, max_size=4).map("\n\n".join), st.integers(0, 5))


@settings(max_examples=25, deadline=None)
@given(st.lists(step, max_size=12))
def test_the_index_holds_the_words_of_the_articles_there_are_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | int]
) -> None:
    path = tmp_path_factory.mktemp("words") / "1.db"
    asyncio.run(_walk(path, steps))
    _assert_index_is_exact(path)


async def _walk(path: Path, steps: list[str | int]) -> None:
    """Adds each text; a number removes the article that stands there in the list."""
    async with open_library(path) as (library, database):
        for one in steps:
            if isinstance(one, str):
                await library.add(draft(one, title=one), ALL)
            else:
                await _remove_at(library, one)
        await _assert_places_are_exact(library, database)


async def _remove_at(library: SqliteLibrary, place: int) -> None:
    there = await library.articles(ALL)
    await library.remove([article.id for article in there[place : place + 1]], ALL)
