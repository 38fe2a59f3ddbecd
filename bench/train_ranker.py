"""Train the weights of ``ranker_weights.json`` and print how good they are on unseen documents.

    python -m bench.train_ranker [DIR ...] [--keep FOLDER] [--write] [--ablate] [--prune NAME,…]

Each DIR is a dataset that ``footnote eval`` reads (default: covidqa and clapnq of
../shared/data). There are two linear models: stage 1 over the signals of
``bot/search/features.py``, and stage 2 with more signals for the best candidates
(``bot/search/rerank.py``). Both are fitted by softmax cross entropy of a question's gold
candidates, those that contain evidence. All figures are for documents that were not trained on: by
five-fold cross-validation over documents (with all other datasets in the training data), and by
training on the first dataset alone. ``--keep`` keeps the libraries, so that the next run need not
read the documents again.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.app import open_app
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.run import EvaluationRun, library_name, report_progress
from bot.records import Scope
from bot.search.features import SIGNALS, SIMILARITY_SIGNALS
from bot.search.ranker import softmax
from bot.search.rerank import RERANKED, similarity_signals
from bot.search.retrieve import rank
from bot.settings import Settings

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
WEIGHTS_FILE = Path(__file__).parent.parent / "bot" / "search" / "ranker_weights.json"
FOLDS = 5
RIDGE = 1e-3  # L2 penalty of standardized weights; 1e-4 gave the same, 1e-2 was worse
MAX_STEPS = 200
MOST_FALL = 0.002  # of any figure, for all that is pruned
SEED = 0
ALL_SIGNALS = (*SIGNALS, *SIMILARITY_SIGNALS)
ALL_COLUMNS = range(len(ALL_SIGNALS))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RankedQuestion:
    """A question with evidence and the signals of its candidates."""

    document: str
    signals: Array  # (candidate, signal)
    is_gold: NDArray[np.bool_]  # by candidate
    gold_count: int  # gold passages in the library, found or not


def main() -> None:
    arguments = _arguments()
    folders = [Path(d) for d in arguments.dir] or [DATA / "covidqa", DATA / "clapnq"]
    with ExitStack() as stack:
        library_folder = Path(arguments.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        sets = [
            asyncio.run(_rank_questions(read_dataset(folder), library_folder)) for folder in folders
        ]
    names = [folder.name for folder in folders]
    _report(names, sets, ALL_COLUMNS, "all signals")
    if arguments.ablate:
        _report(names, sets, range(len(SIGNALS)), "without similarity")
        for left_out, name in enumerate(ALL_SIGNALS):
            columns = [i for i in ALL_COLUMNS if i != left_out]
            _report(names, sets, columns, f"without {name}")
    if arguments.prune:
        _prune(names, sets, arguments.prune.split(","))
    if arguments.write:
        _write(folders, RankerModels([q for questions in sets for q in questions]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", nargs="*")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the libraries here")
    parser.add_argument("--write", action="store_true", help="write the weights to the package")
    parser.add_argument("--ablate", action="store_true", help="leave out each signal in turn")
    parser.add_argument("--prune", metavar="NAME,…", help="leave out as many of these as one can")
    return parser.parse_args()


async def _rank_questions(dataset: Dataset, folder: Path) -> list[RankedQuestion]:
    """Rank every question with evidence in a library of the dataset's documents."""
    questions = [q for q in dataset.questions if q.evidence]
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        server_id = library_name(dataset, app.embedder.model)
        scope = Scope(server_id)
        async with app.store.library(server_id) as library:
            run = EvaluationRun(app, library, server_id)
            await run.read(dataset.documents)
            ranked: list[RankedQuestion] = []
            for n, question in enumerate(questions, start=1):
                report_progress(f"ranking {n} of {len(questions)} questions", n, len(questions))
                ranking, _ = await rank(question.text, library, scope, app.embedder)
                gold = await run.gold(question)
                passages = {p.id: p for p in await library.articles.passages(ranking.ids, scope)}
                ordered = [passages[i] for i in ranking.ids]
                similarities = similarity_signals(question.text, ordered)
                signals = np.column_stack([ranking.signals, similarities]).astype(np.float64)
                is_gold = np.isin(ranking.ids, list(gold))
                document = question.evidence[0].doc_id
                ranked.append(RankedQuestion(document, signals, is_gold, len(gold)))
            return ranked


