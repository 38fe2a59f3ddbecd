"""Reading and keeping the library: footnotes, lists, articles; their titles and tags.

Everything here is shown to who acts alone, from what that person may see.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import discord

from bot.answer.catalog.summary import opening_summary
from bot.discord_app import access, replies
from bot.discord_app.buttons import ListView
from bot.discord_app.cards import articles as cards
from bot.discord_app.cards.passages import passage_card
from bot.discord_app.handlers.adding import Adding, SubmittedItem
from bot.discord_app.handlers.context import Interaction, RequestContext, Services, reports_errors
from bot.discord_app.limits import CHOICES
from bot.discord_app.modals import TITLE_CHARACTERS, LineForm
from bot.discord_app.tags import TAGS_CHARACTERS, clean_line, clean_tag, parse_tags
from bot.errors import ArticleRefused, FootnoteError
from bot.records import Article, Filter

PAGE = cards.ARTICLES_ON_A_PAGE


class Browsing:
    """See the module."""

    def __init__(self, services: Services, adding: Adding):
        self._services = services
        self._adding = adding

    # --- looking -----------------------------------------------------------------------------

    async def open_footnote(
        self, interaction: Interaction, answer_id: int, n: int, *, turning: bool = False
    ) -> None:
        """Shows a footnote's sentence in its passage, to who pressed."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            opened = await context.library.cited_passage(answer_id, n, context.scope)
            article = await context.library.article(opened.citation.article_id, context.scope)
            view = passage_card(answer_id, opened, article)
            if turning:
                await replies.update_message(interaction, view)
            else:
                await replies.send_ephemeral(interaction, view)

    async def browse(self, interaction: Interaction, browsing: ListView) -> None:
        """The first page of the library, or of what is found in it."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            await replies.send_ephemeral(interaction, await _list_card(context, browsing))

    async def turn_list(self, interaction: Interaction, browsing: ListView) -> None:
        """Another page, in place of the one shown."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            await replies.update_message(interaction, await _list_card(context, browsing))

    async def show(self, interaction: Interaction, named: str) -> None:
        """One article with its passages."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await context.find_article(named)
            await replies.send_ephemeral(interaction, await _article_card(context, article, 0))

    async def turn_page(self, interaction: Interaction, article_id: int, page: int) -> None:
        """Other passages of an article, in place of those shown."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await context.library.article(article_id, context.scope)
            await replies.update_message(interaction, await _article_card(context, article, page))

    async def stats(self, interaction: Interaction) -> None:
        """The library in figures, of what the person may see."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            library, scope = context.library, context.scope
            view = cards.stats_card(
                await library.totals(scope),
                await library.tags(scope),
                await library.submitters(scope),
                await library.answers.ratings(),
            )
            await replies.send_ephemeral(interaction, view)

    async def suggest(
        self, interaction: Interaction, typed: str, *, public: bool = False
    ) -> list[Article]:
        """Articles for an autocomplete, of those the person (public: everyone here) may see."""
        with suppress(FootnoteError):  # whoever types on is told when they send it
            async with self._services.request(interaction) as context:
                scope = access.public_scope(context.place) if public else context.scope
                return await context.library.search_titles(clean_line(typed), scope, limit=CHOICES)
        return []

    async def suggest_tags(
        self, interaction: Interaction, typed: str, *, public: bool = False
    ) -> list[str]:
        """Tags for an autocomplete, likewise."""
        tags: dict[str, int] = {}
        with suppress(FootnoteError):
            async with self._services.request(interaction) as context:
                scope = access.public_scope(context.place) if public else context.scope
                tags = await context.library.tags(scope)
        return [tag for tag in tags if clean_tag(typed) in tag][:CHOICES]

    # --- keeping -----------------------------------------------------------------------------

    async def rename_form(self, interaction: Interaction, article_id: int, origin: int) -> None:
        """Asks for another title."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await _changeable_article(context, article_id)

            async def renamed(answer: Interaction, title: str) -> None:
                await self._rename(answer, article_id, origin, title)

            form = LineForm("Rename", "Title", article.title, renamed, most=TITLE_CHARACTERS)
            await interaction.response.send_modal(form)

    async def _rename(
        self, interaction: Interaction, article_id: int, origin: int, title: str
    ) -> None:
        async with reports_errors(interaction), self._services.request(interaction) as context:
            await _changeable_article(context, article_id)
            title = clean_line(title)
            if not title:
                raise ArticleRefused("A title needs words; nothing was changed.")
            article = await context.library.rename(article_id, title, context.scope)
            await _redraw(interaction, context, article, origin)

    async def tags_form(self, interaction: Interaction, article_id: int, origin: int) -> None:
        """Asks for other tags."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            article = await _changeable_article(context, article_id)

            async def tagged(answer: Interaction, typed: str) -> None:
                await self._tag(answer, article_id, origin, typed)

            form = LineForm(
                "Tags",
                "Tags",
                ", ".join(article.tags),
                tagged,
                most=TAGS_CHARACTERS,
                required=False,
                hint="Separated by commas; empty for none",
            )
            await interaction.response.send_modal(form)

    async def _tag(
        self, interaction: Interaction, article_id: int, origin: int, typed: str
    ) -> None:
        async with reports_errors(interaction), self._services.request(interaction) as context:
            await _changeable_article(context, article_id)
            article = await context.library.tag(article_id, parse_tags(typed), context.scope)
            await _redraw(interaction, context, article, origin)

    async def refresh(self, interaction: Interaction, article_id: int) -> None:
        """Looks at an article's address again."""
        async with reports_errors(interaction):
            async with self._services.request(interaction) as context:
                article = await _changeable_article(context, article_id)
            if article.address is None:
                raise ArticleRefused("This article came from no address: hand the new text in.")
            item = SubmittedItem(article.address, article_id=article_id)
            await self._adding.add_items(interaction, [item])


async def _changeable_article(context: RequestContext, article_id: int) -> Article:
    """Raises ArticleNotFound, NotAllowed."""
    article = await context.library.article(article_id, context.scope)
    access.check_may_change(context.member, article)
    return article


async def _list_card(context: RequestContext, browsing: ListView) -> discord.ui.LayoutView:
    wanted = Filter(title=browsing.title_part, tag=browsing.tag)
    totals = await context.library.totals(context.scope, wanted)
    browsing = browsing.with_page(min(browsing.page, max(0, totals.articles - 1) // PAGE))
    articles = await context.library.articles(
        context.scope, limit=PAGE, offset=browsing.page * PAGE, wanted=wanted, sort=browsing.sort
    )
    return cards.list_card(articles, totals.articles, browsing)


async def _article_card(
    context: RequestContext, article: Article, page: int
) -> discord.ui.LayoutView:
    passages = await context.library.passages_of(article.id, context.scope)
    summary = await asyncio.to_thread(opening_summary, article.title, passages)
    return cards.article_card(
        article,
        cards.text_pages(passages),
        page,
        summary=summary,
        may_change=access.may_change(context.member, article),
        may_remove=access.may_remove(context.member, article),
    )


async def _redraw(
    interaction: Interaction, context: RequestContext, article: Article, origin: int
) -> None:
    """Draws the card from which a form was opened anew. One that all see stays as it is when not
    all may see the article any more: then who acted is told alone."""
    if origin == cards.ADDED_CARD:
        public = await context.can_see(article.id, context.public)
        await replies.update_message(interaction, cards.added_card(article), public=public)
    else:
        await replies.update_message(interaction, await _article_card(context, article, 0))
