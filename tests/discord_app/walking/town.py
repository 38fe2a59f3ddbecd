"""One server of a walk: its people and channels, and its own record of who may see which article.

Every article has the same key in its title, text, author, tags and figure. What may be seen is
computed independently here, from who has access where; Footnote is asked only which articles exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import discord
from simcord.backend.access import channel_accessible
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import ChannelType, OverwriteType

from bot.app import App
from bot.records import Scope
from tests.discord_app.heard import age_restrict

CANARY = re.compile(r"zq(\d{3})[tbg]x|(?<!\d)97(\d{3})117(?!\d)|Zq([a-j]{3})ax")
LETTERS = str.maketrans("0123456789", "abcdefghij")  # of a name, which no reader takes for a number
DIGITS = str.maketrans("abcdefghij", "0123456789")
READING = discord.Permissions(view_channel=True, read_message_history=True).value
PEOPLE = ("ada", "ben", "grace", "zoe")  # two members, one who moderates, one who manages
CHANNELS = ("library", "staff", "side", "adult", "forum")
THREADS = {"quiet": "library", "post": "forum", "den": "adult"}  # and the channels they are in
MOST_ARTICLES = 9  # of a server: its list is one page


def keys_in(words: str) -> set[str]:
    """The articles whose key appears in a text."""
    found = CANARY.findall(words)
    return {text or figure or author.translate(DIGITS) for text, figure, author in found}


def author_of(key: str) -> str:
    """The key in an author's name."""
    return f"Ann Zq{key.translate(LETTERS)}ax"


@dataclass
class Door:
    """Who has access to a channel."""

    everyone: bool = True
    adult: bool = False
    there: bool = True
    banned: set[str] = field(default_factory=set)

    @property
    def open_to_all(self) -> bool:
        return self.there and self.everyone and not self.banned


@dataclass(frozen=True)
class Kept:
    """An article: its key, and where it was added."""

    key: str
    home: str


