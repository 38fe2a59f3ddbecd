"""kill -9 while the queue works: what was accepted is read, once and whole, however often.

    python -m bench.kill_queue [DIR] --rounds 50

A child process submits the documents of DIR/documents.jsonl (default: ../shared/data/covidqa)
and says on standard output what was accepted and how it ended; it is killed at a random
moment, the library is compared with what an undisturbed process makes of the same files, and
the next child goes on. When all are done, the next library is begun.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.app import App, open_app
from bot.embedding import Floats
from bot.ingest.jobs import Ticket
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore

SERVER = "1"
ALL = Scope(SERVER)
AT_ONCE = 6  # documents added before the first job has ended
LINES_AT_MOST = 12  # that a child may say before it is killed
WAIT_AT_MOST_S = 0.3  # about the time that one document takes
Files = dict[str, bytes]  # by name


class Flat:
    """An embedder that costs nothing."""

    model = "flat/1"

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        return np.full((len(texts), 16), 0.25, np.float32)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Said:
    """What the children of one library have said: jobs and statuses by file name."""

    accepted: dict[str, int] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)

    def hear(self, line: str) -> None:
        with suppress(ValueError):  # killed in the middle of a line
            kind, name, value = json.loads(line)
            if kind == "accepted":
                self.accepted[name] = value
            else:
                self.ended[name] = value


@dataclass(slots=True)
class Count:
    """What was found after the kills."""

    kills: int = 0
    accepted: int = 0
    lost: int = 0
    partial: int = 0
    twice: int = 0
    told_wrongly: int = 0
    unsound: int = 0


def files(folder: Path) -> Files:
    """The documents as submissions."""
    lines = (folder / "documents.jsonl").read_text("utf-8").splitlines()
    return {f"{row['id']}.txt": row["text"].encode() for row in map(json.loads, lines)}


# --- the child -------------------------------------------------------------------------------


async def child(folder: Path, dataset: Path, said: Said) -> None:
    """Submits what was not accepted yet, and follows everything that has not ended."""
    turns = asyncio.Semaphore(AT_ONCE)
    async with open_app(Settings(data_dir=folder), embedder=Flat()) as app:
        await app.jobs.resume()
        async with asyncio.TaskGroup() as group:
            for number, (name, data) in enumerate(files(dataset).items(), 1):
                if name not in said.ended:
                    await turns.acquire()
                    ended = group.create_task(_hand_in(app, name, data, number, said))
                    ended.add_done_callback(lambda _: turns.release())


async def _hand_in(app: App, name: str, data: bytes, event: int, said: Said) -> None:
    if name in said.accepted:
        ticket = Ticket(SERVER, said.accepted[name])
    else:
        ticket = await app.jobs.submit(
            Submission(name, data, keep_similar=True), ALL, event_id=event
        )
        print(json.dumps(["accepted", name, ticket.job_id]), flush=True)
    async for step in app.jobs.follow(ticket):
        if isinstance(step, IngestResult):
            print(json.dumps(["ended", name, step.status]), flush=True)


# --- the parent ------------------------------------------------------------------------------


def live(folder: Path, dataset: Path, said: Said, chance: random.Random | None) -> bool:
    """Lets a child work, to its end or to a random moment; whether it was killed."""
    command = [sys.executable, "-m", "bench.kill_queue", str(dataset), "--child", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([said.accepted, said.ended]))
        process.stdin.close()
        if chance is not None:
            for _ in range(chance.randint(1, LINES_AT_MOST)):
                said.hear(process.stdout.readline())
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0, WAIT_AT_MOST_S))
            process.send_signal(signal.SIGKILL)
        for line in process.stdout:
            said.hear(line)
    return process.returncode == -signal.SIGKILL


Whole = dict[str, list[object]]  # text and passages by file name


async def undisturbed(dataset: Path) -> Whole:
    """What the files become when nothing happens."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        async with open_app(settings, embedder=Flat()) as app, app.store.library(SERVER) as library:
            for name, data in files(dataset).items():
                await app.ingest.add(Submission(name, data, keep_similar=True), library, ALL)
            return dict(await _contents(library))


async def _contents(library: Library) -> list[tuple[str, list[object]]]:
    found = []
    for article in await library.articles.select(ALL):
        text = (await library.articles.version(article.id, ALL)).text
        passages = await library.articles.passages_of(article.id, ALL)
        parts: list[object] = [(p.start, p.end, p.text, p.sentences) for p in passages]
        found.append((article.source, [text, *parts]))
    return found


async def check(folder: Path, said: Said, whole: Whole, count: Count) -> None:
    """Opens the library and compares; every accepted file is there or still to be read."""
    count.unsound += not _is_sound(folder)
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        async with store.library(SERVER) as library:
            there = await _contents(library)
            jobs = {name: await library.jobs.job(job) for name, job in said.accepted.items()}
    finally:
        await store.close()
    kept = dict(there)
    waiting = {name for name, job in jobs.items() if job is not None and not job.has_ended}
    count.twice += len(there) - len(kept)
    count.partial += sum(content != whole[name] for name, content in there)
    count.lost += len(said.accepted.keys() - kept.keys() - waiting)


def _is_sound(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "libraries" / f"{SERVER}.db")) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return whole and connection.execute("PRAGMA foreign_key_check").fetchone() is None


async def run(rounds: int, dataset: Path, seed: int) -> Count:
    """Kills ``rounds`` children, over as many libraries as it takes."""
    chance = random.Random(seed)
    whole = await undisturbed(dataset)
    count = Count()
    while count.kills < rounds:
        with tempfile.TemporaryDirectory() as name:
            folder, said = Path(name), Said()
            while count.kills < rounds and live(folder, dataset, said, chance):
                count.kills += 1
                await check(folder, said, whole, count)
            live(folder, dataset, said, None)
            await check(folder, said, whole, count)
        count.accepted += len(said.accepted)
        count.lost += len(said.accepted.keys() - said.ended.keys())
        count.told_wrongly += sum(status != "added" for status in said.ended.values())
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", nargs="?", type=Path, default=Path("../shared/data/covidqa"))
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        said = Said(*json.loads(sys.stdin.read()))
        asyncio.run(child(arguments.child, arguments.dir, said))
        return 0
    count = asyncio.run(run(arguments.rounds, arguments.dir, arguments.seed))
    print(
        f"{count.kills} kills, {count.accepted} accepted: {count.lost} lost, "
        f"{count.partial} partial, {count.twice} twice, {count.told_wrongly} told wrongly, "
        f"integrity_check not ok {count.unsound} times"
    )
    trouble = count.lost + count.partial + count.twice + count.told_wrongly + count.unsound
    return int(bool(trouble))


if __name__ == "__main__":
    sys.exit(main())
