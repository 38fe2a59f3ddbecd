"""Who sees which articles, who may change one, and what the bot itself may do in a channel.

An article belongs to the channel where it was handed in (in a public thread: to the thread's
channel). What an answer in a channel may use is decided from overwrites alone (the bot cannot
list members): the articles of that channel and its parent, and of every channel that everyone
may read and nobody is kept out of. What is shown to one person privately is decided by that
person's permissions. A private thread's articles are used only inside it, a deleted channel's
are seen by who manages the server. An age-restricted channel's are used and shown, also privately,
only in age-restricted channels: Discord tells no age, and lets only adults in there. Evaluated at
every use.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import discord
from discord.abc import GuildChannel

from bot.discord_app.readable_channels import ReadableChannels, readable_channels_of
from bot.errors import NotAllowed
from bot.records import Article, Scope

Place = GuildChannel | discord.Thread
NO_CHANNELS = frozenset[int]()

SERVERS_ONLY = (
    "Each server has its own library, so please ask me in a server: "
    "`/ask` a question there, or mention me with one."
)
BOT_NOT_IN_SERVER = (
    "I am not a member of this server, so it has no library here and nothing was kept. Someone "
    "who manages the server can add me to it."
)


def server_id(guild: discord.Guild) -> str:
    """The name of a server's library."""
    return str(guild.id)


def require_member(user: object, place: object) -> tuple[discord.Member, Place]:
    """The same, known to be in a server. Raises NotAllowed."""
    if isinstance(user, discord.Member) and isinstance(place, Place):
        return user, place
    raise NotAllowed(SERVERS_ONLY)


def acting_member(interaction: discord.Interaction[Any]) -> tuple[discord.Member, Place]:
    """Who acts and where, known to be in a server of the bot's. Raises NotAllowed.

    An app that a person installed for themselves, or that was added to a server without its bot,
    acts in servers that the bot is not a member of: nothing of them may be kept.
    """
    elsewhere = interaction.guild_id is not None and (
        interaction.client.get_guild(interaction.guild_id) is None
    )
    if elsewhere:
        raise NotAllowed(BOT_NOT_IN_SERVER)
    return require_member(interaction.user, interaction.channel)


# --- what may be seen ------------------------------------------------------------------------


def home_channel(channel: Place) -> int:
    """The channel that articles handed in here belong to: a public thread is its parent's."""
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return channel.parent_id
    return channel.id


def public_scope(channel: Place) -> Scope:
    """What everyone who can read ``channel`` may see."""
    readable = readable_channels_of(channel.guild)
    seen = _without_age_restricted(channel, readable.open_to_all, readable) | {channel.id}
    if isinstance(channel, discord.Thread):
        seen |= {channel.parent_id}
    return Scope(server_id(channel.guild), seen)


def private_scope(
    member: discord.Member, place: Place, deleted: Collection[int] = NO_CHANNELS
) -> Scope:
    """What one person may see who acts in ``place``. ``deleted``: channels that are gone."""
    readable = readable_channels_of(member.guild)
    seen = _without_age_restricted(place, readable.for_member(member), readable)
    if isinstance(place, discord.Thread) and place.is_private():
        seen |= {place.id}  # who acts in a private thread is in it
    if is_manager(member):
        seen |= set(deleted)
    return Scope(server_id(member.guild), seen)


def direct_scope(member: discord.Member) -> Scope:
    """What may be sent to one person directly: in no thread, and as to somebody of any age."""
    readable = readable_channels_of(member.guild)
    return Scope(server_id(member.guild), readable.for_member(member) - readable.age_restricted)


def _without_age_restricted(
    place: Place, channels: frozenset[int], readable: ReadableChannels
) -> frozenset[int]:
    """Those of some channels whose articles may be shown in a place, to whomever."""
    return channels if _is_age_restricted(place) else channels - readable.age_restricted


def _is_age_restricted(place: Place) -> bool:
    """A thread is what the channel is that it is in; so is a post of a forum."""
    channel = place.parent if isinstance(place, discord.Thread) else place
    return bool(getattr(channel, "nsfw", False))


