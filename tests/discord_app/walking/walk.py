"""What people do in a walk, and the rule that is checked after each step: nobody sees anything of
an article that they may not see there, neither in public nor in private."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import simcord
from aiohttp import web

from bot.discord_app.client import create_bot
from bot.records import Scope
from bot.settings import Settings
from bot.store.approval_protocol import WaitingArticle
from bot.store.settings_protocol import Changer
from tests.discord_app.conftest import labels, text_of
from tests.discord_app.heard import Ear
from tests.discord_app.walking.town import CHANNELS, MOST_ARTICLES, Town, author_of, found, keys_in
from tests.inside import open_inside
from tests.web_server import Site, fetcher, site

QUESTIONS = (
    "Which treasure does Keeper{n} hide in tower{n}?",
    "How many cars does the ferry of Larn carry across the sound each day?",
    "How many articles are there?",
    "Who added the most articles?",
    "What is new?",
    "Which articles mention the ferry of Larn?",
    "Compare article {n} with article {m}.",
)
TREASURE = QUESTIONS[0]
HOW = ("public", "private", "private tag", "public tag", "private article")
MENUS = ("Add to library", "Ask about this")


@dataclass
class Walk:
    """Two servers, the web pages they use, and what was said in them."""

    env: Any
    app: Any
    web: Site
    towns: list[Town]
    ear: Ear
    revision: int = 0

    # --- the rule --------------------------------------------------------------------------------

    async def judge(self, town: Town, place: str) -> None:
        """Checks everything that was said in public."""
        await town.look_up(place)
        for heard in self.ear.new():
            if heard.thread is not None:
                for each in self.towns:
                    each.new_thread(heard.thread)
            may = [m for each in self.towns if (m := each.heard_in(heard.channel_id)) is not None]
            assert keys_in(heard.words) <= (may[0] if may else set()), heard

    async def done(
        self, town: Town, who: str, place: str, result: Any, *, pressed: str = ""
    ) -> None:
        """Checks the replies of an action, and keeps its cards for later presses.

        ``pressed``: the card that was pressed, as it was before; unchanged it says nothing new.
        """
        # What is removed or declined just now is named once more.
        before = town.private(who, place) | town.waiting_private(who, place)
        await self.judge(town, place)
        may = before | town.private(who, place) | town.waiting_private(who, place)
        assert keys_in(json.dumps([result.modal, result.autocomplete_choices])) <= may
        replies = [*([result.response] if result.response else []), *result.followups]
        for reply in replies:
            if reply.ephemeral and json.dumps(reply.components) != pressed:
                assert keys_in(json.dumps(reply.components)) <= may, text_of(reply)
            town.cards.append((reply, place, who if reply.ephemeral else None))

    # --- handing in ------------------------------------------------------------------------------

    async def add(self, town: Town, who: str, place: str, by: str) -> None:
        """Adds something new."""
        if len(town.articles) >= MOST_ARTICLES:
            return
        town.added += 1
        key = f"{town.number}{town.added % 100:02}"
        if by == "address":
            self._serve(key)
        await self._hand_in(town, who, place, key, tags=f"zq{key}gx")

    async def again(self, town: Town, who: str, place: str, number: int, changed: bool) -> None:
        """Adds something that exists; its page may have changed."""
        there = {kept.key for kept in town.articles.values()}
        hidden = town.private(who, place) - town.public(place)
        if there:
            key = pick(hidden if number % 2 else there, there, number)
            if changed and f"/{key}" in self.web.pages:
                self._serve(key)
            await self._hand_in(town, who, place, key)

    async def _hand_in(self, town: Town, who: str, place: str, key: str, **more: Any) -> None:
        given: dict[str, Any] = {"file": (f"{key}.html", page(key).encode())}
        if f"/{key}" in self.web.pages:
            given = {"url": f"http://site.example/{key}"}
        result = await town.people[who].slash(town.places[place], "article add", **given, **more)
        await self.done(town, who, place, result)

    async def refresh(self, town: Town, who: str, place: str, number: int) -> None:
        """Opens a visible article whose page has changed, and refreshes it."""
        seen = {i for i, kept in town.articles.items() if town.shows(kept, who, place)}
        pages = {i for i in seen if f"/{town.articles[i].key}" in self.web.pages}
        if not pages:
            return
        hidden = {i for i in pages if town.articles[i].key not in town.public(place)}
        article = pick(hidden if number % 2 else pages, pages, number)
        self._serve(town.articles[article].key)
        opened = await town.people[who].slash(
            town.places[place], "article show", article=str(article)
        )
        await self.done(town, who, place, opened)
        await self._click(town, who, place, opened.response, "Refresh")

    def _serve(self, key: str) -> None:
        """Publishes or changes a page."""
        self.revision += 1
        body = page(key, self.revision)

        async def answered(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(text=body, content_type="text/html")

        self.web.pages[f"/{key}"] = answered

    async def approval(self, town: Town, who: str, place: str, mods: str) -> None:
        """Adds something that waits in a channel; or lets nothing wait from now on."""
        town.mods = mods if mods in town.places else ""
        channel = town.places[mods].id if town.mods else None
        async with self.app.store.library(str(town.guild.id)) as library:
            await library.settings.change("approval_channel", channel, Changer(1, "boss"))
        if who == "grace" and town.can_act("ben", place):  # what she adds never waits
            who = "ben"
        if len(town.articles) + len(town.waiting) < MOST_ARTICLES:
            await self.add(town, who, place, "file")

    async def settings(self, town: Town, name: str, number: int) -> None:
        """Changes a setting: which channels belong to the library, where is announced …"""
        places = [each for each in CHANNELS if each in town.places]
        place = places[number % len(places)]
        values: dict[str, tuple[Any, ...]] = {
            "library_channels": (frozenset(), frozenset([town.places[place].id])),
            "announcements": (None, town.places[place].id),
            "visibility": ("public", "private"),
            "removal": ("submitters", "moderators"),
            "alerts": (True, False),
        }
        value = values[name][number % 2]
        async with self.app.store.library(str(town.guild.id)) as library:
            await library.settings.change(name, value, Changer(1, "boss"))
        if name == "library_channels":
            town.library = {place} if value else None

    async def personal(self, town: Town, who: str, place: str, label: str) -> None:
        """Opens ``/privacy``, or the settings' card, and presses one of its buttons."""
        command = "settings" if who == "zoe" else "privacy"
        shown = await town.people[who].slash(town.places[place], command)
        await self.done(town, who, place, shown)
        await self._click(town, who, place, shown.response, label)

    async def review(self, town: Town, place: str) -> None:
        """Those who manage the server look at what readers found wrong."""
        shown = await town.people["zoe"].slash(town.places[place], "library")
        await self.done(town, "zoe", place, shown)
        await self._click(town, "zoe", place, shown.response, "Review")

    async def decide(self, town: Town, who: str, place: str, label: str) -> None:
        """Presses a button on the newest moderators' card, if the person can see it."""
        cards = [each.card for each in await self._waiting(town) if each.card is not None]
        if not (cards and town.mods in town.places and town.can_act(who, town.mods)):
            return
        channel, person = town.places[town.mods], town.people[who]
        posted = {m.id: m for m in channel.history(viewer=person)}
        if cards[-1].message_id not in posted:
            return
        result = await person.click(posted[cards[-1].message_id], label=label)
        await self.done(town, who, town.mods, result)
        if result.modal is not None:
            result = await person.submit_modal(result, filled(result.modal))
            await self.done(town, who, town.mods, result)

    async def _waiting(self, town: Town) -> list[WaitingArticle]:
        async with self.app.store.library(str(town.guild.id)) as library:
            waiting: list[WaitingArticle]
            waiting = await library.approvals.waiting(Scope(str(town.guild.id)))
        return waiting

    async def message(self, town: Town, who: str, place: str, number: int, menu: str) -> None:
        """Adds a message with its menu. What people write themselves contains no key."""
        person, channel = town.people[who], town.places[place]
        key = f"{town.number}{number:02}"  # of a page that may be in the library elsewhere
        text = f"Look: http://site.example/{key}" if f"/{key}" in self.web.pages else "Hello."
        if menu == "Add to library" and "http" not in text:
            return
        sent = await person.send(channel, text)
        await self.done(town, who, place, await person.context_menu(channel, menu, sent))

    # --- asking ----------------------------------------------------------------------------------

    async def ask(self, town: Town, who: str, place: str, number: int, kind: int, how: str) -> None:
        """Asks in public or privately, with or without limits."""
        template = QUESTIONS[kind % len(QUESTIONS)]
        given: dict[str, Any] = {"question": template.format(n=number, m=number + 1)}
        given["private"] = how.startswith("private")
        seen = sorted(town.private(who, place))
        if how.endswith("tag") and seen:
            given["tag"] = f"zq{seen[number % len(seen)]}gx"
        if how.endswith("article"):
            given["article"] = str(number)
        result = await town.people[who].slash(town.places[place], "ask", **given)
        await self.done(town, who, place, result)
        if template is TREASURE and how in ("private", "public"):
            may = town.private(who, place) if given["private"] else town.public(place)
            key = f"{town.number}{number:02}"
            assert key not in may or key in keys_in(text_of(result.response))

    async def mention(self, town: Town, who: str, place: str, number: int, kind: int) -> None:
        question = QUESTIONS[kind % len(QUESTIONS)].format(n=number, m=number + 1)
        words = f"<@{self.env.bot.user.id}> {question}"
        await town.people[who].send(town.places[place], words)
        await self.judge(town, place)

    # --- looking ---------------------------------------------------------------------------------

    async def look(self, town: Town, who: str, place: str) -> None:
        """Checks that lists, statistics and suggestions show exactly what the person may see."""
        person, channel = town.people[who], town.places[place]
        seen = town.private(who, place)
        for command in ("library", "last"):
            result = await person.slash(channel, command)
            await self.done(town, who, place, result)
            if command == "library":
                assert keys_in(json.dumps(result.response.components)) == seen
        suggested = await person.autocomplete(channel, "article show", "article", "")
        assert keys_in(json.dumps(suggested)) == seen
        for private, may in ((False, town.public(place)), (True, seen)):
            tags = await person.autocomplete(
                channel, "ask", "tag", "", question="x", private=private
            )
            assert keys_in(json.dumps(tags)) <= may
            titles = await person.autocomplete(
                channel, "ask", "article", "", question="x", private=private
            )
            assert keys_in(json.dumps(titles)) == may

    async def show(self, town: Town, who: str, place: str, number: int, command: str) -> None:
        """Shows an article, or asks to remove it."""
        person, channel = town.people[who], town.places[place]
        result = await person.slash(channel, command, article=str(number))
        await self.done(town, who, place, result)

    # --- pressing --------------------------------------------------------------------------------

    async def press(self, town: Town, who: str, card: int, button: int) -> None:
        """Presses a button or menu of any earlier card."""
        if not town.cards:
            return
        shown, place, owner = town.cards[-1 - card % len(town.cards)]
        if owner not in (None, who) or not town.can_act(who, place):
            return
        found = pressable(shown)
        if not found:
            return
        label, values = found[button % len(found)]
        pressed = json.dumps(shown.components)
        person = town.people[who]
        try:
            if values:
                result = await person.select(shown, values[:1], custom_id=label)
            else:
                result = await person.click(shown, custom_id=label)
        except simcord.SetupError:  # the card is gone, or no longer this person's to see
            return
        await self.done(town, who, place, result, pressed=pressed)
        if result.modal is not None:
            typed = filled(result.modal)
            await self.done(town, who, place, await person.submit_modal(result, typed))

    async def share(self, town: Town, who: str, place: str, number: int, kind: int) -> None:
        """Asks privately and shares the answer, or shares an earlier one."""
        hidden = town.private(who, place) - town.public(place)
        if number % 3:
            number = int(pick(hidden, {f"{town.number}{number:02}"}, number)[1:])
            await self.ask(town, who, place, number, kind, "private")
        mine = [card for card, where, owner in town.cards if (where, owner) == (place, who)]
        shareable = [card for card in mine if "Share" in set(labels(card.components))]
        if shareable:
            await self._click(town, who, place, shareable[-1 - kind % len(shareable)], "Share")

    async def _click(self, town: Town, who: str, place: str, card: Any, label: str) -> None:
        if label in set(labels(card.components)):
            await self.done(town, who, place, await town.people[who].click(card, label=label))

    async def change(self, town: Town, who: str, kind: str, name: str, on: bool) -> None:
        town.change(kind, name, who, on)
        await self.env.settle()
        await self.judge(town, "library")

    async def restart(self, town: Town) -> None:
        await self.env.restart_bot(create_bot(self.app))
        await self.env.settle()
        await self.judge(town, "library")


