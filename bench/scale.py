"""Several processes on one PostgreSQL database, questions and additions at once, and kills.

    python -m bench.scale --processes 4 --servers 2000 --seconds 600 --kill-every 60

A Discord on loopback sends the questions and additions of many servers, whose shards the processes
share out among themselves. Every ``--kill-every`` seconds one of them is killed (SIGKILL), the
others take its shards over, and then it is started again and given its share. Afterwards the
database is read: was anything that was told to be added lost, or stored twice; has any question
two answers or two charges; how long did a killed process's servers wait? ``--filled`` of the
servers have an article about which is asked; additions go to all.
``--search`` prints instead what a search costs over PostgreSQL and over a file, and the opening of
a library, side by side (``--passages``).

The database is one that the tests bring along (``tests.postgres_server``).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from bench.load import ARTICLE, QUESTION, cpu_s, percentiles, process_figures
from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.passage_index import QueryTerms, QuestionVector
from bot.store.postgres.store import PostgresStore
from bot.store.protocols import Store
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import new_article
from tests.postgres_server import OWNER, SUPERUSER, PostgresServer, running_server
from tests.wire.bot_process import Bot
from tests.wire.discord_server import SHARD_SHIFT, Discord, Interaction
from tests.wire.payloads import APPLICATION_ID
from tests.wire.rest import discord_server

ANSWERED, ADDED = "press 1 to see it", "was added"
SETTLING_S = 45.0  # after the last question: longer than a takeover
SERVER = "1001"
DOUBLES = """SELECT count(*) FROM (
    SELECT 1 FROM {table} WHERE event_id IS NOT NULL
    GROUP BY server_id, event_id HAVING count(*) > 1) AS doubles"""


@dataclass
class Scale:
    """What was sent, and when a process was killed."""

    discord: Discord
    bots: list[Bot]
    servers: int
    filled: int
    questions: list[Interaction] = field(default_factory=list)
    additions: dict[str, Interaction] = field(default_factory=dict)  # by title
    kills: list[tuple[float, list[int]]] = field(default_factory=list)  # when, and whose shards
    connected_s: list[float] = field(default_factory=list)  # until others had them
    cpu_s: float = 0.0  # of processes that were killed

    def where(self, number: int) -> dict[str, Any]:
        guild_id = (number << SHARD_SHIFT) + 10
        return {"guild_id": guild_id, "channel_id": guild_id + 1}

    async def add(self, number: int, title: str, text: str) -> Interaction:
        file = self.discord.upload(f"{title}.txt", text.encode())
        options = {"file": file, "title": title, **self.where(number)}
        self.additions[title] = await self.discord.slash("article add", **options)
        return self.additions[title]

    async def fill(self) -> None:
        """An article for each of the servers that are asked, some at a time."""
        for start in range(0, self.filled, 50):
            numbers = range(start, min(start + 50, self.filled))
            texts = {n: ARTICLE.format(n=n, year=1800 + n % 200) for n in numbers}
            await self._until_added([await self.add(n, f"Town {n}", texts[n]) for n in numbers])

    async def _until_added(self, sent: Sequence[Interaction]) -> None:
        await self.discord.until(lambda: all(ADDED in self.discord.text_of(each) for each in sent))

    async def load(self, seconds: float, rate: float, chance: random.Random) -> None:
        """Questions, and an addition for every fourth one, at random times."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            number = chance.randrange(self.filled)
            question = QUESTION.format(n=number)
            self.questions.append(
                await self.discord.slash("ask", question=question, **self.where(number))
            )
            if chance.random() < 0.25:
                title = f"Note {len(self.additions)}"
                await self.add(
                    chance.randrange(self.servers),
                    title,
                    f"{title} says that it rained on day {title}.",
                )
            await asyncio.sleep(chance.expovariate(rate))

    async def kill_regularly(self, every_s: float, chance: random.Random) -> None:
        """Kills one after another; each is started again when the others have its shards."""
        now = asyncio.get_running_loop().time
        due = now()
        while True:
            due += every_s
            await asyncio.sleep(max(0.0, due - now()))
            bot = chance.choice(self.bots)
            await self._kill(bot)
            await bot.start()

    async def _kill(self, bot: Bot) -> None:
        """Kills a process, and waits until the others have its shards."""
        self.cpu_s += cpu_of_all(bot.process.pid)
        killed_at, before = asyncio.get_running_loop().time(), set(self.connected())
        await bot.end(signal.SIGKILL)
        await self.discord.until(lambda: set(self.connected()) < before)
        lost = before - set(self.connected())
        self.kills.append((killed_at, sorted(lost)))
        await self.discord.until(lambda: lost <= set(self.connected()))
        self.connected_s.append(asyncio.get_running_loop().time() - killed_at)
        print(f"killed: shards {sorted(lost)} back after {self.connected_s[-1]:.1f} s", flush=True)

    def connected(self) -> list[int]:
        """The shards that have a connection."""
        return [i for i, session in self.discord.shards.items() if session.socket is not None]

    def takeovers(self) -> list[float]:
        """For each kill: the seconds until a question of its servers was acknowledged again."""
        found = []
        for at, shards in self.kills:
            later = [
                each.sent_at + each.acknowledged_after_s - at
                for each in [*self.questions, *self.additions.values()]
                if each.sent_at >= at
                and each.acknowledged_after_s is not None
                and self.discord.shard_of(int(each.payload["guild_id"])) in shards
            ]
            found += [min(later)] if later else []
        return found


