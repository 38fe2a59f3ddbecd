"""Adding articles: files, links, texts and messages, several at once, on one live card.

Every item is first queued (it is then on disk) and then followed until it is done. If one fails,
the others continue. The card names the articles that everyone in the channel may see; everything
else, and every failure, is reported privately to the person who added it.
"""

from __future__ import annotations

from asyncio import TaskGroup
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import discord

from bot.app import App
from bot.discord_app import access, errors, replies
from bot.discord_app.alert_delivery import notify_askers
from bot.discord_app.cards import adding as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.adding import ProgressLine
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    cooldown_key,
    reports_errors,
)
from bot.discord_app.handlers.submitted_items import (
    SubmittedItem,
    items_in_message,
    with_tags,
    with_title,
)
from bot.discord_app.limits import MODAL_FILES
from bot.discord_app.markdown import one_line
from bot.discord_app.modals import AddForm, field_text
from bot.discord_app.previews import preview_of, with_questions
from bot.discord_app.throttle import ThrottledMessage, throttled
from bot.errors import EmptyArticle, ReadingPaused
from bot.ingest.jobs import Ticket
from bot.ingest.pipeline import IngestResult, Submission
from bot.records import Scope, SourceMessage, Submitter
from bot.service.add import check_size, keep_similar, queue_submission, withdraw_message
from bot.service.browse import visible_ids
from bot.service.typed import clean_line
from bot.store.protocols import Library
from bot.store.values import PostedMessage, StatusMessage
from bot.strings import _, ngettext

MessageLocation = tuple[int, int]  # channel and message


class FinalReply(Protocol):
    """A card that changes until the end."""

    async def show(self, view: discord.ui.LayoutView) -> discord.Message | None: ...


MayNameArticle = Callable[[int], Awaitable[bool]]  # whether a card may name an article, by its id
MAX_ITEMS = MODAL_FILES + 2  # everything that fits into the form: files, a link, a text


