"""Fit the five weights of ``bot/search/cross_lingual.py``: how far up foreign passages move.

    python -m bench.train_cross_lingual [--keep FOLDER]

No dataset has questions and passages in different languages, so they are made from covidqa and
clapnq. For each question a share of the documents becomes foreign: they lose their words, and
their cosines shrink towards each other and get noise, to match what translations were measured to
do. The loss is the ranker's: softmax cross entropy of the gold candidates. In the reranker's
signals, foreign passages are similar to nothing. Prints the weights, to be copied, and Hits@10
with the gold passage in either language.
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

from bench.index_arrays import memory_index
from bench.train_ranker import DATA, Array, minimize_bfgs
from bot.app import open_app
from bot.embedding import Floats
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.run import EvaluationRun, library_name
from bot.records import Scope
from bot.search.cross_lingual import COSINE, COVERAGE, MIN_PROBABILITY
from bot.search.features import compute_signals
from bot.search.lexical_search import LexicalScores, top_by_bm25
from bot.search.query_terms import parse_query
from bot.search.ranker import rescore, score
from bot.search.rerank import RERANKED, similarity_signals
from bot.search.retrieve import CANDIDATES_PER_METHOD
from bot.search.vector_search import cosines_of
from bot.settings import Settings
from bot.store.passage_table import PassageTable, Postings

FOREIGN_SHARES = (0.1, 0.5, 0.9, 0.98)  # of the documents
# From the cosines of tests/quality. The mean of a gold passage is .35 in English and .28 in another
# language; that of the tenth closest is .21 and .19.
SHRINK, SHIFT, NOISE = 0.65, 0.053, 0.03
WEIGHT_NAMES = (
    "COSINE_SLOPE",
    "BASE_ADVANTAGE",
    "COVERAGE_WEIGHT",
    "DOMINANCE_WEIGHT",
    "COSINE_LEAD_WEIGHT",
)
SEED = 0


@dataclass(frozen=True)
class MixedQuestion:
    """A question in a library of two languages, with the features of each candidate."""

    features: Array  # (candidate, log score and one for each of WEIGHT_NAMES)
    is_gold: NDArray[np.bool_]
    is_foreign: bool  # whether a gold candidate is


@dataclass(frozen=True)
class MixedCandidates:
    """Rows of the passage table, with their signals, and which of them are foreign."""

    passages: NDArray[np.int64]
    signals: Floats
    foreign: NDArray[np.bool_]

    def top_passages(self) -> NDArray[np.int64]:
        """The passages to rerank."""
        return self.passages[self._top()]

    def _top(self) -> NDArray[np.int64]:
        return np.argsort(-score(self.signals), kind="stable")[:RERANKED]

    def rerank(self, similarities: Floats, gold: NDArray[np.int32]) -> MixedQuestion:
        """Rerank the top passages by their similarity signals, which are 0 for foreign ones."""
        top, probabilities = self._top(), score(self.signals)
        similarities = np.where(self.foreign[top, None], 0, similarities)
        reranked = rescore(np.column_stack([self.signals[top], similarities]))
        probabilities[top] = probabilities[top].sum() * reranked
        is_gold = np.isin(self.passages, gold)
        features = _design_matrix(self.signals, probabilities, self.foreign)
        return MixedQuestion(features, is_gold, bool(self.foreign[is_gold].any()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER", help="keep the libraries here")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(arguments.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        datasets = [read_dataset(DATA / name) for name in ("covidqa", "clapnq")]
        made = [asyncio.run(_make_mixed_questions(dataset, folder)) for dataset in datasets]
    questions = [q for mixed_questions in made for q in mixed_questions if q.is_gold.any()]
    starts = np.cumsum([0, *(len(q.is_gold) for q in questions)])[:-1]
    features = np.concatenate([q.features for q in questions])
    is_gold = np.concatenate([q.is_gold for q in questions])
    deviations = features.std(axis=0)
    weights = minimize_bfgs(features / deviations, is_gold, starts) / deviations
    for name, weight in zip(WEIGHT_NAMES, weights[1:] / weights[0], strict=True):
        print(f"{name} = {weight:.1f}")
    for is_foreign in (False, True):
        hits = [_is_in_top_10(q, weights) for q in questions if q.is_foreign == is_foreign]
        print(f"Hits@10, gold passage {'foreign' if is_foreign else 'native'}: {np.mean(hits):.3f}")


def _is_in_top_10(question: MixedQuestion, weights: Array) -> bool:
    top = np.argsort(-(question.features @ weights), kind="stable")[:10]
    return bool(question.is_gold[top].any())


async def _make_mixed_questions(dataset: Dataset, folder: Path) -> list[MixedQuestion]:
    random = np.random.default_rng(SEED)
    questions: list[MixedQuestion] = []
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        server_id = library_name(dataset, app.embedder.model)
        async with app.store.library(server_id) as library:
            run, scope = EvaluationRun(app, library, server_id), Scope(server_id)
            await run.read(dataset.documents)
            index = memory_index(library)
            table = await index.passage_table(scope)
            for n, question in enumerate(q for q in dataset.questions if q.evidence):
                (vector,) = await app.embedder.embed([question.text])
                vectors = await index.quantized_vectors(app.embedder.model, len(vector), scope)
                cosines = cosines_of(vectors, vector, table.ids, 0.0)
                share = FOREIGN_SHARES[n % len(FOREIGN_SHARES)]
                is_foreign = random.random(len(table.title_lengths)) < share  # by article
                gold = table.rows_of(np.array(sorted(await run.gold(question)), np.int64))
                if random.random() < 0.5:  # half of the gold passages are foreign regardless
                    is_foreign[table.articles[gold]] = random.random() < 0.5
                query = parse_query(question.text)
                postings = await index.postings(query.terms, scope)
                native_postings = _drop_foreign_postings(postings, table, is_foreign)
                scores = LexicalScores(query, native_postings, table)
                mixed = _mix_candidates(scores, cosines, is_foreign[table.articles], random)
                top_ids = table.ids[mixed.top_passages()].tolist()
                passages = {p.id: p for p in await library.articles.passages(top_ids, scope)}
                similarities = similarity_signals(question.text, [passages[i] for i in top_ids])
                questions.append(mixed.rerank(similarities, gold))
    return questions


def _drop_foreign_postings(
    postings: dict[str, Postings], table: PassageTable, is_foreign: NDArray[np.bool_]
) -> dict[str, Postings]:
    """The postings in native documents; ``is_foreign`` is by article."""
    native = {
        term: entries[~is_foreign[table.articles[table.rows_of(entries["passage"])]]]
        for term, entries in postings.items()
    }
    return {term: entries for term, entries in native.items() if len(entries)}


def _mix_candidates(
    scores: LexicalScores,
    cosines: Floats,
    is_foreign: NDArray[np.bool_],
    random: np.random.Generator,
) -> MixedCandidates:
    """The candidates of both methods; ``cosines`` and ``is_foreign`` are by row."""
    foreign_cosines = SHRINK * cosines + SHIFT + random.normal(0, NOISE, len(cosines))
    cosines = np.where(is_foreign, foreign_cosines, cosines).astype(np.float32)
    closest = np.argpartition(-cosines, CANDIDATES_PER_METHOD)[:CANDIDATES_PER_METHOD]
    candidates = np.union1d(top_by_bm25(scores, CANDIDATES_PER_METHOD), closest)
    signals = compute_signals(scores, candidates, cosines[candidates])
    return MixedCandidates(candidates, signals, is_foreign[candidates])


def _design_matrix(signals: Floats, probabilities: Floats, is_foreign: NDArray[np.bool_]) -> Array:
    """The terms of ``cross_lingual.rank_foreign``, a column for each weight."""
    logs = np.log(np.maximum(probabilities, MIN_PROBABILITY)).astype(np.float64)
    features = np.zeros((len(logs), 1 + len(WEIGHT_NAMES)))
    features[:, 0] = logs
    native = np.flatnonzero(~is_foreign)
    features[is_foreign, 1] = signals[is_foreign, COSINE] - signals[:, COSINE].max()
    features[is_foreign, 2] = 1
    if len(native):
        top = native[np.argmax(logs[native])]
        lead = signals[top, COSINE] - signals[is_foreign, COSINE].max(initial=0.0)
        features[is_foreign, 0] = logs[top]
        features[is_foreign, 3] = signals[top, COVERAGE]
        features[is_foreign, 4] = 1 / np.exp(logs[native] - logs[top]).sum()
        features[is_foreign, 5] = lead
    return features


if __name__ == "__main__":
    main()
