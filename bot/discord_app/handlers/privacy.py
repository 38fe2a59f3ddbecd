"""``/privacy``: says what is stored, and shows or erases what is stored about a person."""

from __future__ import annotations

import io

import discord

from bot.discord_app import posted_messages, replies
from bot.discord_app.cards import components
from bot.discord_app.cards import privacy as cards
from bot.discord_app.handlers.approving import mark_withdrawn
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    reports_errors,
)
from bot.discord_app.handlers.running_questions import RunningQuestions
from bot.errors import NotAllowed
from bot.records import Scope
from bot.service.privacy import erase_person, personal_document, privacy_facts
from bot.strings import N_, _

IN_HAND = N_(
    "I'm answering a question of yours right now, so nothing was erased. Try again when the answer "
    "is there, or stop it first."
)


class PrivacyCards:
    """Handles ``/privacy`` and its buttons."""

    def __init__(self, services: Services, running: RunningQuestions):
        self._services, self._running = services, running

    async def open(self, interaction: Interaction) -> None:
        """Says what is stored, privately."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            facts = privacy_facts(self._services.app.settings, context.settings)
            await replies.send_ephemeral(interaction, cards.privacy_card(facts))

    async def send_data(self, interaction: Interaction) -> None:
        """Sends a person what is stored about them, as a file that only they can see."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            document = await personal_document(context.library, context.member.id, context.scope)
            file = discord.File(io.BytesIO(document.encode()), cards.FILE_NAME)
            reply = replies.InteractionReply(interaction, private=True)
            await reply.add(cards.data_card(), file)

    async def ask_to_erase(self, interaction: Interaction) -> None:
        """Asks for confirmation."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            articles = await context.library.people.articles_of(context.member.id)
            await replies.send_ephemeral(interaction, cards.erase_card(len(articles)))

    async def erase(self, interaction: Interaction, articles: int) -> None:
        """Erases the person who pressed the button. ``articles``: whether these go, too."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            self._check_idle(context)
            library, user_id = context.library, context.member.id
            ids = await library.people.articles_of(user_id) if articles else []
            guild = context.member.guild
            waiting = await library.approvals.waiting(Scope(context.scope.server_id))
            edits = await posted_messages.edits_for(guild, library, ids, leaving=frozenset(ids))
            counts = await erase_person(self._services.app.store, library, user_id, ids)
            self._running.articles_removed(context.scope.server_id, ids)
            await replies.update_message(interaction, cards.erased_card(counts, len(ids)))
            await posted_messages.apply_edits(library, edits)
            for each in waiting:
                if each.article.id in ids:
                    await mark_withdrawn(guild, each)

    def _check_idle(self, context: RequestContext) -> None:
        """An answer that is being written would be stored after the erasure. Raises NotAllowed."""
        if self._running.is_answering(context.scope.server_id, context.member.id):
            raise NotAllowed(_(IN_HAND))

    async def cancel(self, interaction: Interaction) -> None:
        """Erases nothing."""
        async with reports_errors(interaction):
            text = _("Nothing was erased.")
            await replies.update_message(interaction, components.message(text))
