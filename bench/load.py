"""The load of many Discord servers on one bot in its own process, over a Discord on loopback.

    python -m bench.load --servers 50 --seconds 600 --rate 2

Each server gets an article; then questions come as a Poisson process. Prints questions/s, the times
of acknowledgements and of answers (p50, p95, p99), how late the bot's event loop was, and its
memory and file handles; on standard error, how far it is. With
``--burst N``, N cold servers ask at the same moment instead. With ``--crowd N``, N members of one
server ask at the same moment, and another server's questions are timed, alone and beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.launch_measured import LOOP_LAG
from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord, Interaction
from tests.wire.rest import discord_server

ARTICLE = """Report of town {n}

The mayor of town {n} is Ada Bell {n}. The harbour of town {n} opened in {year}.
"""
QUESTION = "Who is the mayor of town {n}?"
FIRST_GUILD = 10_000
OTHERS_ASK = 20
PROGRESS_S = 10.0
LATE_S = 3.0  # Discord's limit for an acknowledgement


@dataclass
class Load:
    """The servers, how many have their article, and the times that were measured, in seconds."""

    discord: Discord
    servers: int
    filled: int = 0
    acknowledged: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    def where(self, number: int) -> dict[str, Any]:
        guild_id = FIRST_GUILD + 10 * number
        return {"guild_id": guild_id, "channel_id": guild_id + 1}

    async def fill(self) -> None:
        """Adds an article to each server."""
        await _together([self._add(number) for number in range(self.servers)])

    async def _add(self, number: int) -> None:
        text = ARTICLE.format(n=number, year=1800 + number)
        file = self.discord.upload(f"town{number}.txt", text.encode())
        added = await self.discord.slash("article add", file=file, **self.where(number))
        await self._until_said(added, "was added")
        self.filled += 1

    async def ask(self, number: int, user_id: int = 1) -> None:
        """Asks a question of one server, and waits for its answer."""
        began = asyncio.get_running_loop().time()
        question = QUESTION.format(n=number)
        asked = await self.discord.slash(
            "ask", question=question, user_id=user_id, **self.where(number)
        )
        await self._until_said(asked, "press 1 to see it")
        self.answered.append(asyncio.get_running_loop().time() - began)
        assert asked.acknowledged_after_s is not None
        self.acknowledged.append(asked.acknowledged_after_s)

    async def _until_said(self, interaction: Interaction, words: str) -> None:
        await self.discord.until(lambda: words in self.discord.text_of(interaction))

    async def run(self, seconds: float, rate: float, chance: random.Random) -> None:
        """Questions at ``rate`` a second, at random times."""
        end = asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            while asyncio.get_running_loop().time() < end:
                group.create_task(self.ask(chance.randrange(self.servers)))
                await asyncio.sleep(chance.expovariate(rate))

    async def crowd(self, members: int) -> None:
        """One server's members ask at once; prints another server's times without, then with."""
        await self.ask(1)  # whose library is open from now on
        for crowded in (0, members):
            crowd = [self.ask(0, user_id=1_000 + member) for member in range(crowded)]
            asking = asyncio.ensure_future(_together(crowd))
            await asyncio.sleep(1)
            times, acknowledged = [], []
            for _ in range(OTHERS_ASK):
                began = asyncio.get_running_loop().time()
                await self.ask(1, user_id=2_000 + len(self.answered))  # nobody asks too often
                times.append(asyncio.get_running_loop().time() - began)
                acknowledged.append(self.acknowledged[-1])
            print(f"another server beside {crowded} questions at once: {percentiles(times)}")
            print(f"  acknowledged: {percentiles(acknowledged)}")
            await asking

    async def burst(self, pid: int) -> None:
        """Every server asks at the same moment.

        Prints the CPU of the bot until all are acknowledged. Unlike the seconds, it doesn't depend
        on what else the machine does.
        """
        before, sent = cpu_s(pid), len(self.discord.interactions)
        asking = asyncio.ensure_future(
            _together([self.ask(number) for number in range(self.servers)])
        )
        await self.discord.until(lambda: self._acknowledged_since(sent) == self.servers)
        print(f"CPU until all are acknowledged: {cpu_s(pid) - before:.2f} s")
        await asking

    def _acknowledged_since(self, sent: int) -> int:
        later = list(self.discord.interactions.values())[sent:]
        return sum(each.acknowledged_after_s is not None for each in later)


async def _together(calls: Sequence[Awaitable[None]]) -> None:
    await asyncio.gather(*calls)


def percentiles(times: Sequence[float]) -> str:
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s, most {max(times):.2f} s"


def cpu_s(pid: int) -> float:
    """The CPU that a process has used, in seconds (Linux)."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def process_figures(pid: int) -> str:
    """Memory and file handles of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    memory = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return f"{int(memory) / 1024:.0f} MiB, {handles} file handles"


def loop_lag(log: str) -> str:
    """How late the bot's event loop was, from the last words of its log."""
    words = next(line for line in reversed(log.splitlines()) if line.startswith(LOOP_LAG)).split()
    p50, p95, p99, most = words[-4:]
    return f"late by p50 {p50} ms, p95 {p95} ms, p99 {p99} ms, most {most} ms"


