"""Questions a second of one process, with and without processes that encode sentences.

    python -m bench.rerank_workers [DIR] --workers 2 --rounds 5

Questions of DIR (default: ../shared/data/covidqa) are asked of one library in quotes mode, all at
once, with no sentence read before; rounds with and without the processes alternate. Prints the
medians of the questions a second, and of the CPU of the bot and of the processes for a question:
the CPU depends less on what else the machine does, and says what the ceiling is. Then, of the last
round with the processes, the bot's CPU by its threads.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import cpu_s
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.search import foreign_passages, retrieve
from bot.search.sentence_vectors import SentenceVectors
from bot.settings import Settings

DEFAULT = Path(__file__).parent.parent.parent / "shared" / "data" / "covidqa"
SCOPE = Scope("bench")
FIGURES = ("rate", "bot_ms", "encoders_ms")


@dataclass(frozen=True, slots=True)
class Round:
    """``rate`` in questions a second; CPU in milliseconds a question, also by the bot's threads."""

    rate: float
    bot_ms: float
    encoders_ms: float
    threads_ms: dict[str, float]


async def fill(app: App, documents: list[dict[str, Any]]) -> None:
    async with app.store.library(SCOPE.server_id) as library:
        for document in documents:
            text, name = document["text"], f"{document['id']}.txt"
            await app.ingest.add(Submission(name, text, document["title"]), library, SCOPE)


async def ask_all(app: App, questions: list[str]) -> Round:
    """Asks all questions at once, each in its turn."""
    retrieve._encoded_sentences = SentenceVectors()
    foreign_passages.sentence_vectors = SentenceVectors()
    pids = [process._process.pid for process in app.encoders._alive]
    before, threads_before = [cpu_s(pid) for pid in pids], threads_ms()
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(ask(app, question) for question in questions))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    encoders = sum(map(cpu_s, pids)) - sum(before)
    n = len(questions)
    by_thread: dict[str, float] = defaultdict(float)
    for (name, thread), milliseconds in threads_ms().items():
        by_thread[name] += (milliseconds - threads_before.get((name, thread), 0.0)) / n
    return Round(n / seconds, 1_000 * used / n, 1_000 * encoders / n, dict(by_thread))


def threads_ms() -> dict[tuple[str, int], float]:
    """The CPU of each of this process's threads, by the name of its kind and its id (Linux)."""
    times = {}
    for thread in threading.enumerate():
        if thread.native_id is not None:
            figures = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text()
            name = re.split(r"[-_]\d", thread.name)[0]
            times[name, thread.native_id] = int(figures.split()[0]) / 1e6
    return times


async def ask(app: App, question: str) -> None:
    async with app.store.library(SCOPE.server_id) as library, app.answerer.searches.slot():
        async for _event in app.answerer.answer(question, library, SCOPE, quotes=True):
            pass


async def measure(folder: Path, arguments: argparse.Namespace) -> None:
    documents = list(read(arguments.dir / "documents.jsonl"))[: arguments.documents]
    ids = {document["id"] for document in documents}
    asked = [q for q in read(arguments.dir / "questions.jsonl") if q["id"].split("-")[0] in ids]
    questions = [q["question"] for q in asked[: arguments.questions]]
    settings = Settings(data_dir=folder)
    async with open_app(settings) as app:
        await fill(app, documents)
    rounds: dict[int, list[Round]] = {0: [], arguments.workers: []}
    for number in range(arguments.rounds + 1):
        for workers, results in rounds.items():
            async with open_app(settings, rerank_workers=workers) as app:
                await app.encoders.wait_ready(workers)
                result = await ask_all(app, questions)
            if number:  # the first of each loads models
                results.append(result)
    for workers, results in rounds.items():
        print(f"{workers} processes: {medians(results)}")
    for name, milliseconds in sorted(result.threads_ms.items(), key=lambda each: -each[1]):
        print(f"  {name}: {milliseconds:.0f} ms")
    ratios = [many.rate / none.rate for none, many in zip(*rounds.values(), strict=True)]
    print(f"times as many questions: {statistics.median(ratios):.2f}, each {ratios}")


def medians(results: list[Round]) -> str:
    rate, bot, encoders = (
        statistics.median(getattr(result, name) for result in results) for name in FIGURES
    )
    return f"{rate:.1f} questions/s, CPU {bot:.0f} ms of the bot, {encoders:.0f} of the processes"


def read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--documents", type=int, default=20)
    parser.add_argument("--questions", type=int, default=60)
    with tempfile.TemporaryDirectory(prefix="footnote-rerank-") as folder:
        asyncio.run(measure(Path(folder), parser.parse_args()))


if __name__ == "__main__":
    main()
