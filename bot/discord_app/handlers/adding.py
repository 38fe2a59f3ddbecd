"""Handing in: files, addresses, texts and messages, any number at once on one live card.

Each is accepted first (then it is on disk), and then followed; the failure of one stops no
other. What came of them is shown to all, as far as everyone in the place may see the article; the
rest, and why nothing came of some, to who handed them in.
"""

from __future__ import annotations

import re
from asyncio import TaskGroup
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord

from bot.discord_app import access, errors, replies
from bot.discord_app.alerts import notify_askers
from bot.discord_app.cards import articles as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.articles import ProgressLine
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    cooldown_key,
    reports_errors,
    visible_ids,
)
from bot.discord_app.limits import MODAL_FILES
from bot.discord_app.markdown import one_line
from bot.discord_app.modals import AddForm, field_text
from bot.discord_app.saved_answers import event_part_id
from bot.discord_app.throttle import ThrottledMessage, throttled
from bot.discord_app.tags import clean_line, parse_tags
from bot.errors import ArticleTooLarge, EmptyArticle, ReadingPaused
from bot.ingest.jobs import Ticket
from bot.ingest.pipeline import MIB, IngestResult, Submission
from bot.records import SourceMessage, Submitter
from bot.store.protocols import Library
from bot.store.values import Posted, StatusMessage
from bot.text.normalize import UNTITLED

MessageLocation = tuple[int, int]  # channel and message
MayNameArticle = Callable[[int], Awaitable[bool]]  # whether an article may be named
URL = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)
URL_TRAILING_PUNCTUATION = ".,;:!?*_\"'"  # belongs to the sentence around an address, not to it
MAX_ITEMS = MODAL_FILES + 2  # all that the form holds: files, an address, a text


@dataclass(frozen=True, slots=True)
class SubmittedItem:
    """One thing that is handed in: an attachment, a text, bytes, or (neither) an address."""

    source: str
    data: bytes | str | None = None
    file: discord.Attachment | None = None
    title: str = ""
    author: str | None = None
    url: str | None = None
    published: str | None = None
    tags: tuple[str, ...] = ()
    article_id: int | None = None  # whose page is to be looked at again
    message: SourceMessage | None = None  # that it was taken from

    @property
    def name(self) -> str:
        """What it is called until it is read."""
        return self.title or self.source_line

    @property
    def source_line(self) -> str:
        """The source, without characters that nobody sees."""
        return clean_line(self.source) or UNTITLED


