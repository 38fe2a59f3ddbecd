"""Shows footnotes, lists and articles, and changes titles and tags.

Everything is shown privately, from what the person who acts may see.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import discord

from bot.discord_app import access, replies
from bot.discord_app.buttons import TITLE_PART_CHARACTERS, ListView
from bot.discord_app.cards import articles as cards
from bot.discord_app.cards import library as library_cards
from bot.discord_app.cards.adding import added_card
from bot.discord_app.cards.passages import passage_card
from bot.discord_app.delivery import send_form
from bot.discord_app.handlers.adding import Adding
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    before_response,
    reports_errors,
)
from bot.discord_app.handlers.submitted_items import SubmittedItem
from bot.discord_app.limits import CHOICES
from bot.discord_app.modals import TITLE_CHARACTERS, LineForm
from bot.discord_app.previews import preview_of, questions_on
from bot.errors import ArticleRefused, FootnoteError, NotAllowed
from bot.records import Article, Filter
from bot.service.browse import (
    article_text,
    library_stats,
    list_page,
    rename_article,
    suggest_articles,
    suggest_tags,
    tag_article,
)
from bot.service.permissions import check_may_change, may_change, may_remove
from bot.service.review import review_library
from bot.service.saved_answers import open_footnote
from bot.service.typed import TAGS_CHARACTERS
from bot.strings import _

PAGE = library_cards.ARTICLES_ON_A_PAGE


class Browsing:
    """Handles reading the library and editing its entries."""

    def __init__(self, services: Services, adding: Adding):
        self._services = services
        self._adding = adding

    # --- reading -----------------------------------------------------------------------------

    async def open_footnote(
        self, interaction: Interaction, answer_id: int, n: int, *, replaces: bool = False
    ) -> None:
        """Shows a footnote's passage. ``replaces``: in place of the passage that is open."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update" if replaces else "private") as context,
        ):
            opened = await open_footnote(context.library, answer_id, n, context.scope)
            view = passage_card(answer_id, opened.passage, opened.article, opened.newest)
            if replaces:
                await replies.update_message(interaction, view)
            else:
                await replies.send_ephemeral(interaction, view)

    async def browse(self, interaction: Interaction, view: ListView) -> None:
        """Shows the first page of the library's list."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            await replies.send_ephemeral(interaction, await _list_card(context, view))

    async def turn_list(self, interaction: Interaction, view: ListView) -> None:
        """Shows another page of the list, in place of the open one."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            await replies.update_message(interaction, await _list_card(context, view))

    async def show(self, interaction: Interaction, name: str) -> None:
        """Shows the article with this id or title."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            article = await context.find_article(name)
            await replies.send_ephemeral(interaction, await _article_card(context, article, 0))

    async def turn_page(self, interaction: Interaction, article_id: int, page: int) -> None:
        """Shows another page of an article's text, in place of the open one."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            article = await context.library.articles.get(article_id, context.scope)
            await replies.update_message(interaction, await _article_card(context, article, page))

    async def stats(self, interaction: Interaction) -> None:
        """Shows statistics of the articles that the person may see."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            stats = await library_stats(context.library, context.scope)
            await replies.update_message(interaction, library_cards.stats_card(stats))

    async def review(self, interaction: Interaction) -> None:
        """Shows those who manage the server what is worth looking at in the answers."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            if not access.is_manager(context.member):
                raise NotAllowed(_("Only those who can manage the server can open the review."))
            embedder = self._services.app.budget.metered_embedder(
                self._services.app.embedder, context.library.ledger
            )
            asked_in = access.channels_with_threads(context.member, context.scope)
            review = await review_library(context.library, context.scope, embedder, asked_in)
            await replies.update_message(interaction, library_cards.review_card(review))

    async def search_form(self, interaction: Interaction, view: ListView) -> None:
        """Shows a form for words in the title."""

        async def submit(submitted: Interaction, typed: str) -> None:
            await self.turn_list(submitted, ListView.from_input(typed, view.tag, view.sort))

        async with reports_errors(interaction):
            access.acting_member(interaction)
            form = LineForm(
                _("Search titles"),
                _("Words in the title"),
                view.title_part,
                submit,
                max_length=TITLE_PART_CHARACTERS,
                required=False,
            )
            await send_form(interaction, form)

    async def suggest(
        self, interaction: Interaction, typed: str, *, public: bool = False
    ) -> list[Article]:
        """Articles for an autocomplete. ``public``: only those that everyone here may see."""
        with suppress(FootnoteError):  # reported when the command is sent
            async with self._services.request(interaction, public=public) as context:
                return await suggest_articles(context.library, typed, context.scope, CHOICES)
        return []

    async def suggest_tags(
        self, interaction: Interaction, typed: str, *, public: bool = False
    ) -> list[str]:
        """Tags for an autocomplete. ``public``: as above."""
        with suppress(FootnoteError):
            async with self._services.request(interaction, public=public) as context:
                return await suggest_tags(context.library, typed, context.scope, CHOICES)
        return []

    # --- editing -----------------------------------------------------------------------------

    async def rename_form(self, interaction: Interaction, article_id: int, origin: int) -> None:
        """Shows a form for a new title."""
        async with reports_errors(interaction):
            article, _is_public = await self._article_to_change(interaction, article_id)

            async def submit(submitted: Interaction, title: str) -> None:
                await self._rename(submitted, article_id, origin, title)

            form = LineForm(
                _("Rename"), _("Title"), article.title, submit, max_length=TITLE_CHARACTERS
            )
            await send_form(interaction, form)

    async def _rename(
        self, interaction: Interaction, article_id: int, origin: int, title: str
    ) -> None:
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            await _changeable_article(context, article_id)
            article = await rename_article(context.library, article_id, title, context.scope)
            await _redraw(interaction, context, article, origin)

    async def tags_form(self, interaction: Interaction, article_id: int, origin: int) -> None:
        """Shows a form for the tags."""
        async with reports_errors(interaction):
            article, _is_public = await self._article_to_change(interaction, article_id)

            async def submit(submitted: Interaction, typed: str) -> None:
                await self._tag(submitted, article_id, origin, typed)

            form = LineForm(
                _("Tags"),
                _("Tags"),
                ", ".join(article.tags),
                submit,
                max_length=TAGS_CHARACTERS,
                required=False,
                hint=_("Separated by commas; leave empty for none"),
            )
            await send_form(interaction, form)

    async def _tag(
        self, interaction: Interaction, article_id: int, origin: int, typed: str
    ) -> None:
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            await _changeable_article(context, article_id)
            article = await tag_article(context.library, article_id, typed, context.scope)
            await _redraw(interaction, context, article, origin)

    async def refresh(self, interaction: Interaction, article_id: int) -> None:
        """Fetches an article's URL again."""
        async with reports_errors(interaction):
            article, is_public = await self._article_to_change(interaction, article_id)
            if article.address is None:
                raise ArticleRefused(
                    _("This article wasn't added from a link. Add the new text instead.")
                )
            item = SubmittedItem(article.address, article_id=article_id)
            await self._adding.add_items(interaction, [item], private=not is_public)

    async def _article_to_change(
        self, interaction: Interaction, article_id: int
    ) -> tuple[Article, bool]:
        """An article before it is changed, and whether everyone here may see it.

        Raises ArticleNotFound, NotAllowed, or StoreError in time to respond.
        """
        async with before_response(), self._services.request(interaction) as context:
            article = await _changeable_article(context, article_id)
            return article, await context.can_see(article_id, context.public)


