"""Updates the bot's messages when an article that they show is removed or restored.

Every message with an answer or an article is recorded when it is posted. What it shows after an
update depends on what everyone in its channel may see at that time. A failed edit is logged, and
tried again after the next start.
"""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import discord
from discord import ui

from bot.answer_records import Answer
from bot.discord_app import access, replies
from bot.discord_app.cards import adding as adding_cards
from bot.discord_app.cards import answers as answer_cards
from bot.discord_app.cards import components, removing
from bot.discord_app.delivery import NO_PINGS, repeat_once
from bot.discord_app.locales import guild_language
from bot.discord_app.previews import preview_of
from bot.discord_app.redaction import redact
from bot.errors import ArticleNotFound, FootnoteError
from bot.records import Scope
from bot.service.changed_sources import with_changes
from bot.service.saved_answers import load_answer
from bot.service.summarise import without_title
from bot.store.protocols import Library
from bot.store.values import ArticleCard, PostedAnswer, PostedMessage, StoredAnswer
from bot.strings import _, speaking

log = logging.getLogger(__name__)
THREAD_ARCHIVED = 50083  # Discord's code
NO_IDS = frozenset[int]()
Channel = replies.MessageChannel | discord.DMChannel


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """A message and its new content.

    ``answer_id``: the answer that the message shows, if any. ``withheld_ids``: the removed articles
    that the new content leaves out.
    """

    channel: Channel
    message_id: int
    view: ui.LayoutView
    file: str = ""
    answer_id: int | None = None
    withheld_ids: frozenset[int] = NO_IDS


class ChannelUnreachable(Exception):
    """The bot may not access the channel."""


# --- recording ---------------------------------------------------------------------------------


async def record_answer(
    guild: discord.Guild,
    library: Library,
    answer: Answer,
    messages: Sequence[discord.Message | None],
) -> None:
    """Records the messages of an answer, and updates them if a source was removed meanwhile."""
    locations = [PostedMessage(m.channel.id, m.id) for m in messages if m is not None]
    if answer.id is None or not locations:
        return
    closest = () if answer.answered else answer.nearest  # an answer does not show them
    nearest = {hit.passage.article_id for hit in closest}
    await library.cards.record_answer_messages(answer.id, locations, nearest)
    current = await library.cards.answer(answer.id, Scope(access.server_id(guild)))
    if current is not None and current.hidden_ids:
        await apply_edits(library, await _answer_edits(guild, library, answer.id, NO_IDS))


# --- what to edit ------------------------------------------------------------------------------


async def edits_for(
    guild: discord.Guild,
    library: Library,
    article_ids: Collection[int],
    *,
    leaving: frozenset[int] = NO_IDS,
) -> list[MessageEdit]:
    """The edits that are needed after articles were removed or restored.

    ``leaving``: articles that are about to be erased.
    """
    parts = _edits_by_card(guild, library, article_ids, leaving)
    return [edit async for part in parts for edit in part]


async def _edits_by_card(
    guild: discord.Guild,
    library: Library,
    article_ids: Collection[int],
    leaving: frozenset[int] = NO_IDS,
) -> AsyncGenerator[list[MessageEdit]]:
    for answer_id in await library.cards.answers_showing(article_ids):
        yield await _answer_edits(guild, library, answer_id, leaving)
    for card in await library.cards.messages_naming(article_ids):
        yield await _article_edits(guild, library, card, leaving)


async def _stale_edits(
    client: discord.Client, guild: discord.Guild, library: Library
) -> AsyncGenerator[list[MessageEdit]]:
    """The edits that an earlier process did not make, or that failed."""
    for answer_id in await library.cards.stale_answers():
        yield await _answer_edits(guild, library, answer_id, NO_IDS)
    for posted, card in await library.cards.due_edits():
        if card is not None:
            yield await _article_edits(guild, library, card, NO_IDS)
        else:
            yield await _blank_edits(client, guild, library, posted)


async def _blank_edits(
    client: discord.Client, guild: discord.Guild, library: Library, posted: PostedMessage
) -> list[MessageEdit]:
    """The edit for a message whose answer was erased: it may be a direct message."""
    channel: object = guild.get_channel_or_thread(posted.channel_id)
    try:
        channel = channel or await client.fetch_channel(posted.channel_id)
    except discord.NotFound:
        await library.cards.mark_edited([posted.message_id])
    except (discord.InvalidData, *replies.SEND_ERRORS) as error:
        log.warning("could not find the channel of an answer that was erased: %s", error)
    if not isinstance(channel, Channel):
        return []
    with speaking(guild_language(guild)):
        view = components.message(_(removing.SOURCE_REMOVED_NOTICE))
    return [MessageEdit(channel, posted.message_id, view)]