def is_manager(member: discord.Member) -> bool:
    """Whether somebody manages the server, and so sees what deleted channels leave."""
    return member.guild_permissions.manage_guild


class DeletedChannels:
    """Tells which channels are gone. An archived thread is not cached, and not gone: Discord
    is asked once about each channel that is not known here."""

    def __init__(self) -> None:
        self._gone: dict[int, bool] = {}

    async def find(self, guild: discord.Guild, channels: Collection[int]) -> frozenset[int]:
        unknown = [c for c in channels if guild.get_channel_or_thread(c) is None]
        return frozenset([c for c in unknown if await self._is_gone(guild, c)])

    async def _is_gone(self, guild: discord.Guild, channel_id: int) -> bool:
        if channel_id not in self._gone:
            try:
                await guild.fetch_channel(channel_id)
            except discord.NotFound:
                self._gone[channel_id] = True
            except (discord.HTTPException, discord.InvalidData):
                return False  # not known now: not shown now
            else:
                self._gone[channel_id] = False
        return self._gone[channel_id]


# --- what may be done ------------------------------------------------------------------------


def may_moderate(member: discord.Member, channel_id: int | None) -> bool:
    """Whether somebody may manage messages where an article was handed in."""
    if channel_id is None:
        return member.guild_permissions.manage_messages
    channel = member.guild.get_channel_or_thread(channel_id)
    if channel is None:
        return is_manager(member)
    return channel.permissions_for(member).manage_messages


def may_change(member: discord.Member, article: Article) -> bool:
    """Whether somebody may rename, tag, refresh or remove an article."""
    if article.submitter.user_id == member.id:
        return True
    return may_moderate(member, article.submitter.channel_id)


def may_remove(member: discord.Member, article: Article) -> bool:
    """Whether somebody may remove an article: also who wrote the message it was taken from."""
    wrote = article.message is not None and article.message.author_id == member.id
    return wrote or may_change(member, article)


def check_may_remove(member: discord.Member, article: Article) -> None:
    """Raises NotAllowed."""
    if not may_remove(member, article):
        raise NotAllowed(
            "Only who added an article, who wrote the message that it was taken from, or someone "
            "who may manage messages where it was added, can remove it."
        )


def check_may_change(member: discord.Member, article: Article) -> None:
    """Raises NotAllowed unless the member handed the article in, or may manage messages there."""
    if not may_change(member, article):
        raise NotAllowed(
            "Only who handed an article in, or someone who may manage messages where it was "
            "handed in, can change or remove it."
        )


def check_may_erase(member: discord.Member, article: Article) -> None:
    """Raises NotAllowed unless the member may manage messages where it was handed in."""
    if not may_moderate(member, article.submitter.channel_id):
        raise NotAllowed(
            "Only someone who may manage messages where an article was handed in can erase it "
            "at once. Remove it instead: then it is erased after a day."
        )


# --- what the bot may do ---------------------------------------------------------------------


def missing_permissions(place: Place, *wanted: str) -> list[str]:
    """Those of some permissions that the bot lacks in a place."""
    allowed = place.permissions_for(place.guild.me)
    return [name for name in wanted if not getattr(allowed, name)]


def reply_permissions(place: Place) -> tuple[str, ...]:
    """The permissions that it takes to answer a message in a place."""
    send = "send_messages_in_threads" if isinstance(place, discord.Thread) else "send_messages"
    return "view_channel", send, "read_message_history"


def check_bot_may(place: Place, *wanted: str) -> None:
    """Raises NotAllowed that names what the bot lacks, and how to grant it."""
    missing = missing_permissions(place, *wanted)
    if missing:
        names = ", ".join(f"*{name.replace('_', ' ').title()}*" for name in missing)
        raise NotAllowed(
            f"I lack {names} in <#{place.id}>. Someone who manages the channel can grant it: "
            "Edit Channel → Permissions → add Footnote."
        )
