"""The sandbox's own commands: to go into a thread, and to open a message's menu.

The simulated page shows one channel and has no menus on messages, so ``/go`` shows another place,
and ``/apps`` does what a message's menu on Discord does (Apps, *Add to library*).
"""

from __future__ import annotations

from typing import Any, Literal

import discord
from discord import app_commands
from simcord.backend import serializers

from bot.discord_app import replies
from bot.discord_app.cards import components
from bot.discord_app.limits import truncate
from bot.sandbox.page import LivePage
from bot.strings import N_, _

Interaction = discord.Interaction[Any]
Command = app_commands.Command[Any, ..., None]
MenuItem = Literal["Add to library", "Ask about this"]
CHOICES = 25
CHOICE_CHARACTERS = 100
NO_SUCH_PLACE = N_("There's no such channel or thread. Choose one from the list.")
GONE = N_("This message isn't here anymore.")


def add_commands(bot: Any, env: Any, live: LivePage) -> None:
    """Registers the commands with the bot, before it starts."""
    bot.tree.add_command(_go(env, live))
    bot.tree.add_command(_apps(bot, env))


def _go(env: Any, live: LivePage) -> Command:
    async def go(interaction: Interaction, place: str) -> None:
        channel = env.backend.channels.get(int(place)) if place.isdecimal() else None
        if channel is None:  # it was typed, and not chosen from the list
            text = _(NO_SUCH_PLACE)
        else:
            live.go(channel.id)
            text = _("You're now in “{name}”. `/go` takes you back.").format(name=channel.name)
        await replies.send_ephemeral(interaction, components.message(text))

    async def places(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        channels = env.backend.channels.values()
        return [
            app_commands.Choice(
                name=truncate(channel.name, CHOICE_CHARACTERS), value=str(channel.id)
            )
            for channel in channels
            if channel.name and typed.lower() in channel.name.lower()
        ][:CHOICES]

    app_commands.describe(place="A channel or a thread")(go)
    command: Command = app_commands.Command(
        name="go", description="Sandbox: show a thread, or the channel again", callback=go
    )
    command.autocomplete("place")(places)
    return command


def _apps(bot: Any, env: Any) -> Command:
    async def apps(interaction: Interaction, item: MenuItem, message: str) -> None:
        target = _stored(env, interaction.channel_id, message)
        if target is None:
            await replies.send_ephemeral(interaction, components.message(_(GONE)))
            return
        payload: Any = serializers.message_payload(env.backend, target)
        channel: Any = interaction.channel
        chosen = discord.Message(state=interaction._state, channel=channel, data=payload)
        menu = bot.tree.get_command(item, type=discord.AppCommandType.message)
        await menu.callback(interaction, chosen)

    async def messages(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        messages_here = env.backend.messages.get(interaction.channel_id, {}).values()
        written = [m for m in messages_here if m.content and typed.lower() in m.content.lower()]
        return [
            app_commands.Choice(name=truncate(m.content, CHOICE_CHARACTERS), value=str(m.id))
            for m in reversed(written)
        ][:CHOICES]

    app_commands.describe(item="What to do", message="Some of its words")(apps)
    command: Command = app_commands.Command(
        name="apps", description="Sandbox: the menu of a message", callback=apps
    )
    command.autocomplete("message")(messages)
    return command


def _stored(env: Any, channel_id: int | None, message: str) -> Any:
    """The message as the simulated Discord has it, with its text; None if it is gone."""
    if not message.isdecimal():
        return None
    return env.backend.messages.get(channel_id, {}).get(int(message))
