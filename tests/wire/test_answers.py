"""Answers of a model over the wire: slow, long, and looked up after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.model_server import DONE, ScriptedServer, Step, broken, delta, model_server, usage
from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord
from tests.wire.payloads import button, texts
from tests.wire.test_first_day import add

pytestmark = pytest.mark.wire
SENTENCES = 150
TOWNS = "\n\n".join(
    f"The harbour of town {n} opened in {1700 + n}, and its mayor was Ada Bell {n}."
    for n in range(1, SENTENCES + 1)
)
QUESTION = "When did the harbours of the towns open?"


@pytest.fixture
async def model() -> AsyncIterator[ScriptedServer]:
    async with model_server() as server:
        yield server


async def test_an_answer_that_takes_longer_than_an_acknowledgement_may_is_shown_as_it_grows(
    discord: Discord, writing_bot: Bot, model: ScriptedServer
) -> None:
    """Each sentence comes once the one before is on the card, which changes every 1.2 s."""
    await add(discord)
    shown = [asyncio.Event() for _ in range(3)]
    heads = "Kirill Dmitriev heads the Russian Direct Investment Fund [1.2]. "
    year = "He suggested the year 2029 for a joint mission to Mars [1.3]. "
    steps: list[bytes | Step | asyncio.Event]
    steps = [delta(content=heads), shown[0], delta(content=year), shown[1], delta(content=heads)]
    model.put(broken(*steps, shown[2], delta("stop"), usage(100, 10), DONE))
    began = asyncio.get_running_loop().time()
    asked = await discord.slash("ask", question="Who heads the fund, and what did he suggest?")
    await discord.until(lambda: "Quoted" in discord.text_of(asked))
    shown[0].set()
    await discord.until(lambda: "year 2029 for a joint mission to Mars." in discord.text_of(asked))
    for event in shown:
        event.set()
    await discord.until(lambda: "checked" in discord.text_of(asked))
    assert asked.acknowledged_after_s is not None
    assert asked.acknowledged_after_s < asyncio.get_running_loop().time() - began
    assert len(discord.answers_to(asked)) == 1


async def test_an_answer_over_the_limits_of_a_card_is_continued_and_attached(
    discord: Discord, writing_bot: Bot, model: ScriptedServer
) -> None:
    await add(discord, TOWNS.encode(), "towns.txt")
    lines = [
        f"The harbour of town {n} opened in {1700 + n}, and its mayor was Ada Bell {n} [1.1]."
        for n in range(1, SENTENCES + 1)
    ]
    model.say("\n".join(lines))
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: len(discord.answers_to(asked)) == 2)
    first, second = discord.answers_to(asked)
    assert "continued below" in "\n".join(texts(first["components"]))
    assert second["attachments"]


async def test_old_buttons_work_after_a_restart(
    discord: Discord, writing_bot: Bot, model: ScriptedServer
) -> None:
    await add(discord)
    model.say("Kirill Dmitriev heads the Russian Direct Investment Fund [1.2].")
    asked = await discord.slash("ask", question="Who heads the Russian fund?")
    await discord.until(lambda: "Investment Fund.¹" in discord.text_of(asked))
    await writing_bot.end()
    await writing_bot.start()
    card = discord.answers_to(asked)[0]
    opened = await discord.press(card, button(card, "c"))
    await discord.until(lambda: "joint mission to Mars" in discord.text_of(opened))
    rated = await discord.press(card, button(card, "helpful"))
    await discord.until(lambda: rated.acknowledged_after_s is not None)
    assert not discord.loading()
