"""Trains the weights of ``ranker_weights.json`` and says how good they are on unseen documents.

    python -m bench.train_ranker [DIR ...] [--keep FOLDER] [--write] [--ablate]

Each DIR is a dataset as ``footnote eval`` reads it (default: covidqa and clapnq of
../shared/data). The model is one line over the signals of ``bot/search/features.py``,
fitted so that the candidates holding evidence get most of a softmax over a question's
candidates, and a second one over more signals of the likeliest (``bot/search/rerank.py``).
What is printed is never measured on what was fitted: by five folds over documents (the other
sets in full), and by training on the first set alone. ``--keep`` keeps the libraries, so that
a second run need not read the documents again.
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
from bot.evaluate.run import EvaluationRun, library_name, progress
from bot.records import Scope
from bot.search.features import SIGNALS, SIMILARITY_SIGNALS
from bot.search.ranker import probabilities
from bot.search.rerank import RERANKED, similarity_signals
from bot.search.retrieve import rank
from bot.settings import Settings

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
BLEND = Path(__file__).parent.parent / "bot" / "search" / "ranker_weights.json"
FOLDS = 5
RIDGE = 1e-3  # of standardised weights; 1e-4 gave the same, 1e-2 less
STEPS = 200
SEED = 0
NAMES = (*SIGNALS, *SIMILARITY_SIGNALS)
EVERY = range(len(NAMES))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """One question with evidence: its candidates' signals, which of them are right, of how many."""

    document: str
    signals: Array
    right: NDArray[np.bool_]
    gold: int


