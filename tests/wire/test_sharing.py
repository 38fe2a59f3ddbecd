"""Two processes on one PostgreSQL database, which share the shards out among themselves."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgres_server import OWNER, PostgresServer
from tests.wire.bot_process import Bot
from tests.wire.discord_server import SHARD_SHIFT, Discord
from tests.wire.test_beside import HEADS, QUESTION
from tests.wire.test_first_day import MARS

pytestmark = pytest.mark.wire
COUNT = 4


def place(shard: int) -> dict[str, Any]:
    guild_id = (shard << SHARD_SHIFT) + 7
    return {"guild_id": guild_id, "channel_id": guild_id + 1}


@pytest.fixture
async def bots(
    discord: Discord, tmp_path: Path, postgres_server: PostgresServer
) -> AsyncIterator[tuple[Bot, Bot]]:
    discord.max_concurrency = 16
    discord.recommended_shards = COUNT
    for shard in range(COUNT):
        discord.add_guild(**place(shard))
    database = postgres_server.url(postgres_server.database(tmp_path), OWNER)
    bots = []
    for name in "ab":
        (tmp_path / name).mkdir()
        settings = {"DATABASE_URL": database, "RERANK_WORKERS": "0"}
        bots.append(Bot(discord, tmp_path / name, settings, "tests.wire.launch_sharing"))
    for bot in bots:
        await bot.start()
    await until_connected(discord)
    yield bots[0], bots[1]
    for bot in bots:
        await bot.stop()


async def until_connected(discord: Discord) -> None:
    await discord.until(lambda: list(discord.shards) and all(map(is_connected(discord), range(4))))


def is_connected(discord: Discord) -> Any:
    return lambda shard: shard in discord.shards and discord.shards[shard].socket is not None


async def add(discord: Discord, shard: int) -> None:
    file = discord.upload("mars.txt", MARS)
    added = await discord.slash("article add", file=file, **place(shard))
    await discord.until(lambda: "was added" in discord.text_of(added))


async def ask(discord: Discord, shard: int) -> None:
    asked = await discord.slash("ask", question=QUESTION, **place(shard))
    await discord.until(lambda: HEADS in discord.text_of(asked))


async def ask_everywhere(discord: Discord) -> None:
    await asyncio.gather(*(ask(discord, shard) for shard in range(COUNT)))


def times_identified(discord: Discord) -> int:
    return len(discord.identified)


async def test_they_share_the_shards_and_one_takes_over_those_of_the_other(
    discord: Discord, bots: tuple[Bot, Bot]
) -> None:
    one, other = bots
    await asyncio.gather(*(add(discord, shard) for shard in range(COUNT)))
    await ask_everywhere(discord)

    await one.end(signal.SIGKILL)
    await discord.until(lambda: not is_connected(discord)(0))
    await until_connected(discord)
    await ask_everywhere(discord)

    identified = times_identified(discord)
    await one.start()  # it is given half of them
    await discord.until(lambda: times_identified(discord) >= identified + 2)
    await until_connected(discord)
    await ask_everywhere(discord)

    identified = times_identified(discord)
    assert await other.end() == 0  # its shards are free at once
    await discord.until(lambda: times_identified(discord) >= identified + 2)
    await until_connected(discord)
    await ask_everywhere(discord)


async def test_a_process_that_was_paused_too_long_says_nothing_more_in_what_it_lost(
    discord: Discord, bots: tuple[Bot, Bot]
) -> None:
    paused, _other = bots
    await asyncio.gather(*(add(discord, shard) for shard in range(COUNT)))
    earlier = dict(discord.shards)
    paused.process.send_signal(signal.SIGSTOP)
    await discord.until(lambda: sum(discord.shards[i] is not earlier[i] for i in range(COUNT)) == 2)
    await until_connected(discord)
    lost = [i for i in range(COUNT) if discord.shards[i] is not earlier[i]]

    asked = [await discord.slash("ask", question=QUESTION, **place(shard)) for shard in lost]
    await discord.until(lambda: all(HEADS in discord.text_of(each) for each in asked))
    for shard, each in zip(lost, asked, strict=True):  # Discord tells both connections
        await discord._send(earlier[shard], "INTERACTION_CREATE", each.payload)
    paused.process.send_signal(signal.SIGCONT)
    await discord.until(lambda: all(earlier[shard].socket is None for shard in lost))
    acknowledged = [call.path for call in discord.calls if call.path.endswith("/callback")]
    assert len(acknowledged) == len(set(acknowledged))
    await discord.until(lambda: sum(discord.shards[i] is not earlier[i] for i in range(COUNT)) == 4)
    await until_connected(discord)
    await ask_everywhere(discord)


async def test_while_the_database_is_away_people_are_told_so_and_then_all_goes_on(
    discord: Discord, bots: tuple[Bot, Bot], postgres_server: PostgresServer
) -> None:
    await asyncio.gather(*(add(discord, shard) for shard in range(COUNT)))
    identified = times_identified(discord)
    await asyncio.to_thread(postgres_server.stop)
    asked = [await discord.slash("ask", question=QUESTION, **place(i)) for i in range(COUNT)]
    await discord.until(lambda: all("Try again in a moment" in discord.text_of(a) for a in asked))
    await asyncio.to_thread(postgres_server.start)
    await ask_everywhere(discord)
    assert times_identified(discord) == identified  # longer than a lease, but nobody took a shard
