"""Prints how much of the key facts summaries hold, by method, on articles whose facts are marked.

``python -m bench.summaries [--counted]``: the articles and facts of tests/quality/summaries. All
methods take at most six sentences in the same run. The oracle stands in for a model: it repeats
the facts that stand in its prompt, once with a prompt that holds each article and once with one
so short that longer articles are read in parts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import numpy as np

from bot.answer.events import Completed
from bot.answer.pipeline import Answerer
from bot.answer.summary.key_sentences import (
    KeySentence,
    Scores,
    content_stems,
    key_sentences,
    statements_of,
    text_rank,
)
from bot.answer.summary.summary_request import SummaryOrder
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.evaluate.oracle import Oracle, oracle_writer
from bot.ingest.submission import Submission
from bot.records import Scope, StoredPassage
from bot.settings import Settings
from bot.store.protocols import Library

QUALITY = Path(__file__).parent.parent / "tests" / "quality"
SCOPE = Scope("bench")
SENTENCES = 6
SHORT_PROMPT = 800  # tokens, so that most articles are read in two parts or more
POSITION_SHARE = 0.5  # of the centroid's baseline


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article of the set in the library, and its facts with their weights."""

    key: str
    article_id: int
    passages: tuple[StoredPassage, ...]
    facts: tuple[tuple[str, int], ...]

    def share(self, texts: Sequence[str]) -> float:
        """The share of the facts' weight that stands in these texts."""
        joined = " ".join(map(fold, texts))
        found = sum(weight for fact, weight in self.facts if fold(fact) in joined)
        return found / sum(weight for _fact, weight in self.facts)


def fold(text: str) -> str:
    """The text without the marks of tables and emphasis, in one line."""
    return " ".join(text.replace("|", " ").replace("*", " ").split())


Measured = Mapping[str, Sequence[float]]
"""Method → the share of each article."""


@asynccontextmanager
async def marked_articles(
    name: str, folder: Path
) -> AsyncGenerator[tuple[App, Library, list[MarkedArticle]]]:
    """All articles of ``looked_at`` or ``counted`` in one library."""
    lines = (QUALITY / "summaries" / f"{name}.jsonl").read_text("utf-8").splitlines()
    settings = replace(Settings(), data_dir=folder)
    async with open_app(settings) as app, app.store.library(SCOPE.server_id) as library:
        articles = []
        for row in map(json.loads, lines):
            file = QUALITY / row["file"]
            submission = Submission(file.name, file.read_bytes())
            article = (await app.ingest.add(submission, library, SCOPE)).article
            passages = await library.articles.passages_of(article.id, SCOPE)
            facts = tuple((fact, weight) for fact, weight in row["facts"])
            articles.append(MarkedArticle(row["id"], article.id, tuple(passages), facts))
        yield app, library, articles


async def measure(app: App, library: Library, articles: Sequence[MarkedArticle]) -> Measured:
    """The share of facts of each method and article."""
    quoting = Answerer(app.embedder, None)
    shares: dict[str, list[float]] = {}
    for article in articles:
        by_method = {"lead-6": lead(article), "TextRank": by_text_rank(article)}
        by_method["centroid and position"] = await by_centroid(article, app)
        by_method["key sentences"] = [s.text for s in key_sentences(article.passages, SENTENCES)]
        quoted = await summarise(quoting, library, article)
        by_method["footnote summarise"] = [sentence.text for sentence in quoted.sentences]
        for method, texts in by_method.items():
            assert len(texts) <= SENTENCES
            shares.setdefault(method, []).append(article.share(texts))
        for method, tokens in (("oracle", None), ("oracle, in parts", SHORT_PROMPT)):
            answer = await by_oracle(app, library, article, tokens)
            share = article.share([citation.quote for citation in answer.citations])
            shares.setdefault(method, []).append(share)
    return shares


async def summarise(answerer: Answerer, library: Library, article: MarkedArticle) -> Answer:
    """The summary; raises AssertionError if it cites another article."""
    order = SummaryOrder((article.article_id,))
    async with aclosing(answerer.answer("summary", library, SCOPE, summary=order)) as events:
        async for event in events:
            if isinstance(event, Completed):
                answer = event.answer
    assert {citation.article_id for citation in answer.citations} <= {article.article_id}
    assert answer.mode == "summary"
    return answer


async def by_oracle(
    app: App, library: Library, article: MarkedArticle, prompt_tokens: int | None
) -> Answer:
    """The summary of a model that says only what stands in its prompt, and knows the facts."""
    oracle = Oracle()
    oracle.evidence = tuple(fact.strip("| ").replace("*", "") for fact, _weight in article.facts)
    writer = oracle_writer(oracle, app.settings)
    if prompt_tokens:
        writer = replace(writer, prompt_tokens=prompt_tokens)
    return await summarise(Answerer(app.embedder, writer), library, article)


def lead(article: MarkedArticle) -> list[str]:
    """The first sentences that are no heading, byline or fragment."""
    return [statement.text for statement in statements_of(article.passages)[:SENTENCES]]


def by_text_rank(article: MarkedArticle) -> list[str]:
    """The sentences with the highest rank."""
    statements = statements_of(article.passages)
    ranks = text_rank([content_stems(statement.text) for statement in statements])
    return _best(statements, ranks)


async def by_centroid(article: MarkedArticle, app: App) -> list[str]:
    """The sentences closest to their mean vector, earlier ones preferred."""
    statements = statements_of(article.passages)
    vectors = await app.embedder.embed([statement.text for statement in statements])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centroid = unit.mean(axis=0)
    scores = (unit @ (centroid / np.linalg.norm(centroid))).astype(np.float64)
    return _best(statements, scores + POSITION_SHARE / np.arange(1, len(scores) + 1))


def _best(statements: Sequence[KeySentence], scores: Scores) -> list[str]:
    best = sorted(np.argsort(-scores, kind="stable")[:SENTENCES])
    return [statements[i].text for i in best]


async def _run(name: str, show: Callable[[str], None]) -> None:
    with TemporaryDirectory() as folder:
        async with marked_articles(name, Path(folder)) as (app, library, articles):
            shares = await measure(app, library, articles)
    show(f"{len(articles)} articles ({name}), share of the facts' weight:")
    for method, values in shares.items():
        show(f"{method:24} {mean(values):.3f}   {' '.join(f'{value:.2f}' for value in values)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--counted", action="store_true", help="the half that is only counted")
    arguments = parser.parse_args()
    asyncio.run(_run("counted" if arguments.counted else "looked_at", print))


if __name__ == "__main__":
    main()