async def _changeable_article(context: RequestContext, article_id: int) -> Article:
    """An article that the member may change. Raises ArticleNotFound, NotAllowed."""
    article = await context.library.articles.get(article_id, context.scope)
    check_may_change(access.actor_on(context.member, article), article)
    return article


async def _list_card(context: RequestContext, view: ListView) -> discord.ui.LayoutView:
    matching = Filter(title=view.title_part, tag=view.tag)
    shown = await list_page(context.library, context.scope, matching, view.sort, view.page, PAGE)
    return library_cards.list_card(
        shown.articles,
        shown.total,
        view.with_page(shown.page),
        await context.library.articles.tags(context.scope),
        may_manage=access.is_manager(context.member),
    )


async def _article_card(
    context: RequestContext, article: Article, page: int
) -> discord.ui.LayoutView:
    text = await article_text(context.library, article, context.scope)
    # An article may have a million characters: escaping them takes longer than the loop may wait.
    pages = await asyncio.to_thread(cards.text_pages, text.passages)
    actor = access.actor_on(context.member, article)
    return cards.article_card(
        article,
        pages,
        page,
        summary=text.summary,
        may_change=may_change(actor, article),
        may_remove=may_remove(context.settings, actor, article),
    )


async def _redraw(
    interaction: Interaction, context: RequestContext, article: Article, origin: int
) -> None:
    """Redraws the card that a form was opened from.

    A public card is left alone if not everyone may see the article anymore; the result is then
    shown privately.
    """
    if origin == cards.ADDED_CARD:
        preview = await preview_of(article, context.library, context.scope)
        preview = replace(preview, questions=tuple(questions_on(interaction.message).values()))
        public = await context.can_see(article.id, context.public)
        await replies.update_message(interaction, added_card(article, preview), public=public)
    else:
        await replies.update_message(interaction, await _article_card(context, article, 0))
