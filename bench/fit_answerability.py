"""Fit the models of ``bot/search/answerability_model.py`` and evaluate them on unseen documents.

    python -m bench.fit_answerability [--keep FOLDER] [--ablate] [--write]

Each sentence of the hits gets log odds against "nothing answers", whose odds are 1. The loss is
the cross entropy of two decisions: whether the question is answerable, by its likeliest sentences,
and which of the sentences has the evidence. Questions whose answer is removed from their hits are
unanswerable too: the whole article on clapnq, the passages with evidence elsewhere; and so are
those whose evidence wasn't found: whatever is quoted then is wrong. The three
models of stage 2 are fitted together: each has the weights that all share and its own deviations,
which are penalized more, since English has most of the questions. The figures printed come from
five-fold cross-validation over documents (over articles of quotes.json, over questions of everyday
and languages). The weights that ``--write`` writes to the package are fitted to everything except
the test half of quotes.json. ``--keep`` keeps the libraries for the next run; ``--ablate`` leaves
out each signal in turn.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.answerability_cases import FOLDS, ROOT, Case, collect_cases
from bot.answer.extractive import choose_quotes
from bot.search.answerability import DECIDING_SENTENCES
from bot.search.answerability_model import (
    ENGLISH_STAGE,
    FOREIGN_STAGE,
    OTHER_STAGE,
    STAGE_1,
    STAGE_2,
    WEIGHTS_FILE,
    Stage,
    load_model,
)
from bot.search.question_analysis import analyze

# The weight of a question in the loss. The datasets differ in size and in label quality.
GROUP_WEIGHT = {
    "clapnq": 2.0,
    "covidqa": 0.1,
    "hard": 6.5,
    "languages": 1.0,
    "quotes": 12.0,
    "choices": 6.0,
    "everyday": 4.0,
    "everyday_2": 4.0,
    "written/work": 4.0,
    "written/german": 4.0,
    "written/languages": 4.0,
    "twelve": 2.0,
    "tables": 2.0,
    "lists": 2.0,
    "company": 3.0,
}
# The same with the answer removed: another passage may still answer.
REMOVED_WEIGHT = {
    "clapnq": 0.3,
    "covidqa": 0.05,
    "hard": 0.3,
    "languages": 0.3,
    "everyday": 1.0,
    "everyday_2": 1.0,
    "written/work": 1.0,
    "written/german": 1.0,
    "written/languages": 1.0,
    "twelve": 0.5,
    "choices": 0.5,
    "quotes": 0.5,
    "tables": 0.3,
    "lists": 0.3,
    "company": 0.5,
}
# Whatever the few questions in a language say, a word of the question that is said speaks for a
# sentence, and one that is said nowhere against it. Without: everyday .592 in the best, .647 AUROC.
RAISING = (
    "own rare_own rare_titled lent label reply first_reply near alike meant noun ahead rank "
    "similar_noun"
)
LOWERING = "unsaid_here unsaid code_unsaid number_unsaid unqualified no_such missed unnamed"
RANKING_WEIGHT = 0.5  # of choosing the sentence, relative to judging answerability
RIDGE = 3.0  # L2 penalty of the shared weights
RIDGE_OF_DEVIATIONS = 8.0
RIDGE_OF_INTERCEPTS = 1.0  # how they deviate
STEPS = 400
# Thresholds to report, by the share of clapnq's answerable questions that they refuse.
REFUSED_SHARES = (0.05, 0.08, 0.1, 0.12, 0.15)
ANSWERED_FROM, UNSURE_FROM = (0.35, 0.385, 0.42, 0.45, 0.5, 0.55), (0.12, 0.18, 0.24)
SIGNAL_NAMES = tuple(load_model(ENGLISH_STAGE).weights)
NOTHING = -1e9

Array = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class FittedModel:
    """The weights and intercept of one stage, like ``answerability_model.LogisticModel``."""

    weights: Mapping[str, float]
    intercept: float


@dataclass(frozen=True)
class FittedModels:
    """The models of stage 2, by their names."""

    names: tuple[str, ...]
    by_stage: Mapping[Stage, FittedModel]

    @classmethod
    def fit(cls, cases: Sequence[Case], without: str = "") -> FittedModels:
        """Fit them to ``cases``, leaving out one signal."""
        names = tuple(name for name in SIGNAL_NAMES if name != without)
        return cls(names, fit([case for case in cases if case.candidates], names))

    def score(self, case: Case) -> ScoredCase:
        stages = _stages([case])
        signals = _signal_matrix([case], self.names)
        models = [self.by_stage[STAGE_2[stage]] for stage in stages]
        weights = np.array([[m.weights[name] for name in self.names] for m in models])
        intercepts = np.array([m.intercept for m in models])
        log_odds = (signals * weights).sum(1) + intercepts
        return ScoredCase(case, np.asarray(log_odds, float))


@dataclass(frozen=True)
class ScoredCase:
    """A case and the log odds of its sentences, by models that were not trained on its document."""

    case: Case
    log_odds: Array

    @property
    def combined_log_odds(self) -> float:
        """Those that any of the likeliest sentences answers."""
        return float(np.logaddexp.reduce(np.sort(self.log_odds)[-DECIDING_SENTENCES:]))

    @property
    def probability(self) -> float:
        """That any of them answers."""
        return float(1 / (1 + np.exp(-self.combined_log_odds)))

    def has_evidence_in(self, n: int) -> bool:
        """Whether one of the ``n`` likeliest has it."""
        return bool(self.case.has_evidence[np.argsort(-self.log_odds)[:n]].any())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER", help="keep the libraries here")
    parser.add_argument("--ablate", action="store_true", help="leave out each signal in turn")
    parser.add_argument("--write", action="store_true", help="write the weights to the package")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(arguments.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        cases = collect_cases(folder)
    for line in _report_lines(cross_validate(cases)):
        print(line)
    for name in SIGNAL_NAMES if arguments.ablate else ():
        scored = cross_validate(cases, without=name)
        figures = [*_aurocs(scored), *_top_n_accuracy(scored, 3)]
        print(f"without {name}: {'; '.join(figures)}")
    _write(FittedModels.fit([case for case in cases if not case.is_test]), arguments.write)


def _write(models: FittedModels, to_package: bool) -> None:
    """Print the weights, and write them; those of stage 1 stay."""
    first = load_model(STAGE_1)
    document: dict[str, object] = {
        "trained_by": "python -m bench.fit_answerability --write",
        STAGE_1: {"nothing": first.intercept, "weights": dict(first.weights)},
    }
    for stage, model in models.by_stage.items():
        document[stage] = {"nothing": model.intercept, "weights": model.weights}
    text = json.dumps(document, indent=2) + "\n"
    print(text)
    if to_package:
        (ROOT / "bot" / "search" / WEIGHTS_FILE).write_text(text, encoding="utf-8")


# --- fitting ---------------------------------------------------------------------------------


def _signal_matrix(cases: Sequence[Case], names: Sequence[str]) -> Array:
    """(sentence, signal), the sentences of all cases concatenated."""
    candidates = [candidate for case in cases for candidate in case.candidates]
    rows = [[candidate.signals[name] for name in names] for candidate in candidates]
    return np.array(rows, float).reshape(len(rows), len(names))


def _stages(cases: Sequence[Case]) -> Numbers:
    """By sentence, the index in ``STAGE_2`` of the model that judges it."""
    native = [ENGLISH_STAGE if case.is_english else OTHER_STAGE for case in cases]
    stages = [
        FOREIGN_STAGE if candidate.is_foreign else stage
        for case, stage in zip(cases, native, strict=True)
        for candidate in case.candidates
    ]
    return np.array([STAGE_2.index(stage) for stage in stages], np.intp)


def _case_weight(case: Case) -> float:
    """Less if what answers isn't among its sentences: another of them may answer, too."""
    is_lost = case.answerable and not case.has_evidence.any()
    weights = REMOVED_WEIGHT if case.answer_removed or is_lost else GROUP_WEIGHT
    return weights[case.group]


