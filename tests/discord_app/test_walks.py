"""Random walks of two servers: people hand in, ask, list, press, share and remove while channels
open and close, members leave and the bot restarts. A canary is never seen where its article may
not be, and lists show exactly what they may.

What may be seen is computed here anew, from the walk's own record of who was let in.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from simcord.backend.access import channel_accessible
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import ChannelType, OverwriteType

from bot.app import App
from bot.discord_app.client import create_bot
from bot.settings import Settings
from tests.discord_app.conftest import labels, text_of
from tests.discord_app.inside import open_inside

CANARY = re.compile(r"zq\d+x")
READING = discord.Permissions(view_channel=True, read_message_history=True).value
MOST_ARTICLES = 9  # of a server: its list is one page
PEOPLE = ("ada", "ben", "grace", "zoe")  # two members, one who moderates, one who manages
PLACES = ("library", "staff", "side", "quiet")  # quiet: a private thread in the library's channel

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # to shrink a walk would take many minutes

server = st.sampled_from((0, 1))
person = st.sampled_from(PEOPLE)
place = st.sampled_from(PLACES)
step = st.one_of(
    st.tuples(st.just("add"), server, person, place),
    st.tuples(st.just("ask"), server, person, place, st.integers(1, MOST_ARTICLES), st.booleans()),
    st.tuples(st.just("look"), server, person, place),
    st.tuples(st.just("press"), server, person, st.integers(0, 5)),
    st.tuples(st.just("share"), server, st.integers(0, 5)),
    st.tuples(st.just("remove"), server, person, st.integers(1, 6)),
    st.tuples(st.just("door"), server, st.sampled_from(PLACES[:3]), st.booleans()),
    st.tuples(st.just("ban"), server, st.sampled_from(PLACES[:3]), person, st.booleans()),
    st.tuples(st.sampled_from(("delete", "leave", "restart")), server, person),
)


@dataclass
class Door:
    """Who is let into a channel, by the walk's own record."""

    everyone: bool = True
    banned: set[str] = field(default_factory=set)
    there: bool = True

    @property
    def open_to_all(self) -> bool:
        return self.there and self.everyone and not self.banned

    def lets(self, who: str) -> bool:
        return self.there and who not in self.banned and (self.everyone or who == "grace")


@dataclass
class Town:
    """One server: its people and places, and which canary was handed in where, by whom."""

    env: Any
    guild: Any
    people: dict[str, Any]
    places: dict[str, Any]
    moderators: Any
    doors: dict[str, Door]
    articles: dict[int, tuple[str, str, str]] = field(default_factory=dict)  # canary, place, who
    answers: list[tuple[Any, str, str, bool]] = field(default_factory=list)
    added: int = 0

    def public(self, place: str) -> set[str]:
        """What an answer for all in a place may use."""
        inside = {place, "library"} if place == "quiet" else {place}
        return {
            canary
            for canary, where, _ in self.articles.values()
            if where in inside or (where in self.doors and self.doors[where].open_to_all)
        }

    def private(self, who: str, place: str) -> set[str]:
        """What somebody may see who acts in a place."""
        return {canary for i, (canary, *_) in self.articles.items() if self.shows(i, who, place)}

    def shows(self, article_id: int, who: str, place: str) -> bool:
        _, where, _ = self.articles[article_id]
        if where == "quiet":
            return place == "quiet"
        return self.doors[where].lets(who) or (who == "zoe" and not self.doors[where].there)

    def may_change(self, article_id: int, who: str) -> bool:
        _, where, submitter = self.articles[article_id]
        return who in (submitter, "grace") or (
            who == "zoe" and where != "quiet" and not self.doors[where].there
        )

    def can_act(self, who: str, place: str) -> bool:
        if who not in self.people or place not in self.places:
            return False
        backend = self.env.backend
        return channel_accessible(backend, self.places[place].id, self.people[who].id)

    def apply(self, name: str) -> None:
        """Tells Discord who is let into a channel."""
        door, everyone = self.doors[name], self.guild.default_role.id
        wanted = [self._overwrite(self.moderators.id, OverwriteType.ROLE, allow=READING)]
        if not door.everyone:
            wanted.append(self._overwrite(everyone, OverwriteType.ROLE, deny=READING))
        wanted += [
            self._overwrite(self.people[who].id, OverwriteType.MEMBER, deny=READING)
            for who in door.banned
            if who in self.people
        ]
        bot = self.env.backend.bot_user.id
        wanted.append(self._overwrite(bot, OverwriteType.MEMBER, allow=READING))
        self.env.backend.edit_channel(self.places[name].id, {}, overwrites=wanted)

    @staticmethod
    def _overwrite(target: int, kind: OverwriteType, allow: int = 0, deny: int = 0) -> Overwrite:
        return Overwrite(target_id=target, type=kind, allow=allow, deny=deny)


