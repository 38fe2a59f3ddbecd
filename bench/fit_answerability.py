"""Fits both models of ``bot/search/answerability.py``; says how good they are on unseen documents.

    python -m bench.fit_answerability [--keep FOLDER] [--ablate] [--write]

Each sentence of the hits gets a log chance, "nothing answers" the chance 1: the sentences of an
answerable question shall outweigh it, those with evidence all the others, and the sentences of an
unanswerable question shall not. Questions whose answer is taken out of their hits are
unanswerable too: the whole article on clapnq, the passages with evidence on covidqa. What is
printed comes from five folds over documents (over articles of quotes.json), each judged by lines
fitted to the others; those that ``--write`` puts into the package are fitted to everything but
the testing half of quotes.json. ``--keep`` keeps the libraries for a second run; ``--ablate``
leaves out each signal in turn.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.answerability_cases import FOLDS, ROOT, Case, collect_cases
from bot.answer.extractive import chosen
from bot.search.answerability_model import (
    WEIGHTS_FILE,
    HAND_SET_WEIGHTS,
    STAGE_1,
    STAGE_2,
    load_model,
)
from bot.search.question_analysis import analyze
from bot.search.sentence_rerank import RERANKED_SENTENCES

# What a question counts in the fit: the sets differ in size, and in how sure their labels are.
GROUP_WEIGHT = {"clapnq": 1.0, "covidqa": 0.2, "hard": 0.5, "quotes": 2.0}
REMOVED_WEIGHT = {
    "clapnq": 0.3,
    "covidqa": 0.05,
    "hard": 0.3,
}  # another passage may answer all the same
# Taken off the second line, so that one threshold (.32) serves both: there clapnq's .40 refuses
# as the goal wants it, and the first line, which judges what is not English, would refuse too much.
STAGE_2_OFFSET = 0.35
RANKING_WEIGHT = 0.5  # what the choice among the sentences counts against judging
RIDGE = 5.0
STEPS = 400
REFUSED_SHARES = (
    0.05,
    0.08,
    0.1,
    0.12,
    0.15,
)  # of clapnq's answerable questions: thresholds to show
NAMES = {which: tuple(load_model(which).weights) for which in (STAGE_1, STAGE_2)}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FittedModel:
    """The weights of one line, and what "nothing answers" is worth."""

    weights: Mapping[str, float]
    intercept: float

    def log_odds(self, case: Case) -> Array:
        names = list(self.weights)
        found = _signal_matrix([case], names) @ np.array([self.weights[name] for name in names])
        return np.asarray(found + self.intercept + _hand_set_part([case]), float)


@dataclass(frozen=True)
class FittedModels:
    """Both lines: what they judge is the same as ``evidence.weigh`` does."""

    stage_1: FittedModel
    stage_2: FittedModel

    @classmethod
    def fit(cls, cases: Sequence[Case], without: str = "") -> FittedModels:
        """To some cases, but for one signal."""
        first, again = ([n for n in NAMES[which] if n != without] for which in (STAGE_1, STAGE_2))
        rule = fit(cases, first)
        likeliest = [
            _top_sentences(case, rule) for case in cases if case.is_english and case.candidates
        ]
        second = fit(likeliest, again)
        return cls(rule, replace(second, intercept=round(second.intercept - STAGE_2_OFFSET, 2)))

    def score(self, case: Case) -> ScoredCase:
        if not case.is_english:
            return ScoredCase(case, self.stage_1.log_odds(case))
        likeliest = _top_sentences(case, self.stage_1)
        return ScoredCase(likeliest, self.stage_2.log_odds(likeliest))


@dataclass(frozen=True)
class ScoredCase:
    """A case, with what its sentences are worth by lines that never saw its document."""

    case: Case
    log_odds: Array

    @property
    def evidence(self) -> float:
        return float(np.logaddexp.reduce(self.log_odds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER", help="keep the libraries here")
    parser.add_argument("--ablate", action="store_true", help="leave out each signal in turn")
    parser.add_argument("--write", action="store_true", help="put the weights into the package")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        kept = arguments.keep or stack.enter_context(tempfile.TemporaryDirectory())
        cases = collect_cases(Path(kept))
    for row in _report_lines(cross_validate(cases)):
        print(row)
    for name in NAMES[STAGE_2] if arguments.ablate else ():
        left = cross_validate(cases, without=name)
        print(f"without {name}: {'; '.join(_aurocs(left))}; {'; '.join(_top_n_accuracy(left, 3))}")
    _write(FittedModels.fit([case for case in cases if not case.is_test]), arguments.write)


def _write(lines: FittedModels, into_package: bool) -> None:
    document = {
        "trained_by": "python -m bench.fit_answerability --write",
        STAGE_1: {"nothing": lines.stage_1.intercept, "weights": lines.stage_1.weights},
        STAGE_2: {"nothing": lines.stage_2.intercept, "weights": lines.stage_2.weights},
    }
    text = json.dumps(document, indent=2) + "\n"
    print(text)
    if into_package:
        (ROOT / "bot" / "search" / WEIGHTS_FILE).write_text(text, encoding="utf-8")


# --- fitting ---------------------------------------------------------------------------------


def _signal_matrix(cases: Sequence[Case], names: Sequence[str]) -> Array:
    rows = [[one.signals[name] for name in names] for case in cases for one in case.candidates]
    return np.array(rows, float).reshape(len(rows), len(names))


def _hand_set_part(cases: Sequence[Case]) -> Array:
    """What is not fitted."""
    return np.asarray(
        _signal_matrix(cases, list(HAND_SET_WEIGHTS)) @ np.array([*HAND_SET_WEIGHTS.values()]),
        float,
    )


def _top_sentences(case: Case, first: FittedModel) -> Case:
    return case.select(
        np.sort(np.argsort(-first.log_odds(case), kind="stable")[:RERANKED_SENTENCES])
    )


def _case_weight(case: Case) -> float:
    return (REMOVED_WEIGHT if case.answer_removed else GROUP_WEIGHT)[case.group]


def fit(cases: Sequence[Case], names: Sequence[str]) -> FittedModel:
    """By Adam over all cases at once."""
    cases = [case for case in cases if case.candidates]
    table = _signal_matrix(cases, names)
    middle, spread = table.mean(0), table.std(0) + 1e-9
    scaled = np.column_stack([(table - middle) / spread, np.ones(len(table))])
    slopes = _LossGradient(cases, scaled)
    found, mean, square = np.zeros((3, scaled.shape[1]))
    found[-1] = -4.0
    for step in range(1, STEPS + 1):
        slope = slopes.at(found)
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        rise = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        found = found - 0.05 * (1 - step / (STEPS + 1)) * mean / (1 - 0.9**step) / rise
    weights = found[:-1] / spread
    nothing = float(found[-1] - weights @ middle)
    rounded = {name: round(float(w), 2) for name, w in zip(names, weights, strict=True)}
    return FittedModel(rounded, round(nothing, 2))


class _LossGradient:
    """The slope of the loss: cross entropy of judging, and of choosing among the sentences."""

    def __init__(self, cases: Sequence[Case], scaled: Array):
        sizes = [len(case.candidates) for case in cases]
        self.scaled = scaled
        self.hand_set = _hand_set_part(cases)
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.case_of_row = np.repeat(np.arange(len(cases)), sizes)
        self.has_evidence = np.concatenate([case.has_evidence for case in cases])
        self.answerable = np.array([float(case.answerable) for case in cases])
        self.case_weights = np.array([_case_weight(case) for case in cases])
        chosen_from = np.logical_or.reduceat(self.has_evidence, self.starts)
        self.ranking_weights = RANKING_WEIGHT * self.case_weights * chosen_from * self.answerable

    def at(self, weights: Array) -> Array:
        worths = self.scaled @ weights + self.hand_set
        highest = np.maximum.reduceat(worths, self.starts)
        raised = np.exp(worths - highest[self.case_of_row])
        sums = np.add.reduceat(raised, self.starts)
        share = raised / sums[self.case_of_row]
        guess = 1 / (1 + np.exp(-highest - np.log(sums)))
        rightly = np.add.reduceat(raised * self.has_evidence, self.starts)[self.case_of_row]
        wanted = raised * self.has_evidence / np.maximum(rightly, 1e-300)
        pull = (self.case_weights * (guess - self.answerable))[self.case_of_row] * share
        pull += self.ranking_weights[self.case_of_row] * (share - wanted)
        ridge = np.append(np.full(len(weights) - 1, RIDGE), 0.0)
        return np.asarray(self.scaled.T @ pull + ridge * weights, float)


def cross_validate(cases: Sequence[Case], without: str = "") -> list[ScoredCase]:
    """Every case by lines fitted to the other folds."""
    found: list[ScoredCase] = []
    for fold in range(FOLDS):
        lines = FittedModels.fit([case for case in cases if case.fold != fold], without)
        found += [lines.score(case) for case in cases if case.fold == fold and case.candidates]
    return found


# --- reporting -------------------------------------------------------------------------------


def _report_lines(found: Sequence[ScoredCase]) -> Iterator[str]:
    for most in (1, 4):
        yield from _top_n_accuracy(found, most)
    yield from _aurocs(found)
    for share in REFUSED_SHARES:
        threshold = float(np.quantile(_evidence_scores(found, "clapnq", True), share))
        yield f"refused below {1 / (1 + np.exp(-threshold)):.2f}:"
        for group in GROUP_WEIGHT:
            yield f"  {group}: {_describe_answers(found, group, threshold)}"


def _top_n_accuracy(found: Sequence[ScoredCase], most: int) -> Iterator[str]:
    for group in GROUP_WEIGHT:
        right = [
            one.case.has_evidence[np.argsort(-one.log_odds)[:most]].any()
            for one in found
            if one.case.group == group and one.case.answerable
        ]
        yield f"best {most} of {group}: evidence in {np.mean(right):.3f}"


def _evidence_scores(
    found: Sequence[ScoredCase], group: str, answerable: bool, taken_out: bool = False
) -> Array:
    wanted = (group, answerable, taken_out)
    cases = [(one.case.group, one.case.answerable, one.case.answer_removed) for one in found]
    return np.array([one.evidence for one, is_ in zip(found, cases, strict=True) if is_ == wanted])


def _aurocs(found: Sequence[ScoredCase]) -> Iterator[str]:
    for group in GROUP_WEIGHT:
        yes = _evidence_scores(found, group, True)
        for name, out in (("unanswerable", False), ("answer taken out", True)):
            if len(no := _evidence_scores(found, group, False, out)):
                yield f"{group}: AUROC against {name} {np.mean(yes[:, None] > no):.3f}"


def _describe_answers(found: Sequence[ScoredCase], group: str, threshold: float) -> str:
    """What is quoted, in how many characters, and what is refused."""
    cases = [one for one in found if one.case.group == group]
    yes = [one for one in cases if one.case.answerable]
    answered = [one for one in yes if one.evidence >= threshold]
    quoted = [_quote_result(one) for one in answered]
    no = _evidence_scores(found, group, False)
    told = [
        f"evidence quoted of {sum(right for right, _ in quoted) / len(yes):.3f}",
        f"in {np.mean([length for _, length in quoted]):.0f} characters",
        f"refused {1 - len(answered) / len(yes):.3f} of the answerable",
    ]
    return ", ".join(told + [f"{np.mean(no < threshold):.3f} of the others"] * bool(len(no)))


def _quote_result(one: ScoredCase) -> tuple[bool, int]:
    """Whether evidence is among the quotes, and how long they are."""
    candidates = one.case.candidates
    worths = one.log_odds.tolist()
    judged = [replace(c, log_odds=w) for c, w in zip(candidates, worths, strict=True)]
    picks = chosen(analyze(one.case.question).answer_type, judged)
    right = any(c in picks for r, c in zip(one.case.has_evidence, judged, strict=True) if r)
    return right, sum(len(pick.text) for pick in picks)


if __name__ == "__main__":
    main()
