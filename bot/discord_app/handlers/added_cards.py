"""Shows and records the final card of what was added, as far as its readers may see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import discord

from bot.app import App
from bot.discord_app import replies
from bot.discord_app.cards import adding as cards
from bot.discord_app.cards.adding import ProgressLine
from bot.discord_app.previews import preview_of, with_questions
from bot.errors import ArticleNotFound
from bot.records import Article, Scope
from bot.service.browse import visible_ids
from bot.store.protocols import Library
from bot.store.values import PostedMessage


@dataclass(frozen=True, slots=True)
class Readers:
    """Those who read a card. ``scope_now``: what all of them may see at the time of the call."""

    library: Library
    scope_now: Callable[[], Scope]

    async def may_see(self, article: Article) -> bool:
        """Whether all of them may see an article now."""
        return bool(await visible_ids([article.id], self.library, self.scope_now()))

    async def check_lines(self, lines: Sequence[ProgressLine]) -> None:
        """Sets which articles the card may name now: a channel may have been closed meanwhile."""
        done = [(line, line.result.article.id) for line in lines if line.result is not None]
        visible = await visible_ids({i for _line, i in done}, self.library, self.scope_now())
        for line, article_id in done:
            line.may_name_article = article_id in visible

    async def current(self, article: Article) -> Article | None:
        """An article as it is now; None if not all of them may see it."""
        try:
            return await self.library.articles.get(article.id, self.scope_now())
        except ArticleNotFound:
            return None


PostApprovals = Callable[[discord.Guild, Library], Awaitable[str]]
"""Asks the moderators about what waits for approval; why it can't, or ""."""


class FinalReply(Protocol):
    """A card that changes until the end."""

    async def show(self, view: discord.ui.LayoutView) -> discord.Message | None: ...


async def show_done(
    lines: Sequence[ProgressLine], reply: FinalReply, readers: Readers, app: App | None = None
) -> None:
    """Shows and records the final card, which names something new.

    ``app``: makes questions to try; the card of a single article is shown again with them.
    """
    if len(lines) > 1:
        message = await reply.show(cards.batch_card(lines))
        await record_card(readers.library, lines, message)
        return
    result, note = lines[0].result, lines[0].note
    assert result is not None
    library, article = readers.library, result.article
    preview = await preview_of(article, library, readers.scope_now())
    message = await reply.show(cards.added_card(article, preview, note))
    await record_card(library, lines, message)
    if app is None:
        return
    preview = await with_questions(preview, article, app, library, readers.scope_now())
    # They may take long to make: meanwhile the article may have been renamed, removed or hidden.
    current = await readers.current(article) if preview.questions else None
    if current is not None and current.version == article.version:
        with replies.logs_send_errors("show questions about an article"):
            await reply.show(cards.added_card(current, preview, note))


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
