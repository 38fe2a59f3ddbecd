"""Grow a library and print what search costs at each size: a table and a plot in text.

    python -m bench.search [--sizes 1000,10000,100000,200000] [--questions 100] [--keep FOLDER]
                           [--picture FILE.svg]

Texts are English words in random order with the frequencies of natural language (Zipf), vectors
are random, and a question is five words of such a text: this says nothing about quality. Articles
are added through the store, like real ones. Times are CPU time of the whole process on one core,
warm; wall time, too, which is longer on a busy machine. Embedding the question (2.5 ms with the
default embedder) and judging whether the hits answer it are not included. "Three" is a question
with two earlier ones in front, which is searched for three times. "First" is opening the library
and searching once. Memory is what the library adds, and the whole process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bot.embedding import Floats, normalize_rows
from bot.records import Passage, Scope, Sentence
from bot.search.memory_index import MemoryIndex
from bot.search.retrieve import retrieve, retrieve_widely
from bot.search.token_embeddings import FIRST_WORD
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewArticle
from bot.text.wordpiece import VOCABULARY_FILE as VOCABULARY_FILE

SERVER = "bench"
MODEL = "random/1"
DIMENSION = 512  # the default embedder's
VOCABULARY = 60_000
FUNCTION_WORDS = 100  # the most common words, which questions here do not contain
SENTENCE_WORDS = 18
SENTENCES = 8  # per passage: 144 words, about 200 tokens
GROWING_PASSAGES = 64  # per article while the library grows: long ones are faster to add
PASSAGES = 8  # of the article whose adding is measured
SEED = 7
COLUMNS = ("p50", "p95", "p50_wall", "p95_wall", "three", "first", "after", "adding")


class RandomEmbedder:
    """Random vectors for questions."""

    model = MODEL

    def __init__(self) -> None:
        self._random = np.random.default_rng(SEED)

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        return _random_vectors(self._random, len(texts))

    async def close(self) -> None:
        """Nothing to close."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000,200000")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--keep", metavar="FOLDER", help="keep the library here, and start from it")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="plot the times (SVG)")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sizes = [int(size) for size in arguments.sizes.split(",")]
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(1, user_api="blas"))  # as bot/app.py does
        folder = arguments.keep or stack.enter_context(tempfile.TemporaryDirectory())
        rows = asyncio.run(_measure(Path(folder), sizes, arguments.questions))
    if arguments.picture:
        arguments.picture.write_text(picture(rows), encoding="utf-8")


async def _measure(
    folder: Path, sizes: Sequence[int], questions: int
) -> dict[int, dict[str, float]]:
    print(
        "| passages | p50 ms | p95 ms | p50 wall ms | p95 wall ms | three p95 ms | first ms "
        "| after adding ms | adding ms | memory MB | process MB | file MB |\n" + "|---" * 12 + "|"
    )
    rows: dict[int, dict[str, float]] = {}
    for size in sizes:
        await _grow(folder, size)
        rows[size] = row = await _measure_size(folder, size, questions)
        cells = [f"{row[name]:.1f}" for name in COLUMNS]
        cells += [f"{row[name]:.0f}" for name in ("memory", "process", "file")]
        print(f"| {size:,} | {' | '.join(cells)} |", flush=True)
    print("\np95, ms")
    for size, row in rows.items():
        print(f"{size:>9,} {'█' * max(1, round(row['p95'] * 2))} {row['p95']:.1f}")
    return rows


async def _grow(folder: Path, size: int) -> None:
    """Add articles until the library has ``size`` passages."""
    store = await SqliteStore.open(folder, MemoryIndex)
    random = np.random.default_rng(SEED + size)
    try:
        async with store.library(SERVER) as library:
            count = (await library.articles.totals(Scope(SERVER))).passages
            while count < size:
                passages = min(GROWING_PASSAGES, size - count)
                await library.articles.add(
                    random_article(random, f"{size} {count}", passages), Scope(SERVER)
                )
                count += passages
                _show_progress(f"{count:,} of {size:,} passages")
    finally:
        await store.close()


async def _measure_size(folder: Path, size: int, questions: int) -> dict[str, float]:
    random = np.random.default_rng(SEED)
    embedder = RandomEmbedder()
    before = _memory_mb()
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        start = time.process_time()
        async with store.library(SERVER) as library:
            await _search(library, embedder, random_question(random))
            first = _ms_since(start)
            times = [
                await _search(library, embedder, random_question(random)) for _ in range(questions)
            ]
            three = [
                (await _search(library, embedder, *(random_question(random) for _ in range(3))))[0]
                for _ in range(questions)
            ]
            process = _memory_mb()
            draft = random_article(random, f"after {size}", PASSAGES)
            start = time.process_time()
            added = await library.articles.add(draft, Scope(SERVER))
            adding = _ms_since(start)
            after, _ = await _search(library, embedder, random_question(random))
            await library.articles.erase([added.article.id], Scope(SERVER))
    finally:
        await store.close()
    file = (folder / "libraries" / f"{SERVER}.db").stat().st_size / 1e6
    (p50, p50_wall), (p95, p95_wall) = np.quantile(times, [0.5, 0.95], axis=0)
    return {
        "p50": float(p50),
        "p95": float(p95),
        "p50_wall": float(p50_wall),
        "p95_wall": float(p95_wall),
        "three": float(np.quantile(three, 0.95)),
        "first": first,
        "after": after,
        "adding": adding,
        "memory": process - before,
        "process": process,
        "file": file,
    }


