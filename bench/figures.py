"""Prints the figures of the README as a table: on one core, medians; CPU time where it is said.

    python -m bench.figures [DIR]

DIR holds documents.jsonl and questions.jsonl (default: ../shared/data/covidqa).
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import regex

import bot
from bot.app import open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.search.retrieve import retrieve, search
from bot.settings import Settings

DEFAULT = Path(__file__).parent.parent.parent / "shared" / "data" / "covidqa"
SERVER = "bench"
NAME = "footnote-bot"
PACKAGE = Path(bot.__file__).parent
QUESTIONS = 200
STARTS = 7
MIB = 1024 * 1024


def main() -> None:
    """Measures everything in turn."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not (folder / "documents.jsonl").is_file():
        sys.exit(f"{folder} holds no documents.jsonl: name a folder that does.")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as data:
        read, found = asyncio.run(_library(folder, Path(data)))
        print("| figure | reached | goal |\n|---|---|---|")
        rate = read["passages"] / read["seconds"]
        print(f"| reading {folder.name}, embedded | {rate:.0f} passages/s | ≥ 50 |")
        print(
            f"| finding in its {read['passages']} passages, p50 | {found['find']:.1f} ms | ≤ 10 |"
        )
        print(f"| the same, and judging whether it answers | {found['search']:.1f} ms | |")
        asked = _median(lambda: _footnote("ask", "What causes HIV in children?", data=data))
        print(f"| `footnote ask`, process start to answer | {asked:.2f} s | ≤ 2 |")
        helped = _median(lambda: _footnote("--help"))
        print(f"| `footnote --help` | {helped:.2f} s | ≤ 0.3 |")
        print(f"| peak memory of reading and searching it | {_peak_mib():.0f} MiB | ≤ 300 |")
        print(f"| installed, without tests and sandbox | {_installed_mib():.0f} MiB | ≤ 350 |")


async def _library(folder: Path, data: Path) -> tuple[dict[str, Any], dict[str, float]]:
    documents = _lines(folder / "documents.jsonl")
    questions = _lines(folder / "questions.jsonl")[:QUESTIONS]
    scope = Scope(SERVER)
    async with open_app(Settings(data_dir=data)) as app, app.store.library(SERVER) as library:
        await app.embedder.embed(["warm"])
        began = time.process_time()
        for document in documents:
            submission = Submission(f"{document['id']}.txt", document["text"], document["title"])
            await app.ingest.add(submission, library, scope)
        seconds = time.process_time() - began
        passages = (await library.articles.totals(scope)).passages
        found: dict[str, float] = {}
        for name, way in (("find", retrieve), ("search", search)):
            times = []
            for question in questions:
                start = time.process_time()
                await way(question["question"], library, scope, app.embedder, limit=10)
                times.append(1000 * (time.process_time() - start))
            found[name] = statistics.median(times[10:])
    return {"passages": passages, "seconds": seconds}, found


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _footnote(*arguments: str, data: str = "") -> float:
    command = [sys.executable, "-m", "bot", *arguments]
    if data:
        command += ["--data", data, "--server", SERVER, "--json"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(STARTS))


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _installed_mib() -> float:
    """With the package itself, which an editable install does not list."""
    own = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    others = [_size(name) for name in _needed(NAME, set()) if name != NAME]
    return (sum(others) + sum(path.stat().st_size for path in own)) / MIB


def _needed(name: str, seen: set[str]) -> Iterator[str]:
    """The distributions that running needs, by the metadata of what is installed."""
    key = regex.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        wanted = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return  # for another platform
    yield name
    for requirement in wanted:
        if "extra ==" not in requirement:
            yield from _needed(regex.match(r"[\w.-]+", requirement).group(), seen)  # type: ignore[union-attr]


def _size(name: str) -> int:
    files = metadata.files(name) or []
    return sum(
        path.stat().st_size for file in files if (path := Path(str(file.locate()))).is_file()
    )


if __name__ == "__main__":
    main()
