"""Questions a second of one process, with and without processes that judge sentences.

    python -m bench.rerank_workers [DIR] --workers 2 --rounds 5

Questions of DIR (default: ../shared/data/covidqa) are asked of one library in quotes mode, all at
once: in each round on other articles, so that hardly a sentence was read before, with and without
the processes, which are warm. Prints the medians of the questions a second, and of the CPU of the
bot and of the processes for a question: the CPU depends less on what else the machine does, and
says what the ceiling is. Then, of the last round with the processes, their memory and the bot's CPU
by its threads.
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
from bot.search import foreign_passages, judging_pool, selected_sentences
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
    resident_mb: float  # of all processes together


async def fill(app: App, documents: list[dict[str, Any]]) -> None:
    async with app.store.library(SCOPE.server_id) as library:
        for document in documents:
            text, name = document["text"], f"{document['id']}.txt"
            await app.ingest.add(Submission(name, text, document["title"]), library, SCOPE)


async def ask_all(app: App, questions: list[str]) -> Round:
    """Asks all questions at once, each in its turn."""
    selected_sentences._encoded_sentences = SentenceVectors()
    foreign_passages.sentence_vectors = SentenceVectors()
    pids = [process._process.pid for process in app.judging._alive]
    before, threads_before = [cpu_s(pid) for pid in pids], threads_ms()
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(ask(app, question) for question in questions))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    encoders = sum(map(cpu_s, pids)) - sum(before)
    n = len(questions)
    by_thread: dict[str, float] = defaultdict(float)
    for (name, thread), milliseconds in threads_ms().items():
        by_thread[name] += (milliseconds - threads_before.get((name, thread), 0.0)) / n
    resident = app.judging.resident_bytes() / 1e6
    return Round(n / seconds, 1_000 * used / n, 1_000 * encoders / n, dict(by_thread), resident)


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
    documents = list(read(arguments.dir / "documents.jsonl"))
    asked = list(read(arguments.dir / "questions.jsonl"))
    sets = [documents[at :: arguments.rounds + 1] for at in range(arguments.rounds + 1)]
    sets = [each[: arguments.documents] for each in sets]
    results: dict[int, list[Round]] = {0: [], arguments.workers: []}
    async with open_app(Settings(data_dir=folder), rerank_workers=arguments.workers) as app:
        await fill(app, [document for each in sets for document in each])
        await app.judging.wait_ready(arguments.workers)
        for number, each in enumerate(sets):
            ids = {document["id"] for document in each}
            questions = [q["question"] for q in asked if q["id"].split("-")[0] in ids]
            for workers in (0, arguments.workers) if number % 2 else (arguments.workers, 0):
                judging_pool._Current.pool = app.judging if workers else None
                apart = max(1, len(questions) // arguments.questions)
                result = await ask_all(app, questions[::apart][: arguments.questions])
                if number:  # the first of each loads models
                    results[workers].append(result)
    for workers, rounds in results.items():
        print(f"{workers} processes: {medians(rounds)}")
    last = results[arguments.workers][-1]
    print(f"  the processes: {last.resident_mb:.0f} MB")
    for name, milliseconds in sorted(last.threads_ms.items(), key=lambda each: -each[1]):
        print(f"  {name}: {milliseconds:.0f} ms")
    ratios = [many.rate / none.rate for none, many in zip(*results.values(), strict=True)]
    by_round = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"times as many questions: {statistics.median(ratios):.2f}; by round: {by_round}")


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
    parser.add_argument("--documents", type=int, default=8)
    parser.add_argument("--questions", type=int, default=40)
    with tempfile.TemporaryDirectory(prefix="footnote-rerank-") as folder:
        asyncio.run(measure(Path(folder), parser.parse_args()))


if __name__ == "__main__":
    main()