def found(town: Town) -> Town:
    """A server with its people and places."""
    guild, env = town.guild, town.env
    manage = discord.Permissions(manage_guild=True)
    roles = {"grace": [town.moderators], "zoe": [guild.create_role("Managers", permissions=manage)]}
    for name in PEOPLE:
        user = env.create_user(name)
        town.people[name] = guild.add_member(user, roles=roles.get(name, []))
    for name in PLACES[:3]:
        town.places[name] = guild.create_text_channel(name)
        town.doors[name] = Door(everyone=name != "staff")
        town.apply(name)
    library = town.places["library"]
    thread = env.backend.create_thread(
        library.id, "quiet", town.people["ada"].id, type=ChannelType.PRIVATE_THREAD
    )
    for member in (town.people["grace"].id, env.bot.user.id):
        env.backend.add_thread_member(thread.id, member)
    town.places["quiet"] = ChannelHandle(env, guild, thread)
    return town


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[tuple[Any, App, list[Town]]]:
    known = replace(Settings(), data_dir=folder, questions_per_minute=999, articles_per_minute=999)
    async with open_inside(known) as app:
        env: Any = simcord.Env(create_bot(app), settle_timeout=60)
        await env.start()
        towns = []
        for name in ("First", "Second"):
            guild = env.create_guild(name)
            moderate = discord.Permissions(manage_messages=True)
            moderators = guild.create_role("Moderators", permissions=moderate)
            towns.append(found(Town(env, guild, {}, {}, moderators, {})))
        await env.settle()
        try:
            yield env, app, towns
        finally:
            await env.shutdown()
        assert not env.errors


