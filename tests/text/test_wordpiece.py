"""The pieces of every searched passage's words stand beside it, and go with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.store.connection import Database
from bot.store.migrate import migrate, migrations
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
from tests.store.open_files import open_database, open_library

BEFORE = 11  # steps of the schema that knew no pieces


def sentences(found: TokenIds) -> list[list[int]]:
    """What stands behind each border."""
    parts = np.split(found, np.flatnonzero(found == SENTENCE_START))[1:]
    return [part[1:].tolist() for part in parts]


@given(st.lists(st.text(max_size=40), max_size=4))
def test_what_was_packed_is_the_distinct_pieces_of_each_sentence(texts: list[str]) -> None:
    expected = [{*chain.from_iterable(map(tokenize_word, split_words(text)))} for text in texts]
    assert [{*found} for found in sentences(unpack([pack(texts)]))] == expected
    assert [{*found} for found in sentences(tokenize_texts(texts))] == expected


def test_pieces_of_their_own_are_read_back_between_others() -> None:
    (found,) = sentences(unpack([pack(["The war: война, 日本語!"])]))
    assert {*found} == {
        *tokenize_word("the"),
        *tokenize_word("war"),
        *map(own, ("война", "日本", "本語")),
    }


def own(word: str) -> int:
    (piece,) = tokenize_word(word)
    assert piece >= FIRST_HASHED_ID
    return piece


def test_a_common_english_passage_takes_two_bytes_a_word() -> None:
    assert len(pack(["It rained for three weeks."])) == 2 * (1 + 5)


def test_nothing_packed_is_nothing() -> None:
    assert unpack([]).tolist() == []
    assert sentences(unpack([pack(["", "…"])])) == [[], []]


async def test_a_stored_passage_has_the_pieces_of_its_sentences(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        await library.add(new_article(MARS), ALL)
        for passage in await library.passages([1, 2], ALL):
            assert passage.packed_tokens == pack(
                [passage.quote(each) for each in passage.sentences]
            )


async def kept(database: Database) -> list[int]:
    return [row["passage_id"] for row in await database.fetch("SELECT passage_id FROM piece")]


async def test_old_versions_and_removed_articles_have_none(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, database):
        await library.add(new_article("Mars is cold."), ALL)
        await library.add(new_article("Venus is hot."), ALL)
        await library.add(replace(new_article("Mars is warm."), replaces=1), ALL)
        assert await kept(database) == [2, 3]
        await library.erase([1], ALL)
        assert await kept(database) == [2]


async def test_an_older_library_gets_what_it_would_have_now(tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    async with open_library(path) as (library, database):
        for text in (MARS, "Mars is red.\nSeas: 火星, море.\n\nIce."):
            await library.add(new_article(text), ALL)
        expected = [tuple(row) for row in await database.fetch("SELECT * FROM piece")]
        async with database.transaction() as writer:
            await writer.execute("DROP TABLE piece")
            await writer.execute("DROP TABLE job_card")  # of a later step
            await writer.execute(f"DELETE FROM migration WHERE number > {BEFORE}")
    migrate(path, migrations("library"))
    async with open_database(path) as database:
        assert [tuple(row) for row in await database.fetch("SELECT * FROM piece")] == expected
