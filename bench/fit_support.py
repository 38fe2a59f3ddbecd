"""Fit the model of ``bot/verify/support_model.py`` and measure it on families it was not fitted on.

    python -m bench.fit_support [--part look] [--percent 30] [--write]

A logistic regression with an L2 penalty over the signals of ``bot/verify/support_signals.py``. It
is fitted to the ``fit`` part of the labelled claims (``bench.claims``), to the tuning half of
clapnq with the false sentences that ``footnote eval`` makes of it, and to the written lies that may
be looked at. Every family counts alike, and in it the true and the false sentences. What is printed
of each family comes from a model that was fitted to the others only; the last model is fitted to
all, and ``--write`` writes it. ``--percent``: of what is fitted to, by a hash (30 took 3 minutes of
CPU with what is printed; all of it takes ten).
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.claims import LABELLED, Judged, LabelledClaim, read_labelled, read_written, report
from bot.evaluate.dataset import read_dataset
from bot.evaluate.perturbations import PerturbationKind, perturb
from bot.evaluate.verification import HALVES, cases_of, context_of
from bot.verify import support_model
from bot.verify.analyzed_text import analyze
from bot.verify.check import LEAST_LOG_ODDS
from bot.verify.support_signals import OVERLAP_SIGNALS, gather, vetoing

CLAPNQ = LABELLED.parents[1] / "clapnq"
WEIGHTS = Path(support_model.__file__).with_name(support_model.WEIGHTS_FILE)
NOT_WEIGHED = {  # not decided by the sources, or a false one like a kind that is
    PerturbationKind.UNCITED,
    PerturbationKind.ANSWER,
    PerturbationKind.PREMISE,
}
OVERLAP_KINDS = ("true", PerturbationKind.SWAPPED.value)  # of clapnq's: words tell them apart
RIDGE = 0.005  # of the squared weights of standardized signals, beside the mean loss
STEPS = 30
VETOED = -100.0  # log odds of a sentence that a rule alone rejects
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Claims with their signals, (claim, signal)."""

    claims: Sequence[LabelledClaim]
    names: tuple[str, ...]
    rows: Floats

    @classmethod
    def of(cls, claims: Sequence[LabelledClaim]) -> Sample:
        """Gather the evidence of each: about 10 ms of CPU."""
        signals = [gather(analyze(c.text), c.cited, c.context).signals for c in claims]
        names = tuple(signals[0])
        return cls(claims, names, np.array([[row[name] for name in names] for row in signals]))

    def where(self, chosen: Sequence[bool]) -> Sample:
        kept = [claim for claim, keep in zip(self.claims, chosen, strict=True) if keep]
        return Sample(kept, self.names, self.rows[np.array(chosen)])

    @property
    def is_true(self) -> Floats:
        return np.array([float(claim.is_true) for claim in self.claims])

    @property
    def weights(self) -> Floats:
        """Of each claim: those of a family with one label add up to the same."""
        groups = [(claim.family, claim.is_true) for claim in self.claims]
        sizes = {group: groups.count(group) for group in dict.fromkeys(groups)}
        return np.array([1 / sizes[group] for group in groups]) / len(sizes)

    @property
    def is_vetoed(self) -> NDArray[np.bool_]:
        named = [dict(zip(self.names, row, strict=True)) for row in self.rows.tolist()]
        return np.array([any(signals[n] for n in vetoing(signals)) for signals in named])


@dataclass(frozen=True)
class Model:
    """Weights of the signals and an intercept."""

    weights: Floats
    intercept: float

    @classmethod
    def fit(cls, sample: Sample) -> Model:
        """First the words alone, then what the rules find, with the words' log odds as given.

        So lies in the words of their sources don't teach that overlap is bad. What a veto decides
        is left out; a finding can't speak for a sentence.
        """
        sample = sample.where(list(~sample.is_vetoed))
        of_words = np.array([name in OVERLAP_SIGNALS for name in sample.names])
        plain = sample.where([_is_about_overlap(claim) for claim in sample.claims])
        everything = np.column_stack([plain.rows, np.ones(len(plain.rows))])
        *weights, intercept = minimize(everything, plain, np.zeros(len(plain.rows)))
        fixed = np.where(of_words, np.array(weights), 0.0)
        offsets = sample.rows @ fixed + intercept
        of_rules = minimize(np.where(of_words, 0.0, sample.rows), sample, offsets)
        return cls(np.where(of_words, fixed, np.minimum(of_rules, 0.0)), float(intercept))

    def judge(self, sample: Sample) -> list[Judged]:
        """What the model and the vetoes make of each claim."""
        log_odds = sample.rows @ self.weights + self.intercept
        log_odds = np.where(sample.is_vetoed, VETOED + log_odds, log_odds)
        return [
            Judged(claim, bool(odds >= LEAST_LOG_ODDS), float(odds))
            for claim, odds in zip(sample.claims, log_odds, strict=True)
        ]

    def as_json(self, names: Sequence[str], percent: int) -> str:
        weights = {n: round(float(w), 3) for n, w in zip(names, self.weights, strict=True)}
        document = {
            "trained_by": f"python -m bench.fit_support --percent {percent} --write",
            "intercept": round(self.intercept, 3),
            "weights": weights,
        }
        return json.dumps(document, indent=2) + "\n"


