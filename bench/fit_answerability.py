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

from bench.answerability_cases import FOLDS, ROOT, Case, collected
from bot.answer.extractive import choose_quotes
from bot.search.answerability_model import FILE, HAND_SET, STAGE_1, STAGE_2, load_model
from bot.search.question_analysis import analyze
from bot.search.sentence_rerank import SENTENCES_READ

# What a question counts in the fit: the sets differ in size, and in how sure their labels are.
SURE = {"clapnq": 1.0, "covidqa": 0.2, "hard": 0.5, "quotes": 2.0}
TAKEN_OUT = {"clapnq": 0.3, "covidqa": 0.05, "hard": 0.3}  # another passage may answer all the same
# Taken off the second line, so that one threshold (.32) serves both: there clapnq's .40 refuses
# as the goal wants it, and the first line, which judges what is not English, would refuse too much.
STRICTER = 0.35
RANKING = 0.5  # what the choice among the sentences counts against judging
RIDGE = 5.0
STEPS = 400
REFUSED = (0.05, 0.08, 0.1, 0.12, 0.15)  # of clapnq's answerable questions: thresholds to show
NAMES = {which: tuple(load_model(which).weights) for which in (STAGE_1, STAGE_2)}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """The weights of one line, and what "nothing answers" is worth."""

    weights: Mapping[str, float]
    nothing: float

    def worths(self, case: Case) -> Array:
        names = list(self.weights)
        found = _table([case], names) @ np.array([self.weights[name] for name in names])
        return np.asarray(found + self.nothing + _by_hand([case]), float)


@dataclass(frozen=True)
class Lines:
    """Both lines: what they judge is the same as ``evidence.weigh`` does."""

    first: Rule
    again: Rule

    @classmethod
    def fitted(cls, cases: Sequence[Case], without: str = "") -> Lines:
        """To some cases, but for one signal."""
        first, again = ([n for n in NAMES[which] if n != without] for which in (STAGE_1, STAGE_2))
        rule = fit(cases, first)
        likeliest = [_likeliest(case, rule) for case in cases if case.english and case.candidates]
        second = fit(likeliest, again)
        return cls(rule, replace(second, nothing=round(second.nothing - STRICTER, 2)))

    def judged(self, case: Case) -> Judged:
        if not case.english:
            return Judged(case, self.first.worths(case))
        likeliest = _likeliest(case, self.first)
        return Judged(likeliest, self.again.worths(likeliest))


@dataclass(frozen=True)
class Judged:
    """A case, with what its sentences are worth by lines that never saw its document."""

    case: Case
    worths: Array

    @property
    def evidence(self) -> float:
        return float(np.logaddexp.reduce(self.worths))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER", help="keep the libraries here")
    parser.add_argument("--ablate", action="store_true", help="leave out each signal in turn")
    parser.add_argument("--write", action="store_true", help="put the weights into the package")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        kept = arguments.keep or stack.enter_context(tempfile.TemporaryDirectory())
        cases = collected(Path(kept))
    for row in _report(judged(cases)):
        print(row)
    for name in NAMES[STAGE_2] if arguments.ablate else ():
        left = judged(cases, without=name)
        print(f"without {name}: {'; '.join(_aurocs(left))}; {'; '.join(_best(left, 3))}")
    _write(Lines.fitted([case for case in cases if not case.testing]), arguments.write)


def _write(lines: Lines, into_package: bool) -> None:
    document = {
        "trained_by": "python -m bench.fit_answerability --write",
        STAGE_1: {"nothing": lines.first.nothing, "weights": lines.first.weights},
        STAGE_2: {"nothing": lines.again.nothing, "weights": lines.again.weights},
    }
    text = json.dumps(document, indent=2) + "\n"
    print(text)
    if into_package:
        (ROOT / "bot" / "search" / FILE).write_text(text, encoding="utf-8")


# --- fitting ---------------------------------------------------------------------------------


def _table(cases: Sequence[Case], names: Sequence[str]) -> Array:
    rows = [[one.signals[name] for name in names] for case in cases for one in case.candidates]
    return np.array(rows, float).reshape(len(rows), len(names))


def _by_hand(cases: Sequence[Case]) -> Array:
    """What is not fitted."""
    return np.asarray(_table(cases, list(HAND_SET)) @ np.array([*HAND_SET.values()]), float)


def _likeliest(case: Case, first: Rule) -> Case:
    return case.only(np.sort(np.argsort(-first.worths(case), kind="stable")[:SENTENCES_READ]))


def _certainty(case: Case) -> float:
    return (TAKEN_OUT if case.taken_out else SURE)[case.group]


def fit(cases: Sequence[Case], names: Sequence[str]) -> Rule:
    """By Adam over all cases at once."""
    cases = [case for case in cases if case.candidates]
    table = _table(cases, names)
    middle, spread = table.mean(0), table.std(0) + 1e-9
    scaled = np.column_stack([(table - middle) / spread, np.ones(len(table))])
    slopes = _Slopes(cases, scaled)
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
    return Rule(rounded, round(nothing, 2))


