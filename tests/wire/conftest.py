"""A loopback Discord with the bot connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.model_server import ScriptedServer
from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord
from tests.wire.rest import discord_server


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    """What Discord would have refused fails the test."""
    async with discord_server() as discord:
        yield discord
    assert not discord.violations


@pytest.fixture
async def bot(discord: Discord, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot in quotes mode. A traceback in its log fails the test."""
    bot = Bot(discord, tmp_path, {})
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def writing_bot(
    discord: Discord, model: ScriptedServer, tmp_path: Path
) -> AsyncIterator[Bot]:
    """A bot whose answers the ``model`` of the test writes; it shows quotes at once meanwhile."""
    settings = {"OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "m", "MODEL_FIRST_WORDS_S": "0.01"}
    bot = Bot(discord, tmp_path, settings)
    await bot.start()
    yield bot
    await bot.stop()
