"""Records what readers think of an answer, and counts it on the answer's card."""

from __future__ import annotations

from bot.answer_records import Rating
from bot.discord_app import replies
from bot.discord_app.cards import answer_actions as cards
from bot.discord_app.handlers.context import Interaction, Services, reports_errors
from bot.service.review import rate_and_keep
from bot.service.share import is_visible


class RatingAnswers:
    """Handles the thumbs under an answer, and what was wrong with it."""

    def __init__(self, services: Services):
        self._services = services

    async def rate(self, interaction: Interaction, answer_id: int, kind: Rating) -> None:
        """Records a member's rating, counts it on the card, and asks what was wrong."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            library = context.library
            await rate_and_keep(library, answer_id, context.member.id, kind, context.scope)
            message = interaction.message
            private = message is not None and message.flags.ephemeral
            shown_to = context.scope if private else context.public
            if message is not None and await is_visible(library, answer_id, shown_to):
                ratings = await library.answers.ratings_of(answer_id)
                view = cards.with_ratings(message, ratings)
                await replies.update_message(interaction, view, public=True)
            if kind != "helpful":
                await replies.send_ephemeral(interaction, cards.reason_card(answer_id))

    async def give_reason(self, interaction: Interaction, answer_id: int, kind: Rating) -> None:
        """Records what was wrong with an answer."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            await rate_and_keep(context.library, answer_id, context.member.id, kind, context.scope)
            await replies.update_message(interaction, cards.thanks_card(kind))