def minimize(rows: Floats, sample: Sample, offsets: Floats) -> Floats:
    """The weights with the least penalized cross entropy: Newton's method with halved steps.

    A last column of ones isn't penalized.
    """
    scale = rows.std(0)
    ridge = np.where(scale > 0, RIDGE * scale**2, 1e-9)
    weights = np.zeros(rows.shape[1])

    def loss(at: Floats) -> float:
        odds = rows @ at + offsets
        entropy = np.logaddexp(0.0, odds) - sample.is_true * odds
        return float(sample.weights @ entropy + ridge @ at**2 / 2)

    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-np.clip(rows @ weights + offsets, -30, 30)))
        gradient = rows.T @ (sample.weights * (probability - sample.is_true)) + ridge * weights
        curvature = sample.weights * probability * (1 - probability)
        hessian = (rows * curvature[:, None]).T @ rows + np.diag(ridge + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-6:
            step = step / 2
        weights = weights - step
    return weights


def _is_about_overlap(claim: LabelledClaim) -> bool:
    return claim.family != "written" and (claim.family != "clapnq" or claim.kind in OVERLAP_KINDS)


def read_clapnq() -> Iterator[LabelledClaim]:
    """The sentences of its tuning half, and false ones made of them."""
    for case in cases_of(read_dataset(CLAPNQ)):
        if case.half != HALVES[0]:
            continue  # bench.checks looks at it
        claims = [("true", case.claim)]
        claims += [
            (made.kind.value, made.claim)
            for made in perturb(case.claim, case.material, case.seed)
            if made.kind not in NOT_WEIGHED
        ]
        for kind, claim in claims:
            yield LabelledClaim(
                family="clapnq",
                part="fit",
                kind=kind,
                text=claim.text,
                cited=claim.cited,
                context=context_of(case, claim),
                is_true=kind == "true",
            )


def _is_drawn(claim: LabelledClaim, percent: int) -> bool:
    return zlib.crc32(f"{claim.text} {claim.kind}".encode()) % 100 < percent


def _is_fitted(claim: LabelledClaim) -> bool:
    """The lies that may be looked at are fitted on, too."""
    return claim.part == "fit" or (claim.family == "written" and claim.part == "look")


def main() -> None:
    """Reads the arguments, fits, prints and perhaps writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("look", "count"), default="look")
    parser.add_argument("--write", action="store_true", help="write the weights to the package")
    parser.add_argument("--percent", type=int, default=100, help="of what is fitted to")
    arguments = parser.parse_args()
    to_fit = [*read_labelled(), *read_clapnq()]
    claims = [c for c in to_fit if c.part != "fit" or _is_drawn(c, arguments.percent)]
    claims += read_written("look")
    claims += read_written("count") if arguments.part == "count" else ()
    sample = Sample.of([c for c in claims if _is_fitted(c) or c.part == arguments.part])
    fitted = [_is_fitted(claim) for claim in sample.claims]
    judged: list[Judged] = []
    for family in dict.fromkeys(c.family for c in sample.claims if c.part == arguments.part):
        others = [f and c.family != family for f, c in zip(fitted, sample.claims, strict=True)]
        own = [c.family == family and c.part == arguments.part for c in sample.claims]
        judged += Model.fit(sample.where(others)).judge(sample.where(own))
    for line in report(judged, by_kind=True):
        print(line)
    text = Model.fit(sample.where(fitted)).as_json(sample.names, arguments.percent)
    print(text)
    if arguments.write:
        WEIGHTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
