"""Several processes on one PostgreSQL database, questions and additions at once, and kills.

    python -m bench.scale --processes 4 --servers 2000 --seconds 600 --kill-every 60

A Discord on loopback sends the questions and additions of many servers, whose shards the processes
share out among themselves. Every ``--kill-every`` seconds one of them is killed (SIGKILL), the
others take its shards over, and then it is started again and given its share. Afterwards the
database is read: was anything that was told to be added lost, or stored twice; has any question
two answers or two charges; which has no end; how long did a killed process's servers wait?
``--filled`` of the servers have an article about which is asked; additions go to all.

The database is one that the tests bring along (``tests.postgres_server``).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg

from bench.load import ARTICLE, QUESTION, cpu_s, percentiles, process_figures
from bot.search.memory_index import MemoryIndex
from bot.store.postgres.store import PostgresStore
from tests.postgres_server import OWNER, SUPERUSER, PostgresServer, running_server
from tests.wire.bot_process import Bot
from tests.wire.discord_server import SHARD_SHIFT, Discord, Interaction
from tests.wire.payloads import APPLICATION_ID
from tests.wire.rest import discord_server

ANSWERED, ADDED = "press 1 to see it", "was added"
TOLD = (
    "try again in a minute",
    "ry again in a moment",
    "was interrupted by a restart",
    "was restarted while this was being added",
)
SETTLING_S = 45.0  # after the last question: longer than a takeover
FILLED_AT_ONCE = 50
DOUBLES = """SELECT count(*) FROM (
    SELECT 1 FROM {table} WHERE event_id IS NOT NULL
    GROUP BY server_id, event_id HAVING count(*) > 1) AS doubles"""
End = Literal[
    "done",
    "told to try again",
    "came while nobody was connected",
    "not acknowledged before its process was killed",
    "NO END",
]


@dataclass
class Kill:
    """A process that was killed, and how long its shards' servers waited for another one."""

    at: float
    shards: list[int]
    connected_s: float = 0.0
    probes: list[Interaction] = field(default_factory=list)  # asked as soon as they were connected

    def acknowledged_s(self) -> float:
        """Until the last of the probes was acknowledged; endless if one never was."""
        times = [(each.sent_at, each.acknowledged_after_s) for each in self.probes]
        return max(
            at + after - self.at if after is not None else float("inf") for at, after in times
        )


