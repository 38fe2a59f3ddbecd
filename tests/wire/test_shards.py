"""Two processes with two of four shards over one data folder, as an operator starts them."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_metrics import get
from tests.wire.bot_process import Bot
from tests.wire.discord_server import GUILD_ID, SHARD_SHIFT, Discord
from tests.wire.test_beside import HEADS, QUESTION, Terminal
from tests.wire.test_first_day import MARS

OTHER_ID = (2 << SHARD_SHIFT) + 7  # of shard 2
OTHER = {"guild_id": OTHER_ID, "channel_id": OTHER_ID + 1}
FIRST, SECOND = "0-1", "2-3"


def process(discord: Discord, folder: Path, shards: str, **settings: str) -> Bot:
    own = folder / shards
    own.mkdir(exist_ok=True)
    common = {"DATA_DIR": str(folder / "data"), "SHARD_COUNT": "4", "SHARD_IDS": shards}
    return Bot(discord, own, {**common, **settings})


@pytest.fixture
async def bots(discord: Discord, tmp_path: Path) -> AsyncIterator[tuple[Bot, Bot]]:
    discord.max_concurrency = 16
    discord.add_guild(**OTHER)
    bots = process(discord, tmp_path, FIRST), process(discord, tmp_path, SECOND)
    for bot in bots:
        await bot.start()
    await discord.until(lambda: len(discord.identified) == 4)
    yield bots
    for bot in bots:
        await bot.stop()


async def add_and_ask(discord: Discord, **where: Any) -> None:
    added = await discord.slash("article add", file=discord.upload("mars.txt", MARS), **where)
    await discord.until(lambda: "was added" in discord.text_of(added))
    await ask(discord, **where)


async def ask(discord: Discord, **where: Any) -> None:
    asked = await discord.slash("ask", question=QUESTION, **where)
    await discord.until(lambda: HEADS in discord.text_of(asked))


@pytest.mark.wire
async def test_each_process_answers_its_own_servers_and_survives_the_other(
    discord: Discord, bots: tuple[Bot, Bot]
) -> None:
    await asyncio.gather(add_and_ask(discord), add_and_ask(discord, **OTHER))
    assert discord.identified == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert sum(call.path.endswith("/commands") for call in discord.calls) == 1  # one sync
    await bots[0].end(signal.SIGKILL)
    await ask(discord, **OTHER)
    await bots[0].start()
    await discord.until(lambda: len(discord.identified) == 6)
    await asyncio.gather(ask(discord), ask(discord, **OTHER))


@pytest.mark.wire
async def test_a_command_is_carried_out_by_the_process_that_has_the_library(
    discord: Discord, bots: tuple[Bot, Bot], tmp_path: Path
) -> None:
    article = tmp_path / "mars.txt"
    article.write_bytes(MARS)
    folder = tmp_path / "data"
    for bot, server in zip(bots, (GUILD_ID, OTHER_ID), strict=True):
        assert (await Terminal(folder, str(server)).document("add", str(article)))[0] == 0
        assert bot.log.count("command add") == 1
    terminal = Terminal(folder, str(OTHER_ID))
    _status, out, _err = await terminal("forget", "7", "--json")
    assert json.loads(out)["forgotten"]["libraries"] == 0
    assert all(bot.log.count("command forget") == 1 for bot in bots)

    await bots[1].end(signal.SIGKILL)  # its library is free, and the other one's is not
    assert (await terminal.document("remove", "1"))[1] == {"removed": [1]}
    assert (await terminal("forget", "7"))[0] == 0
    assert [bot.log.count("command forget") for bot in bots] == [2, 1]


@pytest.mark.wire
async def test_shards_that_another_process_has_are_refused_in_words(
    discord: Discord, bots: tuple[Bot, Bot], tmp_path: Path
) -> None:
    third = process(discord, tmp_path, "1-2")
    with pytest.raises(AssertionError, match=r"serves the shards 0, 1 of 4"):
        await third.start()


@pytest.mark.wire
async def test_each_process_has_a_port_of_its_own_for_its_figures(
    discord: Discord, tmp_path: Path, unused_tcp_port: int
) -> None:
    discord.max_concurrency = 16
    metrics = {"METRICS_PORT": str(unused_tcp_port)}
    bots = [process(discord, tmp_path, shards, **metrics) for shards in (FIRST, SECOND)]
    for bot in bots:
        await bot.start()
    await discord.until(lambda: len(discord.identified) == 4)
    for port in (unused_tcp_port, unused_tcp_port + 2):
        assert "ok" in (await get(port, "/healthz"))[1]
        assert "footnote_encoders_bytes" in (await get(port, "/metrics"))[1]
    for bot in bots:
        await bot.stop()
