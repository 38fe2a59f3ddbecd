"""A database is migrated to the newest schema, or stays as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bot.errors import DatabaseDamaged, DatabaseTooNew, StoreError
from bot.store.minhash_bands import band_keys
from bot.store.passage_table import POSITION, VectorChunk
from bot.store.sqlite.connection import Database
from bot.store.sqlite.migrate import Migration, migrate, migrations
from bot.store.values import Floats, text_hash
from tests.contract.samples import ALL, MARS, MODEL, memory_index, numbers_of, unit_vectors
from tests.store.open_files import open_library

STEPS = migrations("library")
BROKEN = Migration(
    len(STEPS) + 1, "broken", "CREATE TABLE more (a TEXT);\nINSERT INTO nowhere VALUES (1);\n"
)
FIRST_WITH_POSTINGS = 3
RENAMED = 18  # step 18 gives tables their present names
FIRST_WITH_TOKENS = next(step.number for step in STEPS if step.name == "reader_and_tokens")
LAST_WITH_FLOATS = 10  # step 11 writes vectors in 8 bits a number
ARTICLE = (
    "INSERT INTO article (id, title, source, added_at) VALUES (1, 'Mars', 'x', 'now')",
    "INSERT INTO version"
    " (id, article_id, number, text, hash, characters, cleaner, splitter, created_at)"
    " VALUES (1, 1, 1, :text, :hash, :characters, 1, 1, 'now')",
    "UPDATE article SET version_id = 1",
    "INSERT INTO passage VALUES (1, 1, 1, 0, 0, 13, 4, '', 7, 'Mars is cold.')",
    "INSERT INTO sentence (passage_id, position, start, end) VALUES (1, 0, 0, 13)",
    "INSERT INTO answer (id, given_at) VALUES (1, 'now')",
    "INSERT INTO citation VALUES (1, 1, 1, 0, 13)",
)


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def at_version(path: Path, number: int) -> None:
    """A library with one cited article, as the schema of ``number`` steps had it."""
    migrate(path, STEPS[:number])
    values = {"text": MARS, "hash": text_hash(MARS), "characters": len(MARS)}
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in ARTICLE:
            connection.execute(statement, values)


def posting_at_version(path: Path, number: int, term: str) -> None:
    """The index of that time, if it had one, with a term in the article's first sentence."""
    segment, posting = ("block", "place") if number < RENAMED else ("segment", "posting")
    data = np.array([(1, 0, 2)], POSITION).tobytes()
    with closing(sqlite3.connect(path)) as connection, connection:
        if number >= FIRST_WITH_POSTINGS:
            connection.execute(f"INSERT INTO {segment} VALUES (1, 0, 1, 1, 1)")
            connection.execute(f"INSERT INTO {posting} VALUES (1, ?, ?)", (term, data))
        if number >= FIRST_WITH_TOKENS:
            connection.execute("UPDATE version SET tokens = 1")


@pytest.mark.parametrize("schema", ["library", "footnote"])
def test_steps_are_numbered_without_a_gap(schema: str) -> None:
    steps = migrations(schema)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
async def test_libraries_of_every_older_version_are_migrated_and_usable(
    number: int, tmp_path: Path
) -> None:
    at_version(tmp_path / "1.db", number)
    async with open_library(tmp_path / "1.db") as (library, _):
        assert (await library.articles.version(1, ALL)).text == MARS
        opened = await library.answers.cited_passage(1, 1, ALL)
        assert (opened.citation.quote, opened.citation.page) == ("Mars is cold.", 7)
        assert await library.articles.erase([1], ALL) == [1]
    assert _names(tmp_path) == ["1.db"]


def test_an_older_version_ends_in_the_same_schema_as_a_new_one(tmp_path: Path) -> None:
    schemas = []
    for number in range(len(STEPS) + 1):
        path = tmp_path / f"{number}.db"
        migrate(path, STEPS[:number] if number else STEPS)
        migrate(path, STEPS)
        with closing(sqlite3.connect(path)) as connection:
            schemas.append(connection.execute("SELECT name, sql FROM sqlite_master").fetchall())
            records = connection.execute("SELECT number, name FROM migration").fetchall()
        assert records == [(step.number, step.name) for step in STEPS]
    assert all(schema == schemas[0] for schema in schemas)


