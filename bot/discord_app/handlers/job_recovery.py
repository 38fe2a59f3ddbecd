"""Finishes, after a restart, the public cards of articles that were queued before it.

The interactions' tokens are gone, so a card is edited as the bot's own message. Everyone can read
it, so it names neither the article that a text is similar to, nor one that not everyone there may
see. A card or channel that was deleted is logged once and skipped. Running it twice does no harm.
"""

from __future__ import annotations

import logging
from asyncio import TaskGroup
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import discord

from bot.app import App
from bot.discord_app import access, replies
from bot.discord_app.cards import adding as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.adding import ProgressLine
from bot.discord_app.handlers.added_cards import (
    PostApprovals,
    Readers,
    record_card,
    show_done,
)
from bot.discord_app.handlers.item_jobs import follow_all
from bot.discord_app.handlers.question_recovery import find_response, split_by_shards
from bot.discord_app.locales import guild_language
from bot.discord_app.new_articles import follow_up_articles
from bot.discord_app.throttle import throttled
from bot.errors import FootnoteError, LibraryElsewhere, StoreError
from bot.ingest.jobs import Ticket
from bot.records import Scope
from bot.shards import Shards
from bot.store.protocols import Library
from bot.store.values import QuestionCard
from bot.strings import N_, _, speaking

INTERRUPTED = N_(
    "Footnote was restarted while this was being added. If `/library` doesn't list it, please add "
    "it again."
)
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _UnfinishedCard:
    """A card that an earlier process left, and its lines."""

    server_id: str
    channel_id: int
    message_id: int
    lines: dict[int, ProgressLine] = field(default_factory=dict)  # by job id
    rest: tuple[ProgressLine, ...] = ()  # what may not have been queued


class JobRecovery:
    """Call ``collect`` before the first event of some shards, ``resume`` once one is ready."""

    def __init__(self, app: App, post_approvals: PostApprovals):
        self._app, self._post_approvals = app, post_approvals
        self._cards: list[_UnfinishedCard] = []
        self._additions: list[QuestionCard] = []

    async def collect(self, shards: Shards) -> None:
        """Finds the cards that an earlier process left, before this one makes any there.

        May be called again before ``resume``, where those shards could not be connected.
        """
        self._additions = split_by_shards(self._additions, shards)[1]
        self._cards = split_by_shards(self._cards, shards)[1]
        try:
            rows = await self._app.store.questions()
            self._additions += [row for row in rows if row.adds and row.server_id in shards]
        except StoreError as error:
            log.warning("could not look for interrupted additions: %s", error.message)
        pending = await self._app.store.pending_servers()
        for server_id in (server_id for server_id in pending if server_id in shards):
            try:
                async with self._app.store.library(server_id) as library:
                    self._cards += await _unfinished_cards(server_id, library)
            except StoreError as error:
                log.warning("could not look for cards server=%s: %s", server_id, error.message)

    async def resume(self, client: discord.Client, shards: Shards) -> None:
        """Finishes the cards there. Does nothing when called again, as after a reconnect."""
        unfinished_cards, self._cards = split_by_shards(self._cards, shards)
        additions, self._additions = split_by_shards(self._additions, shards)
        for row in additions:
            try:
                with speaking(guild_language(client.get_guild(int(row.server_id)))):
                    await self._mark_interrupted(client, row, unfinished_cards)
            except (FootnoteError, *replies.SEND_ERRORS) as error:
                log.warning("could not finish an addition's card: %s", error)
        async with TaskGroup() as group:
            for card in unfinished_cards:
                group.create_task(self._follow(client, card))

    async def _mark_interrupted(
        self, client: discord.Client, row: QuestionCard, unfinished: Sequence[_UnfinishedCard]
    ) -> None:
        """Says on a card that some of what was being added may not have been queued."""
        message_id = row.message_id or await find_response(client, row)
        card = next((card for card in unfinished if card.message_id == message_id), None)
        if card is not None:
            card.rest = (ProgressLine(_("The rest"), error=_(INTERRUPTED)),)
        elif message_id is not None:
            reply = replies.EarlierCard(client, row.server_id, row.channel_id, message_id)
            await reply.show(components.message(_(INTERRUPTED), components.RED))
        await self._app.store.drop_question(row.event_id)

    async def _follow(self, client: discord.Client, unfinished: _UnfinishedCard) -> None:
        try:
            with speaking(guild_language(client.get_guild(int(unfinished.server_id)))):
                await self._finish(client, unfinished)
        except LibraryElsewhere:
            pass  # given to another process, which finishes it
        except Exception:
            # The other cards continue; this one is tried again after the next restart.
            if client.is_closed():
                log.info("a card is finished after the restart")
            else:
                log.exception("could not finish a card")

    async def _finish(self, client: discord.Client, unfinished: _UnfinishedCard) -> None:
        lines = [*unfinished.lines.values(), *unfinished.rest]
        reply = replies.EarlierCard(
            client, unfinished.server_id, unfinished.channel_id, unfinished.message_id
        )
        tickets = {i: Ticket(unfinished.server_id, job) for i, job in enumerate(unfinished.lines)}
        async with self._app.store.library(unfinished.server_id) as library:
            readers = await _readers(client, unfinished, library)
            async with throttled(reply.draw) as card:
                await follow_all(self._app.jobs, tickets, lines, card, readers)
            if not any(line.paused for line in lines):
                await readers.check_lines(lines)
                await self._conclude(client, unfinished, lines, reply, readers)

    async def _conclude(
        self,
        client: discord.Client,
        unfinished: _UnfinishedCard,
        lines: list[ProgressLine],
        reply: replies.EarlierCard,
        readers: Readers,
    ) -> None:
        library = readers.library
        if len(lines) == 1 and lines[0].is_public:
            await show_done(lines, reply, readers)
        else:
            message = await reply.show(cards.final_card(lines))
            await record_card(library, lines, message)
        await library.jobs.mark_displayed([line.job_id for line in lines if line.job_id])
        guild = client.get_guild(int(unfinished.server_id))
        if guild is not None:
            await self._post_approvals(guild, library)
            await follow_up_articles(self._app, guild, library, cards.new_ids(lines))


async def _readers(
    client: discord.Client, unfinished: _UnfinishedCard, library: Library
) -> Readers:
    """Everyone who can read the card; where that is unknown, nothing of any channel is shown."""
    place = await _card_channel(client, unfinished)

    def scope_now() -> Scope:
        if place is None:
            return Scope(unfinished.server_id, access.NO_CHANNELS)
        return access.public_scope(place)

    return Readers(library, scope_now)


async def _card_channel(client: discord.Client, unfinished: _UnfinishedCard) -> access.Place | None:
    guild = client.get_guild(int(unfinished.server_id))
    place = guild.get_channel_or_thread(unfinished.channel_id) if guild is not None else None
    if guild is not None and place is None:  # an archived thread is not cached
        with suppress(discord.HTTPException, discord.InvalidData):
            place = await guild.fetch_channel(unfinished.channel_id)
    return place if isinstance(place, access.Place) else None


async def _unfinished_cards(server_id: str, library: Library) -> list[_UnfinishedCard]:
    by_message: defaultdict[tuple[int, int], dict[int, ProgressLine]] = defaultdict(dict)
    for job_id, card in await library.jobs.undisplayed():
        line = ProgressLine(card.name, job_id=job_id)
        by_message[card.channel_id, card.message_id][job_id] = line
    return [_UnfinishedCard(server_id, *ids, lines) for ids, lines in by_message.items()]