async def tell_progress(load: Load) -> None:
    """Says on standard error how far it is, until it is cancelled."""
    while True:
        await asyncio.sleep(PROGRESS_S)
        filled, answered = load.filled, len(load.answered)
        print(f"{filled} of {load.servers} filled, {answered} answered", file=sys.stderr)


async def carry_out(load: Load, bot: Bot, arguments: argparse.Namespace) -> float:
    """Fills the libraries and asks; how many seconds the asking took."""
    await load.fill()
    if arguments.burst:
        await bot.end()  # so that every library is cold
        await bot.start()
    began = asyncio.get_running_loop().time()
    if arguments.burst:
        await load.burst(bot.process.pid)
    elif arguments.crowd:
        await load.crowd(arguments.crowd)
    else:
        await load.run(arguments.seconds, arguments.rate, random.Random(arguments.seed))
    return asyncio.get_running_loop().time() - began


def print_figures(load: Load, seconds: float) -> None:
    late = sum(time_s > LATE_S for time_s in load.acknowledged)
    questions = len(load.answered)
    print(f"{load.servers} servers, {questions} questions in {seconds:.0f} s", end="")
    print(f": {questions / seconds:.1f} a second")
    print(f"acknowledged: {percentiles(load.acknowledged)}; over {LATE_S:.0f} s: {late}")
    print(f"answered:     {percentiles(load.answered)}")


async def measure(arguments: argparse.Namespace, folder: Path) -> None:
    async with discord_server() as discord:
        load = Load(discord, arguments.burst or arguments.servers)
        discord.is_strict = False  # late acknowledgements are counted, not refused
        for number in range(load.servers):
            discord.add_guild(**load.where(number))
        bot = Bot(discord, folder, {"LOG_LEVEL": "warning"}, "bench.launch_measured")
        await bot.start()
        telling = asyncio.ensure_future(tell_progress(load))
        seconds = await carry_out(load, bot, arguments)
        telling.cancel()
        print_figures(load, seconds)
        print(f"the bot:      {process_figures(bot.process.pid)}")
        await bot.stop()
        print(f"its loop:     {loop_lag(bot.log)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=2, help="questions a second")
    parser.add_argument("--burst", type=int, default=0, help="cold servers that ask at once")
    parser.add_argument("--crowd", type=int, default=0, help="questions of one server at once")
    parser.add_argument("--seed", type=int, default=1)
    with tempfile.TemporaryDirectory(prefix="footnote-load-") as folder:
        asyncio.run(measure(parser.parse_args(), Path(folder)))


if __name__ == "__main__":
    main()
