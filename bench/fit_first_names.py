"""Fits the line that tells a name from a word by its word vector alone.

    .venv/bin/python -m bench.fit_first_names ../shared/data/clapnq ../shared/data/covidqa [--write]

A word that stands inside sentences with a capital at least four times in five is a name, one that
does so at most once in five is none. A fourth of the words, by a hash, is only tested on. Prints
the share of names and of words that are taken for names there, by the frequency classes,
by the vectors and by both; ``--write`` keeps the weights in ``bot/verify/first_names.json``.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from bot.evaluate.dataset import read_dataset
from bot.verify import first_names

INSIDE = regex.compile(r"(?<=[a-z,] )[A-Za-z][a-z'’-]{2,}")
FEWEST = 2  # times that a word is seen
RIDGE = 0.3
STEPS = 60
Floats = NDArray[np.float64]


def _words(folders: Sequence[Path]) -> dict[str, bool]:
    """Lower-case words, and whether each is a name."""
    capitals: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for folder in folders:
        for document in read_dataset(folder).documents:
            for match in INSIDE.finditer(document.text):
                total[match.group().lower()] += 1
                capitals[match.group().lower()] += match.group()[0].isupper()
    shares = {word: capitals[word] / n for word, n in total.items() if n >= FEWEST}
    return {word: share > 0.5 for word, share in shares.items() if not 0.2 < share < 0.8}


def fit(signals: Floats, names: Floats) -> Floats:
    """Weights and intercept of a logistic line with a ridge, by Newton's method."""
    rows = np.c_[signals, np.ones(len(signals))]
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - names) + RIDGE * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    return weights


def main() -> None:
    """Fits, prints what holds on the words kept back, and writes if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dirs", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    labels = _words(arguments.dirs)
    words = sorted(labels)
    signals = np.array([first_names.signals(word) for word in words], np.float64)
    names = np.array([labels[word] for word in words], np.float64)
    kept_back = np.array([zlib.crc32(word.encode()) % 4 == 0 for word in words])
    weights = fit(signals[~kept_back], names[~kept_back])
    odds = np.c_[signals, np.ones(len(words))] @ weights
    tested = names[kept_back] == 1
    by_vector = odds[kept_back] > first_names.MIN_LOG_ODDS
    by_frequency = np.array([first_names.is_rare(word) for word in words])[kept_back]
    for title, taken in (
        ("frequency", by_frequency),
        ("word vectors", by_vector),
        ("both", by_frequency & by_vector),
    ):
        print(f"{title}: of {tested.sum()} names {taken[tested].mean():.3f} are taken for one, "
              f"of {(~tested).sum()} words {taken[~tested].mean():.3f}")  # fmt: skip
    if arguments.write:
        file = Path(first_names.__file__).with_name(first_names.FILE)
        file.write_text(json.dumps([round(float(w), 4) for w in weights]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