def fit(cases: Sequence[Case], names: Sequence[str]) -> dict[Stage, FittedModel]:
    """Minimize the loss by Adam over all cases at once, on standardized signals."""
    signals, stages = _signal_matrix(cases, names), _stages(cases)
    means, deviations = signals.mean(0), signals.std(0) + 1e-9
    block = np.column_stack([(signals - means) / deviations, np.ones(len(signals))])
    own_blocks = [block * (stages == stage)[:, None] for stage in range(len(STAGE_2))]
    loss_gradient = _LossGradient(cases, np.column_stack([block, *own_blocks]), block.shape[1])
    signs = np.array([(n in RAISING.split()) - (n in LOWERING.split()) for n in (*names, "")])
    parameters, first_moment, second_moment = np.zeros((3, loss_gradient.signals.shape[1]))
    parameters[block.shape[1] - 1] = -4.0
    for step in range(1, STEPS + 1):
        gradient = loss_gradient.at(parameters)
        first_moment = 0.9 * first_moment + 0.1 * gradient
        second_moment = 0.99 * second_moment + 0.01 * gradient**2
        scale = np.sqrt(second_moment / (1 - 0.99**step)) + 1e-8
        rate = 0.05 * (1 - step / (STEPS + 1))
        parameters = parameters - rate * first_moment / (1 - 0.9**step) / scale
        parameters = _keep_signs(parameters, signs)
    shared, *own = np.split(parameters, 1 + len(STAGE_2))
    models = {}
    for stage, deviation in zip(STAGE_2, own, strict=True):
        weights = (shared + deviation)[:-1] / deviations
        intercept = float((shared + deviation)[-1] - weights @ means)
        rounded = {name: round(float(w), 2) for name, w in zip(names, weights, strict=True)}
        models[stage] = FittedModel(rounded, round(intercept, 2))
    return models


