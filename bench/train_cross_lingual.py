"""Fits the five weights of ``bot/search/cross_lingual.py``: where foreign passages are placed.

    python -m bench.train_cross_lingual [--keep FOLDER]

No set holds questions and passages in different languages, so they are made from covidqa and
clapnq: for each question a share of the documents loses its words, and its cosines shrink
towards each other and are disturbed, as those of translations were. The loss is the blend's:
the right candidates are to get most of a softmax. Prints the weights, to be copied, and how
often the right passage comes among the first ten, on either side. The passages without words say
nothing near the question in the second look either.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.train_ranker import DATA, Array, _minimised
from bot.app import open_app
from bot.embedding import Floats
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.run import EvaluationRun, library_name
from bot.records import Scope
from bot.search.cross_lingual import COSINE, COVERAGE, LEAST_CHANCE
from bot.search.features import compute_signals
from bot.search.lexical_search import LexicalScores, top_by_bm25
from bot.search.query_terms import parse_query
from bot.search.ranker import rescore, score
from bot.search.rerank import RERANKED, similarity_signals
from bot.search.retrieve import CANDIDATES_PER_METHOD
from bot.search.vector_search import cosines_of
from bot.settings import Settings
from bot.store.passage_table import PassageTable, Postings

SHARES = (0.1, 0.5, 0.9, 0.98)  # of the documents in another language
# From the cosines of tests/quality: a right passage .35 in English, .28 in another language on
# average; the tenth closest .21 and .19.
SHRINK, SHIFT, DISTURB = 0.65, 0.053, 0.03
NAMES = ("STEEPNESS", "ADVANTAGE", "COVERED", "ALONE", "CLOSER")
SEED = 0


@dataclass(frozen=True)
class Mixed:
    """A question in a library of two languages: what each candidate is placed by."""

    rows: Array  # (candidate, offset and one for each of NAMES)
    right: NDArray[np.bool_]
    other: bool  # the right passage is in the other language


@dataclass(frozen=True)
class Candidates:
    """Rows of the catalogue, with their signals, and which of them are in the other language."""

    passages: NDArray[np.int64]
    table: Floats
    other: NDArray[np.bool_]

    def likeliest(self) -> NDArray[np.int64]:
        """The passages that get a second look."""
        return self.passages[self._first()]

    def _first(self) -> NDArray[np.int64]:
        return np.argsort(-score(self.table), kind="stable")[:RERANKED]

    def asked(self, near: Floats, gold: NDArray[np.int32]) -> Mixed:
        """With what the second look finds in the likeliest passages that kept their words."""
        first, chances = self._first(), score(self.table)
        near = np.where(self.other[first, None], 0, near)
        again = rescore(np.column_stack([self.table[first], near]))
        chances[first] = chances[first].sum() * again
        right = np.isin(self.passages, gold)
        abroad = bool(self.other[right].any())
        return Mixed(_rows(self.table, chances, self.other), right, abroad)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(arguments.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        sets = [asyncio.run(_mixed(read_dataset(DATA / n), folder)) for n in ("covidqa", "clapnq")]
    known = [question for questions in sets for question in questions if question.right.any()]
    starts = np.cumsum([0, *(len(q.right) for q in known)])[:-1]
    rows, right = (np.concatenate([getattr(q, name) for q in known]) for name in ("rows", "right"))
    spread = rows.std(axis=0)
    found = _minimised(rows / spread, right, starts) / spread
    for name, weight in zip(NAMES, found[1:] / found[0], strict=True):
        print(f"{name} = {weight:.1f}")
    for other in (False, True):
        hits = [_hit(q, found) for q in known if q.other == other]
        print(f"Hits@10, right one {'abroad' if other else 'at home'}: {np.mean(hits):.3f}")


def _hit(question: Mixed, found: Array) -> bool:
    best = np.argsort(-(question.rows @ found), kind="stable")[:10]
    return bool(question.right[best].any())


async def _mixed(dataset: Dataset, folder: Path) -> list[Mixed]:
    random = np.random.default_rng(SEED)
    made: list[Mixed] = []
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        server_id = library_name(dataset, app.embedder.model)
        async with app.store.library(server_id) as library:
            run, scope = EvaluationRun(app, library, server_id), Scope(server_id)
            await run.read(dataset.documents)
            table = await library.passage_table(scope)
            for n, question in enumerate(q for q in dataset.questions if q.evidence):
                (vector,) = await app.embedder.embed([question.text])
                codes = await library.quantized_vectors(app.embedder.model, len(vector), scope)
                cosines = cosines_of(codes, vector, table.ids, 0.0)
                other = random.random(len(table.title_lengths)) < SHARES[n % len(SHARES)]
                gold = table.rows_of(np.array(sorted(await run.gold(question)), np.int64))
                if random.random() < 0.5:  # else chance decides on which side the right one is
                    other[table.articles[gold]] = random.random() < 0.5
                wanted = parse_query(question.text)
                postings = await library.postings(wanted.terms, scope)
                evidence = LexicalScores(wanted, _without(postings, table, other), table)
                mixed = _one(evidence, cosines, other[table.articles], random)
                first = table.ids[mixed.likeliest()].tolist()
                found = {p.id: p for p in await library.passages(first, scope)}
                near = similarity_signals(question.text, [found[i] for i in first])
                made.append(mixed.asked(near, gold))
    return made


def _without(
    postings: dict[str, Postings], table: PassageTable, other: NDArray[np.bool_]
) -> dict[str, Postings]:
    """The places of words in documents that kept them."""
    kept = {
        term: found[~other[table.articles[table.rows_of(found["passage"])]]]
        for term, found in postings.items()
    }
    return {term: found for term, found in kept.items() if len(found)}


def _one(
    evidence: LexicalScores, cosines: Floats, other: NDArray[np.bool_], random: np.random.Generator
) -> Candidates:
    far = SHRINK * cosines + SHIFT + random.normal(0, DISTURB, len(cosines))
    cosines = np.where(other, far, cosines).astype(np.float32)
    closest = np.argpartition(-cosines, CANDIDATES_PER_METHOD)[:CANDIDATES_PER_METHOD]
    candidates = np.union1d(top_by_bm25(evidence, CANDIDATES_PER_METHOD), closest)
    table = compute_signals(evidence, candidates, cosines[candidates])
    return Candidates(candidates, table, other[candidates])


def _rows(table: Floats, chances: Floats, other: NDArray[np.bool_]) -> Array:
    """As ``placed`` of across.py reckons, one column a weight."""
    scores = np.log(np.maximum(chances, LEAST_CHANCE)).astype(np.float64)
    rows = np.zeros((len(scores), 1 + len(NAMES)))
    rows[:, 0] = scores
    native = np.flatnonzero(~other)
    rows[other, 1] = table[other, COSINE] - table[:, COSINE].max()
    rows[other, 2] = 1
    if len(native):
        top = native[np.argmax(scores[native])]
        rows[other, 0] = scores[top]
        rows[other, 3] = table[top, COVERAGE]
        rows[other, 4] = 1 / np.exp(scores[native] - scores[top]).sum()
        rows[other, 5] = table[top, COSINE] - table[other, COSINE].max(initial=0.0)
    return rows


if __name__ == "__main__":
    main()
