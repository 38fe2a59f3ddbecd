"""Fit both models of ``bot/search/answerability_model.py`` and evaluate them on unseen documents.

    python -m bench.fit_answerability [--keep FOLDER] [--ablate] [--write]

Each sentence of the hits gets log odds against "nothing answers", whose odds are 1. The loss is
the cross entropy of two decisions: whether the question is answerable, and which of the sentences
has the evidence. Questions whose answer is removed from their hits are unanswerable too: the
whole article on clapnq, the passages with evidence on covidqa. The figures printed come from
five-fold cross-validation over documents (over articles of quotes.json). The weights that
``--write`` writes to the package are fitted to everything except the test half of quotes.json.
``--keep`` keeps the libraries for the next run; ``--ablate`` leaves out each signal in turn.
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
from bot.answer.extractive import choose_quotes
from bot.search.answerability_model import (
    HAND_SET_WEIGHTS,
    STAGE_1,
    STAGE_2,
    WEIGHTS_FILE,
    load_model,
)
from bot.search.question_analysis import analyze
from bot.search.sentence_rerank import RERANKED_SENTENCES

# The weight of a question in the loss. The datasets differ in size and in label quality.
GROUP_WEIGHT = {"clapnq": 1.0, "covidqa": 0.2, "hard": 0.5, "quotes": 2.0}
# The same with the answer removed: another passage may still answer.
REMOVED_WEIGHT = {"clapnq": 0.3, "covidqa": 0.05, "hard": 0.3}
# Subtracted from the intercept of stage 2, so that one threshold (.32) serves both stages. Without
# it clapnq would need .40 for the intended share of refusals, and stage 1, which judges all other
# languages, would refuse too much.
STAGE_2_OFFSET = 0.35
RANKING_WEIGHT = 0.5  # of choosing the sentence, relative to judging answerability
RIDGE = 5.0  # L2 penalty
STEPS = 400
# Thresholds to report, by the share of clapnq's answerable questions that they refuse.
REFUSED_SHARES = (0.05, 0.08, 0.1, 0.12, 0.15)
SIGNAL_NAMES = {stage: tuple(load_model(stage).weights) for stage in (STAGE_1, STAGE_2)}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FittedModel:
    """The weights and intercept of one stage, like ``answerability_model.LogisticModel``."""

    weights: Mapping[str, float]
    intercept: float

    def log_odds(self, case: Case) -> Array:
        names = list(self.weights)
        weights = np.array([self.weights[name] for name in names])
        fitted = _signal_matrix([case], names) @ weights
        return np.asarray(fitted + self.intercept + _hand_set_part([case]), float)


@dataclass(frozen=True)
class FittedModels:
    """Both stages, which score like ``answerability.score_sentences``."""

    stage_1: FittedModel
    stage_2: FittedModel

    @classmethod
    def fit(cls, cases: Sequence[Case], without: str = "") -> FittedModels:
        """Fit both stages to ``cases``, leaving out one signal."""
        names_1, names_2 = (
            [name for name in SIGNAL_NAMES[stage] if name != without]
            for stage in (STAGE_1, STAGE_2)
        )
        stage_1 = fit(cases, names_1)
        english = [case for case in cases if case.is_english and case.candidates]
        stage_2 = fit([_top_sentences(case, stage_1) for case in english], names_2)
        intercept = round(stage_2.intercept - STAGE_2_OFFSET, 2)
        return cls(stage_1, replace(stage_2, intercept=intercept))

    def score(self, case: Case) -> ScoredCase:
        if not case.is_english:
            return ScoredCase(case, self.stage_1.log_odds(case))
        top = _top_sentences(case, self.stage_1)
        return ScoredCase(top, self.stage_2.log_odds(top))


@dataclass(frozen=True)
class ScoredCase:
    """A case and the log odds of its sentences, by models that were not trained on its document."""

    case: Case
    log_odds: Array

    @property
    def combined_log_odds(self) -> float:
        """Those that any of the sentences answers."""
        return float(np.logaddexp.reduce(self.log_odds))


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
    for name in SIGNAL_NAMES[STAGE_2] if arguments.ablate else ():
        scored = cross_validate(cases, without=name)
        figures = [*_aurocs(scored), *_top_n_accuracy(scored, 3)]
        print(f"without {name}: {'; '.join(figures)}")
    _write(FittedModels.fit([case for case in cases if not case.is_test]), arguments.write)


def _write(models: FittedModels, to_package: bool) -> None:
    document = {
        "trained_by": "python -m bench.fit_answerability --write",
        STAGE_1: {"nothing": models.stage_1.intercept, "weights": models.stage_1.weights},
        STAGE_2: {"nothing": models.stage_2.intercept, "weights": models.stage_2.weights},
    }
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


def _hand_set_part(cases: Sequence[Case]) -> Array:
    """What the hand-set weights add to the log odds of each sentence."""
    weights = np.array([*HAND_SET_WEIGHTS.values()])
    return np.asarray(_signal_matrix(cases, list(HAND_SET_WEIGHTS)) @ weights, float)


def _top_sentences(case: Case, stage_1: FittedModel) -> Case:
    top = np.argsort(-stage_1.log_odds(case), kind="stable")[:RERANKED_SENTENCES]
    return case.select(np.sort(top))


def _case_weight(case: Case) -> float:
    return (REMOVED_WEIGHT if case.answer_removed else GROUP_WEIGHT)[case.group]


def fit(cases: Sequence[Case], names: Sequence[str]) -> FittedModel:
    """Minimize the loss by Adam over all cases at once, on standardized signals."""
    cases = [case for case in cases if case.candidates]
    signals = _signal_matrix(cases, names)
    means, deviations = signals.mean(0), signals.std(0) + 1e-9
    standardized = np.column_stack([(signals - means) / deviations, np.ones(len(signals))])
    loss_gradient = _LossGradient(cases, standardized)
    parameters, first_moment, second_moment = np.zeros((3, standardized.shape[1]))
    parameters[-1] = -4.0
    for step in range(1, STEPS + 1):
        gradient = loss_gradient.at(parameters)
        first_moment = 0.9 * first_moment + 0.1 * gradient
        second_moment = 0.99 * second_moment + 0.01 * gradient**2
        scale = np.sqrt(second_moment / (1 - 0.99**step)) + 1e-8
        rate = 0.05 * (1 - step / (STEPS + 1))
        parameters = parameters - rate * first_moment / (1 - 0.9**step) / scale
    weights = parameters[:-1] / deviations
    intercept = float(parameters[-1] - weights @ means)
    rounded = {name: round(float(w), 2) for name, w in zip(names, weights, strict=True)}
    return FittedModel(rounded, round(intercept, 2))


class _LossGradient:
    """The gradient of the loss: cross entropy of answerability and of the choice of sentence."""

    def __init__(self, cases: Sequence[Case], signals: Array):
        sizes = [len(case.candidates) for case in cases]
        self.signals = signals
        self.hand_set = _hand_set_part(cases)
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.case_of_row = np.repeat(np.arange(len(cases)), sizes)
        self.has_evidence = np.concatenate([case.has_evidence for case in cases])
        self.answerable = np.array([float(case.answerable) for case in cases])
        self.case_weights = np.array([_case_weight(case) for case in cases])
        has_choice = np.logical_or.reduceat(self.has_evidence, self.starts)
        self.ranking_weights = RANKING_WEIGHT * self.case_weights * has_choice * self.answerable

    def at(self, parameters: Array) -> Array:
        log_odds = self.signals @ parameters + self.hand_set
        highest = np.maximum.reduceat(log_odds, self.starts)
        odds = np.exp(log_odds - highest[self.case_of_row])
        total = np.add.reduceat(odds, self.starts)
        share = odds / total[self.case_of_row]
        probability = 1 / (1 + np.exp(-highest - np.log(total)))
        evidence_odds = odds * self.has_evidence
        evidence_total = np.add.reduceat(evidence_odds, self.starts)[self.case_of_row]
        evidence_share = evidence_odds / np.maximum(evidence_total, 1e-300)
        error = self.case_weights * (probability - self.answerable)
        gradient = error[self.case_of_row] * share
        gradient += self.ranking_weights[self.case_of_row] * (share - evidence_share)
        ridge = np.append(np.full(len(parameters) - 1, RIDGE), 0.0)
        return np.asarray(self.signals.T @ gradient + ridge * parameters, float)


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


def _top_n_accuracy(scored: Sequence[ScoredCase], n: int) -> Iterator[str]:
    """By group, how often the best ``n`` sentences include one with evidence."""
    for group in GROUP_WEIGHT:
        hits = [
            item.case.has_evidence[np.argsort(-item.log_odds)[:n]].any()
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
