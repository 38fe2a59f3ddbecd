"""An erased article leaves no trace in files, logs, later prompts, messages or buttons."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answer.events import Completed
from bot.app import App
from bot.records import Scope
from bot.settings import Settings
from tests.discord_app.conftest import Room, private_reply, text_of
from tests.inside import open_inside
from tests.model_server import ScriptedServer, model_server
from tests.store.test_erase import hits

pytestmark = pytest.mark.quick
STEM = "zyrqvik"
CANARY = STEM.title()
NEWS = f"{CANARY} news\n\n{CANARY} heads the Russian fund. {CANARY} is new."
OTHER = "The Norwegian fund\n\nIngrid heads the Norwegian fund. She studied in Bergen."
QUESTION = "Who heads the Russian fund?"


class Disturbed:
    """An answerer that can erase article 1 just before its last event."""

    def __init__(self, app: App):
        self._app, self.searches = app, app.answerer.searches
        self.server_id = ""

    async def answer(self, *given: Any, **named: Any) -> AsyncGenerator[Any]:
        async for event in self._app.answerer.answer(*given, **named):
            if isinstance(event, Completed) and self.server_id:
                async with self._app.store.library(self.server_id) as library:
                    await library.articles.erase([1], Scope(self.server_id))
            yield event


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


@pytest.fixture
def settings(server: ScriptedServer, settings: Settings) -> Settings:
    return replace(settings, openai_base_url=server.url, openai_model="scripted")


@pytest.fixture
async def app(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    (tmp_path / "temporary").mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "temporary"))
    async with open_inside(settings) as opened:
        disturbed: Any = Disturbed(opened)
        yield replace(opened, answerer=disturbed)


def everywhere(room: Room) -> str:
    """All messages of the server's channels and threads, with their buttons."""
    postings = [room.channel, *room.channel.threads]
    messages = [m for place in postings for m in place.history() if m.author.bot]
    parts = [json.dumps([c.to_dict() for c in m.components]) for m in messages]
    return " ".join(parts).casefold()


async def erase(room: Room) -> None:
    asked = await room.grace.slash(room.channel, "article remove", article="1")
    sure = await room.grace.click(asked.response, label="Erase now …")
    await room.grace.click(sure.response, label="Erase for good")


async def test_an_erased_article_is_nowhere(
    room: Room, server: ScriptedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    await room.ada.slash(
        room.channel, "article add", file=(f"{STEM}.txt", NEWS.encode()), tags=STEM
    )
    await room.add(room.ada, OTHER, "other.txt")
    server.say(f"{CANARY} heads the Russian fund [1.2].")
    answer = await room.ask(room.ben, QUESTION)
    await room.ben.click(answer.response, label="Follow up")
    (thread,) = room.channel.threads
    server.say(f"{CANARY} heads it privately [1.2].")
    await room.ada.slash(room.channel, "ask", question=QUESTION, private=True)
    assert STEM in everywhere(room)
    assert hits(tmp_path, CANARY) != {}
    asked_before = len(server.requests)

    await erase(room)

    assert STEM not in everywhere(room)
    for canary in (CANARY, STEM):
        assert hits(tmp_path, canary) == {}
    server.say("Ingrid heads it [1.2].")
    await room.ben.send(thread, f"<@{room.env.bot.user.id}> And who heads the Norwegian fund?")
    later = server.requests[asked_before:]
    assert later
    assert STEM not in json.dumps([request.body for request in later]).casefold()
    assert STEM not in everywhere(room)
    for who in (room.ada, room.ben):
        assert STEM not in private_reply(await who.slash(room.channel, "last")).casefold()
    assert STEM not in caplog.text.casefold()
    assert hits(tmp_path, CANARY) == {}


async def test_what_was_erased_while_it_was_being_said_is_not_said(
    room: Room, server: ScriptedServer, tmp_path: Path
) -> None:
    await room.add(room.ada, NEWS, "news.txt")
    await room.add(room.ada, OTHER, "other.txt")
    disturbed: Any = room.app.answerer
    disturbed.server_id = str(room.guild.id)
    server.say(f"{CANARY} heads the Russian fund [1.2].")

    answer = await room.ask(room.ben, QUESTION)

    assert STEM not in text_of(answer.response).casefold()
    assert "removed" in text_of(answer.response)
    last = await room.ben.slash(room.channel, "last")
    assert STEM not in private_reply(last).casefold()
    assert hits(tmp_path, CANARY) == {}


async def test_a_card_that_shows_nothing_of_what_was_removed_stays_as_it_is(
    room: Room, server: ScriptedServer
) -> None:
    """The model read the other article without citing it."""
    await room.add(room.ada, NEWS, "news.txt")
    await room.add(room.ada, OTHER, "other.txt")
    server.say(f"{CANARY} heads the Russian fund [1.2].")
    answer = await room.ask(room.ben, QUESTION)
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.cards.answers_showing([2]) == [1]
    before, requests = text_of(answer.response), len(room.env.http_requests)

    asked = await room.grace.slash(room.channel, "article remove", article="2")
    await room.grace.click(asked.response, label="Remove")

    assert text_of(answer.response) == before
    path = f"/messages/{answer.response.id}"
    assert not [r for r in room.env.http_requests[requests:] if path in r.path]