def main() -> None:
    arguments = _arguments()
    folders = [Path(d) for d in arguments.dir] or [DATA / "covidqa", DATA / "clapnq"]
    with ExitStack() as stack:
        kept = arguments.keep or stack.enter_context(tempfile.TemporaryDirectory())
        sets = [asyncio.run(_asked(read_dataset(folder), Path(kept))) for folder in folders]
    names = [folder.name for folder in folders]
    _report(names, sets, EVERY, "all signals")
    if arguments.ablate:
        _report(names, sets, range(len(SIGNALS)), "without nearness")
        for left_out, name in enumerate(NAMES):
            _report(names, sets, [i for i in EVERY if i != left_out], f"without {name}")
    if arguments.write:
        _write(folders, Lines([q for questions in sets for q in questions]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", nargs="*")
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--write", action="store_true", help="put the weights into the package")
    parser.add_argument("--ablate", action="store_true", help="leave out each signal in turn")
    return parser.parse_args()


async def _asked(dataset: Dataset, folder: Path) -> list[Asked]:
    """Ranks every question with evidence in a library of the dataset's documents."""
    questions = [q for q in dataset.questions if q.evidence]
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        server_id = library_name(dataset, app.embedder.model)
        async with app.store.library(server_id) as library:
            run = EvaluationRun(app, library, server_id)
            await run.read(dataset.documents)
            found: list[Asked] = []
            for n, question in enumerate(questions, start=1):
                progress(f"ranking {n} of {len(questions)} questions", n, len(questions))
                ranking, _ = await rank(question.text, library, Scope(server_id), app.embedder)
                gold = await run.gold(question)
                passages = {p.id: p for p in await library.passages(ranking.ids, Scope(server_id))}
                near = similarity_signals(question.text, [passages[i] for i in ranking.ids])
                signals = np.column_stack([ranking.signals, near]).astype(np.float64)
                right = np.isin(ranking.ids, list(gold))
                found.append(Asked(question.evidence[0].doc_id, signals, right, len(gold)))
            return found


# --- fitting -----------------------------------------------------------------------------------


class Lines:
    """The weights of both lines, of the signals in ``columns``; the rest are left out."""

    def __init__(self, questions: Sequence[Asked], columns: Sequence[int] = EVERY):
        self._second = list(columns)
        self._first = [i for i in columns if i < len(SIGNALS)]
        self.blend = _fitted(questions, self._first)
        self.reranking = _fitted([self._likeliest(q) for q in questions], self._second)

    def chances(self, question: Asked) -> Array:
        """As ``retrieve`` gets them: of the likeliest, what they have is divided anew."""
        found = probabilities(question.signals[:, self._first] @ self.blend).astype(np.float64)
        top = np.argsort(-found, kind="stable")[:RERANKED]
        again = probabilities(question.signals[top][:, self._second] @ self.reranking)
        found[top] = found[top].sum() * again
        return found

    def _likeliest(self, question: Asked) -> Asked:
        scores = question.signals[:, self._first] @ self.blend
        top = np.argsort(-scores, kind="stable")[:RERANKED]
        return replace(question, signals=question.signals[top], right=question.right[top])


def _fitted(questions: Sequence[Asked], use: list[int]) -> Array:
    """A weight for each column of ``use``, by BFGS on the standardised signals."""
    known = [q for q in questions if q.right.any()]
    signals = np.concatenate([q.signals[:, use] for q in known])
    spread = signals.std(axis=0) + 1e-9
    signals = (signals - signals.mean(axis=0)) / spread
    right = np.concatenate([q.right for q in known])
    starts = np.cumsum([0, *(len(q.right) for q in known)])[:-1]
    found: Array = _minimised(signals, right, starts) / spread
    return found


def _loss(
    weights: Array, signals: Array, right: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[float, Array]:
    """Mean of -log(the share of the softmax that right candidates get), and its gradient."""
    sizes = np.diff(np.r_[starts, len(right)])
    scores = signals @ weights
    chances = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    whole, good = np.add.reduceat(chances, starts), np.add.reduceat(chances * right, starts)
    push = chances / np.repeat(whole, sizes) - chances * right / np.repeat(good, sizes)
    loss = float(np.mean(np.log(whole) - np.log(good))) + RIDGE * float(weights @ weights)
    return loss, signals.T @ push / len(starts) + 2 * RIDGE * weights


def _minimised(signals: Array, right: NDArray[np.bool_], starts: NDArray[np.int64]) -> Array:
    weights = np.zeros(signals.shape[1])
    inverse = np.eye(len(weights))
    loss, slope = _loss(weights, signals, right, starts)
    for _ in range(STEPS):
        step = -inverse @ slope
        size = 1.0
        while (after := _loss(weights + size * step, signals, right, starts))[0] > loss + (
            1e-4 * size * float(slope @ step)
        ):
            size /= 2
            if size < 1e-8:
                return weights
        moved, turned = size * step, after[1] - slope
        weights, (loss, slope) = weights + moved, after
        inverse = _updated(inverse, moved, turned)
        if float(np.abs(slope).max()) < 1e-6:
            break
    return weights


def _updated(inverse: Array, moved: Array, turned: Array) -> Array:
    """The BFGS update of the inverse Hessian."""
    along = float(moved @ turned)
    if along <= 1e-12:
        return inverse
    left = np.eye(len(moved)) - np.outer(moved, turned) / along
    found: Array = left @ inverse @ left.T + np.outer(moved, moved) / along
    return found


# --- judging -----------------------------------------------------------------------------------


def _judged(questions: Sequence[Asked], lines: Lines) -> Array:
    """(question, figure): Hits@4, Hits@10, MAP@10."""
    return np.array([_figures(q, lines.chances(q)) for q in questions])


def _figures(question: Asked, scores: Array) -> tuple[float, float, float]:
    right = question.right[np.argsort(-scores, kind="stable")[:10]]
    ranks = np.flatnonzero(right) + 1
    precision = float((np.arange(1, len(ranks) + 1) / ranks).sum())
    average = precision / max(1, min(10, question.gold))
    return float(right[:4].any()), float(right.any()), average


def _crossed(sets: Sequence[list[Asked]], which: int, columns: Sequence[int]) -> Array:
    """One set, each fold of its documents judged by weights that never saw it."""
    judged = []
    others = [q for i, questions in enumerate(sets) if i != which for q in questions]
    for fold in range(FOLDS):
        test = [q for q in sets[which] if _fold(q.document) == fold]
        train = [q for q in sets[which] if _fold(q.document) != fold]
        if test:
            judged.append(_judged(test, Lines(train + others, columns)))
    return np.concatenate(judged)


def _fold(document: str) -> int:
    return hashlib.sha256(f"{SEED}{document}".encode()).digest()[0] % FOLDS


def _report(
    names: Sequence[str], sets: Sequence[list[Asked]], columns: Sequence[int], label: str
) -> None:
    cells = [f"{name} {_shown(_crossed(sets, i, columns))}" for i, name in enumerate(names)]
    first = Lines(sets[0], columns)
    cells += [
        f"{names[0]} → {name} {_shown(_judged(questions, first))}"
        for name, questions in zip(names[1:], sets[1:], strict=True)
    ]
    print(f"| {label} | {' | '.join(cells)} |", flush=True)


def _shown(judged: Array) -> str:
    return " / ".join(f"{value:.3f}" for value in judged.mean(axis=0))


def _write(folders: Sequence[Path], lines: Lines) -> None:
    document = {
        "trained_by": "python -m bench.train_ranker --write",
        "on": [folder.name for folder in folders],
        "weights": _named(SIGNALS, lines.blend),
        "reranking": _named(NAMES, lines.reranking),
    }
    BLEND.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"written: {BLEND.name}")


def _named(names: Sequence[str], weights: Array) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}


if __name__ == "__main__":
    main()
