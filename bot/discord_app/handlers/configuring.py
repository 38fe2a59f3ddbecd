"""Shows and changes a server's settings, for those who manage the server."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import ui

from bot.discord_app import access, replies
from bot.discord_app.cards import settings as cards
from bot.discord_app.delivery import send_form
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    reports_errors,
)
from bot.discord_app.modals import RoleLimitForm
from bot.discord_app.posted_messages import update_messages
from bot.errors import NotAllowed
from bot.records import Scope
from bot.service.approve import unblock_address
from bot.service.permissions import Actor, check_may_change_settings
from bot.service.server_settings import change_setting, limit_role
from bot.service.typed import clean_line
from bot.store.settings_protocol import ServerSettings, SettingValue
from bot.store.values import EVERYTHING
from bot.strings import N_, _, ngettext

CHANNEL_GONE = N_("This channel was deleted. Choose another one.")
POSTING = ("view_channel", "send_messages")


class Configuring:
    """Handles ``/settings`` and the menus of its card."""

    def __init__(self, services: Services):
        self._services = services

    async def open(self, interaction: Interaction) -> None:
        """Shows the first section privately."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            check_may_change_settings(_actor(context.member))
            view = await self._card(context, context.settings, cards.ADDING)
            await replies.send_ephemeral(interaction, view)

    async def show_section(self, interaction: Interaction, section: int) -> None:
        """Shows a section in place of the open one."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            check_may_change_settings(_actor(context.member))
            section = min(section, len(cards.SECTIONS) - 1)
            view = await self._card(context, context.settings, section)
            await replies.update_message(interaction, view)

    async def show_history(self, interaction: Interaction, section: int) -> None:
        """Shows who changed what, and when."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            check_may_change_settings(_actor(context.member))
            changes = await context.library.settings.history(limit=cards.HISTORY_ENTRIES)
            await replies.update_message(interaction, cards.history_card(changes, section))

    async def change(self, interaction: Interaction, name: str, chosen: Sequence[str]) -> None:
        """Sets what was chosen in a menu, and shows the section again."""
        if name == cards.UNBLOCK:
            await self._unblock(interaction, int(chosen[0]))
            return
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            actor = _actor(context.member)
            check_may_change_settings(actor)
            value = _value(name, chosen)
            if name in cards.ONE_CHANNEL and isinstance(value, int):
                _check_may_post(context.member, value)
            by_name = clean_line(context.member.display_name)
            everywhere = Scope(context.scope.server_id)
            before = await context.library.articles.ids_matching(EVERYTHING, everywhere)
            settings = await change_setting(context.library, actor, by_name, name, value)
            await self._redraw(interaction, context, settings, _section_of(name))
            after = await context.library.articles.ids_matching(EVERYTHING, everywhere)
            moved = set(before) ^ set(after)
            if moved:
                await update_messages(context.member.guild, context.library, moved)

    async def _unblock(self, interaction: Interaction, number: int) -> None:
        """``number``: of the address in the list, which may have changed meanwhile."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            actor = _actor(context.member)
            check_may_change_settings(actor)
            blocked = await context.library.approvals.blocked()
            if number < len(blocked):
                await unblock_address(context.library, actor, blocked[number])
            await self._redraw(interaction, context, context.settings, cards.ADDING)

    async def open_role_form(self, interaction: Interaction) -> None:
        """Shows a form for a role's limit."""
        async with reports_errors(interaction):
            member, _place = access.acting_member(interaction)
            check_may_change_settings(_actor(member))
            await send_form(interaction, RoleLimitForm(self._limit_role))

    async def _limit_role(self, interaction: Interaction, role: discord.Role, typed: str) -> None:
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            if typed and not typed.isdecimal():
                raise NotAllowed(_("Give a whole number, such as 20. Nothing was changed."))
            most = int(typed) if typed else None
            by_name = clean_line(context.member.display_name)
            actor = _actor(context.member)
            settings = await limit_role(context.library, actor, by_name, role.id, most)
            await self._redraw(interaction, context, settings, cards.ASKING)

    async def _redraw(
        self,
        interaction: Interaction,
        context: RequestContext,
        settings: ServerSettings,
        section: int,
    ) -> None:
        server_id = access.server_id(context.member.guild)
        await self._services.server_settings.remember(server_id, settings)
        await replies.update_message(interaction, await self._card(context, settings, section))

    async def _card(
        self, context: RequestContext, settings: ServerSettings, section: int
    ) -> ui.LayoutView:
        guild = context.member.guild
        facts = cards.SettingsFacts(
            settings,
            frozenset(role.id for role in guild.roles),
            frozenset(channel.id for channel in guild.channels),
            settings_warnings(guild, settings),
            self._services.app.settings.answers_kept_days,
            tuple(await context.library.approvals.blocked()),
        )
        return cards.settings_card(facts, section)


def settings_warnings(guild: discord.Guild, settings: ServerSettings) -> dict[str, str]:
    """What is wrong with a server's settings now, by the name of the setting."""
    warnings = {
        name: text
        for name in (*cards.OF_ROLES, "add_channels", "library_channels")
        if (text := _gone(guild, name, getattr(settings, name)))
    }
    for name in cards.ONE_CHANNEL:
        channel_id = getattr(settings, name)
        if channel_id is None:
            continue
        try:
            _check_may_post_in(guild, channel_id)
        except NotAllowed as error:
            warnings[name] = error.message
    return warnings


def _gone(guild: discord.Guild, name: str, ids: frozenset[int]) -> str:
    """Says how many of some roles or channels were deleted."""
    find = guild.get_role if name in cards.OF_ROLES else guild.get_channel_or_thread
    gone = sum(find(i) is None for i in ids)
    if not gone:
        return ""
    if gone == len(ids):
        return _("What was chosen here was deleted, so only those who manage the server may.")
    return ngettext(
        "{n} that was chosen here was deleted.", "{n} that were chosen here were deleted.", gone
    ).format(n=gone)


def _check_may_post(member: discord.Member, channel_id: int) -> None:
    """Raises NotAllowed unless the bot can post in a channel that the member can see."""
    channel = member.guild.get_channel(channel_id)
    if channel is None or not channel.permissions_for(member).view_channel:
        raise NotAllowed(_(CHANNEL_GONE))
    _check_may_post_in(member.guild, channel_id)


def _check_may_post_in(guild: discord.Guild, channel_id: int) -> None:
    channel = guild.get_channel(channel_id)
    if channel is None:
        raise NotAllowed(_(CHANNEL_GONE))
    access.check_bot_may(channel, *POSTING)


def _actor(member: discord.Member) -> Actor:
    return access.actor(member, None)


def _section_of(name: str) -> int:
    return next(i for i, names in enumerate(cards.SECTIONS) if name in names)


def _value(name: str, chosen: Sequence[str]) -> SettingValue:
    """The value of a setting from what was chosen in its menu."""
    if name in cards.ONE_CHANNEL:
        return int(chosen[0]) if chosen else None
    if name in cards.EMPTY:
        return frozenset(map(int, chosen))
    (value,) = chosen
    if value == "none":
        return "" if name == "language" else None
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdecimal() else value