def tally(scale: Scale, server: PostgresServer, database: str) -> None:
    """Prints what became of everything, by the cards and by the database."""
    told = {t for t, each in scale.additions.items() if ADDED in scale.discord.text_of(each)}
    with psycopg.connect(server.url(database, SUPERUSER)) as connection:
        titles = Counter(row[0] for row in connection.execute("SELECT title FROM article"))
        doubles = {
            table: connection.execute(DOUBLES.format(table=table).encode()).fetchall()[0][0]
            for table in ("answer", "charge", "job")
        }
        stuck = connection.execute("SELECT count(*) FROM job WHERE ended_at IS NULL").fetchall()
    answered = [ANSWERED in scale.discord.text_of(each) for each in scale.questions]
    silent = sum(each.acknowledged_after_s is None for each in scale.questions)
    cards = [scale.discord.text_of(each).count(ANSWERED) for each in scale.questions]
    print(f"questions: {len(answered)}, answered {sum(answered)}, never acknowledged {silent}")
    print(f"  answered twice: {sum(n > 1 for n in cards)} on cards, {doubles['answer']} stored")
    print(f"  charged twice: {doubles['charge']}")
    print(f"additions: {len(scale.additions)}, told to be added {len(told)}")
    print(f"  of these lost: {sum(title not in titles for title in told)}")
    print(f"  stored twice: {sum(n > 1 for n in titles.values())}; jobs twice: {doubles['job']}")
    print(f"  jobs that have not ended: {stuck[0][0]}")


async def run_scale(arguments: argparse.Namespace, server: PostgresServer, folder: Path) -> None:
    database = server.database(folder)
    chance = random.Random(arguments.seed)
    async with discord_server() as discord:
        discord.is_strict, discord.max_concurrency = False, 16
        common = {
            "DATABASE_URL": server.url(database, OWNER),
            "DATA_DIR": str(folder / "data"),
            "SHARD_COUNT": str(arguments.shards),
            "RERANK_WORKERS": "1",
            "LOG_LEVEL": "warning",
        }
        bots = []
        for number in range(arguments.processes):
            own = folder / str(number)
            own.mkdir()
            bots.append(Bot(discord, own, {**common, "DATA_DIR": str(own / "data")}))
        scale = Scale(discord, bots, arguments.servers, min(arguments.filled, arguments.servers))
        for number in range(arguments.servers):
            discord.add_guild(**scale.where(number))
        await mark_joined(common["DATABASE_URL"], discord)
        for bot in bots:
            await bot.start()
        await discord.until(lambda: len(scale.connected()) == arguments.shards)
        await scale.fill()
        before = sum(cpu_of_all(bot.process.pid) for bot in bots)
        killing = asyncio.ensure_future(scale.kill_regularly(arguments.kill_every, chance))
        await scale.load(arguments.seconds, arguments.rate, chance)
        killing.cancel()
        await asyncio.wait([killing])
        await asyncio.sleep(SETTLING_S)
        used = sum(cpu_of_all(bot.process.pid) for bot in bots) + scale.cpu_s - before
        print(f"{arguments.processes} processes, {arguments.servers} servers, ", end="")
        print(f"{arguments.seconds:.0f} s, {len(scale.kills)} kills")
        tally(scale, server, database)
        times = [t for each in scale.questions if (t := each.acknowledged_after_s) is not None]
        print(f"acknowledged: {percentiles(times)}")
        rate = len(scale.questions) / max(used, 0.01)
        print(f"CPU: {used:.0f} s, {rate:.2f} questions a second of it")
        print(f"shards connected again after a kill: {seconds(scale.connected_s)}")
        print(f"next question acknowledged after a kill: {seconds(scale.takeovers())}")
        for bot in bots:
            print(
                f"  {process_figures(bot.process.pid)}, and {len(children(bot.process.pid))} others"
            )
            await bot.end()


