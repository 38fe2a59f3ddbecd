"""The token ids of every searched passage are stored beside it and deleted with it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.store.sqlite.connection import Database
from bot.store.sqlite.migrate import _connect, migrations, statements
from bot.text.tokenize import split_words
from bot.text.wordpiece import (
    FIRST_HASHED_ID,
    SENTENCE_START,
    TokenIds,
    pack,
    tokenize_texts,
    tokenize_word,
    unpack,
)
from tests.contract.samples import ALL, MARS, new_article
from tests.store.open_files import open_library


def sentences(found: TokenIds) -> list[list[int]]:
    """What stands behind each border."""
    parts = np.split(found, np.flatnonzero(found == SENTENCE_START))[1:]
    return [part[1:].tolist() for part in parts]


@given(st.lists(st.text(max_size=40), max_size=4))
def test_packing_keeps_the_distinct_tokens_of_each_sentence(texts: list[str]) -> None:
    expected = [{*chain.from_iterable(map(tokenize_word, split_words(text)))} for text in texts]
    assert [{*found} for found in sentences(unpack([pack(texts)]))] == expected
    assert [{*found} for found in sentences(tokenize_texts(texts))] == expected


def test_hashed_ids_are_unpacked_between_others() -> None:
    (found,) = sentences(unpack([pack(["The war: война, 日本語!"])]))
    assert {*found} == {
        *tokenize_word("the"),
        *tokenize_word("war"),
        *map(own, ("война", "日本", "本語")),
    }


def own(word: str) -> int:
    (token_id,) = tokenize_word(word)
    assert token_id >= FIRST_HASHED_ID
    return token_id


def test_a_common_english_passage_takes_two_bytes_a_word() -> None:
    assert len(pack(["It rained for three weeks."])) == 2 * (1 + 5)


def test_unpacking_nothing_gives_nothing() -> None:
    assert unpack([]).tolist() == []
    assert sentences(unpack([pack(["", "…"])])) == [[], []]


async def test_a_stored_passage_has_the_tokens_of_its_sentences(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        await library.articles.add(new_article(MARS), ALL)
        for passage in await library.articles.passages([1, 2], ALL):
            assert passage.packed_tokens == pack(
                [passage.quote(each) for each in passage.sentences]
            )


async def kept(database: Database) -> list[int]:
    return [
        row["passage_id"] for row in await database.fetch("SELECT passage_id FROM passage_tokens")
    ]


async def test_old_versions_and_removed_articles_have_none(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, database):
        await library.articles.add(new_article("Mars is cold."), ALL)
        await library.articles.add(new_article("Venus is hot."), ALL)
        await library.articles.add(replace(new_article("Mars is warm."), replaces=1), ALL)
        assert await kept(database) == [2, 3]
        await library.articles.erase([1], ALL)
        assert await kept(database) == [2]


async def test_migration_12_tokenizes_what_was_stored_before(tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    async with open_library(path) as (library, database):
        for text in (MARS, "Mars is red.\nSeas: 火星, море.\n\nIce."):
            await library.articles.add(new_article(text), ALL)
        expected = [tuple(row) for row in await database.fetch("SELECT * FROM passage_tokens")]
    (_, fill) = statements(migrations("library")[11].sql)
    with closing(_connect(path)) as connection:
        connection.execute("DELETE FROM passage_tokens")
        connection.execute(fill.replace("INSERT INTO piece", "INSERT INTO passage_tokens"))
        assert connection.execute("SELECT * FROM passage_tokens").fetchall() == expected
