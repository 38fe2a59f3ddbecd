"""Approves and declines articles that wait, and blocks addresses, for a server's moderators.

A decision is made once: of two moderators, the second is told so. Everything happens within the
scope of whoever decides, and is logged by ids alone.
"""

from __future__ import annotations

import logging

from bot.errors import ArticleNotFound, ArticleRefused, NotAllowed
from bot.ingest.moderation import address_prefixes, normalize_block
from bot.records import Article, Scope
from bot.service.permissions import Actor, check_may_change_settings
from bot.store.approval_protocol import WaitingArticle
from bot.store.protocols import Library
from bot.strings import N_, _

log = logging.getLogger(__name__)
DECIDED = N_("Someone else decided on this article just now, or it was withdrawn.")
MODERATORS_ONLY = N_(
    "Only those who can manage messages where this article was added can decide on it."
)
REASON_CHARACTERS = 500


def check_may_decide(actor: Actor) -> None:
    """``actor``: on the article. Raises NotAllowed."""
    if not (actor.moderates or actor.manages):
        raise NotAllowed(_(MODERATORS_ONLY))


async def approve_article(
    library: Library, waiting: WaitingArticle, actor: Actor, scope: Scope
) -> Article:
    """Lets a waiting article be searched and shown. Raises NotAllowed, ArticleNotFound.

    If another article has the same text by now, this one is erased. Raises ArticleRefused.
    """
    check_may_decide(actor)
    article_id = waiting.article.id
    same = await library.articles.find_same_text(waiting.text_hash, scope)
    if same is not None:
        await _decline(library, article_id, scope)
        raise ArticleRefused(
            _("Its text was added by someone else meanwhile, so this copy was dropped.")
        )
    if not await library.approvals.approve(article_id, scope):
        raise ArticleNotFound(_(DECIDED))
    log.info("approved server=%s id=%s by=%s", scope.server_id, article_id, actor.user_id)
    return await library.articles.get(article_id, scope)


async def decline_article(
    library: Library, waiting: WaitingArticle, actor: Actor, scope: Scope
) -> None:
    """Erases a waiting article. Raises NotAllowed, ArticleNotFound."""
    check_may_decide(actor)
    await _decline(library, waiting.article.id, scope)
    log.info("declined server=%s id=%s by=%s", scope.server_id, waiting.article.id, actor.user_id)


async def withdraw_article(
    library: Library, waiting: WaitingArticle, actor: Actor, scope: Scope
) -> None:
    """Erases a waiting article for whoever added it. Raises NotAllowed, ArticleNotFound."""
    if waiting.article.submitter.user_id != actor.user_id:
        raise NotAllowed(_("Only the person who added this can withdraw it."))
    await _decline(library, waiting.article.id, scope)


async def _decline(library: Library, article_id: int, scope: Scope) -> None:
    if not await library.approvals.decline(article_id, scope):
        raise ArticleNotFound(_(DECIDED))


async def block_address(library: Library, waiting: WaitingArticle, actor: Actor, typed: str) -> str:
    """Blocks the site of a waiting article, or a part of it; what is blocked.

    Raises NotAllowed, and ArticleRefused if what was typed doesn't fit the article's address.
    """
    check_may_decide(actor)
    blocked = normalize_block(typed)
    if not blocked or blocked not in address_prefixes(waiting.article.address or ""):
        raise ArticleRefused(
            _("Give the site, or the beginning of this article's address. Nothing was blocked.")
        )
    await library.approvals.block(blocked)
    log.info("blocked server=%s by=%s", library.server_id, actor.user_id)
    return blocked


async def unblock_address(library: Library, actor: Actor, address: str) -> None:
    """Lets articles from an address in again. Raises NotAllowed."""
    check_may_change_settings(actor)
    await library.approvals.unblock(address)
    log.info("unblocked server=%s by=%s", library.server_id, actor.user_id)
