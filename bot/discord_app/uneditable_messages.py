"""What stays visible in Discord when an article is removed: the messages that can't be edited."""

from __future__ import annotations

import discord

from bot.discord_app import access
from bot.discord_app.cards import removing
from bot.discord_app.posted_messages import ChannelUnreachable, find_channel
from bot.discord_app.readable_channels import readable_channels_of
from bot.records import Scope
from bot.store.protocols import Library
from bot.store.values import PostedMessage, StoredAnswer


async def removal_warnings(
    guild: discord.Guild, library: Library, article_id: int, member: discord.Member
) -> list[str]:
    """What would stay visible in Discord if ``member`` removed an article."""
    uneditable: list[PostedMessage] = []
    for answer_id in await library.cards.answers_showing([article_id]):
        current = await library.cards.answer(answer_id, Scope(access.server_id(guild)))
        assert current is not None
        if not await _is_reachable(guild, current.messages[0], current.answer):
            uneditable += current.messages
    for card in await library.cards.messages_naming([article_id]):
        if not await _is_reachable(guild, card.message, None):
            uneditable.append(card.message)
    readable = readable_channels_of(guild).for_member(member)
    links = [_jump_url(guild, posted) for posted in uneditable if posted.channel_id in readable]
    untracked = await library.cards.count_unrecorded([article_id])
    warnings = [removing.uneditable_warning(len(uneditable), links)] if uneditable else []
    return warnings + ([removing.untracked_warning(untracked)] if untracked else [])


async def _is_reachable(
    guild: discord.Guild, posted: PostedMessage, answer: StoredAnswer | None
) -> bool:
    """Whether the bot could edit a message."""
    try:
        channel = await find_channel(guild, posted.channel_id, answer)
    except ChannelUnreachable:
        return False
    if isinstance(channel, discord.Thread) and channel.archived and channel.locked:
        return not access.missing_permissions(channel, "manage_threads")
    return True


def _jump_url(guild: discord.Guild, posted: PostedMessage) -> str:
    return f"https://discord.com/channels/{guild.id}/{posted.channel_id}/{posted.message_id}"
