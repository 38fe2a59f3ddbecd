"""Shows and records the final card of what was added."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import discord

from bot.app import App
from bot.discord_app import replies
from bot.discord_app.cards import adding as cards
from bot.discord_app.cards.adding import ProgressLine
from bot.discord_app.previews import preview_of, with_questions
from bot.records import Scope
from bot.service.browse import visible_ids
from bot.store.protocols import Library
from bot.store.values import PostedMessage

MayNameArticle = Callable[[int], Awaitable[bool]]  # whether a card may name an article, by its id


class FinalReply(Protocol):
    """A card that changes until the end."""

    async def show(self, view: discord.ui.LayoutView) -> discord.Message | None: ...


async def check_visibility(lines: Sequence[ProgressLine], may_name: MayNameArticle) -> None:
    """Sets which articles may be named now: a channel may have been closed in the meantime."""
    for line in lines:
        line.may_name_article = line.result is not None and await may_name(line.result.article.id)


async def show_done(
    lines: Sequence[ProgressLine],
    reply: FinalReply,
    library: Library,
    scope: Scope,
    app: App | None = None,
) -> None:
    """Shows and records the final card.

    ``app``: makes questions to try; the card of a single article is shown again with them.
    """
    if len(lines) > 1:
        await record_card(library, lines, await reply.show(cards.batch_card(lines)))
        return
    result = lines[0].result
    assert result is not None
    article, note = result.article, lines[0].note
    preview = await preview_of(article, library, scope)
    message = await reply.show(cards.added_card(article, preview, note))
    await record_card(library, lines, message)
    if app is None:
        return
    asking = await with_questions(preview, article, app, library, scope)
    # They may take long to make, and meanwhile the article may have been removed.
    if asking.questions and await visible_ids([article.id], library, scope):
        with replies.logs_send_errors("show questions about an article"):
            await reply.show(cards.added_card(article, asking, note))


async def record_card(
    library: Library, lines: Sequence[ProgressLine], message: discord.Message | None
) -> None:
    """Records a public card for each article on it, so that the article links back to it."""
    if message is None or message.flags.ephemeral:
        return
    for line in lines:
        if line.is_public and line.result is not None:
            article_id = line.result.article.id
            await library.articles.set_message_link(article_id, message.jump_url)
            await library.cards.record_article_message(
                article_id, PostedMessage(message.channel.id, message.id)
            )