async def _answer_edits(
    guild: discord.Guild,
    library: Library,
    answer_id: int,
    leaving: frozenset[int],
    *,
    is_changed: bool = False,
) -> list[MessageEdit]:
    """``is_changed``: a source has a new version, so the card is drawn in any case."""
    current = await library.cards.answer(answer_id, Scope(access.server_id(guild)))
    if current is None or not current.messages:
        return []
    try:
        channel = await find_channel(guild, current.messages[0].channel_id, current.answer)
    except ChannelUnreachable:
        log.warning("an answer is in a channel where it cannot be edited")
        return []
    if channel is None:
        await library.cards.mark_up_to_date(answer_id, current.removed_ids)
        return []
    scope = await _readers_scope(guild, channel, current.answer)
    current = await library.cards.answer(answer_id, scope) or current
    current = replace(current, hidden_ids=current.hidden_ids | leaving)
    withheld_ids = current.removed_ids | leaving
    if not (is_changed or _is_affected(current)):
        await library.cards.mark_up_to_date(answer_id, withheld_ids)
        return []
    with speaking(guild_language(guild)):
        cards = await _current_cards(library, current)
        removed = components.message(_(removing.CONTINUATION_REMOVED_NOTICE))
    views = [cards.first, cards.second or removed]
    return [
        MessageEdit(
            channel, posted.message_id, view, cards.file if i else "", answer_id, withheld_ids
        )
        for i, (posted, view) in enumerate(zip(current.messages, views, strict=False))
    ]


def _is_affected(current: PostedAnswer) -> bool:
    """Whether the messages show anything of a removed or restored article.

    The model reads more articles than it cites; only the answer's note can mention those.
    """
    changed = current.hidden_ids | current.withheld_ids
    if changed & (current.cited_ids | current.nearest_ids):
        return True
    return bool(changed and current.answer.body and load_answer(current.answer)[0].note)


async def _readers_scope(guild: discord.Guild, channel: Channel, answer: StoredAnswer) -> Scope:
    """What the readers of a message may see now: everyone in a channel, or the asker in a DM."""
    if isinstance(channel, access.Place):
        return access.public_scope(channel)
    try:  # fetched, because a cached member may still have roles that were taken away
        return access.direct_scope(await guild.fetch_member(answer.asker_id or 0))
    except replies.SEND_ERRORS:  # no longer a member, or not known now
        return Scope(access.server_id(guild), NO_IDS)


async def _current_cards(library: Library, current: PostedAnswer) -> answer_cards.AnswerCards:
    """The answer as it may be shown now."""
    stored = current.answer
    if not stored.body:
        return answer_cards.AnswerCards(components.message(_(removing.SOURCE_REMOVED_NOTICE)))
    answer, within = load_answer(stored)
    redacted = redact(answer, current.hidden_ids)
    if redacted is None:
        heading = without_title(answer.question)
        return answer_cards.AnswerCards(removing.sources_removed_card(heading))
    if current.hidden_ids and not redacted.answered:
        within = ""  # it may name the removed article
    redacted = await with_changes(library, redacted, Scope(library.server_id))
    step = "follow" if stored.event_id is not None else ""
    cards = answer_cards.answer_cards(redacted, next_step=step, within=within, saved=True)
    return replace(cards, file=await _full_answer_file(library, redacted)) if cards.file else cards


async def _full_answer_file(library: Library, answer: Answer) -> str:
    """The whole answer as Markdown. Its quotes are read from the library again."""
    assert answer.id is not None
    everywhere = Scope(library.server_id)
    citations = []
    for citation in answer.citations:
        opened = await library.answers.cited_passage(answer.id, citation.n, everywhere)
        citations.append(replace(citation, quote=opened.citation.quote))
    return answer_cards.answer_file(replace(answer, citations=tuple(citations)))


async def _article_edits(
    guild: discord.Guild, library: Library, card: ArticleCard, leaving: frozenset[int]
) -> list[MessageEdit]:
    try:
        channel = await find_channel(guild, card.message.channel_id, None)
    except ChannelUnreachable:
        return []
    if not isinstance(channel, access.Place):
        await library.cards.mark_edited([card.message.message_id])  # it was deleted
        return []
    scope = access.public_scope(channel)
    articles = []
    for article_id in set(card.article_ids) - leaving:
        try:
            articles.append(await library.articles.get(article_id, scope))
        except ArticleNotFound:  # no longer visible to everyone here
            continue
    articles.sort(key=lambda article: article.id)
    total = len(card.article_ids) + card.removed_count
    with speaking(guild_language(guild)):
        if len(card.article_ids) == total == 1 and articles:
            preview = await preview_of(articles[0], library, scope)
            view = adding_cards.added_card(articles[0], preview)
        else:
            view = adding_cards.remaining_card(articles, total - len(articles))
    return [MessageEdit(channel, card.message.message_id, view)]


