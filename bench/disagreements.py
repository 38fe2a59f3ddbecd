"""Fits and counts how well disagreements are told from series, labels and other things.

``python -m bench.disagreements`` prints precision and recall on tests/quality/disagreement (its
``looked_at`` half; ``--half counted`` counts the other). ``--fit`` refits the weights on the
half that may be looked at and on plainer pairs (disagreement_pairs.jsonl), and prints what is found
in five parts of the half that were left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.verify import disagreement
from bot.verify.disagreement import (
    DISAGREE_FROM,
    TitledSentence,
    find_difference,
    find_disagreement,
)

FOLDER = Path(__file__).parents[1] / "tests" / "quality" / "disagreement"
WEIGHTS = Path(disagreement.__file__).with_name(disagreement.WEIGHTS_FILE)
PLAIN_PAIRS = Path(__file__).with_name("disagreement_pairs.jsonl")
# What each signal can only speak for (1) or against (-1): the pairs are too few to tell.
SIGNS = {
    **dict.fromkeys(("asked", "asked_titled", "common", "corrects"), 1),
    **dict.fromkeys(("gap", "ratio", "series", "alike", "parallel", "periods", "own_names"), -1),
    "others_denied": -1,
}
RIDGE = 0.1  # of the squared weights: there are few pairs
STEPS = 4000
STEP = 0.5  # of the mean gradient
FOLDS = 5
Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences, what was asked, and whether they disagree about it."""

    id: str
    question: str
    first: TitledSentence
    second: TitledSentence
    disagree: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pairs were found rightly and wrongly, of how many that disagree."""

    right: int
    wrong: int
    all: int

    @property
    def precision(self) -> float:
        """Of those found, the share that disagree; 1 if none was found."""
        found = self.right + self.wrong
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """Of those that disagree, the share that was found."""
        return self.right / self.all if self.all else 1.0

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f} "
            f"({self.right} right, {self.wrong} wrong, of {self.all})"
        )


def read_pairs(half: str) -> list[Pair]:
    """The pairs of "looked_at" or "counted"."""
    return _read(FOLDER / f"{half}.jsonl")


def _read(file: Path) -> list[Pair]:
    lines = file.read_text("utf-8").splitlines()
    return [_pair(json.loads(line)) for line in lines if line.strip()]


def _pair(row: dict[str, Any]) -> Pair:
    first, second = (
        TitledSentence(side["sentence"], side["title"], side["date"])
        for side in (row["a"], row["b"])
    )
    return Pair(row["id"], row["question"], first, second, row["label"] == "disagree")


def count(pairs: Sequence[Pair]) -> Counts:
    """What ``find_disagreement`` finds in the pairs."""
    found = [find_disagreement(p.question, p.first, p.second) is not None for p in pairs]
    right = sum(f and p.disagree for f, p in zip(found, pairs, strict=True))
    return Counts(right, sum(found) - right, sum(p.disagree for p in pairs))


def fit(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The weights of the signals, by logistic regression on the pairs that differ in a value."""
    rows = [(difference.signals, p.disagree) for p, difference in _differing(pairs)]
    names = list(rows[0][0])
    signals = np.array([[1.0, *(s[name] for name in names)] for s, _ in rows])
    targets = np.array([disagree for _, disagree in rows], np.float64)
    weights = _regress(signals, targets, [0, *(SIGNS.get(name, 0) for name in names)])
    rounded = [round(float(weight), 3) for weight in weights]
    return {"intercept": rounded[0], "weights": dict(zip(names, rounded[1:], strict=True))}


def _differing(pairs: Sequence[Pair]) -> Iterator[tuple[Pair, disagreement.Difference]]:
    for pair in pairs:
        difference = find_difference(pair.question, pair.first, pair.second)
        if difference is not None:
            yield pair, difference


def _regress(signals: Rows, targets: Rows, signs: Sequence[int]) -> Rows:
    """Ridge logistic regression with signed weights, by projected gradient descent."""
    weights = np.zeros(signals.shape[1])
    sign = np.array(signs)
    shrink = RIDGE * np.array([0.0] + [1.0] * (len(weights) - 1))
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-signals @ weights))
        gradient = signals.T @ (p - targets) + shrink * weights
        weights = weights - STEP * gradient / len(targets)
        weights = np.where(weights * sign < 0, 0.0, weights)
    return weights


def cross_validate(pairs: Sequence[Pair]) -> Counts:
    """What weights find that were fitted without the pairs that they judge."""
    plain, right, wrong = _read(PLAIN_PAIRS), 0, 0
    for fold in range(FOLDS):
        model = fit([*plain, *(p for i, p in enumerate(pairs) if i % FOLDS != fold)])
        for pair, difference in _differing([p for i, p in enumerate(pairs) if i % FOLDS == fold]):
            score = model["intercept"] + sum(
                model["weights"][name] * value for name, value in difference.signals.items()
            )
            found = score >= log(DISAGREE_FROM / (1 - DISAGREE_FROM))
            right += found and pair.disagree
            wrong += found and not pair.disagree
    return Counts(right, wrong, sum(p.disagree for p in pairs))


def main() -> None:
    """Print the figures; with ``--fit`` write the weights first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("looked_at", "counted"), default="looked_at")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--show", action="store_true", help="print the pairs that are judged wrong")
    arguments = parser.parse_args()
    if arguments.fit:
        pairs = read_pairs("looked_at")
        print(f"left out in turn: {cross_validate(pairs)}")
        WEIGHTS.write_text(json.dumps(fit([*pairs, *_read(PLAIN_PAIRS)]), indent=1) + "\n", "utf-8")
    pairs = read_pairs(arguments.half)
    print(f"{arguments.half}: {count(pairs)}")
    for pair in pairs if arguments.show else ():
        found = find_disagreement(pair.question, pair.first, pair.second)
        if (found is not None) != pair.disagree:
            print(pair.id, "disagrees" if pair.disagree else "does not", found or "")


if __name__ == "__main__":
    main()
