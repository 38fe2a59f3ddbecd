"""Reading and editing a library within a scope, without a front end."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.errors import ArticleNotFound, ArticleRefused
from bot.records import Filter
from bot.service.browse import (
    article_text,
    find_article,
    library_stats,
    list_page,
    rename_article,
    suggest_articles,
    suggest_tags,
    tag_article,
    visible_ids,
)
from bot.store.protocols import Library
from tests.service.conftest import EVERYTHING, OPEN, STAFF_CHANNEL, add

BREAD = "Bread is baked at four in the morning. The oven is old."


async def test_an_article_is_found_by_its_number_and_by_a_part_of_its_title(
    app: App, library: Library
) -> None:
    await add(app, library)
    for name in ("1", "#1", " mars "):
        found = await find_article(library, name, OPEN)
        assert found is not None
        assert found.title == "Joint Mars mission floated"
    assert await find_article(library, "Venus", OPEN) is None
    with pytest.raises(ArticleNotFound):
        await find_article(library, "7", OPEN)


@pytest.mark.parametrize(("page", "shown", "titles"), [(0, 0, 2), (1, 1, 1), (9, 1, 1)])
async def test_a_page_beyond_the_last_is_the_last(
    app: App, library: Library, page: int, shown: int, titles: int
) -> None:
    for text in (BREAD, "Mars is cold.", "The keeper sings at dawn."):
        await add(app, library, text)
    listed = await list_page(library, OPEN, Filter(), "newest", page, 2)
    assert (listed.total, listed.page, len(listed.articles)) == (3, shown, titles)


async def test_an_empty_list_has_one_page(library: Library) -> None:
    listed = await list_page(library, OPEN, Filter(), "newest", 3, 2)
    assert (listed.total, listed.page, list(listed.articles)) == (0, 0, [])


async def test_what_a_scope_does_not_show_is_in_none_of_it(app: App, library: Library) -> None:
    await add(app, library, channel=STAFF_CHANNEL)
    await tag_article(library, 1, "#Space", EVERYTHING)
    article = await library.articles.get(1, EVERYTHING)

    stats = await library_stats(library, OPEN)

    assert (stats.totals.articles, dict(stats.tags), list(stats.submitters)) == (0, {}, [])
    assert await visible_ids([1], library, OPEN) == frozenset()
    assert await find_article(library, "Mars", OPEN) is None
    assert list((await article_text(library, article, OPEN)).passages) == []
    assert await suggest_tags(library, "sp", OPEN, 9) == []
    assert await suggest_tags(library, "sp", EVERYTHING, 9) == ["space"]
    with pytest.raises(ArticleNotFound):
        await rename_article(library, 1, "Mine", OPEN)


async def test_a_title_is_one_line_that_can_be_seen(app: App, library: Library) -> None:
    await add(app, library)
    renamed = await rename_article(library, 1, " To\nMars ", OPEN)
    assert renamed.title == "To Mars"
    with pytest.raises(ArticleRefused, match="can't be empty"):
        await rename_article(library, 1, "\u200b", OPEN)
    text = await article_text(library, renamed, OPEN)
    assert text.summary in text.passages[0].text


async def test_the_article_of_a_typed_number_is_suggested_before_titles_with_that_number(
    app: App, library: Library
) -> None:
    await add(app, library)
    second = await add(app, library, BREAD)
    await rename_article(library, second, "Bread for 1 crown", OPEN)

    for typed in ("1", "#1"):
        assert (await suggest_articles(library, typed, OPEN, 5))[0].id == 1
    assert [article.id for article in await suggest_articles(library, "1", OPEN, 5)] == [1, 2]
    assert [article.id for article in await suggest_articles(library, "bread", OPEN, 5)] == [2]
    assert [article.id for article in await suggest_articles(library, "1", OPEN, 1)] == [1]
