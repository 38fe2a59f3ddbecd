"""The bot's messages that show an answer or name an article, when an article goes or comes back.

Each is noted when it is posted. What it shows afterwards is decided anew, against what everyone
in its place may see now. An edit that fails is logged, and tried again after the next start.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import discord
from discord import ui

from bot.discord_app import access, replies
from bot.discord_app.cards import answers as answer_cards
from bot.discord_app.cards import articles as article_cards
from bot.discord_app.cards import components, removing
from bot.discord_app.readable_channels import readable_channels_of
from bot.discord_app.saved_answers import load_answer
from bot.discord_app.redaction import redact
from bot.errors import ArticleNotFound, FootnoteError
from bot.records import Answer, Scope
from bot.store.protocols import Library
from bot.store.values import AnswerCards, ArticleCard, Posted, StoredAnswer

log = logging.getLogger(__name__)
THREAD_ARCHIVED = 50083  # Discord's code
NO_IDS = frozenset[int]()
Channel = replies.MessageChannel | discord.DMChannel


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """What a message is to show. ``answer_id``: up to date when all of its edits are done."""

    channel: Channel
    message_id: int
    view: ui.LayoutView
    file: str = ""
    answer_id: int | None = None


class ChannelUnreachable(Exception):
    """A place that the bot may not look into."""


# --- noting ------------------------------------------------------------------------------------


async def record_answer(
    guild: discord.Guild,
    library: Library,
    answer: Answer,
    messages: Sequence[discord.Message | None],
) -> None:
    """Notes where an answer stands now, and edits it when a source has gone meanwhile."""
    posted = [Posted(m.channel.id, m.id) for m in messages if m is not None]
    if answer.id is None or not posted:
        return
    shown = () if answer.answered else answer.nearest  # only a refusal shows them
    nearest = {hit.passage.article_id for hit in shown}
    await library.cards.note_answer(answer.id, posted, nearest)
    known = await library.cards.answer(answer.id, Scope(access.server_id(guild)))
    if known is not None and known.gone:
        await apply_edits(library, await _answer_edits(guild, library, answer.id, NO_IDS))


# --- what is to be edited ----------------------------------------------------------------------


async def edits_for(
    guild: discord.Guild,
    library: Library,
    article_ids: Collection[int],
    *,
    leaving: frozenset[int] = NO_IDS,
) -> list[MessageEdit]:
    """The edits that show some articles removed, or back. ``leaving``: about to be erased."""
    edits: list[MessageEdit] = []
    for answer_id in await library.cards.answers_on(article_ids):
        edits += await _answer_edits(guild, library, answer_id, leaving)
    for card in await library.cards.articles_on(article_ids):
        edits += await _article_edits(guild, library, card, leaving)
    return edits


async def stale_edits(guild: discord.Guild, library: Library) -> list[MessageEdit]:
    """The edits that an earlier process did not come to, or that were refused."""
    edits: list[MessageEdit] = []
    for answer_id in await library.cards.stale():
        edits += await _answer_edits(guild, library, answer_id, NO_IDS)
    for posted, card in await library.cards.due():
        if card is not None:
            edits += await _article_edits(guild, library, card, NO_IDS)
        else:
            edits += await _blank_edits(guild, posted)
    return edits


async def _blank_edits(guild: discord.Guild, posted: Posted) -> list[MessageEdit]:
    """Of an answer that is erased."""
    try:
        channel = await _channel(guild, posted.channel_id, None)
    except ChannelUnreachable:
        return []
    view = components.message(removing.SOURCE_REMOVED_NOTICE)
    return [] if channel is None else [MessageEdit(channel, posted.message_id, view)]


async def _answer_edits(
    guild: discord.Guild, library: Library, answer_id: int, leaving: frozenset[int]
) -> list[MessageEdit]:
    known = await library.cards.answer(answer_id, Scope(access.server_id(guild)))
    if known is None or not known.posted:
        return []
    try:
        channel = await _channel(guild, known.posted[0].channel_id, known.given)
    except ChannelUnreachable:
        log.warning("an answer stands where it cannot be edited")
        return []
    if channel is None:
        await library.cards.up_to_date(answer_id)
        return []
    scope = await _readers_scope(guild, channel, known.given)
    known = await library.cards.answer(answer_id, scope) or known
    known = replace(known, gone=known.gone | leaving)
    if not _is_affected(known):
        await library.cards.up_to_date(answer_id)
        return []
    shown = await _current_cards(library, known)
    views = [shown.first, shown.second or components.message(removing.CONTINUATION_REMOVED_NOTICE)]
    return [
        MessageEdit(channel, posted.message_id, view, shown.file if i else "", answer_id)
        for i, (posted, view) in enumerate(zip(known.posted, views, strict=False))
    ]


def _is_affected(known: AnswerCards) -> bool:
    """Whether the messages show anything of what is gone, or has come back.

    A model reads more than it cites: the card of an answer tells of that in its note at most.
    """
    changed = known.gone | known.withheld
    if changed & (known.cited | known.nearest):
        return True
    return bool(changed and known.given.body and load_answer(known.given)[0].note)


async def _readers_scope(guild: discord.Guild, channel: Channel, given: StoredAnswer) -> Scope:
    """What those who read a message may see now: everyone in a place, or who was told directly."""
    if isinstance(channel, access.Place):
        return access.public_scope(channel)
    try:  # with the roles of now: of a cached member nobody tells when one is lost
        return access.direct_scope(await guild.fetch_member(given.asker_id or 0))
    except discord.HTTPException:  # has left
        return Scope(access.server_id(guild), NO_IDS)


async def _current_cards(library: Library, known: AnswerCards) -> answer_cards.AnswerCards:
    """The answer as it may be shown now."""
    given = known.given
    if not given.body:
        return answer_cards.AnswerCards(components.message(removing.SOURCE_REMOVED_NOTICE))
    answer, within = load_answer(given)
    left = redact(answer, known.gone)
    if left is None:
        return answer_cards.AnswerCards(answer_cards.sources_removed_card(answer.question))
    within = within if left.answered or not known.gone else ""  # it may name the one that is gone
    step = "follow" if given.event_id is not None else ""
    shown = answer_cards.answer_cards(left, next_step=step, within=within, again=True)
    return replace(shown, file=await _full_answer_file(library, left)) if shown.file else shown


async def _full_answer_file(library: Library, answer: Answer) -> str:
    """The whole answer; its quotes, which are not kept with it, are read again."""
    assert answer.id is not None
    everywhere = Scope(library.server_id)
    citations = []
    for citation in answer.citations:
        opened = await library.cited_passage(answer.id, citation.n, everywhere)
        citations.append(replace(citation, quote=opened.citation.quote))
    return answer_cards.answer_file(replace(answer, citations=tuple(citations)))


async def _article_edits(
    guild: discord.Guild, library: Library, card: ArticleCard, leaving: frozenset[int]
) -> list[MessageEdit]:
    try:
        channel = await _channel(guild, card.posted.channel_id, None)
    except ChannelUnreachable:
        return []
    if not isinstance(channel, access.Place):
        return []
    scope = access.public_scope(channel)
    articles = []
    for article_id in set(card.there) - leaving:
        try:
            articles.append(await library.article(article_id, scope))
        except ArticleNotFound:  # not for everyone here any more
            continue
    articles.sort(key=lambda article: article.id)
    named = len(card.there) + card.gone
    if len(card.there) == named == 1 and articles:
        view = article_cards.added_card(articles[0], updated=articles[0].version > 1)
    else:
        view = article_cards.remaining_card(articles, named - len(articles))
    return [MessageEdit(channel, card.posted.message_id, view)]


async def _channel(
    guild: discord.Guild, channel_id: int, given: StoredAnswer | None
) -> Channel | None:
    """Where a message stands; None for a place that is gone. Raises Unreachable."""
    found = guild.get_channel_or_thread(channel_id)
    if found is None and given is not None and given.private:
        return await _dm_channel(guild, channel_id, given.asker_id)
    try:
        found = found or await guild.fetch_channel(channel_id)  # an archived thread
    except discord.NotFound:
        return None
    except (discord.HTTPException, discord.InvalidData) as error:
        raise ChannelUnreachable from error
    if not isinstance(found, replies.MessageChannel):
        return None
    if access.missing_permissions(found, "view_channel"):
        raise ChannelUnreachable
    return found


async def _dm_channel(guild: discord.Guild, channel_id: int, user_id: int | None) -> Channel | None:
    """The channel of direct messages in which somebody was told of an answer."""
    if user_id is None:
        return None
    try:
        member = guild.get_member(user_id) or await guild.fetch_member(user_id)
        channel = await member.create_dm()
    except discord.NotFound:
        return None
    except discord.HTTPException as error:
        raise ChannelUnreachable from error
    return channel if channel.id == channel_id else None


# --- editing -----------------------------------------------------------------------------------


async def apply_edits(library: Library, edits: Sequence[MessageEdit]) -> None:
    """Edits the messages; each failure is logged, and stops no other."""
    done = [edit for edit in edits if await _apply(edit)]
    if done:
        await library.cards.done([edit.message_id for edit in done])
    failed = {edit.answer_id for edit in edits if edit not in done}
    for answer_id in {edit.answer_id for edit in edits} - failed:
        if answer_id is not None:
            await library.cards.up_to_date(answer_id)


async def _apply(edit: MessageEdit) -> bool:
    """Whether nothing stands there any more that should not."""
    try:
        await _edit_unarchived(edit)
    except discord.NotFound:
        return True
    except discord.HTTPException as error:
        log.warning("a message that shows a removed article was not edited: %s", error.status)
        return False
    return True


async def _edit_unarchived(edit: MessageEdit) -> None:
    try:
        await _edit_message(edit)
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
        allowed_mentions=replies.NO_PINGS,
    )


# --- what cannot be edited ---------------------------------------------------------------------


async def removal_warnings(
    guild: discord.Guild, library: Library, article_id: int, member: discord.Member
) -> list[str]:
    """What would stay in Discord if an article were removed, told to who is about to."""
    lost: list[Posted] = []
    for answer_id in await library.cards.answers_on([article_id]):
        known = await library.cards.answer(answer_id, Scope(access.server_id(guild)))
        assert known is not None
        if not await _is_reachable(guild, known.posted[0], known.given):
            lost += known.posted
    for card in await library.cards.articles_on([article_id]):
        if not await _is_reachable(guild, card.posted, None):
            lost.append(card.posted)
    readable = readable_channels_of(guild).for_member(member)
    links = [_jump_url(guild, posted) for posted in lost if posted.channel_id in readable]
    unknown = await library.cards.unknown([article_id])
    told = [removing.uneditable_warning(len(lost), links)] if lost else []
    return told + ([removing.untracked_warning(unknown)] if unknown else [])


async def _is_reachable(guild: discord.Guild, posted: Posted, given: StoredAnswer | None) -> bool:
    try:
        channel = await _channel(guild, posted.channel_id, given)
    except ChannelUnreachable:
        return False
    if isinstance(channel, discord.Thread) and channel.archived and channel.locked:
        return not access.missing_permissions(channel, "manage_threads")
    return True


def _jump_url(guild: discord.Guild, posted: Posted) -> str:
    return f"https://discord.com/channels/{guild.id}/{posted.channel_id}/{posted.message_id}"


async def catch_up(guild: discord.Guild, library: Library) -> None:
    """After a start: edits what was not edited before."""
    try:
        await apply_edits(library, await stale_edits(guild, library))
    except FootnoteError as error:
        log.warning("cards server=%s are not brought up to date: %s", guild.id, error.message)