class Adding:
    """Handles everything that adds articles."""

    def __init__(self, services: Services):
        self._services = services

    async def add_items(self, interaction: Interaction, items: Sequence[SubmittedItem]) -> None:
        """Adds some items. Their order must not change: it determines their event ids."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            items, left_out = items[:MAX_ITEMS], len(items[MAX_ITEMS:])
            if not items:
                raise EmptyArticle(
                    _("There's nothing to add here. Give me a link, a file or text.")
                )
            self._services.article_cooldown.check(cooldown_key(context.member), len(items))
            private = not await _is_public(context, items)
            response = await interaction.response.defer(thinking=True, ephemeral=private)
            location = None if private else _message_location(interaction, response)
            self._services.article_cooldown.record(cooldown_key(context.member), len(items))
            lines = [ProgressLine(_progress_name(item)) for item in items]
            reply = replies.InteractionReply(interaction, private=private)
            may_name = _may_name_article(context, private=private)
            async with throttled(reply.show) as card:
                tickets = await self._accept(interaction.id, context, items, lines, card, location)
                await self.follow(tickets, lines, card, may_name)
            await self._conclude(interaction, context, reply, lines, may_name)
            if left_out:
                with replies.logs_send_errors("report what was left out"):
                    await replies.send_ephemeral(interaction, _too_many_card(left_out))

    async def open_form(self, interaction: Interaction) -> None:
        """Shows the form for links, files and text."""
        async with reports_errors(interaction):
            access.acting_member(interaction)
            await interaction.response.send_modal(AddForm(self._submit_form))

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

    # --- each item ---------------------------------------------------------------------------

    async def _accept(
        self,
        event_id: int,
        context: RequestContext,
        items: Sequence[SubmittedItem],
        lines: Sequence[ProgressLine],
        card: ThrottledMessage,
        location: MessageLocation | None,
    ) -> dict[int, Ticket]:
        """Queues the items that can be added; their tickets by line number."""
        tickets = {}
        for i, (item, line) in enumerate(zip(items, lines, strict=True)):
            card.show(cards.progress_card(lines))
            shown = StatusMessage(*location, line.name) if location else None
            if item.fallback is not None:
                event_part = (event_id, MAX_ITEMS + i)
                line.fallback = partial(
                    self._queue, item.fallback, line, event_part, context, shown
                )
            queue = partial(self._queue, item, line, (event_id, i), context, shown)
            ticket = await self._queue_with_fallback(line, queue)
            if ticket is not None:
                tickets[i] = ticket
        return tickets

    async def _queue(
        self,
        item: SubmittedItem,
        line: ProgressLine,
        event_part: tuple[int, int],  # (event id, index of the item in it)
        context: RequestContext,
        shown: StatusMessage | None,
    ) -> Ticket:
        submission = await self._submission(item, context)
        ticket = await queue_submission(
            self._services.app.jobs, submission, context.scope, *event_part, shown
        )
        if line.job_id is not None:  # of the failed link that this replaces
            await context.library.jobs.mark_displayed([line.job_id])
        line.job_id = ticket.job_id
        await self._check_message(item, context)
        return ticket

    async def _queue_with_fallback(
        self, line: ProgressLine, queue: Callable[[], Awaitable[Ticket]]
    ) -> Ticket | None:
        """Queues an item or, failing that, its fallback. If both fail, ``line.error`` says why."""
        try:
            return await queue()
        except Exception as error:  # noqa: BLE001 - the other items continue
            line.error = errors.error_message(error)
        fallback, line.fallback = line.fallback, None
        if fallback is None:
            return None
        line.note, line.error = line.error, ""
        return await self._queue_with_fallback(line, fallback)

    async def _check_message(self, item: SubmittedItem, context: RequestContext) -> None:
        """Removes an item again whose message was deleted before it was queued."""
        if item.message is not None and item.message.id in self._services.recent_deletions:
            await withdraw_message(context.library, item.message.id, context.scope)

    async def _submission(self, item: SubmittedItem, context: RequestContext) -> Submission:
        data = item.data
        if item.file is not None:
            limit_mb = self._services.app.settings.max_file_mb
            check_size(one_line(item.source_line), item.file.size, limit_mb)
            data = await item.file.read()
        name = clean_line(context.member.display_name)
        submitter = Submitter(context.member.id, name, access.home_channel(context.place))
        return Submission(
            item.source_line,
            data,
            item.title,
            published=item.published,
            author=item.author or await _original_author(item, context),
            url=item.url,
            tags=item.tags,
            submitter=submitter,
            article_id=item.article_id,
            message=item.message,
        )

    async def follow(
        self,
        tickets: dict[int, Ticket],
        lines: Sequence[ProgressLine],
        card: ThrottledMessage,
        may_name: MayNameArticle,
    ) -> None:
        """Follows every ticket until it is done or Footnote stops."""
        async with TaskGroup() as group:
            for i, ticket in tickets.items():
                group.create_task(self._follow_one(ticket, lines[i], lines, card, may_name))

    async def _follow_one(
        self,
        ticket: Ticket,
        line: ProgressLine,
        lines: Sequence[ProgressLine],
        card: ThrottledMessage,
        may_name: MayNameArticle,
    ) -> None:
        try:
            async with aclosing(self._services.app.jobs.follow(ticket)) as steps:
                async for step in steps:
                    if isinstance(step, IngestResult):
                        line.may_name_article = await may_name(step.article.id)
                        line.result = step
                    else:
                        line.progress = step
                    card.show(cards.progress_card(lines))
        except ReadingPaused as error:
            line.paused, line.error = True, error.message
        except Exception as error:  # noqa: BLE001 - the other items continue
            line.error = errors.error_message(error)
            fallback, line.fallback = line.fallback, None
            if fallback is not None:
                line.note, line.error = line.error, ""
                other = await self._queue_with_fallback(line, fallback)
                if other is not None:
                    await self._follow_one(other, line, lines, card, may_name)

    # --- all items ---------------------------------------------------------------------------

    async def _conclude(
        self,
        interaction: Interaction,
        context: RequestContext,
        reply: replies.InteractionReply,
        lines: Sequence[ProgressLine],
        may_name: MayNameArticle,
    ) -> None:
        """Shows the public results on the card, and reports the others privately."""
        paused = [line for line in lines if line.paused]
        if paused:  # the card stays: it is finished after the restart
            await replies.send_ephemeral(
                interaction, cards.not_stored_card(paused[:1], named=False)
            )
            return
        await check_visibility(lines, may_name)
        if any(line.is_public for line in lines):
            await self.show_done(lines, reply, context.library, context.public)
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
        await notify_askers(self._services.app, guild, context.library, cards.new_ids(lines))

    async def show_done(
        self,
        lines: Sequence[ProgressLine],
        reply: FinalReply,
        library: Library,
        scope: Scope,
        *,
        with_suggestions: bool = True,
    ) -> None:
        """Shows and records the final card, and again with questions to try once these are made."""
        if len(lines) > 1:
            await self.record_card(library, lines, await reply.show(cards.batch_card(lines)))
            return
        result = lines[0].result
        assert result is not None
        article, note = result.article, lines[0].note
        preview = await preview_of(article, library, scope)
        message = await reply.show(cards.added_card(article, preview, note))
        await self.record_card(library, lines, message)
        if not with_suggestions:
            return
        asking = await with_questions(preview, article, self._services.app, library, scope)
        # They may take long to make, and meanwhile the article may have been removed.
        if asking.questions and await visible_ids([article.id], library, scope):
            with replies.logs_send_errors("show questions about an article"):
                await reply.show(cards.added_card(article, asking, note))

    async def record_card(
        self, library: Library, lines: Sequence[ProgressLine], message: discord.Message | None
    ) -> None:
        """Records a public card for each article on it, so that the article links back to it."""
        if message is None or message.flags.ephemeral:
            return
        for line in lines:
            if line.is_public and line.result is not None:
                article_id = line.result.article.id
                await library.articles.set_message_link(article_id, message.jump_url)
                await library.cards.record_article_message(
                    article_id, PostedMessage(message.channel.id, message.id)
                )

    # --- near duplicates ---------------------------------------------------------------------

    async def keep_similar(self, interaction: Interaction, job_id: int) -> None:
        """Stores a text that is almost the same as an existing article."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            ticket = Ticket(context.scope.server_id, job_id)
            await keep_similar(self._services.app.jobs, ticket, context.member.id)
            await interaction.response.defer(thinking=True)
            line = ProgressLine(_("This text"), job_id=job_id)
            reply = replies.InteractionReply(interaction)
            may_name = _may_name_article(context, private=False)
            async with throttled(reply.show) as card:
                await self._follow_one(ticket, line, [line], card, may_name)
            await self._conclude(interaction, context, reply, [line], may_name)

    async def drop_similar(self, interaction: Interaction, job_id: int) -> None:
        """Discards a text that is almost the same as an existing article."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            ticket = Ticket(context.scope.server_id, job_id)
            await self._services.app.jobs.drop_similar(ticket, context.member.id)
            await replies.update_message(interaction, components.message(_("It wasn't added.")))


async def _original_author(item: SubmittedItem, context: RequestContext) -> str | None:
    """Who wrote a forwarded message, if everyone here may read it where it was written."""
    channel_id, message_id = item.original or (0, 0)
    if channel_id not in (context.public.channels or access.NO_CHANNELS):
        return None
    channel = context.place.guild.get_channel_or_thread(channel_id)
    if not isinstance(channel, discord.abc.Messageable):
        return None
    try:
        original = await channel.fetch_message(message_id)
    except replies.SEND_ERRORS:  # deleted, or the bot may not read it
        return None
    return clean_line(original.author.display_name)


def _from_message(item: SubmittedItem, origin: SourceMessage) -> SubmittedItem:
    fallback = replace(item.fallback, message=origin) if item.fallback else None
    return replace(item, message=origin, fallback=fallback)


def _progress_name(item: SubmittedItem) -> str:
    """What to call an item while it is read. The URL of a refreshed article is not shown: nobody
    typed it here."""
    if item.article_id is not None:
        return _("article {id}").format(id=item.article_id)
    return item.name


def _may_name_article(context: RequestContext, *, private: bool) -> MayNameArticle:
    """Checks, at the time of each call, whether a card may name an article."""

    async def may_name(article_id: int) -> bool:
        return await context.can_see(article_id, context.private if private else context.public)

    return may_name


async def _is_public(context: RequestContext, items: Sequence[SubmittedItem]) -> bool:
    """Whether everyone here may see the articles that are being refreshed."""
    refreshed = {item.article_id for item in items if item.article_id is not None}
    return refreshed <= await visible_ids(refreshed, context.library, context.public)


async def check_visibility(lines: Sequence[ProgressLine], may_name: MayNameArticle) -> None:
    """Sets which articles may be named now: a channel may have been closed in the meantime."""
    for line in lines:
        line.may_name_article = line.result is not None and await may_name(line.result.article.id)


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
    as_dm = interaction.is_expired()
    scope = access.direct_scope(context.member) if as_dm else context.private
    await check_visibility(private_lines, partial(context.can_see, scope=scope))
    visible = [line for line in private_lines if line.result and line.may_name_article]
    similar = [line for line in visible if line.result and line.result.status == "similar"]
    stored = [line for line in visible if line.is_new]
    others = [line for line in private_lines if line not in similar and line not in stored]
    if others:
        await replies.send_ephemeral(interaction, cards.not_stored_card(others, named=named))
    for line in similar:
        await replies.send_ephemeral(interaction, cards.similar_card(line))
    for line in stored:
        await replies.send_ephemeral(interaction, await _private_card(line, app, context, scope))


def _message_location(
    interaction: Interaction, response: discord.InteractionCallbackResponse[Any] | None
) -> MessageLocation | None:
    """The message of a deferred response; it can be edited after the interaction has expired."""
    if response is None or response.message_id is None or interaction.channel_id is None:
        return None
    return interaction.channel_id, response.message_id


async def _private_card(
    line: ProgressLine, app: App, context: RequestContext, scope: Scope
) -> discord.ui.LayoutView:
    assert line.result is not None
    article = line.result.article
    preview = await preview_of(article, context.library, scope)
    preview = await with_questions(preview, article, app, context.library, scope)
    return cards.added_card(article, preview, line.note)


def _too_many_card(count: int) -> discord.ui.LayoutView:
    text = ngettext(
        "You can add {limit} at once, so the last one wasn't added. Please add it separately.",
        "You can add {limit} at once, so the last {n} weren't added. Please add them separately.",
        count,
    )
    return components.message(text.format(limit=MAX_ITEMS, n=count))