def pick(wanted: set[Any], others: set[Any], number: int) -> Any:
    """A random item of the first, or else of the second."""
    some = sorted(wanted or others)
    return some[number % len(some)]


def page(key: str, revision: int = 0) -> str:
    """An article with its key in title, text, author and figure; two disagree about the ferry."""
    number = int(key[1:])
    more = f"In year {revision} the tower was painted anew. " if revision else ""
    rest = "The mill by the old harbour wall grinds barley for the bakers of the lower town. " * 3
    return (
        f"<html><head><title>Report zq{key}tx</title>"
        f'<meta name="author" content="{author_of(key)}"></head><body><article><p>'
        f"Keeper{number} hides the treasure zq{key}bx in tower{number}. {more}"
        f"The ferry of Larn carries 97{key}117 cars across the sound each day."
        f"</p><p>{rest}</p><p>{rest}"  # trafilatura takes thrice as long with a short page
        "</p></article></body></html>"
    )


def pressable(card: Any) -> list[tuple[str, list[str]]]:
    """The ids of a card's buttons, and of menus with their values."""
    found: list[tuple[str, list[str]]] = []

    def look(components: list[Any]) -> None:
        for one in components:
            if one.get("type") == 2 and one.get("custom_id"):
                found.append((one["custom_id"], []))
            if one.get("type") == 3:
                values = [option["value"] for option in one["options"]]
                found.append((one["custom_id"], values))
            look(one.get("components", []))

    look(card.components)
    return found


