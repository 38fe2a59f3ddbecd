"""Removing articles, restoring those in the trash, and erasing for good.

Everything happens within a scope, and is logged by ids alone. The front end decides who may, and
updates what it shows.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from bot.errors import ArticleNotFound
from bot.maintenance import TRASH_RETENTION_S
from bot.records import Article, Scope
from bot.store.protocols import Library
from bot.strings import N_, _

log = logging.getLogger(__name__)
SEVERAL_RESTORABLE_S = 7 * 24 * 3600.0  # if they were removed together, with their messages
NOT_RESTORABLE = N_("This article can't be restored anymore, or it was already restored.")


async def remove_article(library: Library, article_id: int, scope: Scope) -> None:
    """Moves an article to the trash, where it stays for TRASH_RETENTION_S."""
    await library.articles.trash([article_id], scope)
    log.info("removed server=%s id=%s", scope.server_id, article_id)


async def remove_with_messages(
    library: Library, message_ids: Collection[int], scope: Scope, removal_id: int
) -> list[int]:
    """Removes what was added from deleted messages; the ids of the articles.

    Several of one removal stay in the trash for SEVERAL_RESTORABLE_S.
    """
    ids = await library.messages.trash_articles_of(
        message_ids,
        scope,
        removal_id=removal_id,
        extra_s=SEVERAL_RESTORABLE_S - TRASH_RETENTION_S,
    )
    if ids:
        log.info("removed server=%s ids=%s: their messages were deleted", scope.server_id, ids)
    return ids


async def withdraw_message(library: Library, message_id: int, scope: Scope) -> None:
    """Removes what was added from a message that was deleted meanwhile."""
    await library.messages.trash_articles_of([message_id], scope, removal_id=message_id, extra_s=0)


async def restorable_article(library: Library, article_id: int, scope: Scope) -> Article:
    """An article in the trash. Raises ArticleNotFound."""
    try:
        return await library.articles.trashed_article(article_id, scope)
    except ArticleNotFound as error:
        raise ArticleNotFound(_(NOT_RESTORABLE)) from error


async def restorable_together(library: Library, removal_id: int, scope: Scope) -> list[Article]:
    """The articles in the trash that were removed together. Raises ArticleNotFound."""
    removed = await library.messages.trashed_by_removal(removal_id, scope)
    if not removed:
        raise ArticleNotFound(_(NOT_RESTORABLE))
    return removed


async def restore_articles(library: Library, ids: Sequence[int], scope: Scope) -> None:
    """Brings articles back from the trash."""
    await library.articles.restore(ids, scope)
    log.info("restored server=%s ids=%s", scope.server_id, ids)


async def erase_articles(library: Library, ids: Sequence[int], scope: Scope) -> list[int]:
    """Erases articles for good; the ids of those that existed."""
    erased = await library.articles.erase(ids, scope)
    log.info("erased server=%s ids=%s", scope.server_id, erased)
    return erased
