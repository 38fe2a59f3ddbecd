"""Adding articles: files, links, texts and messages, several at once, on one live card.

Every item is first queued (it is then on disk) and then followed until it is done. If one fails,
the others continue. The card names the articles that everyone in the channel may see; everything
else, and every failure, is reported privately to the person who added it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import discord

from bot.app import App
from bot.discord_app import access, delivery, replies
from bot.discord_app.cards import adding as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.adding import ProgressLine
from bot.discord_app.handlers.added_cards import PostApprovals, Readers, show_done
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Response,
    Services,
    cooldown_key,
    reports_errors,
)
from bot.discord_app.handlers.item_jobs import MAX_ITEMS, ItemQueue, MessageLocation, follow_all
from bot.discord_app.handlers.submitted_items import (
    SubmittedItem,
    items_in_message,
    with_tags,
    with_title,
)
from bot.discord_app.modals import AddForm, field_text
from bot.discord_app.new_articles import follow_up_articles
from bot.discord_app.previews import preview_of, with_questions
from bot.discord_app.throttle import throttled
from bot.errors import EmptyArticle
from bot.ingest.jobs import Ticket
from bot.records import Scope, SourceMessage
from bot.service.add import keep_similar
from bot.strings import N_, _, ngettext

NO_APPROVALS = N_(
    "The moderators' channel can't be used now ({reason}), so nobody was asked yet. Your article "
    "is kept. Please tell someone who manages the server to look at `/settings`."
)


class Adding:
    """Handles everything that adds articles."""

    def __init__(self, services: Services, post_approvals: PostApprovals):
        self._services, self._post_approvals = services, post_approvals

    async def add_items(
        self, interaction: Interaction, items: Sequence[SubmittedItem], *, private: bool = False
    ) -> None:
        """Adds some items. Their order must not change: it determines their event ids.

        ``private``: the card is only for the person who acted.
        """
        items, left_out = items[:MAX_ITEMS], len(items[MAX_ITEMS:])
        response: Response = "private" if private else "public"
        async with (
            reports_errors(interaction),
            self._adding(interaction, items, response) as context,
        ):
            location = _message_location(interaction, context.response_id)
            self._services.article_cooldown.record(cooldown_key(context.member), len(items))
            lines = [ProgressLine(_progress_name(item)) for item in items]
            reply = replies.InteractionReply(interaction, private=private)
            readers = _readers(context, private=private)
            async with throttled(reply.draw) as card:
                queue = ItemQueue(self._services, context, interaction.id)
                tickets = await queue.queue_all(items, lines, card, location)
                await self._services.all_queued(interaction)
                await follow_all(self._services.app.jobs, tickets, lines, card, readers)
            await self._conclude(interaction, context, reply, lines, readers)
            if left_out:
                with replies.logs_send_errors("report what was left out"):
                    await replies.send_ephemeral(interaction, _too_many_card(left_out))

    @asynccontextmanager
    async def _adding(
        self, interaction: Interaction, items: Sequence[SubmittedItem], response: Response
    ) -> AsyncIterator[RequestContext]:
        """The context of an acknowledged interaction that may add some items."""
        member, _place = access.acting_member(interaction)
        if not items:
            raise EmptyArticle(_("There's nothing to add here. Give me a link, a file or text."))
        self._services.article_cooldown.check(cooldown_key(member), len(items))
        async with self._services.request(interaction, response) as context:
            yield context

    async def open_form(self, interaction: Interaction) -> None:
        """Shows the form for links, files and text."""
        async with reports_errors(interaction):
            access.acting_member(interaction)
            await delivery.send_form(interaction, AddForm(self._submit_form))

    async def _submit_form(self, interaction: Interaction, form: AddForm) -> None:
        url, text = field_text(form.address), field_text(form.text)
        items = [SubmittedItem(url)] if url else []
        items += [SubmittedItem(file.filename, file=file) for file in form.uploaded]
        items += [SubmittedItem(_("pasted text"), text)] if text else []
        items = with_title(items, field_text(form.heading))
        await self.add_items(interaction, with_tags(items, field_text(form.tags)))

    async def add_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Adds a message's links and attachments, or its text when it has neither."""
        origin = SourceMessage(message.id, message.author.id)
        items = [_from_message(item, origin) for item in items_in_message(message)]
        await self.add_items(interaction, items)

    # --- all items ---------------------------------------------------------------------------

    async def _conclude(
        self,
        interaction: Interaction,
        context: RequestContext,
        reply: replies.InteractionReply,
        lines: Sequence[ProgressLine],
        readers: Readers,
    ) -> None:
        """Shows the public results on the card, and reports the others privately."""
        paused = [line for line in lines if line.paused]
        if paused:  # the card stays: it is finished after the restart
            await replies.send_ephemeral(
                interaction, cards.not_stored_card(paused[:1], named=False)
            )
            return
        await readers.check_lines(lines)
        if any(line.is_public for line in lines):
            await show_done(lines, reply, readers, self._services.app)
        else:
            await reply.delete()
        await context.library.jobs.mark_displayed([line.job_id for line in lines if line.job_id])
        private_lines = [line for line in lines if not line.is_public]
        with replies.logs_send_errors("report privately what was added"):  # the card is final
            app = self._services.app
            await _report_privately(
                interaction, context, private_lines, app=app, named=len(lines) > 1
            )
        guild = context.member.guild
        if any(line.is_waiting for line in lines):
            problem = await self._post_approvals(guild, context.library)
            if problem:
                view = components.message(_(NO_APPROVALS).format(reason=problem), components.RED)
                await replies.send_ephemeral(interaction, view)
        await follow_up_articles(self._services.app, guild, context.library, cards.new_ids(lines))

    # --- near duplicates ---------------------------------------------------------------------

    async def keep_similar(self, interaction: Interaction, job_id: int) -> None:
        """Stores a text that is almost the same as an existing article."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "public") as context,
        ):
            ticket = Ticket(context.scope.server_id, job_id)
            jobs = self._services.app.jobs
            home = access.home_channel(context.place)
            actor = access.actor(context.member, home)
            await keep_similar(jobs, context.library, ticket, actor, home)
            lines = [ProgressLine(_("This text"), job_id=job_id)]
            reply = replies.InteractionReply(interaction)
            readers = _readers(context, private=False)
            async with throttled(reply.draw) as card:
                await follow_all(jobs, {0: ticket}, lines, card, readers)
            await self._conclude(interaction, context, reply, lines, readers)

    async def drop_similar(self, interaction: Interaction, job_id: int) -> None:
        """Discards a text that is almost the same as an existing article."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            ticket = Ticket(context.scope.server_id, job_id)
            await self._services.app.jobs.drop_similar(ticket, context.member.id)
            await replies.update_message(interaction, components.message(_("It wasn't added.")))


