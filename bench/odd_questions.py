"""How long odd questions take, beside ordinary ones: long, of emoji, code or other scripts.

``python -m bench.odd_questions`` fills a library with ``ARTICLES`` articles that all match, asks
each kind of question ``ROUNDS`` times without a model, and prints the median and the 95th
percentile in ms, the latter also as a multiple of an ordinary question's.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.answer.events import Completed
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.settings import Settings
from bot.store.protocols import Library

ARTICLES = 200
ROUNDS = 12
SERVER = "odd"
SCOPE = Scope(SERVER)
ORDINARY = "ordinary"
STORY = "I have been reading about the ferry for a long time and my aunt says that it is old. "
CODE = "def f(x): return {k: v for k, v in x.items() if k != 'a' and v >= 3 or f'{v!r}'}\n"
LIST = "Ferry {0} leaves pier {0} at {1}:{2:02} and carries {3} people, 4 cars and CVE-2024-{4}. "


def questions(kind: str, n: int) -> str:
    """Question ``n`` of a kind; each is another one, so that nothing is remembered."""
    text = {
        ORDINARY: f"When does the ferry to island {n} leave on Sundays?",
        "4,000 characters, asking last": STORY * 46 + f"When does ferry {n} leave?",
        "4,000 characters, asking nothing": (STORY * 48)[: 3_990 - len(str(n))] + str(n),
        "4,000 characters without a space": str(n) + "ferry" * 790,
        "4,000 question marks": "when? " * 650 + str(n),
        "1,000 numbers": " ".join(str(i + n) for i in range(800)),
        "emoji": "⛴️🏝️❓👨‍👩‍👧‍👦" * 40 + "1" * (n % 7 + 1),
        "code": CODE * 40 + str(n),
        "Japanese": f"{n}番の島へのフェリーは日曜日の何時に出ますか。" * 20,
        "Arabic": f"متى تغادر العبارة إلى الجزيرة {n} يوم الأحد؟ " * 20,
        "Thai": f"เรือข้ามฟากไปเกาะ {n} ออกวันอาทิตย์กี่โมง " * 20,
        "many codes": " ".join(f"CVE-2024-{i + n} KES-{i} 4.{i}.{n}" for i in range(120)),
        "many parts": "when does it leave and " * 150 + f"who owns ferry {n}?",
    }[kind]
    return text[:4_000]


KINDS = (
    ORDINARY,
    "4,000 characters, asking last",
    "4,000 characters, asking nothing",
    "4,000 characters without a space",
    "4,000 question marks",
    "1,000 numbers",
    "emoji",
    "code",
    "Japanese",
    "Arabic",
    "Thai",
    "many codes",
    "many parts",
)


async def fill(app: App, library: Library, articles: int) -> None:
    """Add articles that all match the questions."""
    for i in range(articles):
        lines = (LIST.format(i, j % 24, i % 60, 40 + j, 1000 + i) for j in range(12))
        text = f"# Ferry to island {i}\n\nThe ferry to island {i} leaves on Sundays.\n\n" + "".join(
            lines
        )
        submission = Submission(f"ferry-{i}.md", text.encode(), keep_similar=True)
        await app.ingest.add(submission, library, SCOPE)


async def ask(app: App, library: Library, question: str) -> float:
    """Ask without a model; the seconds until the whole answer is there."""
    began = time.perf_counter()
    async for event in app.answerer.answer(question, library, SCOPE, quotes=True):
        if isinstance(event, Completed):
            return time.perf_counter() - began
    raise AssertionError("no answer")


async def measure(folder: Path, articles: int, rounds: int) -> dict[str, list[float]]:
    """The seconds of each question, by kind."""
    async with (
        open_app(replace(Settings(), data_dir=folder)) as app,
        app.store.library(SERVER) as library,
    ):
        await fill(app, library, articles)
        await ask(app, library, "What is this?")  # loads the models
        seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for n in range(rounds):
            for kind in KINDS:  # in turn, so that a busy moment slows all
                seconds[kind].append(await ask(app, library, questions(kind, n)))
        return seconds


def report(seconds: dict[str, Sequence[float]]) -> str:
    """A line for each kind."""
    ordinary = float(np.percentile(seconds[ORDINARY], 95))
    lines = [f"{'question':34}{'p50 ms':>8}{'p95 ms':>8}{'times':>7}"]
    for kind, values in seconds.items():
        p50, p95 = np.percentile(values, [50, 95])
        lines.append(f"{kind:34}{p50 * 1e3:8.0f}{p95 * 1e3:8.0f}{p95 / ordinary:7.2f}")
    return "\n".join(lines)


def main() -> None:
    """Print the times."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = asyncio.run(measure(Path(folder), ARTICLES, ROUNDS))
    print(report(dict(seconds)))


if __name__ == "__main__":
    main()