class _Slopes:
    """The slope of the loss: cross entropy of judging, and of choosing among the sentences."""

    def __init__(self, cases: Sequence[Case], scaled: Array):
        sizes = [len(case.candidates) for case in cases]
        self.scaled = scaled
        self.by_hand = _by_hand(cases)
        self.firsts = np.cumsum([0, *sizes[:-1]])
        self.of = np.repeat(np.arange(len(cases)), sizes)
        self.right = np.concatenate([case.right for case in cases])
        self.truth = np.array([float(case.answerable) for case in cases])
        self.counts = np.array([_certainty(case) for case in cases])
        chosen_from = np.logical_or.reduceat(self.right, self.firsts)
        self.ranked = RANKING * self.counts * chosen_from * self.truth

    def at(self, weights: Array) -> Array:
        worths = self.scaled @ weights + self.by_hand
        highest = np.maximum.reduceat(worths, self.firsts)
        raised = np.exp(worths - highest[self.of])
        sums = np.add.reduceat(raised, self.firsts)
        share = raised / sums[self.of]
        guess = 1 / (1 + np.exp(-highest - np.log(sums)))
        rightly = np.add.reduceat(raised * self.right, self.firsts)[self.of]
        wanted = raised * self.right / np.maximum(rightly, 1e-300)
        pull = (self.counts * (guess - self.truth))[self.of] * share
        pull += self.ranked[self.of] * (share - wanted)
        ridge = np.append(np.full(len(weights) - 1, RIDGE), 0.0)
        return np.asarray(self.scaled.T @ pull + ridge * weights, float)


def judged(cases: Sequence[Case], without: str = "") -> list[Judged]:
    """Every case by lines fitted to the other folds."""
    found: list[Judged] = []
    for fold in range(FOLDS):
        lines = Lines.fitted([case for case in cases if case.fold != fold], without)
        found += [lines.judged(case) for case in cases if case.fold == fold and case.candidates]
    return found


# --- reporting -------------------------------------------------------------------------------


def _report(found: Sequence[Judged]) -> Iterator[str]:
    for most in (1, 4):
        yield from _best(found, most)
    yield from _aurocs(found)
    for share in REFUSED:
        threshold = float(np.quantile(_evidence(found, "clapnq", True), share))
        yield f"refused below {1 / (1 + np.exp(-threshold)):.2f}:"
        for group in SURE:
            yield f"  {group}: {_answers(found, group, threshold)}"


def _best(found: Sequence[Judged], most: int) -> Iterator[str]:
    for group in SURE:
        right = [
            one.case.right[np.argsort(-one.worths)[:most]].any()
            for one in found
            if one.case.group == group and one.case.answerable
        ]
        yield f"best {most} of {group}: evidence in {np.mean(right):.3f}"


def _evidence(
    found: Sequence[Judged], group: str, answerable: bool, taken_out: bool = False
) -> Array:
    wanted = (group, answerable, taken_out)
    cases = [(one.case.group, one.case.answerable, one.case.taken_out) for one in found]
    return np.array([one.evidence for one, is_ in zip(found, cases, strict=True) if is_ == wanted])


def _aurocs(found: Sequence[Judged]) -> Iterator[str]:
    for group in SURE:
        yes = _evidence(found, group, True)
        for name, out in (("unanswerable", False), ("answer taken out", True)):
            if len(no := _evidence(found, group, False, out)):
                yield f"{group}: AUROC against {name} {np.mean(yes[:, None] > no):.3f}"


def _answers(found: Sequence[Judged], group: str, threshold: float) -> str:
    """What is quoted, in how many characters, and what is refused."""
    cases = [one for one in found if one.case.group == group]
    yes = [one for one in cases if one.case.answerable]
    answered = [one for one in yes if one.evidence >= threshold]
    quoted = [_quoted(one) for one in answered]
    no = _evidence(found, group, False)
    told = [
        f"evidence quoted of {sum(right for right, _ in quoted) / len(yes):.3f}",
        f"in {np.mean([length for _, length in quoted]):.0f} characters",
        f"refused {1 - len(answered) / len(yes):.3f} of the answerable",
    ]
    return ", ".join(told + [f"{np.mean(no < threshold):.3f} of the others"] * bool(len(no)))


def _quoted(one: Judged) -> tuple[bool, int]:
    """Whether evidence is among the quotes, and how long they are."""
    candidates = one.case.candidates
    worths = one.worths.tolist()
    judged = [replace(c, log_odds=w) for c, w in zip(candidates, worths, strict=True)]
    picks = choose_quotes(analyze(one.case.question).answer_type, judged)
    right = any(c in picks for r, c in zip(one.case.right, judged, strict=True) if r)
    return right, sum(len(pick.text) for pick in picks)


if __name__ == "__main__":
    main()