async def find_channel(
    guild: discord.Guild, channel_id: int, answer: StoredAnswer | None
) -> Channel | None:
    """The channel of a message; None if it was deleted. Raises ChannelUnreachable."""
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None and answer is not None and answer.private:
        return await _dm_channel(guild, channel_id, answer.asker_id)
    try:
        channel = channel or await guild.fetch_channel(channel_id)  # an archived thread
    except discord.NotFound:
        return None
    except (discord.InvalidData, *replies.SEND_ERRORS) as error:
        raise ChannelUnreachable from error
    if not isinstance(channel, replies.MessageChannel):
        return None
    if access.missing_permissions(channel, "view_channel"):
        raise ChannelUnreachable
    return channel


async def _dm_channel(guild: discord.Guild, channel_id: int, user_id: int | None) -> Channel | None:
    """The direct message channel of a user, if it has this id."""
    if user_id is None:
        return None
    try:
        member = guild.get_member(user_id) or await guild.fetch_member(user_id)
        channel = await member.create_dm()
    except discord.NotFound:
        return None
    except replies.SEND_ERRORS as error:
        raise ChannelUnreachable from error
    return channel if channel.id == channel_id else None


# --- editing -----------------------------------------------------------------------------------


async def update_messages(
    guild: discord.Guild, library: Library, article_ids: Collection[int]
) -> None:
    """Edits the messages that show articles which were removed or restored.

    Many edits take minutes. Each card is drawn right before its own, so that it shows nothing that
    was removed, and edited away, in the meantime.
    """
    async with aclosing(_edits_by_card(guild, library, article_ids)) as parts:
        async for edits in parts:
            await apply_edits(library, edits)


async def mark_changed_sources(guild: discord.Guild, library: Library) -> None:
    """Says on the cards of answers which of their sources have changed since."""
    for answer_id in await library.cards.changed_answers():
        edits = await _answer_edits(guild, library, answer_id, NO_IDS, is_changed=True)
        if all([await _apply(edit) for edit in edits]):
            await library.cards.mark_change_shown(answer_id)


async def apply_edits(library: Library, edits: Sequence[MessageEdit]) -> None:
    """Edits the messages. A failure is logged, and the others are still made."""
    done = [edit for edit in edits if await _apply(edit)]
    if done:
        await library.cards.mark_edited([edit.message_id for edit in done])
    failed = {edit.answer_id for edit in edits if edit not in done}
    withheld_by_answer = {edit.answer_id: edit.withheld_ids for edit in done}
    for answer_id, withheld_ids in withheld_by_answer.items():
        if answer_id is not None and answer_id not in failed:
            await library.cards.mark_up_to_date(answer_id, withheld_ids)


async def _apply(edit: MessageEdit) -> bool:
    """Makes an edit; True if the message is now up to date or deleted."""
    try:
        await _edit_unarchived(edit)
    except discord.NotFound:
        return True
    except replies.SEND_ERRORS as error:
        failure = replies.send_failure(error)
        log.warning("could not edit a message that shows a removed article: %s", failure)
        return False
    return True


async def _edit_unarchived(edit: MessageEdit) -> None:
    try:
        await repeat_once(lambda: _edit_message(edit))
    except discord.HTTPException as error:
        if error.code != THREAD_ARCHIVED or not isinstance(edit.channel, discord.Thread):
            raise
        await edit.channel.edit(archived=False)
        await _edit_message(edit)
        await edit.channel.edit(archived=True)


async def _edit_message(edit: MessageEdit) -> None:
    files = [discord.File(io.BytesIO(edit.file.encode()), answer_cards.FILE_NAME)]
    message = edit.channel.get_partial_message(edit.message_id)
    await message.edit(
        view=edit.view,
        attachments=files if edit.file else [],
        allowed_mentions=NO_PINGS,
    )


async def catch_up(client: discord.Client, guild: discord.Guild, library: Library) -> None:
    """Makes the edits that are still due, after a start."""
    try:
        await mark_changed_sources(guild, library)
        async with aclosing(_stale_edits(client, guild, library)) as parts:
            async for edits in parts:
                await apply_edits(library, edits)
    except FootnoteError as error:
        log.warning("could not update posted messages server=%s: %s", guild.id, error.message)
