"""Who sees which articles, and who may remove one.

An article belongs to the channel where it was handed in. What an answer in a channel may
use is decided from overwrites alone (the bot cannot list members): the articles of that
channel and its parent, and of every channel that everyone may read and nobody is kept
out of. What is shown to one person privately is decided by that person's permissions.
Evaluated at every use, never kept.
"""

from __future__ import annotations

import discord
from discord.abc import GuildChannel

from bot.errors import NotAllowed
from bot.records import Article, Scope

Place = GuildChannel | discord.Thread


def server_id(guild: discord.Guild) -> str:
    """The name of a server's library."""
    return str(guild.id)


def home(channel: Place) -> int:
    """The channel that articles handed in here belong to: a public thread is its parent's."""
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return channel.parent_id
    return channel.id


def public_scope(channel: Place) -> Scope:
    """What everyone who can read ``channel`` may see."""
    seen = {home(channel), channel.id}
    if isinstance(channel, discord.Thread):
        seen.add(channel.parent_id)
    seen |= {other.id for other in channel.guild.channels if _open_to_all(other)}
    return Scope(server_id(channel.guild), frozenset(seen))


def private_scope(member: discord.Member) -> Scope:
    """What one person may see, everywhere in the server."""
    places: list[Place] = [*member.guild.channels, *member.guild.threads]
    seen = {place.id for place in places if _readable(place, member)}
    return Scope(server_id(member.guild), frozenset(seen))


def check_may_remove(member: discord.Member, article: Article, place: Place) -> None:
    """Raises NotAllowed unless the member handed the article in, or may manage messages."""
    if article.submitter.user_id == member.id:
        return
    if place.permissions_for(member).manage_messages:
        return
    raise NotAllowed(
        "Only who handed an article in, or someone who may manage messages here, can remove it."
    )


def _readable(place: Place, member: discord.Member) -> bool:
    if isinstance(place, discord.Thread) and place.is_private():
        return place.me is not None and any(m.id == member.id for m in place.members)
    allowed = place.permissions_for(member)
    return allowed.view_channel and allowed.read_message_history


def _open_to_all(channel: GuildChannel) -> bool:
    everyone = channel.permissions_for(channel.guild.default_role)
    if not (everyone.view_channel and everyone.read_message_history):
        return False
    return not any(
        overwrite.view_channel is False or overwrite.read_message_history is False
        for overwrite in channel.overwrites.values()
    )