# --- fitting -----------------------------------------------------------------------------------


class RankerModels:
    """The weights of both stages, fitted to ``columns`` of the signals only."""

    def __init__(self, questions: Sequence[RankedQuestion], columns: Sequence[int] = ALL_COLUMNS):
        self._stage_2_columns = list(columns)
        self._stage_1_columns = [i for i in columns if i < len(SIGNALS)]
        self.stage_1 = _fit(questions, self._stage_1_columns)
        top_candidates = [self._top_candidates(question) for question in questions]
        self.stage_2 = _fit(top_candidates, self._stage_2_columns)

    def probabilities(self, question: RankedQuestion) -> Array:
        """As in ``rerank``: the best candidates share their stage 1 total by stage 2."""
        stage_1_scores = question.signals[:, self._stage_1_columns] @ self.stage_1
        probabilities = softmax(stage_1_scores).astype(np.float64)
        top = np.argsort(-probabilities, kind="stable")[:RERANKED]
        stage_2_scores = question.signals[top][:, self._stage_2_columns] @ self.stage_2
        probabilities[top] = probabilities[top].sum() * softmax(stage_2_scores)
        return probabilities

    def _top_candidates(self, question: RankedQuestion) -> RankedQuestion:
        scores = question.signals[:, self._stage_1_columns] @ self.stage_1
        top = np.argsort(-scores, kind="stable")[:RERANKED]
        return replace(question, signals=question.signals[top], is_gold=question.is_gold[top])


def _fit(questions: Sequence[RankedQuestion], columns: list[int]) -> Array:
    """A weight for each of ``columns``, by BFGS on the standardized signals."""
    usable = [q for q in questions if q.is_gold.any()]
    signals = np.concatenate([q.signals[:, columns] for q in usable])
    deviations = signals.std(axis=0) + 1e-9
    signals = (signals - signals.mean(axis=0)) / deviations
    is_gold = np.concatenate([q.is_gold for q in usable])
    starts = np.cumsum([0, *(len(q.is_gold) for q in usable)])[:-1]
    weights: Array = minimize_bfgs(signals, is_gold, starts) / deviations
    return weights


