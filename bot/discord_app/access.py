"""Who can see and change which articles, and what the bot may do in a channel.

An article belongs to the channel where it was added, or, in a public thread, to the thread's parent
channel.

- A public answer may use the articles of its channel and of the parent channel, and of every
  channel that everyone may read and that no overwrite closes to anybody. (The bot cannot list
  members, so overwrites are all it has.)
- What one person is shown privately depends on that person's permissions.
- Articles of a private thread are used only inside it. Articles of a deleted channel are seen only
  by those who manage the server.
- Articles of an age-restricted channel are used and shown, even privately, only in age-restricted
  channels: Discord does not tell anyone's age, but lets only adults in there.

Everything is evaluated at each use.
"""

from __future__ import annotations

from asyncio import TaskGroup
from collections.abc import Collection, Sequence
from typing import Any

import discord
from discord.abc import GuildChannel

from bot.discord_app.readable_channels import (
    ReadableChannels,
    is_age_restricted,
    readable_channels_of,
)
from bot.discord_app.replies import SEND_ERRORS
from bot.errors import NotAllowed
from bot.records import Article, Scope
from bot.service.permissions import Actor
from bot.strings import N_, _

Place = GuildChannel | discord.Thread  # any channel or thread of a server
NO_CHANNELS = frozenset[int]()

PERMISSION_NAMES = {  # those that the bot needs somewhere, as Discord calls them
    "view_channel": N_("View Channel"),
    "send_messages": N_("Send Messages"),
    "send_messages_in_threads": N_("Send Messages in Threads"),
    "read_message_history": N_("Read Message History"),
    "attach_files": N_("Attach Files"),
    "create_public_threads": N_("Create Public Threads"),
}
SERVERS_ONLY = N_(
    "Every server has its own library, so please ask me in a server: use `/ask` or mention me with "
    "your question."
)
OUTAGE = N_(
    "Discord has an outage of this server, so I can't see its channels right now. Your library is "
    "safe; please try again in a few minutes."
)
RESTARTING = N_("Footnote is restarting. Please try again in a minute.")
BOT_NOT_IN_SERVER = N_(
    "I'm not a member of this server, so it has no library and nothing was stored. Someone who "
    "manages the server can add me."
)


def server_id(guild: discord.Guild) -> str:
    """The id of a server's library."""
    return str(guild.id)


def require_member(user: object, place: object) -> tuple[discord.Member, Place]:
    """Both arguments, checked to be in a server. Raises NotAllowed."""
    if isinstance(user, discord.Member) and user.guild.unavailable:
        raise NotAllowed(_(OUTAGE))
    if isinstance(user, discord.Member) and isinstance(place, Place):
        return user, place
    raise NotAllowed(_(SERVERS_ONLY))


def acting_member(interaction: discord.Interaction[Any]) -> tuple[discord.Member, Place]:
    """The member of an interaction and the channel. Raises NotAllowed outside the bot's servers.

    The bot is not a member of a server where somebody uses it as a user app, or that added the app
    without its bot. Nothing from such a server may be stored.
    """
    if interaction.guild_id is not None:
        guild = interaction.client.get_guild(interaction.guild_id)
        is_unknown = guild is None or guild.unavailable
        if is_unknown and interaction.client.is_settling(interaction.guild_id):
            raise NotAllowed(_(RESTARTING))
        if guild is None:
            raise NotAllowed(_(BOT_NOT_IN_SERVER))
    return require_member(interaction.user, interaction.channel)


# --- what may be seen ------------------------------------------------------------------------


def home_channel(channel: Place) -> int:
    """The id of the channel that articles added here belong to; a public thread's parent."""
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return channel.parent_id
    return channel.id


def public_scope(channel: Place) -> Scope:
    """What everyone who can read ``channel`` may see."""
    readable = readable_channels_of(channel.guild)
    channels = _without_age_restricted(channel, readable.open_to_all, readable) | {channel.id}
    if isinstance(channel, discord.Thread):
        channels |= {channel.parent_id}
    return Scope(server_id(channel.guild), channels)


def private_scope(
    member: discord.Member, place: Place, deleted: Collection[int] = NO_CHANNELS
) -> Scope:
    """What a member may see in ``place``. ``deleted``: ids of deleted channels."""
    readable = readable_channels_of(member.guild)
    channels = _without_age_restricted(place, readable.for_member(member), readable)
    if isinstance(place, discord.Thread) and place.is_private():
        channels |= {place.id}  # only its members can act in a private thread
    if is_manager(member):
        channels |= set(deleted)
    return Scope(server_id(member.guild), channels)


def direct_scope(member: discord.Member) -> Scope:
    """What a member may see in a direct message: no threads, nothing age-restricted."""
    readable = readable_channels_of(member.guild)
    return Scope(server_id(member.guild), readable.for_member(member) - readable.age_restricted)