def _add_float_vectors(path: Path, vectors: Floats) -> None:
    """As libraries stored them until step 10; only the first has a passage here."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO embedder VALUES (1, ?, ?)", (MODEL, vectors.shape[1]))
        rows = [(i, row.astype("<f4").tobytes()) for i, row in enumerate(vectors, 1)]
        connection.executemany("INSERT INTO vector VALUES (?, 1, ?)", rows)


@pytest.mark.parametrize("number", [1, LAST_WITH_FLOATS])
async def test_vectors_of_older_versions_are_read_as_they_were(number: int, tmp_path: Path) -> None:
    at_version(tmp_path / "1.db", number)
    vectors = unit_vectors(40, 100)
    _add_float_vectors(tmp_path / "1.db", vectors)
    async with open_library(tmp_path / "1.db") as (library, _):
        (chunk,) = (await memory_index(library).quantized_vectors(MODEL, 100, ALL)).chunks
    assert numbers_of(chunk) == numbers_of(VectorChunk.quantize(np.arange(1, 41), vectors))


async def test_space_freed_by_a_step_is_returned_at_opening(tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    at_version(path, LAST_WITH_FLOATS)
    _add_float_vectors(path, unit_vectors(200, 512))
    migrate(path, STEPS)  # and the process ends before it can be opened
    before = path.stat().st_size
    async with open_library(path) as (library, database):
        assert path.stat().st_size < before / 2
        assert [tuple(row) for row in await database.fetch("PRAGMA user_version")] == [(0,)]
        assert (await library.articles.version(1, ALL)).text == MARS


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    migrate(tmp_path / "1.db", STEPS)
    before = (tmp_path / "1.db").read_bytes()
    migrate(tmp_path / "1.db", STEPS)
    assert (tmp_path / "1.db").read_bytes() == before


@pytest.mark.parametrize("number", range(len(STEPS) + 1))
def test_a_step_that_fails_leaves_nothing_of_itself_or_of_those_before_it(
    number: int, tmp_path: Path
) -> None:
    path = tmp_path / "1.db"
    if number:
        at_version(path, number)
    before = _dump(path)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(path, [*STEPS, BROKEN])
    assert _dump(path) == before


def test_a_copy_stands_beside_the_file_while_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    at_version(path, len(STEPS))
    before = _dump(path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(path, [*STEPS, BROKEN])
    assert _dump(tmp_path / f"1.before-{BROKEN.number}.db") == before
    migrate(path, STEPS)
    assert not list(tmp_path.glob("*.before-*"))


async def test_a_newer_database_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    migrate(path, [*STEPS, Migration(len(STEPS) + 1, "future", "CREATE TABLE future (a TEXT);")])
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew, match=r"newer Footnote.*Install the newer version"):
        await Database.open(path, "library")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"This is a letter, no database. " * 200, b"SQLite format 3\0"]
)
async def test_a_file_that_is_no_database_is_refused_and_not_changed(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "1.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseDamaged, match=r"1\.db can't be read as a database"):
        await Database.open(path, "library")
    assert path.read_bytes() == content
    assert _names(tmp_path) == ["1.db"]


async def test_another_programs_database_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmark (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database"):
        await Database.open(path, "library")
    assert path.read_bytes() == before


async def test_an_empty_file_becomes_a_library(tmp_path: Path) -> None:
    (tmp_path / "1.db").touch()
    async with open_library(tmp_path / "1.db") as (library, _):
        assert await library.articles.select(ALL) == []


async def test_a_file_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        await Database.open(tmp_path / "nowhere" / "1.db", "library")


@pytest.mark.parametrize("schema", ["library", "footnote"])
def test_a_new_database_is_what_all_steps_make(schema: str, tmp_path: Path) -> None:
    steps = migrations(schema)
    stepwise, new = tmp_path / "stepwise.db", tmp_path / "new.db"
    for last in range(1, len(steps) + 1):
        migrate(stepwise, steps[:last])
    migrate(new, steps)
    without_time = "UPDATE migration SET applied_at = ''"
    for path in (stepwise, new):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(without_time)
    assert _dump(new) == _dump(stepwise)
    assert new.read_bytes()[18:20] == b"\x02\x02", "not in WAL mode"


def test_a_signature_of_an_older_file_gets_its_bands_if_its_version_is_the_newest(
    tmp_path: Path,
) -> None:
    path = tmp_path / "1.db"
    at_version(path, next(step.number for step in STEPS if step.name == "minhash_band") - 1)
    hashes = np.random.default_rng(1).integers(0, 1 << 32, (2, 256), np.uint32)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(
            "INSERT INTO version (article_id, number, text, hash, characters, cleaner, splitter,"
            " created_at) VALUES (1, 9, 'replaced', 'x', 8, 1, 1, 'now')"
        )
        rows = [(i, row.tobytes()) for i, row in enumerate(hashes, 1)]
        file.executemany("INSERT INTO minhash VALUES (?, 1, ?)", rows)
    migrate(path, STEPS)
    with closing(sqlite3.connect(path)) as file:
        stored = file.execute("SELECT version_id, band_key FROM minhash_band").fetchall()
    assert stored == [(1, key) for key in band_keys(hashes[0])]
