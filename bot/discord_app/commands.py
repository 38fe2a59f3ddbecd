"""The commands and menus: names, descriptions and options; what they do is a gesture."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.answer.pipeline import QUESTION_CHARACTERS
from bot.discord_app import errors
from bot.discord_app.buttons import TITLE_PART_CHARACTERS, ListView
from bot.discord_app.handlers import Handlers
from bot.discord_app.handlers.adding import SubmittedItem, with_tags, with_title
from bot.discord_app.handlers.asking import AskRequest
from bot.discord_app.limits import ADDRESS_CHARACTERS, CHOICE_CHARACTERS, CHOICES, truncate
from bot.discord_app.modals import TITLE_CHARACTERS
from bot.discord_app.tags import TAG_CHARACTERS, TAGS_CHARACTERS
from bot.records import Article, SortOrder

Interaction = discord.Interaction[Any]
TitleInput = app_commands.Range[str, 1, TITLE_CHARACTERS]
AddressInput = app_commands.Range[str, 1, ADDRESS_CHARACTERS]
QuestionInput = app_commands.Range[str, 1, QUESTION_CHARACTERS]
TagInput = app_commands.Range[str, 1, TAG_CHARACTERS]
TagsInput = app_commands.Range[str, 1, TAGS_CHARACTERS]
TitlePart = app_commands.Range[str, 1, TITLE_PART_CHARACTERS]
Choices = list[app_commands.Choice[str]]
IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
BY_SERVERS = app_commands.AppInstallationType(guild=True, user=False)


class CommandTree(app_commands.CommandTree[Any]):
    """The command tree. Every command is for servers that installed the bot, never for a person
    who brings it along; errors of any command are told privately."""

    def __init__(self, client: discord.Client):
        super().__init__(client, allowed_contexts=IN_SERVERS, allowed_installs=BY_SERVERS)

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        await errors.report(interaction, error)


def add_commands(tree: CommandTree, handlers: Handlers) -> None:
    """Puts every command and menu into the tree."""
    tree.add_command(_ask(handlers))
    tree.add_command(_last(handlers))
    tree.add_command(_article(handlers))
    tree.add_command(_library(handlers))
    for menu in _menus(handlers):
        tree.add_command(menu)


# --- asking ----------------------------------------------------------------------------------


def _ask(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="ask", description="Ask this server's library a question")
    @app_commands.describe(
        question="What do you want to know?",
        article="Only from this article",
        tag="Only from articles with this tag",
        since="Only from articles since this day, month or year: 2025-03-01, 2025-03, 2025",
        private="Only you see the answer; it uses all that you may read",
    )
    async def ask(
        interaction: Interaction,
        question: QuestionInput,
        article: str = "",
        tag: str = "",
        since: str = "",
        private: bool = False,
    ) -> None:
        await handlers.asking.ask(interaction, AskRequest(question, article, tag, since, private))

    @ask.autocomplete("article")
    async def suggest(interaction: Interaction, typed: str) -> Choices:
        public = not getattr(interaction.namespace, "private", False)
        return _article_choices(await handlers.browsing.suggest(interaction, typed, public=public))

    @ask.autocomplete("tag")
    async def suggest_tags(interaction: Interaction, typed: str) -> Choices:
        public = not getattr(interaction.namespace, "private", False)
        return _text_choices(
            await handlers.browsing.suggest_tags(interaction, typed, public=public)
        )

    return ask


def _last(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="last", description="Your last answer again, only for you")
    async def last(interaction: Interaction) -> None:
        await handlers.asking.last(interaction)

    return last


# --- articles --------------------------------------------------------------------------------


def _article(handlers: Handlers) -> app_commands.Group:
    group = app_commands.Group(name="article", description="The articles of this server's library")
    _add(group, handlers)
    browsing = handlers.browsing

    @group.command(name="list", description="What is in the library")
    async def list_(interaction: Interaction) -> None:
        await browsing.browse(interaction, ListView())

    @group.command(name="show", description="One article")
    @app_commands.describe(article="Its title, or its number")
    async def show(interaction: Interaction, article: str) -> None:
        await browsing.show(interaction, article)

    @group.command(name="remove", description="Remove an article; for a day it can be restored")
    @app_commands.describe(article="Its title, or its number")
    async def remove(interaction: Interaction, article: str) -> None:
        await handlers.removing.ask_to_remove(interaction, article)

    async def suggest(interaction: Interaction, typed: str) -> Choices:
        return _article_choices(await browsing.suggest(interaction, typed))

    show.autocomplete("article")(suggest)
    remove.autocomplete("article")(suggest)
    return group


def _add(group: app_commands.Group, handlers: Handlers) -> None:
    @group.command(
        name="add", description="Hand in files or an address; with no option a form, also for text"
    )
    @app_commands.describe(
        file="PDF, Word, EPUB, HTML, Markdown or text",
        url="A web address",
        title="Instead of the one found, of a single article",
        tags="Separated by commas",
        file2="Another file",
        file3="Another file",
        file4="Another file",
        file5="Another file",
    )
    async def add(
        interaction: Interaction,
        file: discord.Attachment | None = None,
        url: AddressInput | None = None,
        title: TitleInput | None = None,
        tags: TagsInput | None = None,
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
        file4: discord.Attachment | None = None,
        file5: discord.Attachment | None = None,
    ) -> None:
        files = [given for given in (file, file2, file3, file4, file5) if given is not None]
        items = [SubmittedItem(given.filename, file=given) for given in files]
        items += [SubmittedItem(url.strip())] if url else []
        if items:
            items = with_tags(with_title(items, title or ""), tags or "")
            await handlers.adding.add_items(interaction, items)
        else:
            await handlers.adding.open_form(interaction)


def _library(handlers: Handlers) -> app_commands.Group:
    group = app_commands.Group(name="library", description="What this server has collected")
    browsing = handlers.browsing

    @group.command(name="browse", description="Look through the library, or search it")
    @app_commands.describe(
        title="A part of the title", tag="Articles with this tag", sort="In which order"
    )
    async def browse(
        interaction: Interaction,
        title: TitlePart | None = None,
        tag: TagInput | None = None,
        sort: SortOrder = "newest",
    ) -> None:
        await browsing.browse(interaction, ListView.from_input(title or "", tag or "", sort))

    @group.command(name="stats", description="The library in figures")
    async def stats(interaction: Interaction) -> None:
        await browsing.stats(interaction)

    @browse.autocomplete("title")
    async def suggest(interaction: Interaction, typed: str) -> Choices:
        found = await browsing.suggest(interaction, typed)
        return _text_choices(
            [truncate(" ".join(article.title.split()), TITLE_PART_CHARACTERS) for article in found]
        )

    @browse.autocomplete("tag")
    async def suggest_tags(interaction: Interaction, typed: str) -> Choices:
        return _text_choices(await browsing.suggest_tags(interaction, typed))

    return group


def _menus(handlers: Handlers) -> list[app_commands.ContextMenu]:
    async def add_to_library(interaction: Interaction, message: discord.Message) -> None:
        await handlers.adding.add_message(interaction, message)

    async def ask_about_this(interaction: Interaction, message: discord.Message) -> None:
        await handlers.asking.open_question_form(interaction, message)

    return [
        app_commands.ContextMenu(name="Add to library", callback=add_to_library),
        app_commands.ContextMenu(name="Ask about this", callback=ask_about_this),
    ]


def _article_choices(articles: list[Article]) -> Choices:
    """Articles as choices: their titles are shown, their numbers sent."""
    return [
        app_commands.Choice(
            name=truncate(" ".join(article.title.split()), CHOICE_CHARACTERS) or str(article.id),
            value=str(article.id),
        )
        for article in articles
    ][:CHOICES]


def _text_choices(words: list[str]) -> Choices:
    return [app_commands.Choice(name=word, value=word) for word in dict.fromkeys(words)][:CHOICES]