@pytest.mark.timeout(300)
@settings(max_examples=14, deadline=None, phases=QUICK)
@given(st.lists(step, min_size=15, max_size=40))
def test_a_canary_never_crosses(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(walk(Path(folder), steps))


async def walk(folder: Path, steps: list[tuple[Any, ...]]) -> None:
    async with world(folder) as (env, app, towns):
        for town, who in zip(towns, ("ada", "grace"), strict=True):
            for place in PLACES:
                if town.can_act(who, place):
                    await add(town, who, place)
            for place in ("library", "quiet"):
                for number in range(1, town.added + 1):
                    await ask(town, who, place, number, private=True)
        for kind, at, *given_with in steps:
            town = towns[at]
            match kind:
                case "restart":
                    await env.restart_bot(create_bot(app))
                case "add" | "ask" | "look" if town.can_act(given_with[0], given_with[1]):
                    await globals()[kind](town, *given_with)
                case "press" | "share" | "remove":
                    await globals()[kind](town, *given_with)
                case "door" | "ban" | "delete" | "leave":
                    change(town, kind, *given_with)
                    await env.settle()
        for town in towns:
            for who in town.people:
                if town.can_act(who, "library"):
                    await look(town, who, "library")
            for number in range(len(town.answers)):
                await share(town, number)


def canaries(result: Any) -> set[str]:
    """Those in whatever an action showed."""
    replies = [*([result.response] if result.response else []), *result.followups]
    shown = [text_of(reply) + " ".join(labels(reply.components)) for reply in replies]
    return set(CANARY.findall(" ".join(shown)))


async def add(town: Town, who: str, place: str) -> None:
    if len(town.articles) >= MOST_ARTICLES:
        return
    town.added += 1
    canary = f"zq{town.guild.id % 1000}{town.added}x"
    number = town.added
    text = f"Report {canary}\n\nKeeper{number} hides the canary {canary} in tower{number}.".encode()
    result = await town.people[who].slash(
        town.places[place], "article add", file=("report.txt", text), tags=canary
    )
    known = re.search(r"article (\d+)", text_of(result.response))
    assert known, "an article is handed in by whoever may write"
    town.articles[int(known[1])] = (canary, place, who)


async def ask(town: Town, who: str, place: str, number: int, private: bool) -> None:
    """Asks for one canary: it is named where it may be, and others only where they may be."""
    result = await town.people[who].slash(
        town.places[place],
        "ask",
        question=f"Which canary does Keeper{number} hide in tower{number}?",
        private=private,
    )
    may = town.private(who, place) if private else town.public(place)
    assert canaries(result) <= may
    assert {f"zq{town.guild.id % 1000}{number}x"} & may <= canaries(result)
    assert result.response.ephemeral is private
    town.answers.append((result.response, place, who, private))


async def look(town: Town, who: str, place: str) -> None:
    """Lists, figures and suggestions show what one may see, no more and no less."""
    person, channel = town.people[who], town.places[place]
    seen = town.private(who, place)
    assert canaries(await person.slash(channel, "article list")) == seen
    figures = await person.slash(channel, "library stats")
    assert canaries(figures) <= seen
    assert f"**{len(seen)} article" in text_of(figures.response)
    suggested = await person.autocomplete(channel, "article show", "article", "")
    assert set(CANARY.findall(str(suggested))) == seen
    for public, may in ((True, town.public(place)), (False, seen)):
        tags = await person.autocomplete(
            channel, "ask", "tag", "", question="x", private=not public
        )
        assert {choice["value"] for choice in tags} == may


async def press(town: Town, who: str, number: int) -> None:
    """Opens a footnote of an earlier answer, also when much has changed since."""
    if number >= len(town.answers):
        return
    card, place, asker, private = town.answers[number]
    if not town.can_act(who, place) or (private and who != asker):
        return
    if "¹" in set(labels(card.components)):
        result = await town.people[who].click(card, label="¹")
        assert canaries(result) <= town.private(who, place)


async def share(town: Town, number: int) -> None:
    if number >= len(town.answers):
        return
    card, place, asker, private = town.answers[number]
    if private and town.can_act(asker, place) and "Share" in set(labels(card.components)):
        result = await town.people[asker].click(card, label="Share")
        assert canaries(result) <= town.public(place)


async def remove(town: Town, who: str, article_id: int) -> None:
    if not town.can_act(who, "library"):
        return
    person, channel = town.people[who], town.places["library"]
    asked = await person.slash(channel, "article remove", article=str(article_id))
    offered = "Remove" in set(labels(asked.response.components))
    known = article_id in town.articles and town.shows(article_id, who, "library")
    assert offered == (known and town.may_change(article_id, who))
    assert known or not canaries(asked)
    if offered:
        await person.click(asked.response, label="Remove")
        del town.articles[article_id]


def change(town: Town, kind: str, name: str, *how: Any) -> None:
    """Opens or closes a channel, keeps somebody out of one, deletes one; or somebody leaves."""
    if kind == "leave":
        if name in ("ada", "ben") and name in town.people:
            town.guild.remove_member(town.people.pop(name))
        return
    if kind == "delete":
        if town.doors["side"].there:
            town.doors["side"].there = False
            town.env.backend.delete_channel(town.places.pop("side").id)
        return
    door = town.doors[name]
    if not door.there:
        return
    if kind == "door":
        door.everyone = how[0]
    elif how[1] and how[0] in town.people:
        door.banned.add(how[0])
    else:
        door.banned.discard(how[0])
    town.apply(name)