class Adding:
    """See the module."""

    def __init__(self, services: Services):
        self._services = services

    async def add_items(self, interaction: Interaction, items: Sequence[SubmittedItem]) -> None:
        """Hands in some things, in the order given: their order makes their events' ids."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            items, later = items[:MAX_ITEMS], len(items[MAX_ITEMS:])
            if not items:
                raise EmptyArticle(
                    "There is nothing in this to hand in. Give a web address, a file or a text."
                )
            self._services.article_cooldown.check(cooldown_key(context.member), len(items))
            private = not await _is_public(context, items)
            promised = await interaction.response.defer(thinking=True, ephemeral=private)
            place = None if private else _message_location(interaction, promised)
            self._services.article_cooldown.record(cooldown_key(context.member), len(items))
            lines = [ProgressLine(_progress_name(item)) for item in items]
            outlet = replies.InteractionReply(interaction, private=private)
            shows = _may_name_article(context, private=private)
            async with throttled(outlet.show) as card:
                tickets = await self._accept(interaction.id, context, items, lines, card, place)
                await self.follow(tickets, lines, card, shows)
            await self._conclude(interaction, context, outlet, lines, shows)
            if later:
                await replies.send_ephemeral(interaction, _too_many_card(later))

    async def open_form(self, interaction: Interaction) -> None:
        """Shows the form."""
        async with reports_errors(interaction):
            access.acting_member(interaction)
            await interaction.response.send_modal(AddForm(self._submit_form))

    async def _submit_form(self, interaction: Interaction, form: AddForm) -> None:
        address, text = field_text(form.address), field_text(form.text)
        given = [SubmittedItem(address)] if address else []
        given += [SubmittedItem(file.filename, file=file) for file in form.uploaded]
        given += [SubmittedItem("pasted text", text)] if text else []
        given = with_title(given, field_text(form.heading))
        await self.add_items(interaction, with_tags(given, field_text(form.tags)))

    async def add_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Hands in a message's links and attachments; its text when it has neither."""
        taken = SourceMessage(message.id, message.author.id)
        items = [replace(item, message=taken) for item in items_in_message(message)]
        await self.add_items(interaction, items)

    # --- each of them ------------------------------------------------------------------------

    async def _accept(
        self,
        event_id: int,
        context: RequestContext,
        items: Sequence[SubmittedItem],
        lines: Sequence[ProgressLine],
        card: ThrottledMessage,
        place: MessageLocation | None,
    ) -> dict[int, Ticket]:
        """Queues what can be; the tickets by line."""
        tickets = {}
        for i, (item, line) in enumerate(zip(items, lines, strict=True)):
            card.show(cards.progress_card(lines))
            try:
                submission = await self._submission(item, context)
                shown = StatusMessage(*place, line.name) if place else None
                tickets[i] = await self._services.app.jobs.submit(
                    submission, context.scope, event_id=event_part_id(event_id, i), shown=shown
                )
                line.job_id = tickets[i].job_id
                await self._check_message(item, context)
            except Exception as error:  # noqa: BLE001 - a rim: the others go on
                line.error = errors.error_message(error)
        return tickets

    async def _check_message(self, item: SubmittedItem, context: RequestContext) -> None:
        """Nothing is kept of a message that was deleted before this was accepted."""
        if item.message is not None and item.message.id in self._services.recent_deletions:
            await context.library.messages.deleted(
                [item.message.id], context.scope, removal_id=item.message.id, longer_s=0
            )

    async def _submission(self, item: SubmittedItem, context: RequestContext) -> Submission:
        data = item.data
        if item.file is not None:
            self._check_size(item.file, item.source_line)
            data = await item.file.read()
        name = clean_line(context.member.display_name)
        submitter = Submitter(context.member.id, name, access.home_channel(context.place))
        return Submission(
            item.source_line,
            data,
            item.title,
            published=item.published,
            author=item.author,
            url=item.url,
            tags=item.tags,
            submitter=submitter,
            article_id=item.article_id,
            message=item.message,
        )

    def _check_size(self, file: discord.Attachment, name: str) -> None:
        limit = self._services.app.settings.max_file_mb
        if file.size > limit * MIB:
            raise ArticleTooLarge(
                f"{one_line(name)} is larger than {limit} MB, the limit here, so nothing "
                "was stored. Hand it in in parts, or ask the operator to raise MAX_FILE_MB."
            )

    async def follow(
        self,
        tickets: dict[int, Ticket],
        lines: Sequence[ProgressLine],
        card: ThrottledMessage,
        shows: MayNameArticle,
    ) -> None:
        """Each to its end, or until Footnote stops. ``shows``: whether the card may name an
        article."""
        async with TaskGroup() as group:
            for i, ticket in tickets.items():
                group.create_task(self._follow_one(ticket, lines[i], lines, card, shows))

    async def _follow_one(
        self,
        ticket: Ticket,
        line: ProgressLine,
        lines: Sequence[ProgressLine],
        card: ThrottledMessage,
        shows: MayNameArticle,
    ) -> None:
        try:
            async with aclosing(self._services.app.jobs.follow(ticket)) as steps:
                async for step in steps:
                    if isinstance(step, IngestResult):
                        line.may_name_article = await shows(step.article.id)
                        line.result = step
                    else:
                        line.progress = step
                    card.show(cards.progress_card(lines))
        except ReadingPaused as error:
            line.paused, line.error = True, error.message
        except Exception as error:  # noqa: BLE001 - a rim: the others go on
            line.error = errors.error_message(error)

    # --- all of them -------------------------------------------------------------------------

    async def _conclude(
        self,
        interaction: Interaction,
        context: RequestContext,
        outlet: replies.InteractionReply,
        lines: Sequence[ProgressLine],
        shows: MayNameArticle,
    ) -> None:
        """Shows all what came of it, and who handed in what is not for all, or not new."""
        paused = [line for line in lines if line.paused]
        if paused:  # the card stays, to be brought to its end after the restart
            await replies.send_ephemeral(
                interaction, cards.not_stored_card(paused[:1], named=False)
            )
            return
        await check_visibility(lines, shows)
        if any(line.is_public for line in lines):
            shown = await outlet.show(done_card(lines))
            await self.record_card(context.library, lines, shown)
        else:
            await outlet.delete()
        await _report_privately(
            interaction, context, [line for line in lines if not line.is_public], lines
        )
        await self.notify_askers(context.member.guild, context.library, lines)
        await context.library.jobs.mark_displayed([line.job_id for line in lines if line.job_id])

    async def notify_askers(
        self, guild: discord.Guild, library: Library, lines: Sequence[ProgressLine]
    ) -> None:
        """Somebody may have asked what is answered only now."""
        for line in lines:
            if line.is_new and line.result is not None:
                await notify_askers(self._services.app, guild, library, line.result.article.id)

    async def record_card(
        self, library: Library, lines: Sequence[ProgressLine], shown: discord.Message | None
    ) -> None:
        """Articles lead back to the card on which they were handed in."""
        for line in lines:
            public = shown is not None and not shown.flags.ephemeral
            if shown is not None and public and line.is_public and line.result is not None:
                article_id = line.result.article.id
                await library.set_message_link(article_id, shown.jump_url)
                await library.cards.note_article(article_id, Posted(shown.channel.id, shown.id))

    # --- what is almost the same ---------------------------------------------------------------

    async def keep_similar(self, interaction: Interaction, job_id: int) -> None:
        """Keeps what is almost like another article."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            ticket = Ticket(context.scope.server_id, job_id)
            if not await self._services.app.jobs.keep_similar(ticket, context.member.id):
                raise EmptyArticle("This is no longer waiting to be kept. Hand it in again.")
            await interaction.response.defer(thinking=True)
            line = ProgressLine("It", job_id=job_id)
            outlet = replies.InteractionReply(interaction)
            shows = _may_name_article(context, private=False)
            async with throttled(outlet.show) as card:
                await self._follow_one(ticket, line, [line], card, shows)
            await self._conclude(interaction, context, outlet, [line], shows)

    async def drop_similar(self, interaction: Interaction, job_id: int) -> None:
        """Forgets what is almost like another article."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            ticket = Ticket(context.scope.server_id, job_id)
            await self._services.app.jobs.drop_similar(ticket, context.member.id)
            await replies.update_message(interaction, components.message("It was not kept."))