def _keep_signs(parameters: Array, signs: Numbers) -> Array:
    """The parameters, with 0 for each shared or whole weight of the wrong sign."""
    shared, *own = np.split(parameters, 1 + len(STAGE_2))
    shared = np.where(shared * signs < 0, 0.0, shared)
    own = [np.where((shared + each) * signs < 0, -shared, each) for each in own]
    return np.concatenate([shared, *own])


class _LossGradient:
    """The gradient of the loss: cross entropy of answerability and of the choice of sentence."""

    def __init__(self, cases: Sequence[Case], signals: Array, block_size: int):
        sizes = [len(case.candidates) for case in cases]
        self.signals = signals
        starts = np.cumsum([0, *sizes[:-1]])
        columns = np.arange(max(sizes))
        self.is_sentence = columns < np.array(sizes)[:, None]  # (case, place)
        self.rows = np.where(self.is_sentence, starts[:, None] + columns, 0)
        has_evidence = np.concatenate([case.has_evidence for case in cases])
        self.has_evidence = has_evidence[self.rows] & self.is_sentence
        self.answerable = np.array([float(case.has_evidence.any()) for case in cases])
        self.case_weights = np.array([_case_weight(case) for case in cases])
        has_choice = self.has_evidence.any(1) * self.answerable
        self.ranking_weights = RANKING_WEIGHT * self.case_weights * has_choice
        shared = np.append(np.full(block_size - 1, RIDGE), 0.0)
        own = np.append(np.full(block_size - 1, RIDGE_OF_DEVIATIONS), RIDGE_OF_INTERCEPTS)
        self.ridge = np.concatenate([shared, *[own] * len(STAGE_2)])

    def at(self, parameters: Array) -> Array:
        log_odds = (self.signals @ parameters)[self.rows]
        log_odds = np.where(self.is_sentence, log_odds, NOTHING)
        odds = np.exp(log_odds - log_odds.max(1, keepdims=True))
        of_deciding = odds * self._decides(log_odds)
        total = of_deciding.sum(1)
        probability = 1 / (1 + np.exp(-log_odds.max(1) - np.log(total)))
        share = odds / odds.sum(1, keepdims=True)
        evidence_odds = odds * self.has_evidence
        evidence_total = np.maximum(evidence_odds.sum(1, keepdims=True), 1e-300)
        error = self.case_weights * (probability - self.answerable)
        gradient = error[:, None] * of_deciding / total[:, None]
        gradient += self.ranking_weights[:, None] * (share - evidence_odds / evidence_total)
        by_sentence = gradient[self.is_sentence]
        return np.asarray(self.signals.T @ by_sentence + self.ridge * parameters, float)

    @staticmethod
    def _decides(log_odds: Array) -> NDArray[np.bool_]:
        """Which sentences are among the likeliest of their case."""
        n = min(DECIDING_SENTENCES, log_odds.shape[1])
        return np.asarray(log_odds >= np.sort(log_odds, 1)[:, -n, None], np.bool_)


def cross_validate(cases: Sequence[Case], without: str = "") -> list[ScoredCase]:
    """Score the cases of each fold by models fitted to the other folds."""
    scored: list[ScoredCase] = []
    for fold in range(FOLDS):
        models = FittedModels.fit([case for case in cases if case.fold != fold], without)
        scored += [models.score(case) for case in cases if case.fold == fold and case.candidates]
    return scored


# --- reporting -------------------------------------------------------------------------------