def _without_age_restricted(
    place: Place, channels: frozenset[int], readable: ReadableChannels
) -> frozenset[int]:
    """The channels whose articles may be shown in ``place``, whoever is looking."""
    channel = place.parent if isinstance(place, discord.Thread) else place
    is_adult = channel is not None and is_age_restricted(channel)
    return channels if is_adult else channels - readable.age_restricted


def is_manager(member: discord.Member) -> bool:
    """Whether a member manages the server, and so sees the articles of deleted channels."""
    return member.guild_permissions.manage_guild


def channels_with_threads(member: discord.Member, scope: Scope) -> frozenset[int]:
    """The channels of a scope, and the public threads in them."""
    channels = scope.channels or NO_CHANNELS
    threads = member.guild.threads
    return channels | {t.id for t in threads if not t.is_private() and t.parent_id in channels}


class DeletedChannels:
    """Finds out which channels were deleted.

    An archived thread is not in the client's cache either, so Discord is asked once about each
    channel that is missing there. A deletion that the client hears of later is recorded by
    ``record``; one that it may have missed is found after ``reconnected``.
    """

    def __init__(self) -> None:
        self._deleted: set[int] = set()
        self._existing: set[int] = set()

    def record(self, channel_id: int) -> None:
        """Records that a channel was deleted."""
        self._deleted.add(channel_id)

    def reconnected(self) -> None:
        """Forgets which channels exist: one may have been deleted without the client's notice."""
        self._existing.clear()

    async def find(self, guild: discord.Guild, channels: Collection[int]) -> frozenset[int]:
        """The ids among ``channels`` that were deleted."""
        missing = {c for c in channels if guild.get_channel_or_thread(c) is None}
        async with TaskGroup() as group:
            for channel_id in missing - self._deleted - self._existing:
                group.create_task(self._look_up(guild, channel_id))
        return frozenset(missing & self._deleted)

    async def _look_up(self, guild: discord.Guild, channel_id: int) -> None:
        try:
            await guild.fetch_channel(channel_id)
        except discord.NotFound:
            self._deleted.add(channel_id)
        except (discord.InvalidData, *SEND_ERRORS):
            return  # unknown for now, so its articles stay hidden for now
        else:
            self._existing.add(channel_id)


# --- what may be done ------------------------------------------------------------------------


def may_moderate(member: discord.Member, channel_id: int | None) -> bool:
    """Whether a member may manage messages in a channel; None is the whole server."""
    if channel_id is None:
        return member.guild_permissions.manage_messages
    channel = member.guild.get_channel_or_thread(channel_id)
    if channel is None:
        return is_manager(member)
    return channel.permissions_for(member).manage_messages


def actor(member: discord.Member, channel_id: int | None) -> Actor:
    """A member who acts on something of a channel, as the service's rules see them."""
    return Actor(
        member.id,
        frozenset(role.id for role in member.roles),
        moderates=may_moderate(member, channel_id),
        manages=is_manager(member),
    )


def actor_on(member: discord.Member, article: Article) -> Actor:
    """A member who acts on an article."""
    return actor(member, article.submitter.channel_id)


def check_may_erase(member: discord.Member, article: Article) -> None:
    """Raises NotAllowed unless the member may manage messages where it was added."""
    if not may_moderate(member, article.submitter.channel_id):
        raise NotAllowed(
            _(
                "You can't erase this article now: that takes permission to manage messages where "
                "it was added. Remove it instead, and it's erased after a day."
            )
        )


# --- what the bot may do ---------------------------------------------------------------------


def missing_permissions(place: Place, *needed: str) -> list[str]:
    """The needed permissions that the bot does not have in ``place``."""
    granted = place.permissions_for(place.guild.me)
    return [name for name in needed if not getattr(granted, name)]


def permission_names(permissions: Sequence[str]) -> tuple[str, ...]:
    """Permissions as Discord shows them: "Send Messages"."""
    return tuple(_(PERMISSION_NAMES[name]) for name in permissions)


def reply_permissions(place: Place) -> tuple[str, ...]:
    """The permissions that the bot needs to answer a message in ``place``."""
    send = "send_messages_in_threads" if isinstance(place, discord.Thread) else "send_messages"
    return "view_channel", send, "read_message_history"


def check_bot_may(place: Place, *needed: str) -> None:
    """Raises NotAllowed, naming the permissions that the bot needs and how to grant them."""
    missing = missing_permissions(place, *needed)
    if missing:
        names = ", ".join(f"*{name}*" for name in permission_names(missing))
        text = _(
            "I need {permissions} in {channel}. Someone who manages the channel can grant it: Edit "
            "Channel → Permissions → add Footnote."
        )
        raise NotAllowed(text.format(permissions=names, channel=f"<#{place.id}>"))
