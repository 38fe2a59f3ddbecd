"""An answer is visible to those who may see everything it depends on, cited or not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.records import Scope
from bot.store.protocols import Library
from bot.store.sqlite.migrate import migrate, migrations
from bot.store.values import Dependencies, StoredAnswer
from tests.contract.conftest import open_sqlite
from tests.contract.samples import ALL, SERVER, citation_of, new_article

OPEN, HIDDEN = 5, 6
HERE = Scope(SERVER, frozenset({OPEN}))
BOTH = Scope(SERVER, frozenset({OPEN, HIDDEN}))
GIVEN = StoredAnswer(asker_id=7, channel_id=OPEN, question="Cold?", body="{}")


@pytest.fixture
async def two(library: Library) -> Library:
    """An article in an open channel (1), and one in a hidden one (2)."""
    await library.articles.add(new_article(channel=OPEN), ALL)
    await library.articles.add(new_article("Venus is hot.", channel=HIDDEN), ALL)
    return library


async def test_uncited_dependencies_count(two: Library) -> None:
    mars, _ = await two.articles.passages([1, 3], ALL)
    kept = await two.answers.save(GIVEN, [citation_of(mars)], Dependencies(frozenset({2})))
    assert await two.answers.answer(kept, HERE) is None
    assert await two.answers.last_answer_of(7, HERE) is None
    assert await two.answers.last_turns(OPEN, HERE, limit=9) == []
    assert await two.answers.answer(kept, BOTH) is not None


async def test_citations_are_dependencies(two: Library) -> None:
    _, venus = await two.articles.passages([1, 3], ALL)
    kept = await two.answers.save(GIVEN, [citation_of(venus)])
    assert await two.answers.answer(kept, HERE) is None
    assert await two.answers.answer(kept, BOTH) is not None


async def test_a_count_is_visible_where_everything_counted_is(two: Library) -> None:
    wide = await two.answers.save(GIVEN, [], Dependencies(counted_scope=BOTH))
    narrow = await two.answers.save(GIVEN, [], Dependencies(counted_scope=HERE))
    assert await two.answers.answer(wide, HERE) is None
    assert await two.answers.answer(wide, BOTH) is not None
    assert await two.answers.answer(narrow, HERE) is not None
    assert await two.answers.answer(narrow, Scope(SERVER, frozenset({HIDDEN}))) is None
    assert await two.answers.answer(wide, ALL) is not None


async def test_a_repeated_answer_has_the_same_dependencies(two: Library) -> None:
    first = await two.answers.save(GIVEN, [], Dependencies(frozenset({2})))
    counted = await two.answers.save(GIVEN, [], Dependencies(counted_scope=BOTH))
    for repeated in (first, counted):
        again = await two.answers.save(GIVEN, [], Dependencies(repeated_answer_id=repeated))
        assert await two.answers.answer(again, HERE) is None
        assert await two.answers.answer(again, BOTH) is not None


async def test_an_answer_depending_on_an_erased_article_is_visible_to_no_one(two: Library) -> None:
    await two.articles.erase([2], ALL)
    late = await two.answers.save(GIVEN, [], Dependencies(frozenset({2})))
    assert await two.answers.answer(late, ALL) is None


async def test_erasing_an_article_blanks_answers_that_use_it_uncited(two: Library) -> None:
    mars, _ = await two.articles.passages([1, 3], ALL)
    kept = await two.answers.save(GIVEN, [citation_of(mars)], Dependencies(frozenset({2})))
    await two.articles.erase([2], ALL)
    left = await two.answers.answer(kept, HERE)
    assert left is not None
    assert (left.question, left.body) == ("", "")


async def test_a_removed_articles_answers_come_back_with_it(two: Library) -> None:
    kept = await two.answers.save(GIVEN, [], Dependencies(frozenset({1})))
    await two.articles.trash([1], ALL)
    assert await two.answers.answer(kept, HERE) is None
    await two.articles.restore([1], ALL)
    assert await two.answers.answer(kept, HERE) is not None


OLDER = (
    "INSERT INTO article (id, title, source, added_at, channel_id) VALUES (1, 'Mars', 'm', '', 5)",
    "INSERT INTO version VALUES (1, 1, 1, 'Mars.', 'h', 5, 1, 1, '', '[]', '')",
    "UPDATE article SET version_id = 1",
    "INSERT INTO answer (id, given_at, private, body) VALUES (1, '', 1, '{\"mode\": \"quotes\"}'),"
    " (2, '', 1, '{\"mode\": \"library\"}'), (3, '', 1, '{\"note\": \"The sources disagree\"}'),"
    " (4, '', 0, '{\"mode\": \"library\"}'), (5, '', 1, 'no JSON')",
    "INSERT INTO citation VALUES (1, 1, 1, 0, 5)",
)


async def test_older_answers_depend_on_their_citations(tmp_path: Path) -> None:
    path = tmp_path / "libraries" / f"{SERVER}.db"
    path.parent.mkdir()
    migrate(path, migrations("library")[:13])
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in OLDER:
            connection.execute(statement)
    async with open_sqlite(tmp_path) as store, store.library(SERVER) as library:
        here = [await library.answers.answer(n, HERE) is not None for n in range(1, 6)]
        blind = [await library.answers.answer(n, Scope(SERVER, frozenset())) for n in (1, 4)]
    assert here == [True, False, False, True, True]
    assert blind[0] is None
    assert blind[1] is not None