@dataclass
class Scale:
    """What was sent, and which processes were killed."""

    discord: Discord
    bots: list[Bot]
    servers: int
    filled: int
    questions: list[Interaction] = field(default_factory=list)
    additions: dict[str, Interaction] = field(default_factory=dict)  # by title
    kills: list[Kill] = field(default_factory=list)
    killed_cpu_s: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def note(self, text: str) -> None:
        """Prints how far it is, with the seconds since the start."""
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def where(self, number: int) -> dict[str, Any]:
        guild_id = (number << SHARD_SHIFT) + 10
        return {"guild_id": guild_id, "channel_id": guild_id + 1}

    async def ask(self, number: int) -> Interaction:
        question = QUESTION.format(n=number)
        self.questions.append(
            await self.discord.slash("ask", question=question, **self.where(number))
        )
        return self.questions[-1]

    async def add(self, number: int, title: str, text: str) -> Interaction:
        file = self.discord.upload(f"{title}.txt", text.encode())
        options = {"file": file, "title": title, **self.where(number)}
        self.additions[title] = await self.discord.slash("article add", **options)
        return self.additions[title]

    async def fill(self) -> None:
        """An article for each of the servers that are asked, some at a time."""
        for start in range(0, self.filled, FILLED_AT_ONCE):
            numbers = range(start, min(start + FILLED_AT_ONCE, self.filled))
            texts = {n: ARTICLE.format(n=n, year=1800 + n % 200) for n in numbers}
            await self._until_added([await self.add(n, f"Town {n}", texts[n]) for n in numbers])

    async def _until_added(self, sent: Sequence[Interaction]) -> None:
        await self.discord.until(lambda: all(map(self.is_added, sent)))

    def is_added(self, addition: Interaction) -> bool:
        return ADDED in self.discord.text_of(addition)

    async def load(self, seconds: float, rate: float, chance: random.Random) -> None:
        """Questions, and an addition for every fourth one, at random times."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.ask(chance.randrange(self.filled))
            if chance.random() < 0.25:
                title = f"Note {len(self.additions)}"
                text = f"{title} says that it rained on day {title}."
                await self.add(chance.randrange(self.servers), title, text)
            await asyncio.sleep(chance.expovariate(rate))

    async def kill_regularly(self, seconds: float, every_s: float, chance: random.Random) -> None:
        """Kills one after another; each is started again when the others have its shards."""
        began = time.monotonic()
        for number in range(1, int(seconds / every_s) + 1):
            await asyncio.sleep(max(0.0, began + number * every_s - time.monotonic()))
            bot = chance.choice([bot for bot in self.bots if self.shards_of(bot)])
            await self._kill(bot)
            await bot.start()
            self.note("started again")

    async def _kill(self, bot: Bot) -> None:
        """Kills a process, and waits until the others have its shards."""
        self.killed_cpu_s += cpu_of_all(bot.process.pid)
        kill = Kill(asyncio.get_running_loop().time(), self.shards_of(bot))
        sessions = [self.discord.shards[shard] for shard in kill.shards]
        self.kills.append(kill)
        await bot.end(signal.SIGKILL)
        await self.discord.until(lambda: not any(session.socket for session in sessions))
        await self.discord.until(lambda: set(kill.shards) <= set(self.connected()))
        kill.connected_s = asyncio.get_running_loop().time() - kill.at
        kill.probes = [
            await self.ask(n)
            for n in range(min(len(self.discord.shards), self.filled))
            if self.shard_of(n) in kill.shards
        ]
        await self.discord.until(
            lambda: all(probe.acknowledged_after_s is not None for probe in kill.probes)
        )
        self.note(
            f"killed one with the shards {kill.shards}: connected again after "
            f"{kill.connected_s:.1f} s, acknowledged after {kill.acknowledged_s():.1f} s"
        )

    def shard_of(self, number: int) -> int:
        return self.discord.shard_of(self.where(number)["guild_id"])

    def connected(self) -> list[int]:
        """The shards that have a connection."""
        return [i for i, session in self.discord.shards.items() if session.socket is not None]

    def is_shared_out(self) -> bool:
        """Whether every shard has a connection, and each process its share."""
        shares = [len(self.shards_of(bot)) for bot in self.bots]
        count = self.discord.shard_count
        return sum(shares) == count and min(shares) == count // len(shares)

    def shards_of(self, bot: Bot) -> list[int]:
        """The shards that a process is connected to: each has a token of its own here."""
        return [i for i in self.connected() if self.discord.shards[i].token == bot.token]

    def end_of(self, interaction: Interaction, done: str) -> End:
        """What became of a question or an addition. ``done``: what its card says in the end."""
        text = self.discord.text_of(interaction)
        if done in text:
            return "done"
        if any(words in text for words in TOLD):
            return "told to try again"
        if interaction.session is None:
            return "came while nobody was connected"
        if interaction.acknowledged_after_s is None and interaction.session.socket is None:
            return "not acknowledged before its process was killed"
        return "NO END"

    def tally(self, server: PostgresServer, database: str) -> None:
        """Prints what became of everything, by the cards and by the database."""
        text_of = self.discord.text_of
        told = {title for title, each in self.additions.items() if self.is_added(each)}
        with psycopg.connect(server.url(database, SUPERUSER)) as connection:
            titles = Counter(row[0] for row in connection.execute("SELECT title FROM article"))
            doubles = {
                table: connection.execute(DOUBLES.format(table=table).encode()).fetchall()[0][0]
                for table in ("answer", "charge", "job")
            }
            unended = connection.execute("SELECT count(*) FROM job WHERE ended_at IS NULL")
            stuck = unended.fetchall()[0][0]
        print_ends("questions", (self.end_of(each, ANSWERED) for each in self.questions))
        for each in self.questions:
            if self.end_of(each, ANSWERED) == "NO END":
                self.describe(each)
        cards = sum(text_of(each).count(ANSWERED) > 1 for each in self.questions)
        print(f"  answered twice: {cards} on cards, {doubles['answer']} stored")
        print(f"  charged twice: {doubles['charge']}")
        print_ends("additions", (self.end_of(each, ADDED) for each in self.additions.values()))
        print(f"  told to be added, then lost: {sum(title not in titles for title in told)}")
        print(
            f"  stored twice: {sum(n > 1 for n in titles.values())}; jobs twice: {doubles['job']}"
        )
        print(f"  jobs that have not ended: {stuck}")

    def describe(self, interaction: Interaction) -> None:
        """Prints what is known of one that has no end."""
        sent_s = interaction.sent_at - asyncio.get_running_loop().time() + time.monotonic()
        print(f"  sent at {sent_s - self.began:.1f} s to {interaction.payload['guild_id']}", end="")
        print(f", acknowledged after {interaction.acknowledged_after_s} s: ", end="")
        print(repr(self.discord.text_of(interaction)))

    def print_times(self) -> None:
        times = [t for each in self.questions if (t := each.acknowledged_after_s) is not None]
        print(f"acknowledged: {percentiles(times)}")
        print(f"kills: {len(self.kills)}")
        if self.kills:
            print(f"  connected again after {spread([kill.connected_s for kill in self.kills])}")
            print(f"  acknowledged after {spread([k.acknowledged_s() for k in self.kills])}")

    def cpu_s(self) -> float:
        """The CPU of all processes and of those that they have started, in seconds."""
        return self.killed_cpu_s + sum(cpu_of_all(bot.process.pid) for bot in self.bots)


def print_ends(name: str, ends: Iterable[End]) -> None:
    counts = Counter(ends)
    print(f"{name}: {counts.total()}")
    for end, count in counts.most_common():
        print(f"  {end}: {count}")


def spread(times: Sequence[float]) -> str:
    middle, most = statistics.median(times), max(times)
    return f"median {middle:.1f} s, most {most:.1f} s"


def children(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_of_all(pid: int) -> float:
    """The CPU of a process and of those that it has started, in seconds."""
    return sum(cpu_s(each) for each in (pid, *children(pid)))


def new_bots(discord: Discord, url: str, folder: Path, arguments: argparse.Namespace) -> list[Bot]:
    """The processes, each with a folder of its own."""
    bots = []
    for number in range(arguments.processes):
        own = folder / str(number)
        own.mkdir()
        settings = {
            "DATABASE_URL": url,
            "DISCORD_TOKEN": f"token-{number}",
            "SHARD_COUNT": str(arguments.shards),
            "RERANK_WORKERS": "1",
            "LOG_LEVEL": arguments.log_level,
        }
        bots.append(Bot(discord, own, settings))
    return bots


async def mark_joined(url: str, discord: Discord) -> None:
    """The bot has been in the servers for long: it need not welcome them all."""
    store = await PostgresStore.open(url, MemoryIndex)
    await store.mark_joined([str(guild_id) for guild_id in discord.guilds], APPLICATION_ID)
    await store.close()


async def run_scale(arguments: argparse.Namespace, server: PostgresServer, folder: Path) -> None:
    database = server.database(folder)
    url = server.url(database, OWNER)
    async with discord_server() as discord:
        discord.is_strict, discord.max_concurrency = False, 16
        bots = new_bots(discord, url, folder, arguments)
        filled = min(arguments.filled, arguments.servers)
        scale = Scale(discord, bots, arguments.servers, filled)
        for number in range(arguments.servers):
            discord.add_guild(**scale.where(number))
        await mark_joined(url, discord)
        await start(scale, arguments)
        before = scale.cpu_s()
        await carry_out(scale, arguments)
        used = scale.cpu_s() - before
        print(f"{arguments.processes} processes, {arguments.servers} servers, ", end="")
        print(f"{arguments.seconds:.0f} s")
        scale.tally(server, database)
        scale.print_times()
        print(f"CPU: {used:.0f} s, {len(scale.questions) / max(used, 0.01):.2f} questions a second")
        for bot in bots:
            others = len(children(bot.process.pid))
            print(f"  {process_figures(bot.process.pid)}, and {others} others")
            await bot.end()


async def start(scale: Scale, arguments: argparse.Namespace) -> None:
    """Starts all processes, and fills the libraries once all shards are connected."""
    for bot in scale.bots:
        await bot.start()
    await scale.discord.until(scale.is_shared_out)
    scale.note(f"{arguments.shards} shards are connected, shared out among all processes")
    await scale.fill()
    scale.note(f"{scale.filled} libraries are filled")


async def carry_out(scale: Scale, arguments: argparse.Namespace) -> None:
    """Questions, additions and kills; then it waits until all has been taken over."""
    chance, seconds = random.Random(arguments.seed), arguments.seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(scale.kill_regularly(seconds, arguments.kill_every, chance))
        group.create_task(scale.load(seconds, arguments.rate, chance))
    await asyncio.sleep(SETTLING_S)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--filled", type=int, default=40, help="servers that are asked")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=0.5, help="questions a second")
    parser.add_argument("--kill-every", type=float, default=20, help="seconds")
    parser.add_argument("--log-level", default="warning")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with running_server() as server, tempfile.TemporaryDirectory(prefix="scale-") as folder:
        asyncio.run(run_scale(arguments, server, Path(folder)))


if __name__ == "__main__":
    main()
