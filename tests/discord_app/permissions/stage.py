"""A server in which every person of the matrix tries everything, and what becomes of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import simcord
from aiohttp import web
from discord import ui

from bot.app import App
from bot.discord_app.buttons import Button
from bot.discord_app.cards.components import GREY, message
from bot.discord_app.cards.settings import SECTIONS, SettingsFacts, settings_card
from bot.discord_app.client import create_bot
from bot.discord_app.handlers.question_requests import AskRequest
from bot.discord_app.handlers.running_questions import RunningQuestion
from bot.discord_app.handlers.welcoming import SAMPLE
from bot.records import Scope, SourceMessage, Submitter
from bot.settings import Settings
from bot.store.settings_protocol import NAMES, Changer, ServerSettings
from bot.store.values import QuestionCard
from tests.contract.samples import new_article
from tests.discord_app.conftest import text_of
from tests.discord_app.permissions.table import (
    DONE,
    FORM,
    HIDDEN,
    HIDING,
    PRIVATELY,
    REFUSALS,
    SETTINGS,
    WAITS,
    Person,
)
from tests.inside import open_inside
from tests.web_server import fetcher, site

BOSS = Changer(1, "boss")
QUESTION = "Who heads the Zarquon fund?"
SECRET = "Zarquon"  # only in what those elsewhere may not see
SOURCE = "Zarquon plan\n\nKirill Dmitriev heads the Zarquon fund. It was founded in 1931."
LONG = " ".join(f"The harbour of Aldwick number {n} was dredged in year {n}." for n in range(30))
SEEN = discord.PermissionOverwrite(view_channel=True)
UNSEEN = discord.PermissionOverwrite(view_channel=False)
SIMILAR = 4  # some are kept, or dropped
TEXT_FIELD, ROLE_FIELD = 4, 6  # types of components
EVENTS = 10**6  # the first id of a made-up event


@dataclass
class Stage:
    """The server, its people, and what they act on."""

    env: Any
    app: App
    guild: Any
    people: dict[Person, Any] = field(default_factory=dict)
    places: dict[Person, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)  # of settings, by name in the table
    subjects: dict[str, int] = field(default_factory=dict)
    similar: list[int] = field(default_factory=list)  # jobs that ended as a near duplicate
    made: int = 0
    open: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def server(self) -> str:
        return str(self.guild.id)

    @property
    def scope(self) -> Scope:
        return Scope(self.server)

    # --- what is acted on ------------------------------------------------------------------------

    async def subject(self, name: str) -> int:
        """The id of something of the adder's, made anew if it is gone."""
        if name not in self.subjects:
            self.subjects[name] = await getattr(self, f"_make_{name}")()
        return self.subjects[name]

    async def _add(self, *, waits: bool = False, page: bool = False, message: int = 0) -> int:
        self.made += 1
        ada, title = self.people["adder"], f"{SECRET} {self.made}"
        address = f"http://site.example/{self.made}" if page or waits else None
        draft = replace(
            new_article(f"{title}\n\nThe {SECRET} fund grew {self.made} times.", title=title),
            submitter=Submitter(ada.id, "adder", self.places["adder"].id),
            address=address,
            url=address,
            awaits_approval=waits,
            message=SourceMessage(message, 5) if message else None,
        )
        async with self.app.store.library(self.server) as library:
            added = await library.articles.add(draft, self.scope)
        return int(added.article.id)

    async def _make_article(self) -> int:
        return await self._add()

    async def _make_page(self) -> int:
        return await self._add(page=True)

    async def _make_waiting(self) -> int:
        return await self._add(waits=True)

    async def _make_trash(self) -> int:
        article = await self._add()
        async with self.app.store.library(self.server) as library:
            await library.articles.trash([article], self.scope)
        return article

    async def _make_removal(self) -> int:
        messages = [EVENTS + self.made + n for n in (1, 2)]
        for message_id in messages:
            await self._add(message=message_id)
        async with self.app.store.library(self.server) as library:
            await library.messages.trash_articles_of(
                messages, self.scope, removal_id=self.made, extra_s=600
            )
        return self.made

    async def _make_interrupted(self) -> int:
        self.made += 1
        ada, place = self.people["adder"], self.places["adder"]
        row = QuestionCard(
            EVENTS + self.made, self.server, place.id, 0, ada.id, private=True, question=QUESTION
        )
        await self.app.store.record_question(row)
        return row.event_id

    async def _make_similar(self) -> int:
        return self.similar.pop()

    async def _make_running(self) -> int:
        ada, place = self.people["adder"], self.places["adder"]
        running = self.env.bot.handlers.answering.running_questions
        question = RunningQuestion(1, ada.id, self.server, place.id, False, AskRequest("Who?"))
        await self.open.enter_async_context(running.register(question))
        return 1

    async def drop_sample(self) -> None:
        """The sample article is new to everybody."""
        async with self.app.store.library(self.server) as library:
            articles = await library.articles.select(self.scope)
            samples = [article.id for article in articles if article.source == SAMPLE]
            await library.articles.erase(samples, self.scope)

    async def prepare(self) -> None:
        """Makes what a setting might forbid: answers, near duplicates, a blocked site."""
        ada, place = self.people["adder"], self.places["adder"]
        for name, text in (("plan.txt", SOURCE), ("harbour.txt", LONG)):
            await ada.slash(place, "article add", file=(name, text.encode()))
        self.subjects["source"] = 1
        for name, question, private in (
            ("answer", QUESTION, False),
            ("private", QUESTION, True),
            ("open", "How deep is the lake of Larn?", False),
        ):
            asked = await ada.slash(place, "ask", question=question, private=private)
            async with self.app.store.library(self.server) as library:
                found = await library.answers.id_of_event(asked._interaction.id)
            self.subjects[name] = found or 0
        for number in range(SIMILAR):
            text = f"{LONG} It was text {number}."
            shown = await ada.slash(place, "article add", file=("near.txt", text.encode()))
            card = str([reply.components for reply in shown.followups])
            self.similar.append(int(card.split("fn:keep:")[1].split("'")[0]))
        async with self.app.store.library(self.server) as library:
            await library.approvals.block("blocked.example")

    async def set(self, setting: str | None) -> None:
        """Sets what a row of the table names; the rest as it comes.

        What is acted on was there before: a setting also concerns what is already added.
        """
        for name in ("article", "page", "waiting", "trash", "removal", "interrupted", "similar"):
            await self.subject(name)
        named = SETTINGS[setting][0] if setting else {}
        wanted = {name: self.values.get(v, v) for name, v in named.items()}
        async with self.app.store.library(self.server) as library:
            for name in NAMES:
                default = getattr(ServerSettings(), name)
                value = wanted.get(name, default)
                if isinstance(default, frozenset) and name in wanted:
                    value = frozenset([value])
                elif name == "role_questions" and name in wanted:
                    value = {value: 1}
                elif name in ("questions_per_day", "kept_days") and name in wanted:
                    value = int(value)
                await library.settings.change(
                    name, bool(value) if name == "alerts" else value, BOSS
                )
            services = self.env.bot.handlers._services
            await services.server_settings.remember(self.server, await library.settings.current())
            if setting and "reached" in setting:
                today = datetime.now(UTC).date().isoformat()
                for person in self.people.values():
                    await library.question_counts.count(person.id, today, 1)

    async def empty_other_library(self) -> None:
        """Nothing of the stranger's own has the id of something in the matrix."""
        await self.app.store.erase_library(str(self.people["stranger"].guild.id))

    def state(self) -> str:
        """All that the libraries hold, besides what a mere look leaves behind."""
        rows = []
        for file in sorted(Path(self.app.settings.data_dir).rglob("*.sqlite*")):
            if file.name.endswith(("-wal", "-shm")):
                continue
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
                tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                for (table,) in tables.fetchall():
                    rows.append((table, connection.execute(f"SELECT * FROM {table}").fetchall()))
            connection.close()
        return repr(rows)

    # --- pressing --------------------------------------------------------------------------------

    async def post(self, person: Person, *items: ui.Item[Any], view: Any = None) -> Any:
        """A card of the bot's, where the person is."""
        place: Any = self.env.bot.get_channel(self.places[person].id)
        if person == "guest":
            user = self.env.bot.get_user(self.people[person].id)
            place = user or await self.env.bot.fetch_user(self.people[person].id)
        return await place.send(view=view or message("?", GREY, *items))

    async def press(self, person: Person, act: str, ids: list[int]) -> Any:
        sent = await self.post(person, Button(act, *ids, label=QUESTION))
        return await self.people[person].click(sent, label=QUESTION)

    async def press_id(self, person: Person, custom_id: str) -> Any:
        """Presses a button with this id."""
        button = ui.Button[Any](label="!", custom_id=custom_id)
        sent = await self.post(person, button)
        return await self.people[person].click(sent, label="!")

    async def choose(self, person: Person, custom_id: str, value: str) -> Any:
        """Chooses in a menu with this id."""
        option = discord.SelectOption(label="!", value=value)
        menu = ui.Select[Any](custom_id=custom_id, options=[option])
        sent = await self.post(person, menu)
        return await self.people[person].select(sent, [value], custom_id=custom_id)

    async def choose_setting(self, person: Person, name: str, value: str) -> Any:
        """Chooses in a menu of the settings, as if its card was still there."""
        section = next((i for i, names in enumerate(SECTIONS) if name in names), 0)
        facts = SettingsFacts(
            ServerSettings(), frozenset(), frozenset(), {}, 90, ("blocked.example",)
        )
        sent = await self.post(person, view=settings_card(facts, section))
        chosen = {"editors": self.guild.roles["editors"], "side": self.guild.channels["side"]}
        values = [chosen.get(value, value)]
        if value in chosen and person in ("stranger", "guest"):
            values = []  # they have no such role or channel to choose
        return await self.people[person].select(sent, values, custom_id=f"fnset:{name}")

    def filled(self, shown: Any) -> dict[str, Any]:
        """A form's fields, filled in."""
        typed: dict[str, Any] = {}
        for label in shown.modal["components"]:
            field_ = label["component"]
            if field_["type"] == TEXT_FIELD:
                is_number = "day" in label["label"]
                typed[field_["custom_id"]] = "5" if is_number else field_.get("value") or QUESTION
            if field_["type"] == ROLE_FIELD:
                typed[field_["custom_id"]] = [self.guild.roles["editors"]]
        return typed

    async def mention(self, person: Person) -> str:
        """Asks by a mention; what the bot said then."""
        if person == "guest":
            await self.people[person].send_dm(QUESTION)
            sent = [str(r.json) for r in self.env.http_requests if r.method == "POST" and r.json]
            return outcome_of(sent[-1])
        words = f"<@{self.env.bot.user.id}> {QUESTION}"
        await self.people[person].send(self.places[person], words)
        return outcome_of(text_of(self.places[person].last_message))


