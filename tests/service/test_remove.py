"""Removing, restoring and erasing within a scope, without a front end."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.errors import ArticleNotFound
from bot.service.remove import (
    erase_articles,
    remove_article,
    remove_with_messages,
    restorable_article,
    restorable_together,
    restore_articles,
)
from bot.store.protocols import Library
from tests.service.conftest import EVERYTHING, OPEN, STAFF_CHANNEL, add


async def test_a_removed_article_is_gone_until_it_is_restored(app: App, library: Library) -> None:
    await add(app, library)
    await remove_article(library, 1, OPEN)
    with pytest.raises(ArticleNotFound):
        await library.articles.get(1, OPEN)
    assert (await restorable_article(library, 1, OPEN)).id == 1
    await restore_articles(library, [1], OPEN)
    assert (await library.articles.get(1, OPEN)).id == 1
    with pytest.raises(ArticleNotFound, match="already restored"):
        await restorable_article(library, 1, OPEN)


async def test_an_erased_article_cannot_be_restored(app: App, library: Library) -> None:
    await add(app, library)
    assert await erase_articles(library, [1, 7], OPEN) == [1]
    with pytest.raises(ArticleNotFound, match="can't be restored"):
        await restorable_article(library, 1, EVERYTHING)


async def test_what_another_channel_holds_is_neither_removed_nor_restored(
    app: App, library: Library
) -> None:
    await add(app, library, channel=STAFF_CHANNEL)
    await remove_article(library, 1, OPEN)
    assert (await library.articles.get(1, EVERYTHING)).id == 1
    await remove_article(library, 1, EVERYTHING)
    with pytest.raises(ArticleNotFound):
        await restorable_article(library, 1, OPEN)


async def test_no_article_of_a_message_is_no_removal(library: Library) -> None:
    assert await remove_with_messages(library, [5], EVERYTHING, removal_id=5) == []
    with pytest.raises(ArticleNotFound, match="can't be restored"):
        await restorable_together(library, 5, EVERYTHING)