async def mark_joined(url: str, discord: Discord) -> None:
    """The bot has been in the servers for long: it need not welcome them all."""
    store = await PostgresStore.open(url, MemoryIndex)
    await store.mark_joined([str(guild_id) for guild_id in discord.guilds], APPLICATION_ID)
    await store.close()


def seconds(times: Sequence[float]) -> str:
    return ", ".join(f"{time:.1f} s" for time in times)


def children(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_of_all(pid: int) -> float:
    """The CPU of a process and of those that it has started, in seconds."""
    return sum(cpu_s(each) for each in (pid, *children(pid)))


async def compare_search(
    arguments: argparse.Namespace, server: PostgresServer, folder: Path
) -> None:
    """Opening a library and searching it warm, over each store."""
    url = server.url(server.database(folder), OWNER)
    for name in ("file", "PostgreSQL"):

        async def open_store(name: str = name) -> Store:
            if name == "file":
                return await SqliteStore.open(folder, MemoryIndex)
            return await PostgresStore.open(url, MemoryIndex)

        store = await open_store()
        await fill_library(store, arguments.passages)
        await store.close()
        store = await open_store()
        cold = await timed_searches(store, 1)
        warm = await timed_searches(store, 100)
        async with store.library(SERVER) as library:
            size = library.index.nbytes / 1e6
        await store.close()
        for label, (wall, cpu) in (("opened", cold), ("warm", warm)):
            middle = f"{np.median(wall) * 1e3:.1f} ms, {np.median(cpu) * 1e3:.1f} ms of CPU"
            print(f"{name}, {arguments.passages:,} passages, {label}: {middle}")
        print(f"{name}: index in memory {size:.1f} MB")


async def fill_library(store: Store, passages: int) -> None:
    words = [f"word{n}" for n in range(2_000)]
    chance = random.Random(1)
    async with store.library(SERVER) as library:
        for article in range(passages // 10):
            paragraphs = [" ".join(chance.choices(words, k=40)) for _ in range(10)]
            draft = new_article("\n\n".join([f"number {article}", *paragraphs[1:]]))
            await library.articles.add(draft, Scope(SERVER))


async def timed_searches(store: Store, count: int) -> tuple[Sequence[float], Sequence[float]]:
    """The seconds of each, and those of this process's CPU."""
    wall, cpu = [], []
    vector = QuestionVector("tiny/1", np.full(4, 0.5, np.float32))
    for n in range(count):
        terms = QueryTerms((f"word{n}", f"word{n + 1}", "numb"), ((0, 1, 1),))
        began, used = time.perf_counter(), time.process_time()
        async with store.library(SERVER) as library:
            found = await library.index.candidates(terms, vector, Scope(SERVER), 50)
            await library.articles.passages(found.ids[:20].tolist(), Scope(SERVER))
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return wall, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--filled", type=int, default=100, help="servers that are asked")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=1, help="questions a second")
    parser.add_argument("--kill-every", type=float, default=20, help="seconds")
    parser.add_argument("--search", action="store_true", help="compare the stores instead")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with running_server() as server, tempfile.TemporaryDirectory(prefix="scale-") as folder:
        run = compare_search if arguments.search else run_scale
        asyncio.run(run(arguments, server, Path(folder)))


if __name__ == "__main__":
    main()
