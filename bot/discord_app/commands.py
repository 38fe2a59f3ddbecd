"""The slash commands: names, descriptions and options; what they do is a gesture."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.answer.pipeline import QUESTION_CHARACTERS
from bot.discord_app import errors
from bot.discord_app.gestures import Gestures
from bot.discord_app.limits import CHOICE_CHARACTERS, CHOICES, cut
from bot.discord_app.modals import TITLE_CHARACTERS, PasteModal

Interaction = discord.Interaction[Any]
Title = app_commands.Range[str, 1, TITLE_CHARACTERS]
Address = app_commands.Range[str, 1, 2_000]
Question = app_commands.Range[str, 1, QUESTION_CHARACTERS]


class Tree(app_commands.CommandTree[Any]):
    """The command tree; errors of any command are told privately."""

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        await errors.tell(interaction, error)


def add_commands(tree: Tree, gestures: Gestures) -> None:
    """Puts every command into the tree."""
    tree.add_command(_ask(gestures))
    tree.add_command(_article(gestures))


def _ask(gestures: Gestures) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="ask", description="Ask this server's library a question")
    @app_commands.describe(question="What do you want to know?")
    @app_commands.guild_only()
    async def ask(interaction: Interaction, question: Question) -> None:
        await gestures.ask(interaction, question)

    return ask


def _article(gestures: Gestures) -> app_commands.Group:
    group = app_commands.Group(
        name="article", description="The articles of this server's library", guild_only=True
    )

    @group.command(
        name="add", description="Hand in an article: a file, an address, or with no option a text"
    )
    @app_commands.describe(
        file="PDF, Word, EPUB, HTML, Markdown or text",
        url="A web address",
        title="Instead of the one found",
    )
    async def add(
        interaction: Interaction,
        file: discord.Attachment | None = None,
        url: Address | None = None,
        title: Title | None = None,
    ) -> None:
        if file is not None:
            await gestures.add_file(interaction, file, title or "")
        elif url is not None:
            await gestures.add_data(interaction, url.strip(), None, title or "")
        else:
            await interaction.response.send_modal(PasteModal(gestures))

    @group.command(name="list", description="What is in the library")
    async def list_(interaction: Interaction) -> None:
        await gestures.list_articles(interaction)

    @group.command(name="show", description="One article")
    @app_commands.describe(article="Its title, or its number")
    async def show(interaction: Interaction, article: str) -> None:
        await gestures.show_article(interaction, article)

    @group.command(name="remove", description="Remove an article for good")
    @app_commands.describe(article="Its title, or its number")
    async def remove(interaction: Interaction, article: str) -> None:
        await gestures.ask_to_remove(interaction, article)

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=cut(article.title, CHOICE_CHARACTERS), value=str(article.id))
            for article in await gestures.suggest(interaction, typed)
        ][:CHOICES]

    show.autocomplete("article")(suggest)
    remove.autocomplete("article")(suggest)
    return group
