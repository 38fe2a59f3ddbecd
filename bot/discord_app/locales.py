"""Which language the bot speaks to whom, and the names of its commands in each.

What only one person sees is said in the language of their Discord client, what everyone sees in the
server's: the one chosen in its settings, else Discord's. A language without a catalog is English.
"""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.strings import N_, SOURCE, _, languages, speaking

# The names of commands and options are messages as they are typed in Discord: "/ask", "question:".
COMMAND_NAMES = (
    N_("/ask"),
    N_("/summarise"),
    N_("/last"),
    N_("/help"),
    N_("/article"),
    N_("/article show"),
    N_("/article remove"),
    N_("/article add"),
    N_("/library"),
    N_("/settings"),
    N_("/privacy"),
)
OPTION_NAMES = (
    N_("question:"),
    N_("article:"),
    N_("article2:"),
    N_("article3:"),
    N_("sentences:"),
    N_("tag:"),
    N_("tags:"),
    N_("since:"),
    N_("private:"),
    N_("title:"),
    N_("sort:"),
    N_("url:"),
    N_("file:"),
    N_("file2:"),
    N_("file3:"),
    N_("file4:"),
    N_("file5:"),
)


def catalog_language(locale: discord.Locale | str) -> str:
    """The language (ISO 639) of one of Discord's locales: "pt" of "pt-BR"."""
    return str(locale).partition("-")[0]


def member_language(interaction: discord.Interaction[Any]) -> str:
    """The language of the client of the person who acts."""
    return catalog_language(interaction.locale)


_chosen: dict[str, str] = {}  # by server id, of the servers whose settings name a language


def choose_language(server_id: str, language: str) -> None:
    """Sets the language of a server (ISO 639); "" for that of its Discord settings."""
    _chosen[server_id] = language
    if not language:
        del _chosen[server_id]


def server_language(interaction: discord.Interaction[Any]) -> str:
    """The language of the server where somebody acts, else that person's."""
    if chosen := _chosen.get(str(interaction.guild_id)):
        return chosen
    return catalog_language(interaction.guild_locale or interaction.locale)


def guild_language(guild: discord.Guild | None) -> str:
    """The language of a server, for what nobody's interaction asked for."""
    if guild is None:
        return SOURCE
    return _chosen.get(str(guild.id)) or catalog_language(guild.preferred_locale)


class CommandTranslator(app_commands.Translator):
    """Gives Discord the commands' names and descriptions in each language of the catalogs."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        language = catalog_language(locale)
        if language == SOURCE or language not in languages():
            return None
        with speaking(language):
            return _translated(string.message, context)


def _translated(text: str, context: app_commands.TranslationContextTypes) -> str:
    """A name or a description in the language of the block."""
    if context.location is Location.parameter_name:
        as_typed = f"{text}:"
        return _(as_typed).removesuffix(":")
    command = context.data
    if context.location in (Location.command_name, Location.group_name) and isinstance(
        command, app_commands.Command | app_commands.Group
    ):
        as_typed = f"/{command.qualified_name}"
        return _(as_typed).removeprefix("/").rpartition(" ")[2]
    return _(text)
