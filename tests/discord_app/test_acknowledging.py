"""Commands and buttons are acknowledged before their library is opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest

from bot.app import App
from bot.discord_app.client import create_bot
from bot.discord_app.handlers import context, running_questions
from bot.store.settings_protocol import Changer
from bot.store.sqlite.store import SqliteStore
from tests.answer.test_suggested_questions import BEEKEEPER
from tests.answer.test_suggested_questions import FERRY as HEADINGS
from tests.discord_app.conftest import Room, text_of
from tests.discord_app.test_references import BUS, FERRY


@pytest.fixture
def order(room: Room, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The acknowledgements and openings, in order."""
    happened: list[str] = []
    lease = SqliteStore.library

    @asynccontextmanager
    async def library(self: Any, server_id: str, *, background: bool = False) -> AsyncIterator[Any]:
        calls = [entry[1] for entry in room.env.backend.transcript if entry[0] == "HTTP"]
        happened.extend(["acknowledged"] * any("/callback" in call for call in calls[-1:]))
        happened.append("opened")
        async with lease(self, server_id, background=background) as leased:
            yield leased

    monkeypatch.setattr(SqliteStore, "library", library)
    return happened


@pytest.mark.quick
@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("ask", {"question": "Who heads the fund?"}),
        ("ask", {"question": "Who heads the fund?", "private": True}),
        ("last", {}),
        ("article show", {"article": "1"}),
        ("article remove", {"article": "1"}),
        ("library", {}),
    ],
)
async def test_a_command_is_acknowledged_before_its_library_is_opened(
    room: Room, order: list[str], command: str, options: dict[str, Any]
) -> None:
    await room.ada.slash(room.channel, command, **options)
    assert order[:2] == ["acknowledged", "opened"]


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_a_question_after_a_restart_is_acknowledged_before_its_library_is_opened(
    room: Room, app: App, order: list[str], visibility: str
) -> None:
    async with app.store.library(str(room.guild.id)) as library:
        await library.settings.change("visibility", visibility, Changer(1, "grace"))
    await room.ada.slash(room.channel, "library")  # by which the visibility is noted
    await room.env.restart_bot(create_bot(app))
    order.clear()
    result = await room.ada.slash(room.channel, "ask", question="Who heads the fund?")
    assert order[:2] == ["acknowledged", "opened"]
    assert result.ephemeral == (visibility == "private")


@pytest.mark.quick
async def test_no_library_is_opened_while_another_command_waits_for_its_acknowledgement(
    room: Room, app: App, order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    defer, acknowledged = discord.InteractionResponse.defer, asyncio.Event()

    async def note_defer(self: Any, **options: Any) -> Any:
        response = await defer(self, **options)
        acknowledged.set()
        return response

    monkeypatch.setattr(discord.InteractionResponse, "defer", note_defer)
    async with room.env.bot.handlers.asking._services.acknowledging():
        listing = asyncio.ensure_future(room.ada.slash(room.channel, "library"))
        await acknowledged.wait()
        await app.store.questions()  # meanwhile it would have opened the library
        assert "opened" not in order
    await listing
    assert "opened" in order


@pytest.mark.quick
async def test_what_is_done_after_the_start_gives_way_to_acknowledgements(
    room: Room, app: App, order: list[str]
) -> None:
    bot = room.env.bot
    for work in (bot._catch_up_all(bot.guilds), bot.handlers.approving.post_all_cards(bot.guilds)):
        async with bot.handlers.asking._services.acknowledging():
            working = asyncio.ensure_future(work)
            await app.store.questions()  # meanwhile it would have opened the library
            assert order == []
        await working
        assert order == ["opened"]
        order.clear()


@pytest.mark.quick
@pytest.mark.parametrize("label", ["Rename", "Tags"])
async def test_a_button_that_opens_a_form_is_answered_in_time(
    room: Room, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    await room.add(room.ada)
    opened = await room.ada.slash(room.channel, "article show", article="1")

    @asynccontextmanager
    async def never_open(*_: Any, **__: Any) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr(SqliteStore, "library", never_open)
    monkeypatch.setattr(context, "RESPOND_WITHIN_S", 0)
    pressed = await room.ada.click(opened.response, label=label)
    assert "press the button again" in text_of(pressed.response)


@pytest.mark.quick
@pytest.mark.parametrize("step", ["add", "ask", "mention"])
async def test_no_question_that_could_be_suggested_outlives_footnote_s_end(
    room: Room, app: App, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The answer or article is shown by then; the store is closed next."""
    await room.add(room.ada, HEADINGS, "ferry.md")
    begun = asyncio.Event()

    @asynccontextmanager
    async def never(*_: Any, **__: Any) -> AsyncIterator[None]:
        begun.set()
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr(app.answerer.searches, "slot", never)
    monkeypatch.setattr(context, "STOPPING_S", 0)
    monkeypatch.setattr(running_questions, "STOPPED_S", 0)
    question = "Who repaired the engine of the ferry?"
    steps: dict[str, Callable[[], Awaitable[Any]]] = {
        "add": lambda: room.add(room.ada, BEEKEEPER, "bees.txt"),
        "ask": lambda: room.ask(room.ben, question),
        "mention": lambda: room.ben.send(room.channel, f"{room.env.bot.user.mention} {question}"),
    }
    running = asyncio.ensure_future(steps[step]())
    await begun.wait()
    await room.env.bot.handlers.shut_down(finish_s=0)
    assert room.env.bot.handlers.asking._services.requests.count() == 0
    await running


@pytest.mark.quick
@pytest.mark.parametrize("label", ["Search everything instead", "Ferry fares"])
async def test_a_button_that_asks_again_is_acknowledged_before_its_library_is_opened(
    room: Room, order: list[str], label: str
) -> None:
    await room.add(room.ada, FERRY, "ferry.txt")
    await room.add(room.ada, BUS, "bus.txt")
    which = "article 1" if label.startswith("Search") else "the fares article"
    await room.ask(room.ben, f"what does {which} say about a ticket")
    order.clear()
    await room.ben.click(room.channel.last_message, label=label)
    assert order[:2] == ["acknowledged", "opened"]
    assert "say about a ticket" in text_of(room.channel.last_message)
