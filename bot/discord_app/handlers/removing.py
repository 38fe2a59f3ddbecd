"""Removing articles, bringing them back, erasing them; and what then changes in Discord.

The press is answered first; then the messages that show the article are edited, which may take
long. What a crash leaves undone is done after the next start.
"""

from __future__ import annotations

import logging

from bot.discord_app import access, replies
from bot.discord_app import posted_messages
from bot.discord_app.cards import components
from bot.discord_app.cards import removing as cards
from bot.discord_app.handlers.context import Interaction, RequestContext, Services, reports_errors
from bot.discord_app.handlers.running_questions import RunningQuestions
from bot.discord_app.markdown import one_line
from bot.errors import ArticleNotFound, NotAllowed
from bot.maintenance import RESTORABLE_S
from bot.records import Article, Scope

log = logging.getLogger(__name__)
NOT_RESTORABLE = "This article can no longer be restored, or is there again."
MANAGERS_ONLY = "Only someone who may manage messages where an article was added can restore it."


class Removing:
    """See the module."""

    def __init__(self, services: Services, running: RunningQuestions):
        self._services, self._running = services, running

    async def ask_to_remove(self, interaction: Interaction, named: str) -> None:
        """The question whether to remove an article, to who may."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await context.find_article(named)
            access.check_may_remove(context.member, article)
            warnings = await posted_messages.removal_warnings(
                context.member.guild, context.library, article.id, context.member
            )
            may_erase = access.may_moderate(context.member, article.submitter.channel_id)
            view = cards.confirm_card(article, warnings, may_erase=may_erase)
            await replies.send_ephemeral(interaction, view)

    async def remove(self, interaction: Interaction, article_id: int) -> None:
        """Takes an article out of everything; for a day it can come back."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await context.library.article(article_id, context.scope)
            access.check_may_remove(context.member, article)
            await interaction.response.defer()
            until = int(self._services.clock() + RESTORABLE_S)
            await context.library.trash([article_id], context.scope, by=context.member.id)
            log.info("removed server=%s id=%s", context.scope.server_id, article_id)
            self._running.articles_removed(context.scope.server_id, [article_id])
            await replies.update_message(interaction, cards.removed_card(article, until))
            await _update_posted(context, article_id)

    async def restore(self, interaction: Interaction, article_id: int) -> None:
        """Brings a removed article back."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            try:
                article = await context.library.trashed_article(article_id, context.scope)
            except ArticleNotFound as error:
                raise ArticleNotFound(NOT_RESTORABLE) from error
            access.check_may_remove(context.member, article)
            await interaction.response.defer()
            await context.library.restore([article_id], context.scope)
            log.info("restored server=%s id=%s", context.scope.server_id, article_id)
            title = one_line(article.title)
            await replies.update_message(
                interaction, components.message(f"{title} is in the library again.")
            )
            await _update_posted(context, article_id)

    async def restore_together(self, interaction: Interaction, removal_id: int) -> None:
        """Brings back what went with deleted messages, as far as somebody manages it."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            articles = await _restorable_articles(context, removal_id)
            await interaction.response.defer()
            ids = [article.id for article in articles]
            await context.library.restore(ids, context.scope)
            log.info("restored server=%s ids=%s", context.scope.server_id, ids)
            everything = Scope(context.scope.server_id)
            if not await context.library.messages.removed_with(removal_id, everything):
                await replies.update_message(
                    interaction, cards.restored_notice(len(ids)), public=True
                )
            await replies.send_ephemeral(interaction, cards.restored_card(articles))
            await _update_posted(context, *ids)

    async def ask_to_erase(self, interaction: Interaction, article_id: int) -> None:
        """The question whether to erase an article at once, to who may."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await context.library.article(article_id, context.scope)
            access.check_may_erase(context.member, article)
            warnings = await posted_messages.removal_warnings(
                context.member.guild, context.library, article_id, context.member
            )
            await replies.update_message(interaction, cards.confirm_erasing_card(article, warnings))

    async def erase(self, interaction: Interaction, article_id: int) -> None:
        """Erases an article, at once and for good."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await context.library.article(article_id, context.scope)
            access.check_may_erase(context.member, article)
            await interaction.response.defer()
            edits = await posted_messages.edits_for(
                context.member.guild, context.library, [article_id], leaving=frozenset([article_id])
            )
            await context.library.remove([article_id], context.scope)
            log.info("erased server=%s id=%s", context.scope.server_id, article_id)
            self._running.articles_removed(context.scope.server_id, [article_id])
            await replies.update_message(
                interaction, components.message(f"Erased: {one_line(article.title)}")
            )
            await posted_messages.apply_edits(context.library, edits)

    async def cancel(self, interaction: Interaction) -> None:
        """Leaves everything as it is."""
        async with reports_errors(interaction):
            await replies.update_message(interaction, components.message("Nothing was removed."))


async def _update_posted(context: RequestContext, *article_ids: int) -> None:
    edits = await posted_messages.edits_for(context.member.guild, context.library, article_ids)
    await posted_messages.apply_edits(context.library, edits)


async def _restorable_articles(context: RequestContext, removal_id: int) -> list[Article]:
    """Raises ArticleNotFound, NotAllowed."""
    removed = await context.library.messages.removed_with(removal_id, context.scope)
    if not removed:
        raise ArticleNotFound(NOT_RESTORABLE)
    managed = [a for a in removed if access.may_moderate(context.member, a.submitter.channel_id)]
    if not managed:
        raise NotAllowed(MANAGERS_ONLY)
    return managed