def outcome_of(told: str) -> str:
    """What a private text, or the answer to a mention, amounts to."""
    for sentence in REFUSALS:
        if sentence in told:
            return sentence
    if any(words in told for words in HIDING):
        return HIDDEN
    return WAITS if "waits for a moderator's approval" in told else DONE


def told(result: Any) -> list[str]:
    """Everything that was said to the person who acted."""
    replies = [*([result.response] if result.response is not None else []), *result.followups]
    return [text_of(reply) for reply in replies]


def outcome(result: Any) -> str:
    """What became of a press."""
    if result.modal is not None:
        return FORM
    replies = [*([result.response] if result.response is not None else []), *result.followups]
    private = " ".join(text_of(reply) for reply in replies if reply.ephemeral)
    said = outcome_of(private)
    if said == DONE and result.response is not None and result.response.ephemeral:
        return PRIVATELY
    return said


async def _page(request: web.BaseRequest) -> web.StreamResponse:
    text = "The fund grew by a tenth in the year after the harbour of Aldwick was dredged. " * 5
    return web.Response(text=f"<p>{text}</p>", content_type="text/html")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Stage]:
    """A server with everybody in it."""
    known = replace(settings, questions_per_minute=9999, articles_per_minute=9999)
    async with (
        site({"*": _page}) as served,
        fetcher(served.port) as reading,
        open_inside(known, reading) as app,
        AsyncExitStack() as stack,
    ):
        env: Any = simcord.Env(create_bot(app), shard_count=1, settle_timeout=600)
        await env.start()
        stage = Stage(env, app, env.create_guild("Readers"), open=stack)
        _settle_people(stage)
        await env.settle()
        await stage.prepare()
        yield stage
        await env.shutdown()
        assert not env.errors


