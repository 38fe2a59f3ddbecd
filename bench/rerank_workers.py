"""Questions a second of one process, with and without processes that encode sentences.

    python -m bench.rerank_workers [DIR] --workers 2 --rounds 5

Questions of DIR (default: ../shared/data/covidqa) are asked of one library in quotes mode, all at
once, with no sentence read before; rounds with and without the processes alternate. Prints the
medians of the questions a second, and of the CPU of the bot and of the processes for a question:
the CPU doesn't depend on what else the machine does, and says what the ceiling is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
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


@dataclass(frozen=True, slots=True)
class Round:
    """``rate`` in questions a second; CPU milliseconds for a question."""

    rate: float
    bot_ms: float
    encoders_ms: float


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
    before = [cpu_s(pid) for pid in pids]
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(ask(app, question) for question in questions))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    encoders = sum(map(cpu_s, pids)) - sum(before)
    n = len(questions)
    return Round(n / seconds, 1_000 * used / n, 1_000 * encoders / n)


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
    ratios = [many.rate / none.rate for none, many in zip(*rounds.values(), strict=True)]
    print(f"times as many questions: {statistics.median(ratios):.2f}, each {ratios}")


def medians(results: list[Round]) -> str:
    rate, bot, encoders = (
        statistics.median(getattr(result, name) for result in results) for name in Round.__slots__
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