def _progress_name(item: SubmittedItem) -> str:
    """As it is called while it is read. An address that nobody typed here is not told."""
    if item.article_id is not None:
        return f"article {item.article_id}"
    return item.name


def _may_name_article(context: RequestContext, *, private: bool) -> MayNameArticle:
    """Decides, when it is asked, whether a card may name an article."""

    async def shows(article_id: int) -> bool:
        return await context.can_see(article_id, context.private if private else context.public)

    return shows


async def _is_public(context: RequestContext, items: Sequence[SubmittedItem]) -> bool:
    """Whether all here may see the articles whose addresses are looked at again."""
    again = {item.article_id for item in items if item.article_id is not None}
    return again <= await visible_ids(again, context.library, context.public)


async def check_visibility(lines: Sequence[ProgressLine], shows: MayNameArticle) -> None:
    """Which of the articles may be named, as it is now: a channel may have been closed."""
    for line in lines:
        line.may_name_article = line.result is not None and await shows(line.result.article.id)


async def _report_privately(
    interaction: Interaction,
    context: RequestContext,
    told: Sequence[ProgressLine],
    lines: Sequence[ProgressLine],
) -> None:
    """Tells who handed it in what the card does not tell all."""
    direct = interaction.is_expired()
    scope = access.direct_scope(context.member) if direct else context.private
    await check_visibility(told, partial(context.can_see, scope=scope))
    known = [line for line in told if line.result and line.may_name_article]
    similar = [line for line in known if line.result and line.result.status == "similar"]
    stored = [line for line in known if line.is_new]
    others = [line for line in told if line not in similar and line not in stored]
    if others:
        await replies.send_ephemeral(
            interaction, cards.not_stored_card(others, named=len(lines) > 1)
        )
    for line in similar:
        await replies.send_ephemeral(interaction, cards.similar_card(line))
    for line in stored:
        await replies.send_ephemeral(interaction, done_card([line]))


def _message_location(
    interaction: Interaction, promised: discord.InteractionCallbackResponse[Any] | None
) -> MessageLocation | None:
    """The message that was promised, which can be edited without the interaction, too."""
    if promised is None or promised.message_id is None or interaction.channel_id is None:
        return None
    return interaction.channel_id, promised.message_id


def done_card(lines: Sequence[ProgressLine]) -> discord.ui.LayoutView:
    """What came of them, when something is stored."""
    if len(lines) > 1:
        return cards.batch_card(lines)
    outcome = lines[0].result
    assert outcome is not None
    return cards.added_card(outcome.article, updated=outcome.status == "updated")


def _too_many_card(count: int) -> discord.ui.LayoutView:
    return components.message(
        f"{MAX_ITEMS} is the most at once; the last {count} were not taken. Hand them in apart."
    )


def with_title(items: list[SubmittedItem], title: str) -> list[SubmittedItem]:
    """A title is the only thing's, or that of the text, which has none of its own."""
    title = clean_line(title)
    return [
        replace(item, title=title) if len(items) == 1 or isinstance(item.data, str) else item
        for item in items
    ]


def with_tags(items: Sequence[SubmittedItem], typed: str) -> list[SubmittedItem]:
    """The same tags for each."""
    return [replace(item, tags=parse_tags(typed)) for item in items]


def items_in_message(message: discord.Message) -> list[SubmittedItem]:
    """What of a message is handed in. A forwarded message's own things count as its."""
    texts = [message.content, *(snapshot.content for snapshot in message.message_snapshots)]
    files = [*message.attachments, *(f for s in message.message_snapshots for f in s.attachments)]
    text = "\n\n".join(filter(None, texts))
    found = [SubmittedItem(address) for address in addresses_in(text)]
    found += [SubmittedItem(file.filename, file=file) for file in files]
    if found or not text.strip():
        return found
    author = clean_line(message.author.display_name)
    published = message.created_at.date().isoformat()
    source = f"message of {author}"
    return [SubmittedItem(source, text, author=author, url=message.jump_url, published=published)]


def addresses_in(text: str) -> list[str]:
    """The web addresses in a text, each once, in order. One in brackets ends before the last."""
    found = []
    for match in URL.finditer(text):
        address = match[0].rstrip(URL_TRAILING_PUNCTUATION)
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(URL_TRAILING_PUNCTUATION)
        found.append(address)
    return list(dict.fromkeys(found))
