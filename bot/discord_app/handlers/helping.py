"""Shows what a person may do here, after ``/help`` or a mention without words."""

from __future__ import annotations

import discord
from discord import ui

from bot.answer_records import Answer
from bot.discord_app import access, replies
from bot.discord_app.cards.help import HelpFacts, about_bot_card, help_card
from bot.discord_app.handlers.context import Interaction, Services, reports_errors
from bot.records import Scope
from bot.store.protocols import Library


class Helping:
    """Handles ``/help``."""

    def __init__(self, services: Services):
        self._services = services

    async def help(self, interaction: Interaction) -> None:
        """Shows the help privately."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            facts = await help_facts(context.member, context.place, context.library, context.scope)
            await replies.send_ephemeral(interaction, help_card(facts))


async def help_facts(
    member: discord.Member, place: access.Place, library: Library, scope: Scope
) -> HelpFacts:
    """What the member may do in a place. ``scope``: whose articles are counted."""
    in_thread = isinstance(place, discord.Thread)
    permissions = place.permissions_for(member)
    return HelpFacts(
        (await library.articles.totals(scope)).articles,
        may_moderate=access.may_moderate(member, place.id),
        may_manage=access.is_manager(member),
        may_open_threads=not in_thread and permissions.create_public_threads,
        in_thread=in_thread,
        bot_lacks=access.permission_names(
            access.missing_permissions(place, *access.reply_permissions(place))
        ),
    )


async def reply_card(
    answer: Answer, member: discord.Member, place: access.Place, library: Library, scope: Scope
) -> ui.LayoutView:
    """The card of a reply about the bot itself; for "help", what the member may do here."""
    if answer.bot_topic != "help":
        return about_bot_card(answer)
    return help_card(await help_facts(member, place, library, scope), answer.language)
