"""A source that is removed while the model writes disappears from the card immediately."""

from __future__ import annotations

import asyncio

import pytest

from bot.records import Scope
from tests.discord_app.conftest import Room, text_of
from tests.discord_app.test_slow_model import (
    QUESTION,
    QUOTED,
    WAITS,
    Cards,
    cards,
    kept,
    server,
    settings,
)
from tests.model_server import HANG, ScriptedServer, broken

__all__ = ["cards", "server", "settings"]  # fixtures
pytestmark = pytest.mark.quick


async def test_the_quotes_that_were_shown_meanwhile_go_with_their_source(
    room: Room,
    server: ScriptedServer,
    cards: Cards,
) -> None:
    await room.add(room.ada)
    server.put(broken(HANG))
    asking = asyncio.ensure_future(room.ben.slash(room.channel, "ask", question=QUESTION))
    await cards.showing(WAITS)
    await server.asked.wait()
    assert QUOTED in cards.states()[-1]

    scope = Scope(str(room.guild.id))
    async with room.app.store.library(scope.server_id) as library:
        await library.articles.trash([1], scope)
    running = room.env.bot.handlers.answering.running_questions
    running.articles_removed(scope.server_id, [1])  # as *Remove* does

    answer = await asking
    assert QUOTED not in text_of(answer.response)
    assert "one of its sources was removed" in text_of(answer.response)
    assert await kept(room) is None
    await server.requests[0].gone.wait()
