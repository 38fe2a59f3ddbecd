"""The slash commands and context menus: names, descriptions, options. ``handlers`` carry them
out."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.answer.summary.summary_request import MAX_SENTENCES
from bot.discord_app import errors
from bot.discord_app.buttons import TITLE_PART_CHARACTERS, ListView
from bot.discord_app.cards.library import SORTED_BY
from bot.discord_app.handlers import Handlers
from bot.discord_app.handlers.question_requests import AskRequest, SummaryCall
from bot.discord_app.handlers.submitted_items import SubmittedItem, with_tags, with_title
from bot.discord_app.limits import ADDRESS_CHARACTERS, CHOICE_CHARACTERS, CHOICES, truncate
from bot.discord_app.modals import TITLE_CHARACTERS
from bot.records import Article
from bot.service.typed import QUESTION_CHARACTERS, TAG_CHARACTERS, TAGS_CHARACTERS
from bot.strings import N_

Interaction = discord.Interaction[Any]
TitleInput = app_commands.Range[str, 1, TITLE_CHARACTERS]
AddressInput = app_commands.Range[str, 1, ADDRESS_CHARACTERS]
QuestionInput = app_commands.Range[str, 1, QUESTION_CHARACTERS]
TagInput = app_commands.Range[str, 1, TAG_CHARACTERS]
TagsInput = app_commands.Range[str, 1, TAGS_CHARACTERS]
SentencesInput = app_commands.Range[int, 1, MAX_SENTENCES]
TitlePart = app_commands.Range[str, 1, TITLE_PART_CHARACTERS]
Choices = list[app_commands.Choice[str]]
IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
BY_SERVERS = app_commands.AppInstallationType(guild=True, user=False)


class CommandTree(app_commands.CommandTree[Any]):
    """The command tree. All commands work only in servers that installed the bot (not as a user
    app), and their errors are reported privately."""

    def __init__(self, client: discord.Client):
        super().__init__(client, allowed_contexts=IN_SERVERS, allowed_installs=BY_SERVERS)

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        await errors.report(interaction, error)


def add_commands(tree: CommandTree, handlers: Handlers) -> None:
    """Adds all commands and menus to the tree."""
    tree.add_command(_ask(handlers))
    tree.add_command(_summarise(handlers))
    tree.add_command(_last(handlers))
    tree.add_command(_help(handlers))
    tree.add_command(_article(handlers))
    tree.add_command(_library(handlers))
    tree.add_command(_settings(handlers))
    tree.add_command(_privacy(handlers))
    for menu in _menus(handlers):
        tree.add_command(menu)


# --- asking ----------------------------------------------------------------------------------


def _ask(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="ask", description=N_("Ask this server's library a question"))
    @app_commands.describe(
        question=N_("What would you like to know?"),
        article=N_("Search only this article"),
        tag=N_("Search only articles with this tag"),
        since=N_("Search only articles since a day, month or year: 2025-03-01, 2025-03 or 2025"),
        private=N_("Only you see the answer; it can use everything that you can read"),
    )
    async def ask(
        interaction: Interaction,
        question: QuestionInput,
        article: str = "",
        tag: str = "",
        since: str = "",
        private: bool | None = None,
    ) -> None:
        request = AskRequest(question, article, tag, since)
        await handlers.asking.ask_where(interaction, request, private)

    @ask.autocomplete("article")
    async def suggest(interaction: Interaction, typed: str) -> Choices:
        return await _usable_articles(handlers, interaction, typed)

    @ask.autocomplete("tag")
    async def suggest_tags(interaction: Interaction, typed: str) -> Choices:
        public = _is_public(interaction)
        return _text_choices(
            await handlers.browsing.suggest_tags(interaction, typed, public=public)
        )

    return ask


def _summarise(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="summarise", description=N_("Sum up an article, or several"))
    @app_commands.describe(
        article=N_("Its title or number"),
        article2=N_("A second article"),
        article3=N_("A third article"),
        sentences=N_("How many sentences (of each article)"),
        private=N_("Only you see the summary"),
    )
    async def summarise(
        interaction: Interaction,
        article: str,
        article2: str = "",
        article3: str = "",
        sentences: SentencesInput | None = None,
        private: bool | None = None,
    ) -> None:
        names = tuple(filter(None, (article, article2, article3)))
        await handlers.asking.summarise_where(interaction, SummaryCall(names, sentences), private)

    async def suggest(interaction: Interaction, typed: str) -> Choices:
        return await _usable_articles(handlers, interaction, typed)

    for option in ("article", "article2", "article3"):
        summarise.autocomplete(option)(suggest)
    return summarise


def _is_public(interaction: Interaction) -> bool:
    """Whether everyone will see the answer to the command that is being typed."""
    return not getattr(interaction.namespace, "private", False)


async def _usable_articles(handlers: Handlers, interaction: Interaction, typed: str) -> Choices:
    """The articles that the answer to the command that is being typed may use."""
    public = _is_public(interaction)
    return _article_choices(await handlers.browsing.suggest(interaction, typed, public=public))


def _last(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="last", description=N_("Show your last answer again, only to you"))
    async def last(interaction: Interaction) -> None:
        await handlers.asking.last(interaction)

    return last


def _help(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="help", description=N_("See what you can do here"))
    async def help_(interaction: Interaction) -> None:
        await handlers.helping.help(interaction)

    return help_


def _settings(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(
        name="settings", description=N_("Who may add and ask here, approval, answers, alerts")
    )
    @app_commands.default_permissions(manage_guild=True)
    async def settings(interaction: Interaction) -> None:
        await handlers.configuring.open(interaction)

    return settings


def _privacy(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(
        name="privacy", description=N_("What I keep and who sees it; get or erase your data")
    )
    async def privacy(interaction: Interaction) -> None:
        await handlers.privacy.open(interaction)

    return privacy


# --- articles --------------------------------------------------------------------------------


def _article(handlers: Handlers) -> app_commands.Group:
    group = app_commands.Group(name="article", description=N_("Articles in this server's library"))
    _add(group, handlers)
    browsing = handlers.browsing

    @group.command(name="show", description=N_("Show an article"))
    @app_commands.describe(article=N_("Its title or number"))
    async def show(interaction: Interaction, article: str) -> None:
        await browsing.show(interaction, article)

    @group.command(name="remove", description=N_("Remove an article; you can restore it for a day"))
    @app_commands.describe(article=N_("Its title or number"))
    async def remove(interaction: Interaction, article: str) -> None:
        await handlers.removing.ask_to_remove(interaction, article)

    async def suggest(interaction: Interaction, typed: str) -> Choices:
        return _article_choices(await browsing.suggest(interaction, typed))

    show.autocomplete("article")(suggest)
    remove.autocomplete("article")(suggest)
    return group


def _add(group: app_commands.Group, handlers: Handlers) -> None:
    @group.command(
        name="add", description=N_("Add a link, files or text (without options: opens a form)")
    )
    @app_commands.describe(
        file=N_(
            "PDF, Word, PowerPoint, Excel, OpenDocument, RTF, email, EPUB, web page, CSV or text"
        ),
        url=N_("A link to an article"),
        title=N_("A title of your own, for a single article"),
        tags=N_("Separated by commas"),
        file2=N_("File 2"),
        file3=N_("File 3"),
        file4=N_("File 4"),
        file5=N_("File 5"),
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
        files = [each for each in (file, file2, file3, file4, file5) if each is not None]
        items = [SubmittedItem(each.filename, file=each) for each in files]
        items += [SubmittedItem(url.strip())] if url else []
        if items:
            items = with_tags(with_title(items, title or ""), tags or "")
            await handlers.adding.add_items(interaction, items)
        else:
            await handlers.adding.open_form(interaction)


def _library(handlers: Handlers) -> app_commands.Command[Any, ..., None]:
    browsing = handlers.browsing

    @app_commands.command(name="library", description=N_("Browse and search this server's library"))
    @app_commands.describe(
        title=N_("Part of the title"), tag=N_("Only articles with this tag"), sort=N_("Sort order")
    )
    @app_commands.choices(sort=_sort_choices())
    async def library(
        interaction: Interaction,
        title: TitlePart | None = None,
        tag: TagInput | None = None,
        sort: str = "newest",
    ) -> None:
        await browsing.browse(interaction, ListView.from_input(title or "", tag or "", sort))

    @library.autocomplete("title")
    async def suggest(interaction: Interaction, typed: str) -> Choices:
        articles = await browsing.suggest(interaction, typed)
        return _text_choices(
            [truncate(" ".join(a.title.split()), TITLE_PART_CHARACTERS) for a in articles]
        )

    @library.autocomplete("tag")
    async def suggest_tags(interaction: Interaction, typed: str) -> Choices:
        return _text_choices(await browsing.suggest_tags(interaction, typed))

    return library


def _sort_choices() -> Choices:
    labels = SORTED_BY.items()
    return [app_commands.Choice(name=locale_str(label), value=order) for order, label in labels]


def _menus(handlers: Handlers) -> list[app_commands.ContextMenu]:
    async def add_to_library(interaction: Interaction, message: discord.Message) -> None:
        await handlers.adding.add_message(interaction, message)

    async def ask_about_this(interaction: Interaction, message: discord.Message) -> None:
        await handlers.asking.open_question_form(interaction, message)

    return [
        app_commands.ContextMenu(name=N_("Add to library"), callback=add_to_library),
        app_commands.ContextMenu(name=N_("Ask about this"), callback=ask_about_this),
    ]


def _article_choices(articles: list[Article]) -> Choices:
    """Articles as choices that show the title and send the number.

    As "#1": the sandbox's page doesn't take a choice that sends just what was typed.
    """
    return [
        app_commands.Choice(
            name=truncate(" ".join(article.title.split()), CHOICE_CHARACTERS) or str(article.id),
            value=f"#{article.id}",
        )
        for article in articles
    ][:CHOICES]


def _text_choices(words: list[str]) -> Choices:
    return [app_commands.Choice(name=word, value=word) for word in dict.fromkeys(words)][:CHOICES]