def filled(modal: dict[str, Any]) -> dict[str, Any]:
    """A form's fields with their values; text fields get another word."""
    typed: dict[str, Any] = {}
    for label in modal["components"]:
        field = label["component"]
        if field["type"] == 4:
            typed[field["custom_id"]] = f"{field.get('value') or 'What is new?'} anew"[:180]
    return typed


@asynccontextmanager
async def walk(folder: Path) -> AsyncIterator[Walk]:
    """Two servers with an article in every place."""
    known = replace(Settings(), data_dir=folder, questions_per_minute=999, articles_per_minute=999)
    async with (
        site({}) as served,
        fetcher(served.port) as reading,
        open_inside(known, reading) as app,
    ):
        env: Any = simcord.Env(create_bot(app), shard_count=1, settle_timeout=60)
        await env.start()
        towns = [
            found(Town(env, app, env.create_guild(name), number))
            for number, name in enumerate(("First", "Second"), 1)
        ]
        await env.settle()
        going = Walk(env, app, served, towns, Ear(env))
        try:
            for town in towns:
                for at, place in enumerate(town.places.copy()):
                    if town.can_act("grace", place):
                        how = ("file", "address")[at % 2]
                        await going.add(town, "grace", place, how)
            yield going
        finally:
            await env.shutdown()
        assert not env.errors
