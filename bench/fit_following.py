"""Fits how likely a sentence answers a follow-up, from several readings of it.

    .venv/bin/python -m bench.fit_following

The readings: the line by itself, in the articles of its conversation, and with the words of the
questions before; and where the sentence stands. The model is P(sentence) ~ exp(w · readings) beside
P(none) ~ 1, on the turns of those tests/quality/conversations that may be looked at and of
tests/answer/conversations.json; what the articles do not hold counts three times. Prints the
weights for ``bot/answer/strategies/following.py``, and how many of the turns have their evidence
first, or rightly nothing, each by a fit without its conversation; also, by a fit to each of the two
sets, of the other.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.conversations import ARTICLES, QUALITY, SCOPE, fill, is_shown, plain, told_answer
from bot.answer.events import Completed, Retrieved
from bot.answer.extractive import REFUSE_BELOW
from bot.answer.strategies.following import WEIGHTS
from bot.app import App, open_app
from bot.records import Candidate
from bot.search.answerability import DECIDING_SENTENCES
from bot.service.ask import MAX_TURNS, UserQuestion, answer_question, keep_answer, to_stored
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import StoredAnswer

Floats = NDArray[np.float64]
ROOT = Path(__file__).parent.parent
NONE_WEIGHT = 3.0
RIDGE = 0.05
STEPS, RATE = 300, 0.05
FOLDS = 10
LOOKED_AT = ("looked_at", "looked_at_2")


@dataclass(frozen=True, slots=True)
class Case:
    """``readings`` (sentence, weight), and which sentences are evidence."""

    conversation: str
    not_held: bool
    readings: Floats
    evidence: NDArray[np.bool_]


def read_conversations() -> tuple[list[Path], list[dict[str, Any]]]:
    """The short conversations, and their articles; only the last turn's evidence is known."""
    told = json.loads((ROOT / "tests" / "answer" / "conversations.json").read_text("utf-8"))
    paths = {name: ROOT / path for name, path in told["articles"].items()}
    rows = [
        {
            "id": f"t{i}",
            "turns": [
                *({"text": text, "kind": "first"} for text in row["turns"][:-1]),
                {
                    "text": row["turns"][-1],
                    "kind": "last",
                    "evidence": [[paths[row["article"]].name, row["right"]]],
                },
            ],
        }
        for i, row in enumerate(told["conversations"])
    ]
    return list(paths.values()), rows


async def read_cases(paths: list[Path], rows: list[dict[str, Any]]) -> list[Case]:
    """The follow-ups that have two readings. ``paths``: the articles."""
    cases: list[Case] = []
    with TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data))
        async with open_app(settings) as app, app.store.library(SCOPE.server_id) as library:
            files = await fill(app, library, paths)
            for row in rows:
                cases += await _cases_of(app, library, row, files)
    return cases


async def _cases_of(
    app: App, library: Library, row: dict[str, Any], files: dict[int, str]
) -> list[Case]:
    """The follow-ups of a conversation, each after the right answers to those before it."""
    before: list[StoredAnswer] = []
    cases: list[Case] = []
    for turn in row["turns"]:
        question = UserQuestion(turn["text"], SCOPE, turns=tuple(before[-MAX_TURNS:]), quotes=True)
        candidates: tuple[Candidate, ...] = ()
        async with aclosing(answer_question(app.answerer, library, question)) as events:
            async for event in events:
                if isinstance(event, Retrieved):
                    candidates = event.findings.candidates
                elif isinstance(event, Completed) and event.answer.mode != "help":
                    told = await told_answer(turn, event.answer, library, files)
                    answer = told if "evidence" in turn else event.answer
                    before.append(to_stored(question, await keep_answer(library, question, answer)))
        followed = [c for c in candidates if WEIGHTS.keys() <= c.signals.keys()]
        if followed and "evidence" in turn:
            cases.append(_case(row["id"], turn, followed, files))
    return cases


def _case(
    conversation: str, turn: dict[str, Any], candidates: list[Candidate], files: dict[int, str]
) -> Case:
    readings = [[c.signals[name] for name in WEIGHTS] + [1.0] for c in candidates]
    evidence = [
        any(is_shown(e, [(files[c.passage.article_id], plain(c.text))]) for e in turn["evidence"])
        for c in candidates
    ]
    is_none = turn["kind"] == "not_held"
    return Case(conversation, is_none, np.array(readings), np.array(evidence))


def fit(cases: list[Case]) -> Floats:
    """The weights, and the intercept last, by Adam."""
    weights = np.zeros(len(WEIGHTS) + 1)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        slope = 2 * RIDGE * weights + sum(_slope(case, weights) for case in cases)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope * slope
        step_size = RATE / (1 - 0.9**step)
        weights = weights - step_size * mean / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def _slope(case: Case, weights: Floats) -> Floats:
    scores = np.append(case.readings @ weights, 0.0)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    right = np.append(case.evidence, not case.evidence.any())
    wanted = shares * right / (shares * right).sum()
    slope: Floats = (shares - wanted)[:-1] @ case.readings
    return slope * (NONE_WEIGHT if case.not_held else 1.0)


def is_right(case: Case, weights: Floats) -> bool:
    """Whether the evidence comes first and is likely; for what is not held, nothing is likely."""
    scores = case.readings @ weights
    odds = np.exp(np.sort(scores)[-DECIDING_SENTENCES:]).sum()
    answered = odds / (1 + odds) >= REFUSE_BELOW
    return not answered if case.not_held else bool(answered and case.evidence[scores.argmax()])


def main() -> None:
    parts = {}
    for name in LOOKED_AT:
        lines = (QUALITY / "conversations" / f"{name}.jsonl").read_text("utf-8").splitlines()
        rows = [*map(json.loads, lines)]
        parts[name] = asyncio.run(read_cases(sorted(ARTICLES.iterdir()), rows))
    parts["short"] = asyncio.run(read_cases(*read_conversations()))
    cases = [case for part in parts.values() for case in part]
    folds = {name: i % FOLDS for i, name in enumerate(sorted({c.conversation for c in cases}))}
    fits = [fit([c for c in cases if folds[c.conversation] != fold]) for fold in range(FOLDS)]
    print(dict(zip([*WEIGHTS, "intercept"], fit(cases).round(2).tolist(), strict=True)))
    for name, part in parts.items():
        right = sum(is_right(case, fits[folds[case.conversation]]) for case in part)
        elsewhere = fit([c for other, p in parts.items() if other != name for c in p])
        transferred = sum(is_right(case, elsewhere) for case in part)
        print(f"{name}: right {right} of {len(part)}; by a fit to the others {transferred}")


if __name__ == "__main__":
    main()
