"""Other engines, over the same passages: how well they find, and how quickly.

Every engine gets the passages that Footnote stored, with their titles: SQLite's FTS5 with a title
column (BM25, Porter stems), bm25s (Lù 2024), tantivy (title and text, English stems), the built-in
embedder alone (exact cosine), and the reciprocal-rank fusion of FTS5 and the embedder (Cormack et
al. 2009). bm25s and tantivy come with the extra ``bench``; without it they are left out. The scores
are those of ``footnote eval``; milliseconds are CPU time of a question, median.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np

from bot.app import App
from bot.embedding import embed_question
from bot.evaluate.dataset import Question
from bot.evaluate.scoring import DEPTH, QuestionResult, RetrievedPassage, retrieval_scores
from bot.records import StoredPassage
from bot.search.rank_fusion import fuse_ranks

FIGURES = ("hits@4", "hits@10", "all@10", "mrr@10")
FUSED = 100  # of each engine
WORD = re.compile(r"\w+")
Engine = Callable[[str, int], Awaitable[Sequence[int]] | Sequence[int]]
"""The indexes of the best passages for a question, best first, at most so many."""


class Fts5:
    """SQLite's full-text search, with a title column."""

    def __init__(self, titles: Sequence[str], texts: Sequence[str]):
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(
            "CREATE VIRTUAL TABLE passages USING fts5(title, text, tokenize='porter unicode61')"
        )
        self._connection.executemany(
            "INSERT INTO passages (rowid, title, text) VALUES (?, ?, ?)",
            zip(range(len(texts)), titles, texts, strict=True),
        )

    def __call__(self, question: str, limit: int) -> Sequence[int]:
        query = " OR ".join(f'"{word}"' for word in WORD.findall(question))
        if not query:
            return []
        rows = self._connection.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?",
            (query, limit),
        )
        return [row[0] for row in rows]


def bm25s_engine(titles: Sequence[str], texts: Sequence[str]) -> Engine:
    """bm25s with its English stop words, over title and text as one."""
    bm25s: Any = importlib.import_module("bm25s")
    model: Any = bm25s.BM25()
    both = [f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)]
    model.index(bm25s.tokenize(both, show_progress=False), show_progress=False)

    def find(question: str, limit: int) -> Sequence[int]:
        tokens = bm25s.tokenize(question, show_progress=False)
        best, _scores = model.retrieve(tokens, k=min(limit, len(both)), show_progress=False)
        return [int(index) for index in best[0]]

    return find


def tantivy_engine(titles: Sequence[str], texts: Sequence[str]) -> Engine:
    """tantivy, searching title and text with English stems."""
    tantivy: Any = importlib.import_module("tantivy")
    builder: Any = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True)
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name="en_stem")
    index: Any = tantivy.Index(builder.build())
    writer = index.writer()
    for number, (title, text) in enumerate(zip(titles, texts, strict=True)):
        writer.add_document(tantivy.Document(number=number, title=title, text=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def find(question: str, limit: int) -> Sequence[int]:
        query = index.parse_query(" ".join(WORD.findall(question)), ["title", "text"])
        hits = searcher.search(query, limit).hits
        return [searcher.doc(address)["number"][0] for _score, address in hits]

    return find


async def embedder_engine(app: App, titles: Sequence[str], texts: Sequence[str]) -> Engine:
    """The built-in embedder alone, over title and text."""
    both = [f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)]
    vectors = np.asarray(await app.embedder.embed(both), np.float32)

    async def find(question: str, limit: int) -> Sequence[int]:
        cosines = vectors @ np.asarray(await embed_question(question, app.embedder), np.float32)
        return [int(index) for index in np.argsort(-cosines)[:limit]]

    return find


def fused_engine(engines: Sequence[Engine]) -> Engine:
    async def find(question: str, limit: int) -> Sequence[int]:
        rankings = [await _ranking(engine, question, FUSED) for engine in engines]
        return fuse_ranks(rankings)[:limit]

    return find


async def _ranking(engine: Engine, question: str, limit: int) -> Sequence[int]:
    result = engine(question, limit)
    return result if isinstance(result, Sequence) else await result


async def measure(
    engine: Engine, questions: Sequence[Question], passages: Sequence[RetrievedPassage]
) -> tuple[dict[str, float], float]:
    """The mean scores of an engine, and its median CPU time of a question in milliseconds."""
    results: dict[str, QuestionResult] = {}
    times: list[float] = []
    for question in questions:
        began = time.process_time()
        best = await _ranking(engine, question.text, DEPTH)
        times.append(1000 * (time.process_time() - began))
        results[question.id] = QuestionResult(tuple(passages[i] for i in best), 0.0, 0)
    rows = list(retrieval_scores(questions, results).values())
    means = {name: statistics.fmean(row[name] for row in rows) for name in FIGURES}
    return means, statistics.median(times)


async def peer_engines(app: App, passages: Sequence[StoredPassage]) -> dict[str, Engine]:
    """The engines that are installed, by name, over these passages."""
    titles, texts = [each.title for each in passages], [each.text for each in passages]
    fts5, embedder = Fts5(titles, texts), await embedder_engine(app, titles, texts)
    optional = {"bm25s": bm25s_engine, "tantivy": tantivy_engine}
    return {
        "FTS5 with a title column": fts5,
        **{
            name: engine(titles, texts)
            for name, engine in optional.items()
            if importlib.util.find_spec(name) is not None
        },
        "the embedder alone": embedder,
        "FTS5 and the embedder, fused": fused_engine([fts5, embedder]),
    }
