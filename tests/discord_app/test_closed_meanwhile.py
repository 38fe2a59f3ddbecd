"""A channel is closed, or an article removed, while a question is being answered."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.answer.events import Event, SentenceAdded
from bot.app import App
from bot.records import Scope
from bot.settings import Settings
from tests.discord_app.conftest import Room, text_of
from tests.discord_app.heard import Ear
from tests.discord_app.test_seen import CANARY, QUESTION, SECRET, close, public
from tests.inside import open_inside

pytestmark = pytest.mark.quick


class Interrupted:
    """The real answerer, with something happening in the server before its first sentence."""

    def __init__(self, real: Any):
        self._real, self.searches = real, real.searches
        self.happens: Callable[[], Awaitable[None]] | None = None

    async def answer(self, *given: Any, **named: Any) -> AsyncGenerator[Event]:
        async for event in self._real.answer(*given, **named):
            if isinstance(event, SentenceAdded) and self.happens is not None:
                happens, self.happens = self.happens, None
                await happens()
            yield event


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with open_inside(settings) as opened:
        answerer: Any = Interrupted(opened.answerer)
        yield replace(opened, answerer=answerer)


async def ask(room: Room, happens: Callable[[], Awaitable[None]], *, private: bool) -> Any:
    answerer: Any = room.app.answerer
    answerer.happens = happens
    ear = Ear(room.env)
    ear.new()
    answer = await room.grace.slash(room.channel, "ask", question=QUESTION, private=private)
    assert CANARY not in public(ear)
    return answer


async def test_a_public_answer_from_a_channel_that_was_closed_is_not_shown(room: Room) -> None:
    source = room.guild.create_text_channel("source")
    await room.grace.slash(source, "article add", file=("plan.txt", SECRET.encode()))

    async def closed() -> None:
        close(room, source)
        while room.env.bot.get_channel(source.id).overwrites == {}:
            await room.env.advance_time(0)

    answer = await ask(room, closed, private=False)

    assert "no longer visible to everyone here" in text_of(answer.response)


@pytest.mark.parametrize("private", [True, False])
async def test_an_answer_whose_article_was_removed_meanwhile_is_not_shown(
    room: Room, *, private: bool
) -> None:
    await room.grace.slash(room.channel, "article add", file=("plan.txt", SECRET.encode()))

    async def removed() -> None:
        server = str(room.guild.id)
        async with room.app.store.library(server) as library:
            await library.articles.erase([1], Scope(server))

    answerer: Any = room.app.answerer
    answerer.happens = removed
    answer = await room.grace.slash(room.channel, "ask", question=QUESTION, private=private)

    assert CANARY not in text_of(answer.response)
    assert "Please ask again" in text_of(answer.response)
