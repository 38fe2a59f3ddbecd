"""Removes, restores and erases articles, and updates the messages that show them.

An interaction is answered first, because looking at the posted messages and editing them may take
longer than the three seconds that Discord allows. Edits that a crash prevents are
made after the next start.
"""

from __future__ import annotations

from bot.discord_app import access, posted_messages, replies
from bot.discord_app.cards import components
from bot.discord_app.cards import removing as cards
from bot.discord_app.handlers.context import Interaction, RequestContext, Services, reports_errors
from bot.discord_app.handlers.running_questions import RunningQuestions
from bot.discord_app.markdown import one_line
from bot.discord_app.uneditable_messages import removal_warnings
from bot.errors import NotAllowed
from bot.maintenance import TRASH_RETENTION_S
from bot.records import Article, Scope
from bot.service.permissions import check_may_remove
from bot.service.remove import (
    erase_articles,
    remove_article,
    restorable_article,
    restorable_together,
    restore_articles,
)
from bot.strings import N_, _

MANAGERS_ONLY = N_("Only those who can manage messages where an article was added can restore it.")


class Removing:
    """Handles removing, restoring and erasing."""

    def __init__(self, services: Services, running: RunningQuestions):
        self._services, self._running = services, running

    async def ask_to_remove(self, interaction: Interaction, name: str) -> None:
        """Asks for confirmation to remove the article with this id or title."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            article = await context.find_article(name)
            _check_may_remove(context, article)
            warnings = await removal_warnings(
                context.member.guild, context.library, article.id, context.member
            )
            may_erase = access.may_moderate(context.member, article.submitter.channel_id)
            view = cards.confirm_card(article, warnings, may_erase=may_erase)
            await replies.send_ephemeral(interaction, view)

    async def remove(self, interaction: Interaction, article_id: int) -> None:
        """Removes an article; it can be restored for a day."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            article = await context.library.articles.get(article_id, context.scope)
            _check_may_remove(context, article)
            until = int(self._services.clock() + TRASH_RETENTION_S)
            await remove_article(context.library, article_id, context.scope)
            self._running.articles_removed(context.scope.server_id, [article_id])
            await replies.update_message(interaction, cards.removed_card(article, until))
            await _update_posted(context, article_id)

    async def restore(self, interaction: Interaction, article_id: int) -> None:
        """Restores a removed article."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            article = await restorable_article(context.library, article_id, context.scope)
            _check_may_remove(context, article)
            await restore_articles(context.library, [article_id], context.scope)
            text = _("Restored: {title}").format(title=one_line(article.title))
            await replies.update_message(interaction, components.message(text))
            await _update_posted(context, article_id)

    async def restore_together(self, interaction: Interaction, removal_id: int) -> None:
        """Restores the articles of deleted messages that the member may moderate."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            articles = await _restorable_articles(context, removal_id)
            ids = [article.id for article in articles]
            await restore_articles(context.library, ids, context.scope)
            everything = Scope(context.scope.server_id)
            if not await context.library.messages.trashed_by_removal(removal_id, everything):
                await replies.update_message(
                    interaction, cards.restored_notice(len(ids)), public=True
                )
            await replies.send_ephemeral(interaction, cards.restored_card(articles))
            await _update_posted(context, *ids)

    async def ask_to_erase(self, interaction: Interaction, article_id: int) -> None:
        """Asks for confirmation to erase an article."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            article = await context.library.articles.get(article_id, context.scope)
            access.check_may_erase(context.member, article)
            warnings = await removal_warnings(
                context.member.guild, context.library, article_id, context.member
            )
            await replies.update_message(interaction, cards.confirm_erasing_card(article, warnings))

    async def erase(self, interaction: Interaction, article_id: int) -> None:
        """Erases an article for good."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            article = await context.library.articles.get(article_id, context.scope)
            access.check_may_erase(context.member, article)
            edits = await posted_messages.edits_for(
                context.member.guild, context.library, [article_id], leaving=frozenset([article_id])
            )
            await erase_articles(context.library, [article_id], context.scope)
            self._running.articles_removed(context.scope.server_id, [article_id])
            text = _("Erased: {title}").format(title=one_line(article.title))
            await replies.update_message(interaction, components.message(text))
            await posted_messages.apply_edits(context.library, edits)

    async def cancel(self, interaction: Interaction) -> None:
        """Cancels a removal."""
        async with reports_errors(interaction):
            await replies.update_message(interaction, components.message(_("Nothing was removed.")))


async def _update_posted(context: RequestContext, *article_ids: int) -> None:
    await posted_messages.update_messages(context.member.guild, context.library, article_ids)


async def _restorable_articles(context: RequestContext, removal_id: int) -> list[Article]:
    """The articles of a removal that the member may restore. Raises ArticleNotFound, NotAllowed."""
    removed = await restorable_together(context.library, removal_id, context.scope)
    restorable = [a for a in removed if access.may_moderate(context.member, a.submitter.channel_id)]
    if not restorable:
        raise NotAllowed(_(MANAGERS_ONLY))
    return restorable


def _check_may_remove(context: RequestContext, article: Article) -> None:
    check_may_remove(context.settings, access.actor_on(context.member, article), article)
