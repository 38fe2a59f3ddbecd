"""kill -9 at any moment: each article is whole or absent, and what was acknowledged is there.

A child process adds articles one after another (and takes every fifth out again) and says
so on standard output; it is killed at a random moment, the library is opened again and
everything in it is compared with what was added. ``python -m bench.kill --rounds 100``
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Set
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.index_arrays import memory_index
from bot.records import Article, Passage, Scope, Sentence
from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewArticle
from bot.text.stem import stem

SERVER = "1"
ALL = Scope(SERVER)
MODEL = "random/1"
DIMENSION = 16
MOST_PASSAGES = 60  # so that a kill also falls into long transactions
TAKEN_OUT = 5  # every fifth article
ACKNOWLEDGED_AT_MOST = 6  # before the child is killed
WAIT_AT_MOST_S = 0.05  # about the time that one article takes


@dataclass(slots=True)
class Round:
    """What a killed child had said, and what was then found."""

    acknowledged: int
    lost: int
    partial: int
    sound: bool


def handed_in(number: int) -> NewArticle:
    """Article ``number``; its text follows from the number."""
    random_text = random.Random(number)
    passages: list[Passage] = []
    text = ""
    for _ in range(random_text.randint(1, MOST_PASSAGES)):
        text += "\n\n" if text else ""
        start = len(text)
        text += f"Number {number} has word{random_text.randint(0, 999)} 𝒜 and more. " * 5
        text = text.strip()
        passages.append(Passage(start, len(text), (Sentence(start, len(text)),), tokens=30))
    vectors = np.full((len(passages), DIMENSION), 0.25, np.float32)
    title = f"Article {number}"
    return NewArticle(title, text, tuple(passages), "bench", 1, 1, embedder=MODEL, vectors=vectors)


async def child(folder: Path, first: int) -> None:
    """Adds articles until it is killed; prints "+number" and "-number" once each is durable."""
    store = await SqliteStore.open(folder, MemoryIndex)
    async with store.library(SERVER) as library:
        number = first
        while True:
            added = await library.articles.add(handed_in(number), ALL)
            print(f"+{number}", flush=True)
            if number % TAKEN_OUT == 0:
                await library.articles.erase([added.article.id], ALL)
                print(f"-{number}", flush=True)
            number += 1


def killed(folder: Path, first: int, chance: random.Random) -> list[str]:
    """Lets a child work, kills it at a random moment; what it had acknowledged."""
    command = [sys.executable, "-m", "bench.kill", "--child", str(folder), "--first", str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        wanted = chance.randint(1, ACKNOWLEDGED_AT_MOST)
        said = [process.stdout.readline() for _ in range(wanted)]
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, WAIT_AT_MOST_S))
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    return [line.strip() for line in said if line.endswith("\n")]


async def checked(folder: Path, acknowledged: list[str]) -> Round:
    """Opens the library again and compares."""
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        async with store.library(SERVER) as library:
            there = {article.title: article for article in await library.articles.select(ALL)}
            found = await _found(library)
            partial = [a for a in there.values() if not await _is_whole(library, a, found)]
    finally:
        await store.close()
    final = {line[1:]: line[0] for line in acknowledged}
    lost = [n for n, sign in final.items() if (f"Article {n}" in there) != (sign == "+")]
    # A removal may have been made durable just before the kill and not been said any more.
    lost = [n for n in lost if not (final[n] == "+" and int(n) % TAKEN_OUT == 0)]
    return Round(len(acknowledged), len(lost), len(partial), _is_sound(folder))


async def _found(library: Library) -> set[int]:
    """The passages that finding sees by words, and that have a vector."""
    postings = await memory_index(library).postings([stem("number")], ALL)
    said = {int(i) for found in postings.values() for i in found["passage"]}
    chunks = (await memory_index(library).quantized_vectors(MODEL, DIMENSION, ALL)).chunks
    return said & {int(i) for chunk in chunks for i in chunk.ids}


async def _is_whole(library: Library, article: Article, found: Set[int]) -> bool:
    """Whether it is as it was added, each passage findable by words and by vectors."""
    draft = handed_in(int(article.title.removeprefix("Article ")))
    text = (await library.articles.version(article.id, ALL)).text
    passages = await library.articles.passages_of(article.id, ALL)
    kept = tuple(Passage(p.start, p.end, p.sentences, tokens=30) for p in passages)
    return text == draft.text and kept == draft.passages and {p.id for p in passages} <= found


def _is_sound(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "libraries" / f"{SERVER}.db")) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return whole and connection.execute("PRAGMA foreign_key_check").fetchone() is None


async def run(rounds: int, folder: Path, seed: int) -> list[Round]:
    """Kills ``rounds`` children, one after another, over the same library."""
    chance = random.Random(seed)
    found = []
    first = 1
    acknowledged: list[str] = []
    for _ in range(rounds):
        acknowledged += await asyncio.to_thread(killed, folder, first, chance)
        first = max(int(line[1:]) for line in acknowledged) + 2  # the next may be there unsaid
        found.append(await checked(folder, acknowledged))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=1, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        asyncio.run(child(arguments.child, arguments.first))
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(arguments.rounds, Path(folder), arguments.seed))
    lost, partial = (sum(getattr(one, name) for one in found) for name in ("lost", "partial"))
    sound = sum(one.sound for one in found)
    print(
        f"{len(found)} kills, {found[-1].acknowledged} acknowledged: "
        f"{lost} lost, {partial} partial, integrity_check ok {sound} times"
    )
    return int(bool(lost or partial or sound < len(found)))


if __name__ == "__main__":
    sys.exit(main())
