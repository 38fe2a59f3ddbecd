"""What follows once articles are there for members: an announcement, marks on answers whose sources
changed, and answers to open questions.

An announcement names only what everyone in its channel may see.
"""

from __future__ import annotations

from collections.abc import Collection

import discord

from bot.app import App
from bot.discord_app import access, replies
from bot.discord_app.alert_delivery import notify_askers
from bot.discord_app.cards.adding import added_card
from bot.discord_app.posted_messages import mark_changed_sources
from bot.discord_app.previews import preview_of
from bot.errors import ArticleNotFound
from bot.store.protocols import Library
from bot.store.values import PostedMessage


async def follow_up_articles(
    app: App, guild: discord.Guild, library: Library, article_ids: Collection[int]
) -> None:
    """Announces new articles where the server wants it, and notifies whoever asked before."""
    channel_id = (await library.settings.current()).announcements
    channel = guild.get_channel(channel_id) if channel_id is not None else None
    if isinstance(channel, discord.TextChannel):
        for article_id in article_ids:
            with replies.logs_send_errors("announce an article"):
                await _announce(channel, library, article_id)
    await mark_changed_sources(guild, library)
    await notify_askers(app, guild, library, article_ids)


async def _announce(channel: discord.TextChannel, library: Library, article_id: int) -> None:
    scope = access.public_scope(channel)
    try:
        article = await library.articles.get(article_id, scope)
    except ArticleNotFound:  # not everyone there may see it
        return
    link = article.message_link or ""
    is_there_already = f"/{channel.id}/" in link
    if article.version > 1 or is_there_already:
        return
    view = added_card(article, await preview_of(article, library, scope))
    message = await replies.post(channel, view)
    posted = PostedMessage(channel.id, message.id)
    await library.cards.record_article_message(article_id, posted)