def _report_lines(scored: Sequence[ScoredCase]) -> Iterator[str]:
    for n in (1, 4):
        yield from _top_n_accuracy(scored, n)
    yield from _aurocs(scored)
    for share in REFUSED_SHARES:
        threshold = float(np.quantile(_evidence_scores(scored, "clapnq", True), share))
        yield f"refused below {1 / (1 + np.exp(-threshold)):.2f}:"
        for group in GROUP_WEIGHT:
            yield f"  {group}: {_describe_answers(scored, group, threshold)}"
    yield "answered from, unsure from: the likeliest right, wrong, or right among the closest"
    for group in GROUP_WEIGHT:
        for answered, unsure in product(ANSWERED_FROM, UNSURE_FROM):
            shares = _states(scored, group, answered, unsure)
            yield f"  {group} {answered:.2f} {unsure:.2f}: {shares}"


def _states(scored: Sequence[ScoredCase], group: str, answered: float, unsure: float) -> str:
    """What becomes of a group's questions if these are the least probabilities of two states."""
    of_group = [s for s in scored if s.case.group == group and not s.case.answer_removed]
    posed = [s for s in of_group if s.case.answerable]
    others = [s for s in of_group if not s.case.answerable]
    answers = [s for s in posed if s.probability >= answered]
    right = sum(s.has_evidence_in(1) for s in answers)
    closest = [s for s in posed if unsure <= s.probability < answered]
    counts = right, len(answers) - right, sum(s.has_evidence_in(3) for s in closest)
    text = " ".join(f"{count / len(posed):.3f}" for count in counts)
    asserted = sum(s.probability >= answered for s in others) / max(1, len(others))
    return f"{text}; of {len(others)} others asserted {asserted:.3f}"


def _top_n_accuracy(scored: Sequence[ScoredCase], n: int) -> Iterator[str]:
    """By group, how often the best ``n`` sentences include one with evidence."""
    for group in GROUP_WEIGHT:
        hits = [
            item.has_evidence_in(n)
            for item in scored
            if item.case.group == group and item.case.answerable
        ]
        yield f"best {n} of {group}: evidence in {np.mean(hits):.3f}"


def _evidence_scores(
    scored: Sequence[ScoredCase], group: str, answerable: bool, answer_removed: bool = False
) -> Array:
    """The combined log odds of the cases of one kind."""
    wanted_kind = (group, answerable, answer_removed)
    return np.array(
        [
            item.combined_log_odds
            for item in scored
            if (item.case.group, item.case.answerable, item.case.answer_removed) == wanted_kind
        ]
    )


def _aurocs(scored: Sequence[ScoredCase]) -> Iterator[str]:
    for group in GROUP_WEIGHT:
        positives = _evidence_scores(scored, group, True)
        for name, answer_removed in (("unanswerable", False), ("answer removed", True)):
            negatives = _evidence_scores(scored, group, False, answer_removed)
            if len(negatives):
                auroc = np.mean(positives[:, None] > negatives)
                yield f"{group}: AUROC against {name} {auroc:.3f}"


def _describe_answers(scored: Sequence[ScoredCase], group: str, threshold: float) -> str:
    """How often evidence is quoted, in how many characters, and how often answers are refused."""
    answerable = [item for item in scored if item.case.group == group and item.case.answerable]
    answered = [item for item in answerable if item.combined_log_odds >= threshold]
    quotes = [_quote_result(item) for item in answered]
    unanswerable = _evidence_scores(scored, group, False)
    parts = [
        f"evidence quoted for {sum(hit for hit, _ in quotes) / len(answerable):.3f}",
        f"in {np.mean([length for _, length in quotes]):.0f} characters",
        f"refused {1 - len(answered) / len(answerable):.3f} of the answerable",
    ]
    if len(unanswerable):
        parts.append(f"{np.mean(unanswerable < threshold):.3f} of the others")
    return ", ".join(parts)


def _quote_result(scored: ScoredCase) -> tuple[bool, int]:
    """Whether the quotes include evidence, and their length in characters."""
    case = scored.case
    log_odds = scored.log_odds.tolist()
    candidates = [replace(c, log_odds=o) for c, o in zip(case.candidates, log_odds, strict=True)]
    quotes = choose_quotes(analyze(case.question).answer_type, candidates)
    with_evidence = [c for c, has in zip(candidates, case.has_evidence, strict=True) if has]
    return any(c in quotes for c in with_evidence), sum(len(quote.text) for quote in quotes)


if __name__ == "__main__":
    main()