async def _search(
    library: Library, embedder: RandomEmbedder, question: str, *in_context: str
) -> tuple[float, float]:
    """(CPU time, wall time) in ms."""
    start, wall_start = time.process_time(), time.perf_counter()
    if in_context:
        await retrieve_widely(
            question, library, Scope(SERVER), embedder, limit=12, in_context=in_context
        )
    else:
        await retrieve(question, library, Scope(SERVER), embedder, limit=12)
    return _ms_since(start), (time.perf_counter() - wall_start) * 1e3


def _ms_since(start: float) -> float:
    return (time.process_time() - start) * 1e3


# --- a picture ---------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, BASE = 560, 260, 50, 220  # pixels; the axes' origin is (LEFT, BASE)


def picture(rows: Mapping[int, Mapping[str, float]]) -> str:
    """An SVG plot of both quantiles over the number of passages (log scale)."""
    highest = max(row["p95"] for row in rows.values())
    first, last = np.log10(min(rows)), np.log10(max(rows))
    x_of_size = {
        size: LEFT + 20 + (np.log10(size) - first) / max(last - first, 1) * (WIDTH - LEFT - 90)
        for size in rows
    }
    parts = [_text(LEFT, 20, "CPU ms per question, BM25 and embeddings, by passages")]
    for size, x in x_of_size.items():
        parts.append(_text(x - 20, BASE + 18, f"{size:,}"))
    for name, colour in (("p50", "#2a6f97"), ("p95", "#c1666b")):
        points = [(x, BASE - rows[n][name] / highest * (BASE - 45)) for n, x in x_of_size.items()]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            _text(x - 8, y - 6, f"{rows[n][name]:.1f}", colour)
            for (x, y), n in zip(points, x_of_size, strict=True)
        ]
        parts.append(_text(points[-1][0] + 24, points[-1][1] + 4, name, colour))
    axes = f'<path d="M{LEFT} 40V{BASE}H{WIDTH - 20}" fill="none" stroke="#888"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    return "\n".join([head, ground, axes, *parts, "</svg>", ""])


def _text(x: float, y: float, text: str, colour: str = "#333") -> str:
    font = 'font-family="sans-serif" font-size="12"'
    return f'<text x="{x:.0f}" y="{y:.0f}" {font} fill="{colour}">{text}</text>'


# --- random texts --------------------------------------------------------------------------------


def _random_ranks(random: np.random.Generator, size: int, skip: int = 0) -> NDArray[np.int64]:
    """Random words, by frequency rank as in natural language, without the first ``skip``."""
    ranks: NDArray[np.int64] = skip + np.searchsorted(
        _cumulative_frequencies(skip), random.random(size)
    )
    return np.minimum(ranks, VOCABULARY - 1)


@cache
def _cumulative_frequencies(skip: int) -> NDArray[np.float64]:
    weights = 1 / (np.arange(skip, VOCABULARY) + 2.7)
    edges: NDArray[np.float64] = np.cumsum(weights / weights.sum())
    return edges


@cache
def _word(rank: int) -> str:
    """The English word of a frequency rank; after the last one, compounds of two words."""
    words = _english_words()
    second, first = divmod(rank, len(words))
    return words[first] + (words[second] if second else "")


@cache
def _english_words() -> list[str]:
    text = resources.files("bot.text").joinpath(VOCABULARY_FILE).read_text("utf-8")
    tokens = text.split()
    return [token for token in tokens[tokens.index(FIRST_WORD) :] if token.isalpha()]


def random_article(random: np.random.Generator, name: str, size: int) -> NewArticle:
    text, passages = "", []
    for _ in range(size):
        sentences = []
        for _ in range(SENTENCES):
            words = [_word(int(rank)) for rank in _random_ranks(random, SENTENCE_WORDS)]
            start = len(text) + (1 if text else 0)
            text += (" " if text else "") + " ".join(words).capitalize() + "."
            sentences.append(Sentence(start, len(text)))
        passages.append(Passage(sentences[0].start, len(text), tuple(sentences), tokens=200))
    return NewArticle(
        title=f"{_word(int(_random_ranks(random, 1)[0]))} {name}",
        text=text,
        passages=tuple(passages),
        source="random",
        cleaner=1,
        splitter=1,
        embedder=MODEL,
        vectors=_random_vectors(random, size),
    )


def random_question(random: np.random.Generator) -> str:
    ranks = _random_ranks(random, 5, skip=FUNCTION_WORDS)
    return " ".join(_word(int(rank)) for rank in ranks) + "?"


def _random_vectors(random: np.random.Generator, size: int) -> Floats:
    return normalize_rows(random.standard_normal((size, DIMENSION)).astype(np.float32))


def _memory_mb() -> float:
    """The process's resident memory (Linux; elsewhere 0)."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 / 1e6 if status.exists() else 0.0


def _show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
