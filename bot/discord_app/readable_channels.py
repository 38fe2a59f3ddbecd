"""Which channels of a server can be read: by everyone, by who holds some roles.

Discord's own reckoning takes 9 ms an action in a server of 500 channels and 250 roles, so its
results are kept until the server's roles, channels or overwrites change, which is looked at before
each use. They are kept by the set of roles that came with an interaction, never by person: without
the members intent nobody tells when somebody loses a role. A channel with an overwrite for one
person is asked for that person each time. Knows nothing of articles.
"""

from __future__ import annotations

from collections import OrderedDict

import discord
from discord.abc import GuildChannel

VOICE_CHANNELS = discord.VoiceChannel | discord.StageChannel  # read only by who may connect
READ_PERMISSIONS = discord.Permissions(view_channel=True, read_message_history=True).value
CONNECT_PERMISSION = discord.Permissions(connect=True).value
MAX_SERVERS = 64
MAX_ROLE_SETS = 256  # of a server; about 20 KB each with 500 channels

RoleKey = tuple[frozenset[int], bool, bool]  # their ids; whether it is the owner, is timed out


class ReadableChannels:
    """Of a server as it is now; see ``readable_in``."""

    def __init__(self, guild: discord.Guild, state: object):
        channels = guild.channels
        self.state = state
        # The state holds the ids of these lists, which discord.py replaces and never changes: they
        # are held here so that no other list gets the same id.
        self._lists = [channel._overwrites for channel in channels]
        self.open_to_all = frozenset([c.id for c in channels if _is_open_to_all(c)])
        self.age_restricted = frozenset([c.id for c in channels if _is_age_restricted(c)])
        self._personal = {
            (channel.id, overwrite.id)
            for channel in channels
            for overwrite in channel._overwrites
            if overwrite.is_member()
        }
        self._by_roles: dict[RoleKey, dict[int, bool]] = {}

    def for_member(self, member: discord.Member) -> frozenset[int]:
        """The channels that a member may read, by the roles that the member came with."""
        known = self._cached_for(member)
        found = []
        for channel in member.guild.channels:
            if (channel.id, member.id) in self._personal:
                allowed = can_read(channel, member)
            elif (kept := known.get(channel.id)) is None:
                allowed = known[channel.id] = can_read(channel, member)
            else:
                allowed = kept
            if allowed:
                found.append(channel.id)
        return frozenset(found)

    def _cached_for(self, member: discord.Member) -> dict[int, bool]:
        held = frozenset([role.id for role in member.roles])
        roles = held, member.guild.owner_id == member.id, member.is_timed_out()
        if roles not in self._by_roles and len(self._by_roles) >= MAX_ROLE_SETS:
            self._by_roles.clear()
        return self._by_roles.setdefault(roles, {})


_cache: OrderedDict[int, ReadableChannels] = OrderedDict()  # by server, the last used last


def readable_channels_of(guild: discord.Guild) -> ReadableChannels:
    """What can be read in a server, as its roles, channels and overwrites are now."""
    state = _state(guild)
    known = _cache.pop(guild.id, None)
    if known is None or known.state != state:
        known = ReadableChannels(guild, state)
    _cache[guild.id] = known
    if len(_cache) > MAX_SERVERS:
        _cache.popitem(last=False)
    return known


def _state(guild: discord.Guild) -> object:
    """Equal as long as nothing changed that decides who reads what. 0.2 ms: the public lists of
    roles and overwrites are sorted and made anew at each use."""
    return (
        guild.owner_id,
        [(role.id, role._permissions) for role in guild._roles.values()],
        [(c.id, id(c._overwrites), _is_age_restricted(c)) for c in guild.channels],
    )


def can_read(channel: GuildChannel, who: discord.Member | discord.Role) -> bool:
    """Whether somebody sees a channel and what was said there."""
    allowed = channel.permissions_for(who)
    heard = allowed.connect or not isinstance(channel, VOICE_CHANNELS)
    return allowed.view_channel and allowed.read_message_history and heard


def _is_age_restricted(channel: GuildChannel) -> bool:
    return bool(getattr(channel, "nsfw", False))


def _is_open_to_all(channel: GuildChannel) -> bool:
    """Everyone may read it, and no overwrite keeps anybody out."""
    needed = (
        READ_PERMISSIONS | CONNECT_PERMISSION
        if isinstance(channel, VOICE_CHANNELS)
        else READ_PERMISSIONS
    )
    kept_out = any(overwrite.deny & needed for overwrite in channel._overwrites)
    return not kept_out and can_read(channel, channel.guild.default_role)