@dataclass
class Town:
    """A server. ``insiders`` have a role with access to every channel."""

    env: Any
    app: App
    guild: Any
    number: int
    people: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Any] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=lambda: dict(THREADS))
    doors: dict[str, Door] = field(default_factory=dict)
    insiders: set[str] = field(default_factory=set)
    articles: dict[int, Kept] = field(default_factory=dict)
    cards: list[tuple[Any, str, str | None]] = field(default_factory=list)  # where, whose alone
    once: dict[int, Kept] = field(default_factory=dict)  # also what is gone
    added: int = 0
    waiting: dict[int, Kept] = field(default_factory=dict)  # for approval
    mods: str = ""  # the channel where it waits
    library: set[str] | None = None  # the channels that belong to it, if not all
    decided: dict[int, Kept] = field(default_factory=dict)  # waited until just now

    # --- who may see what ------------------------------------------------------------------------

    def lets(self, who: str, channel: str) -> bool:
        door = self.doors[channel]
        let = door.everyone or who == "grace" or who in self.insiders
        return door.there and let and who not in door.banned

    def _adult(self, place: str) -> bool:
        return self.doors[self.parents.get(place, place)].adult

    def in_library(self, kept: Kept) -> bool:
        """Whether an article is not set aside by the settings."""
        return self.library is None or kept.home in self.library

    def public(self, place: str) -> set[str]:
        """What everyone in a channel may see."""
        shown = filter(self.in_library, self.articles.values())
        return {kept.key for kept in shown if self._is_public(kept.home, place)}

    def _is_public(self, home: str, place: str) -> bool:
        if home in (place, self.parents.get(place)):
            return True
        door = self.doors.get(home)
        return door is not None and door.open_to_all and (not door.adult or self._adult(place))

    def private(self, who: str, place: str) -> set[str]:
        """What a person may see privately in a channel."""
        shown = filter(self.in_library, self.articles.values())
        return {kept.key for kept in shown if self.shows(kept, who, place)}

    def shows(self, kept: Kept, who: str, place: str) -> bool:
        if kept.home == "quiet":
            return place == "quiet"
        door = self.doors[kept.home]
        if not door.there:
            return who == "zoe"
        return self.lets(who, kept.home) and (not door.adult or self._adult(place))

    def direct(self, who: str) -> set[str]:
        """What a person may see in a direct message."""
        return {
            kept.key
            for kept in (*self.articles.values(), *self.decided.values())
            if kept.home != "quiet"
            and self.lets(who, kept.home)
            and not self.doors[kept.home].adult
        }

    def heard_in(self, channel_id: int) -> set[str] | None:
        """What may appear in a channel, a thread or a direct message; None elsewhere."""
        for name, place in self.places.items():
            if place.id == channel_id:
                return self.public(name) | self.waiting_public(name)
        for name, person in self.people.items():
            if self.env.backend.dm_channels.get(person.id) == channel_id:
                return self.direct(name)
        return None

    def waiting_public(self, place: str) -> set[str]:
        """What a moderators' card in a channel may show."""
        return {kept.key for kept in self.waiting.values() if self._is_public(kept.home, place)}

    def waiting_private(self, who: str, place: str) -> set[str]:
        """What waits and may be shown to a person privately: to whom it may be shown at all."""
        return {kept.key for kept in self.waiting.values() if self.shows(kept, who, place)}

    def can_act(self, who: str, place: str) -> bool:
        if who not in self.people or place not in self.places or place == "forum":
            return False  # nobody writes into a forum itself
        return channel_accessible(self.env.backend, self.places[place].id, self.people[who].id)

    # --- what there is ---------------------------------------------------------------------------

    def home(self, place: str) -> str:
        return place if place == "quiet" else self.parents.get(place, place)

    async def look_up(self, place: str) -> None:
        """Updates the articles that exist; new ones were added in ``place``."""
        server = str(self.guild.id)
        async with self.app.store.library(server) as library:
            articles = await library.articles.select(Scope(server))
            waiting = await library.approvals.waiting(Scope(server))
        waits = {}
        for each in waiting:
            (key,) = keys_in(each.article.title)
            waits[each.article.id] = self._known(each.article.id, key, place)
        self.decided = {i: kept for i, kept in self.waiting.items() if i not in waits}
        self.waiting = waits
        there = {}
        for article in articles:
            (key,) = keys_in(article.title)
            there[article.id] = self.articles.get(article.id) or self._known(article.id, key, place)
        self.articles = there

    def _known(self, article_id: int, key: str, place: str) -> Kept:
        """A new article, or one that was restored."""
        kept = self.once.setdefault(article_id, Kept(key, self.home(place)))
        assert kept.key == key
        return kept

    def new_thread(self, payload: dict[str, Any]) -> None:
        """Records a thread that was opened under an answer."""
        parent = [n for n, place in self.places.items() if place.id == int(payload["parent_id"])]
        if parent and int(payload["id"]) not in [place.id for place in self.places.values()]:
            name = f"thread {len(self.places)}"
            channel = self.env.backend.get_channel(int(payload["id"]))
            self.places[name] = ChannelHandle(self.env, self.guild, channel)
            self.parents[name] = parent[0]

    # --- what changes ----------------------------------------------------------------------------

    def change(self, kind: str, name: str, who: str, on: bool) -> None:
        """Opens or closes a channel, keeps somebody out, makes it one for adults, deletes one;
        gives somebody a role or takes it away; or somebody leaves."""
        match kind:
            case "leave" if who in ("ada", "ben") and who in self.people:
                self.guild.remove_member(self.people.pop(who))
                self.insiders.discard(who)
            case "role" if who in ("ada", "ben") and who in self.people:
                self._give_role(who, on)
            case "delete" if self.doors["side"].there:
                self.doors["side"].there = False
                self.env.backend.delete_channel(self.places.pop("side").id)
            case "door" | "ban" | "adult" if self.doors[name].there:
                self._set(self.doors[name], kind, who, on)
                self.apply(name)

    def _set(self, door: Door, kind: str, who: str, on: bool) -> None:
        if kind == "door":
            door.everyone = on
        elif kind == "adult":
            door.adult = on
        elif on and who in self.people:
            door.banned.add(who)
        else:
            door.banned.discard(who)

    def _give_role(self, who: str, on: bool) -> None:
        backend, role = self.env.backend, self.guild.roles["Insiders"]
        if on:
            self.insiders.add(who)
            backend.add_member_role(self.guild.id, self.people[who].id, role.id)
        else:
            self.insiders.discard(who)
            backend.remove_member_role(self.guild.id, self.people[who].id, role.id)

    def apply(self, name: str) -> None:
        """Sets a channel's overwrites in Discord."""
        self.env.backend.edit_channel(
            self.places[name].id, {}, overwrites=[*self._overwrites(name)]
        )
        age_restrict(self.env, self.places[name].id, on=self.doors[name].adult)

    def _overwrites(self, name: str) -> Iterator[Overwrite]:
        door, roles = self.doors[name], self.guild.roles
        for role in ("Moderators", "Insiders"):
            yield Overwrite(roles[role].id, OverwriteType.ROLE, allow=READING)
        if not door.everyone:
            yield Overwrite(self.guild.default_role.id, OverwriteType.ROLE, deny=READING)
        for who in sorted(door.banned & self.people.keys()):
            yield Overwrite(self.people[who].id, OverwriteType.MEMBER, deny=READING)
        yield Overwrite(self.env.backend.bot_user.id, OverwriteType.MEMBER, allow=READING)


def found(town: Town) -> Town:
    """A server with its people and channels."""
    guild, env = town.guild, town.env
    moderate = discord.Permissions(manage_messages=True)
    roles = {
        "grace": [guild.create_role("Moderators", permissions=moderate)],
        "zoe": [guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))],
    }
    guild.create_role("Insiders")
    for name in PEOPLE:
        town.people[name] = guild.add_member(env.create_user(name), roles=roles.get(name, []))
    for name in CHANNELS:
        create = guild.create_forum_channel if name == "forum" else guild.create_text_channel
        town.places[name] = create(name)
        town.doors[name] = Door(everyone=name != "staff", adult=name == "adult")
        town.apply(name)
    ada, grace = town.people["ada"].id, town.people["grace"].id
    for name, parent in THREADS.items():
        kind = ChannelType.PRIVATE_THREAD if name == "quiet" else ChannelType.PUBLIC_THREAD
        thread = env.backend.create_thread(town.places[parent].id, name, ada, type=kind)
        for member in (grace, env.bot.user.id):
            env.backend.add_thread_member(thread.id, member)
        town.places[name] = ChannelHandle(env, guild, thread)
    town.change("role", "", "ben", on=True)
    return town
