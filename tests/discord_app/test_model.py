"""A model's answer in a channel: its footnotes open, and a failure shows the sources instead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.settings import Settings
from tests.discord_app.conftest import Room, footnote, private_reply, text_of
from tests.model_server import Reply, ScriptedServer, model_server

pytestmark = pytest.mark.quick
CALLS_AT_MOST = 3  # of one question, tries that failed among them
# Without a rest before the next try: the simulated time stands still while one waits for it.
FAILED = Reply([b"{}"], status=500, content_type="application/json", headers={"Retry-After": "0"})


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


@pytest.fixture
def settings(server: ScriptedServer, settings: Settings) -> Settings:
    return replace(settings, openai_base_url=server.url, openai_model="scripted")


async def test_a_written_answer_has_footnotes_that_open(room: Room, server: ScriptedServer) -> None:
    await room.add(room.ada)
    server.say("Dmitriev heads it [1.2]. He studied at Harvard [1.3]. It is a pleasant fund.")

    answer = await room.ask(room.ben)
    second = await room.ben.click(answer.response, label=footnote(answer.response, 2))

    card = text_of(answer.response)
    assert "Dmitriev heads it.¹ He studied at Harvard.²" in card
    assert "2 sentences, each checked against its source" in card
    assert "pleasant" not in card
    assert "**He attended Harvard and Stanford before working at Goldman Sachs.**" in private_reply(
        second
    )


async def test_a_model_that_does_not_know_is_an_honest_refusal(
    room: Room, server: ScriptedServer
) -> None:
    await room.add(room.ada)
    server.say("NOT_IN_THE_LIBRARY")

    answer = await room.ask(room.ben, "Why did the Russian fund buy whales?")

    assert "I couldn't find a clear answer." in text_of(answer.response)


async def test_a_failing_model_gives_way_to_quotes_and_says_so(
    room: Room, server: ScriptedServer
) -> None:
    await room.add(room.ada)
    server.put(*[FAILED] * CALLS_AT_MOST)

    answer = await room.ask(room.ben)

    card = text_of(answer.response)
    assert "Kirill Dmitriev heads the Russian Direct Investment Fund.¹" in card
    assert "quotes from the sources instead" in card


async def test_an_obedient_model_neither_links_nor_pings(
    room: Room, server: ScriptedServer
) -> None:
    await room.add(room.ada)
    server.say("@everyone see [here](https://evil.example/x) <@1> now [1.2].")

    answer = await room.ask(room.ben)

    card = text_of(answer.response)
    assert "evil.example" not in card
    assert "@everyone" not in card
    assert "<@1>" not in card