def _settle_people(stage: Stage) -> None:
    env, guild = stage.env, stage.guild
    managing = discord.Permissions(manage_guild=True)
    moderating = discord.Permissions(manage_messages=True)
    manager = guild.create_role("managers", permissions=managing)
    moderator = guild.create_role("moderators", permissions=moderating)
    editors = guild.create_role("editors")
    roles = {
        "manager": [manager],
        "moderator": [moderator],
        "editor": [editors],
        "former": [manager, moderator, editors],
    }
    users = {person: env.create_user(person) for person in ("elsewhere", "guest", "stranger")}
    for person in ("manager", "moderator", "adder", "member", "editor", "former"):
        stage.people[person] = guild.add_member(
            env.create_user(person), roles=roles.get(person, [])
        )
    stage.people["elsewhere"] = guild.add_member(users["elsewhere"])
    bot = guild.roles[env.backend.bot_user.name]
    out = {stage.people["elsewhere"]: UNSEEN, bot: SEEN}
    library = guild.create_text_channel("library", overwrites=out)
    lobby, side = guild.create_text_channel("lobby"), guild.create_text_channel("side")
    other = env.create_guild("Others")
    stage.people["stranger"] = other.add_member(users["stranger"])
    stage.people["guest"] = users["guest"]
    stage.places = dict.fromkeys(stage.people, library) | {
        "elsewhere": lobby,
        "stranger": other.create_text_channel("general"),
        "guest": users["guest"].dm_channel,
    }
    stage.values = {"editors": editors.id, "side": side.id}
    env.backend.get_guild(guild.id).members[stage.people["former"].id].role_ids.clear()
