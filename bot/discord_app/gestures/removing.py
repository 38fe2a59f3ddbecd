"""Removing articles, bringing them back, erasing them; and what then changes in Discord.

The press is answered first; then the messages that show the article are edited, which may take
long. What a crash leaves undone is done after the next start.
"""

from __future__ import annotations

import logging

from bot.discord_app import access, posted, replies
from bot.discord_app.cards import frame
from bot.discord_app.cards import removing as cards
from bot.discord_app.gestures.in_hand import InHand
from bot.discord_app.gestures.rim import Ground, Here, Interaction, told
from bot.discord_app.markdown import one_line
from bot.errors import ArticleNotFound, NotAllowed
from bot.records import Article, Scope
from bot.upkeep import RESTORABLE_S

log = logging.getLogger(__name__)
NOT_THERE = "This article can no longer be restored, or is there again."
MANAGERS_ONLY = "Only someone who may manage messages where an article was added can restore it."


class Removing:
    """See the module."""

    def __init__(self, ground: Ground, in_hand: InHand):
        self._ground, self._in_hand = ground, in_hand

    async def ask_to_remove(self, interaction: Interaction, named: str) -> None:
        """The question whether to remove an article, to who may."""
        async with told(interaction), self._ground.here(interaction) as here:
            article = await here.named(named)
            access.check_may_remove(here.member, article)
            warnings = await posted.warnings(
                here.member.guild, here.library, article.id, here.member
            )
            may_erase = access.may_moderate(here.member, article.submitter.channel_id)
            view = cards.confirm_card(article, warnings, may_erase=may_erase)
            await replies.whisper(interaction, view)

    async def remove(self, interaction: Interaction, article_id: int) -> None:
        """Takes an article out of everything; for a day it can come back."""
        async with told(interaction), self._ground.here(interaction) as here:
            article = await here.library.article(article_id, here.scope)
            access.check_may_remove(here.member, article)
            await interaction.response.defer()
            until = int(self._ground.clock() + RESTORABLE_S)
            await here.library.shelve([article_id], here.scope, by=here.member.id)
            log.info("removed server=%s id=%s", here.scope.server_id, article_id)
            self._in_hand.removed(here.scope.server_id, [article_id])
            await replies.turn(interaction, cards.removed_card(article, until))
            await _edit(here, article_id)

    async def restore(self, interaction: Interaction, article_id: int) -> None:
        """Brings a removed article back."""
        async with told(interaction), self._ground.here(interaction) as here:
            try:
                article = await here.library.removed_article(article_id, here.scope)
            except ArticleNotFound as error:
                raise ArticleNotFound(NOT_THERE) from error
            access.check_may_remove(here.member, article)
            await interaction.response.defer()
            await here.library.restore([article_id], here.scope)
            log.info("restored server=%s id=%s", here.scope.server_id, article_id)
            title = one_line(article.title)
            await replies.turn(interaction, frame.message(f"{title} is in the library again."))
            await _edit(here, article_id)

    async def restore_together(self, interaction: Interaction, removal_id: int) -> None:
        """Brings back what went with deleted messages, as far as somebody manages it."""
        async with told(interaction), self._ground.here(interaction) as here:
            articles = await _manageable(here, removal_id)
            await interaction.response.defer()
            ids = [article.id for article in articles]
            await here.library.restore(ids, here.scope)
            log.info("restored server=%s ids=%s", here.scope.server_id, ids)
            everything = Scope(here.scope.server_id)
            if not await here.library.messages.removed_with(removal_id, everything):
                await replies.turn(interaction, cards.back_again(len(ids)), public=True)
            await replies.whisper(interaction, cards.restored_card(articles))
            await _edit(here, *ids)

    async def ask_to_erase(self, interaction: Interaction, article_id: int) -> None:
        """The question whether to erase an article at once, to who may."""
        async with told(interaction), self._ground.here(interaction) as here:
            article = await here.library.article(article_id, here.scope)
            access.check_may_erase(here.member, article)
            warnings = await posted.warnings(
                here.member.guild, here.library, article_id, here.member
            )
            await replies.turn(interaction, cards.confirm_erasing_card(article, warnings))

    async def erase(self, interaction: Interaction, article_id: int) -> None:
        """Erases an article, at once and for good."""
        async with told(interaction), self._ground.here(interaction) as here:
            article = await here.library.article(article_id, here.scope)
            access.check_may_erase(here.member, article)
            await interaction.response.defer()
            edits = await posted.edits_for(
                here.member.guild, here.library, [article_id], leaving=frozenset([article_id])
            )
            await here.library.remove([article_id], here.scope)
            log.info("erased server=%s id=%s", here.scope.server_id, article_id)
            self._in_hand.removed(here.scope.server_id, [article_id])
            await replies.turn(interaction, frame.message(f"Erased: {one_line(article.title)}"))
            await posted.carry_out(here.library, edits)

    async def cancel(self, interaction: Interaction) -> None:
        """Leaves everything as it is."""
        async with told(interaction):
            await replies.turn(interaction, frame.message("Nothing was removed."))


async def _edit(here: Here, *article_ids: int) -> None:
    edits = await posted.edits_for(here.member.guild, here.library, article_ids)
    await posted.carry_out(here.library, edits)


async def _manageable(here: Here, removal_id: int) -> list[Article]:
    """Raises ArticleNotFound, NotAllowed."""
    removed = await here.library.messages.removed_with(removal_id, here.scope)
    if not removed:
        raise ArticleNotFound(NOT_THERE)
    managed = [a for a in removed if access.may_moderate(here.member, a.submitter.channel_id)]
    if not managed:
        raise NotAllowed(MANAGERS_ONLY)
    return managed
