"""Queues submitted items, each with its fallback, and follows their jobs on a live card.

A queued item is on disk. If it fails, its fallback is queued in its place; the others continue.
"""

from __future__ import annotations

import logging
from asyncio import TaskGroup
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial

import discord

from bot.discord_app import access, errors, replies
from bot.discord_app.cards import adding as cards
from bot.discord_app.cards.adding import ProgressLine
from bot.discord_app.delivery import download
from bot.discord_app.handlers.added_cards import Readers
from bot.discord_app.handlers.context import RequestContext, Services
from bot.discord_app.handlers.submitted_items import SubmittedItem
from bot.discord_app.limits import MODAL_FILES
from bot.discord_app.markdown import one_line
from bot.discord_app.throttle import ThrottledMessage
from bot.errors import ArticleRefused, ReadingPaused
from bot.ingest.jobs import IngestQueue, Ticket
from bot.ingest.submission import IngestResult, Submission
from bot.records import Submitter
from bot.service.add import check_size, queue_submission
from bot.service.remove import withdraw_message
from bot.service.typed import clean_line
from bot.store.values import StatusMessage
from bot.strings import _

log = logging.getLogger(__name__)
MessageLocation = tuple[int, int]  # channel and message
MAX_ITEMS = MODAL_FILES + 2  # everything that fits into the form: files, a link, a text


class ItemQueue:
    """Queues the items of one event."""

    def __init__(self, services: Services, context: RequestContext, event_id: int):
        self._services, self._context, self._event_id = services, context, event_id

    async def queue_all(
        self,
        items: Sequence[SubmittedItem],
        lines: Sequence[ProgressLine],
        card: ThrottledMessage,
        location: MessageLocation | None,
    ) -> dict[int, Ticket]:
        """Queues the items that can be added; their tickets by line number.

        ``location``: of the public card that shows them, if it is one.
        """
        tickets = {}
        for i, (item, line) in enumerate(zip(items, lines, strict=True)):
            card.show(cards.progress_card(lines))
            shown = StatusMessage(*location, line.name) if location else None
            if item.fallback is not None:
                line.fallback = partial(self._queue, item.fallback, line, MAX_ITEMS + i, shown)
            ticket = await _queue_with_fallback(line, partial(self._queue, item, line, i, shown))
            if ticket is not None:
                tickets[i] = ticket
        return tickets

    async def _queue(
        self, item: SubmittedItem, line: ProgressLine, part: int, shown: StatusMessage | None
    ) -> Ticket:
        """``part``: the number of the item in the event."""
        jobs, context = self._services.app.jobs, self._context
        submission = await self._submission(item)
        ticket = await queue_submission(
            jobs,
            context.library,
            submission,
            context.scope,
            access.actor(context.member, submission.submitter.channel_id),
            self._event_id,
            part,
            shown,
        )
        if line.job_id is not None:  # of the failed link that this replaces
            await context.library.jobs.mark_displayed([line.job_id])
        line.job_id = ticket.job_id
        await self._check_message(item)
        return ticket

    async def _check_message(self, item: SubmittedItem) -> None:
        """Removes an item again whose message was deleted before it was queued."""
        if item.message is not None and item.message.id in self._services.recent_deletions:
            await withdraw_message(self._context.library, item.message.id, self._context.scope)

    async def _submission(self, item: SubmittedItem) -> Submission:
        data, context = item.data, self._context
        if item.file is not None:
            limit_mb = self._services.app.settings.max_file_mb
            check_size(one_line(item.source_line), item.file.size, limit_mb)
            data = await _download(item.file, one_line(item.source_line))
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


async def _download(file: discord.Attachment, name: str) -> bytes:
    """An attachment's bytes. Raises ArticleRefused."""
    try:
        return await download(file)
    except (discord.NotFound, discord.Forbidden) as error:  # its address is signed, and expires
        text = _("Discord no longer has {name}. Please attach it again.")
        raise ArticleRefused(text.format(name=name)) from error
    except replies.SEND_ERRORS as error:
        log.warning("could not download an attachment: %s", replies.send_failure(error))
        text = _("Discord didn't deliver {name}. Please add it again in a minute.")
        raise ArticleRefused(text.format(name=name)) from error


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


async def _queue_with_fallback(
    line: ProgressLine, queue: Callable[[], Awaitable[Ticket]]
) -> Ticket | None:
    """Queues an item or, failing that, its fallback. If both fail, ``line.error`` says why."""
    try:
        return await queue()
    except Exception as error:  # noqa: BLE001 - the other items continue
        return await _queue_fallback(line, errors.error_message(error))


async def _queue_fallback(line: ProgressLine, error: str) -> Ticket | None:
    """Queues what is added instead of an item that failed; None if it fails, or there is none."""
    fallback, line.fallback = line.fallback, None
    if fallback is None:
        line.error = error
        return None
    line.note = error
    return await _queue_with_fallback(line, fallback)


async def follow_all(
    jobs: IngestQueue,
    tickets: dict[int, Ticket],
    lines: list[ProgressLine],
    card: ThrottledMessage,
    readers: Readers,
) -> None:
    """Follows every ticket, by its line's number, until it is done or Footnote stops.

    The files attached to a mail get lines of their own when the mail is done.
    """

    async def follow(ticket: Ticket, line: ProgressLine) -> None:
        try:
            async with aclosing(jobs.follow(ticket)) as steps:
                async for step in steps:
                    if isinstance(step, IngestResult):
                        line.may_name_article = await readers.may_see(step.article)
                        line.result = step
                        follow_attached(step, ticket.server_id)
                    else:
                        line.progress = step
                        await readers.check_lines(lines)
                    card.show(cards.progress_card(lines))
        except ReadingPaused as error:
            line.paused, line.error = True, error.message
        except Exception as error:  # noqa: BLE001 - the other items continue
            other = await _queue_fallback(line, errors.error_message(error))
            if other is not None:
                await follow(other, line)

    def follow_attached(result: IngestResult, server_id: str) -> None:
        followed = {line.job_id for line in lines}
        for job in result.attached_jobs:
            if job.id not in followed:
                lines.append(ProgressLine(job.name, job_id=job.id))
                group.create_task(follow(Ticket(server_id, job.id), lines[-1]))

    async with TaskGroup() as group:
        for i, ticket in tickets.items():
            group.create_task(follow(ticket, lines[i]))