def _loss(
    weights: Array, signals: Array, is_gold: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[float, Array]:
    """The mean of -log(softmax share of the gold candidates), with L2 penalty, and its gradient."""
    sizes = np.diff(np.r_[starts, len(is_gold)])
    scores = signals @ weights
    exponentials = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    gold_exponentials = exponentials * is_gold
    total = np.add.reduceat(exponentials, starts)
    gold_total = np.add.reduceat(gold_exponentials, starts)
    score_gradient = exponentials / np.repeat(total, sizes)
    score_gradient -= gold_exponentials / np.repeat(gold_total, sizes)
    penalty = RIDGE * float(weights @ weights)
    loss = float(np.mean(np.log(total) - np.log(gold_total))) + penalty
    return loss, signals.T @ score_gradient / len(starts) + 2 * RIDGE * weights


def minimize_bfgs(signals: Array, is_gold: NDArray[np.bool_], starts: NDArray[np.int64]) -> Array:
    """The weights that minimize ``_loss``, by BFGS with backtracking line search.

    Rows of ``signals`` are candidates; the candidates of a question begin at each of ``starts``.
    """
    weights = np.zeros(signals.shape[1])
    inverse_hessian = np.eye(len(weights))
    loss, gradient = _loss(weights, signals, is_gold, starts)
    for _ in range(MAX_STEPS):
        direction = -inverse_hessian @ gradient
        size = 1.0
        while (new := _loss(weights + size * direction, signals, is_gold, starts))[0] > loss + (
            1e-4 * size * float(gradient @ direction)
        ):
            size /= 2
            if size < 1e-8:
                return weights
        step, gradient_change = size * direction, new[1] - gradient
        weights, (loss, gradient) = weights + step, new
        inverse_hessian = _update_inverse_hessian(inverse_hessian, step, gradient_change)
        if float(np.abs(gradient).max()) < 1e-6:
            break
    return weights


def _update_inverse_hessian(inverse_hessian: Array, step: Array, gradient_change: Array) -> Array:
    """The BFGS update; unchanged if the curvature along ``step`` is not positive."""
    curvature = float(step @ gradient_change)
    if curvature <= 1e-12:
        return inverse_hessian
    left = np.eye(len(step)) - np.outer(step, gradient_change) / curvature
    updated: Array = left @ inverse_hessian @ left.T + np.outer(step, step) / curvature
    return updated


# --- evaluation --------------------------------------------------------------------------------


def _evaluate(questions: Sequence[RankedQuestion], models: RankerModels) -> Array:
    """(question, metric): Hits@4, Hits@10, MAP@10."""
    return np.array([_metrics(q, models.probabilities(q)) for q in questions])


def _metrics(question: RankedQuestion, scores: Array) -> tuple[float, float, float]:
    is_gold = question.is_gold[np.argsort(-scores, kind="stable")[:10]]
    gold_ranks = np.flatnonzero(is_gold) + 1
    precision_sum = float((np.arange(1, len(gold_ranks) + 1) / gold_ranks).sum())
    average_precision = precision_sum / max(1, min(10, question.gold_count))
    return float(is_gold[:4].any()), float(is_gold.any()), average_precision


def _cross_validate(
    sets: Sequence[list[RankedQuestion]], which: int, columns: Sequence[int]
) -> Array:
    """The metrics of one dataset, each fold of its documents with weights of the other folds."""
    metrics = []
    others = [q for i, questions in enumerate(sets) if i != which for q in questions]
    for fold in range(FOLDS):
        test = [q for q in sets[which] if _fold(q.document) == fold]
        train = [q for q in sets[which] if _fold(q.document) != fold]
        if test:
            metrics.append(_evaluate(test, RankerModels(train + others, columns)))
    return np.concatenate(metrics)


def _prune(names: Sequence[str], sets: Sequence[list[RankedQuestion]], signals: list[str]) -> None:
    """Leave out the cheapest of ``signals``, then what is cheapest without it, and so on."""
    columns, left_out = list(ALL_COLUMNS), ""
    before, fall = _figures(sets, columns), 0.0
    candidates = [ALL_SIGNALS.index(signal) for signal in signals]
    while candidates and fall <= MOST_FALL:
        rests = [[i for i in columns if i != candidate] for candidate in candidates]
        falls = [float((before - _figures(sets, rest)).max()) for rest in rests]
        cheapest = int(np.argmin(falls))
        fall, columns = falls[cheapest], rests[cheapest]
        left_out += f" {ALL_SIGNALS[candidates.pop(cheapest)]}"
        _report(names, sets, columns, f"without{left_out}: at most {max(fall, 0):.4f} less")


def _figures(sets: Sequence[list[RankedQuestion]], columns: Sequence[int]) -> Array:
    """The cross-validated means of all datasets, one after the other."""
    return np.concatenate(
        [_cross_validate(sets, i, columns).mean(axis=0) for i in range(len(sets))]
    )


def _fold(document: str) -> int:
    return hashlib.sha256(f"{SEED}{document}".encode()).digest()[0] % FOLDS


def _report(
    names: Sequence[str], sets: Sequence[list[RankedQuestion]], columns: Sequence[int], label: str
) -> None:
    """Print a table row: cross-validated means, then means with weights of the first dataset."""
    cells = [
        f"{name} {_format_means(_cross_validate(sets, i, columns))}" for i, name in enumerate(names)
    ]
    first = RankerModels(sets[0], columns)
    cells += [
        f"{names[0]} → {name} {_format_means(_evaluate(questions, first))}"
        for name, questions in zip(names[1:], sets[1:], strict=True)
    ]
    print(f"| {label} | {' | '.join(cells)} |", flush=True)


def _format_means(metrics: Array) -> str:
    return " / ".join(f"{value:.3f}" for value in metrics.mean(axis=0))


def _write(folders: Sequence[Path], models: RankerModels) -> None:
    document = {
        "trained_by": "python -m bench.train_ranker --write",
        "on": [folder.name for folder in folders],
        "weights": _by_name(SIGNALS, models.stage_1),
        "reranking": _by_name(ALL_SIGNALS, models.stage_2),
    }
    WEIGHTS_FILE.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {WEIGHTS_FILE.name}")


def _by_name(names: Sequence[str], weights: Array) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}


if __name__ == "__main__":
    main()
