"""Servers that the bot is removed from, that have an outage, and that come back."""

from __future__ import annotations

import pytest

from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord
from tests.wire.test_faults import ANSWER, QUESTION
from tests.wire.test_first_day import add

pytestmark = pytest.mark.wire
ERASED = "will be erased on"


async def answers(discord: Discord) -> None:
    """A question there is answered from the library."""
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: ANSWER in discord.text_of(asked))


async def test_after_an_outage_a_server_has_its_library(discord: Discord, bot: Bot) -> None:
    await add(discord)
    await discord.begin_outage()
    await discord.end_outage()
    await answers(discord)
    assert ERASED not in bot.log


async def test_during_an_outage_that_began_before_the_start_no_library_is_called_empty(
    discord: Discord, bot: Bot
) -> None:
    await add(discord)
    await bot.end()
    await discord.begin_outage()
    await bot.start()
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: discord.text_of(asked) and not discord.loading())
    assert "empty" not in discord.text_of(asked)
    await discord.end_outage()
    await answers(discord)


async def test_a_server_that_takes_the_bot_back_within_a_week_has_its_library(
    discord: Discord, bot: Bot
) -> None:
    await add(discord)
    await discord.remove_bot()
    await bot.end()
    assert ERASED in bot.log
    await bot.start()
    await discord.end_outage()
    await answers(discord)