def _from_message(item: SubmittedItem, origin: SourceMessage) -> SubmittedItem:
    fallback = replace(item.fallback, message=origin) if item.fallback else None
    return replace(item, message=origin, fallback=fallback)


def _progress_name(item: SubmittedItem) -> str:
    """What to call an item while it is read. The URL of a refreshed article is not shown: nobody
    typed it here."""
    if item.article_id is not None:
        return _("article {id}").format(id=item.article_id)
    return item.name


def _readers(context: RequestContext, *, private: bool) -> Readers:
    """Those who read the card: everyone here, or only the member."""
    return Readers(context.library, lambda: context.private if private else context.public)


async def _report_privately(
    interaction: Interaction,
    context: RequestContext,
    private_lines: Sequence[ProgressLine],
    *,
    app: App,
    named: bool,
) -> None:
    """Sends the results that the public card does not show to the person who added them.

    ``named``: begin each failure with the item's name.
    """
    readers = Readers(context.library, partial(_private_scope_now, interaction, context))
    await readers.check_lines(private_lines)
    waiting = [line for line in private_lines if line.is_waiting]
    visible = [line for line in private_lines if line.result and line.may_name_article]
    similar = [line for line in visible if line.result and line.result.status == "similar"]
    stored = [line for line in visible if line.is_new]
    reported = [*waiting, *similar, *stored]
    others = [line for line in private_lines if line not in reported]
    if waiting:
        await replies.send_ephemeral(interaction, cards.waiting_card(waiting))
    if others:
        await replies.send_ephemeral(interaction, cards.not_stored_card(others, named=named))
    for line in similar:
        await replies.send_ephemeral(interaction, cards.similar_card(line))
    for line in stored:
        await replies.send_ephemeral(interaction, await _private_card(line, app, readers))


def _message_location(interaction: Interaction, response_id: int | None) -> MessageLocation | None:
    """The public response; it can be edited after the interaction has expired."""
    if response_id is None or interaction.channel_id is None:
        return None
    return interaction.channel_id, response_id


def _private_scope_now(interaction: Interaction, context: RequestContext) -> Scope:
    """What a private reply may show: an interaction that has expired gets a direct message."""
    is_direct = interaction.is_expired()
    return access.direct_scope(context.member) if is_direct else context.private


async def _private_card(line: ProgressLine, app: App, readers: Readers) -> discord.ui.LayoutView:
    assert line.result is not None
    article, library = line.result.article, readers.library
    preview = await preview_of(article, library, readers.scope_now())
    preview = await with_questions(preview, article, app, library, readers.scope_now())
    current = await readers.current(article)  # the questions may have taken long
    if current is None:
        line.may_name_article = False
        return cards.not_stored_card([line])
    return cards.added_card(current, preview, line.note)


def _too_many_card(count: int) -> discord.ui.LayoutView:
    text = ngettext(
        "You can add {limit} at once, so the last one wasn't added. Please add it separately.",
        "You can add {limit} at once, so the last {n} weren't added. Please add them separately.",
        count,
    )
    return components.message(text.format(limit=MAX_ITEMS, n=count))
