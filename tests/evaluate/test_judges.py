"""The second opinion, measured with scripted judges: whatever they say, it only refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluate.dataset import Dataset, EvaluationDocument, GoldEvidence, Question
from bot.evaluate.judges import Character, ScriptedJudge, Written, judge_answer, measure_judges
from bot.evaluate.perturbations import Claim
from tests.quick import QuickEmbedder

TEXT = "The ferry left for Aland in 1912. It carried 40 passengers and a horse named Bruno."
CITED = ("It carried 40 passengers and a horse named Bruno.",)
TRUE = Claim("It carried 40 passengers.", CITED, "Ferries", "What did it carry?")
FALSE = replace(TRUE, text="It carried a horse and named 40 passengers.")
CHARACTERS = get_args(Character)


def written(*sentences: tuple[bool, bool]) -> list[Written]:
    """Sentences that are true, and that the rules accept."""
    return [Written(TRUE if true else FALSE, true, accepted) for true, accepted in sentences]


ANSWER = written((True, True), (False, True), (True, False), (False, False))


def judged(answer: Sequence[Written], character: Character) -> tuple[list[bool], int]:
    judge = ScriptedJudge(character, [s.is_true for s in answer if s.is_accepted])
    return asyncio.run(judge_answer(answer, judge)), judge.calls


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("oracle", [True, False, False, False]),
        ("liar", [False, True, False, False]),
        ("flatterer", [True, True, False, False]),
        ("silent", [True, True, False, False]),
        ("obedient", [False, True, False, False]),  # each source orders the opposite
    ],
)
def test_a_judge_can_refuse_what_the_rules_accept(character: Character, shown: list[bool]) -> None:
    assert judged(ANSWER, character) == (shown, 1)


@pytest.mark.parametrize("character", CHARACTERS)
def test_nothing_is_judged_where_the_rules_accept_nothing(character: Character) -> None:
    answer = written((True, False), (False, False))
    assert judged(answer, character) == ([False, False], 0)


@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6),
    st.sampled_from(CHARACTERS),
)
def test_no_judge_lets_pass_what_the_rules_refuse(
    sentences: list[tuple[bool, bool]], character: Character
) -> None:
    answer = written(*sentences)
    shown, _ = judged(answer, character)
    assert not any(now and not s.is_accepted for s, now in zip(answer, shown, strict=True))


def test_the_figures_of_the_judges_are_bounded_by_the_oracle_and_the_rules() -> None:
    document = EvaluationDocument("a", "Ferries", None, TEXT)
    evidence = (GoldEvidence("a", CITED[0]),)
    question = Question("q", "What did the ferry carry?", "", True, evidence)
    dataset = Dataset("", (document,), (question,))

    measured = asyncio.run(measure_judges(dataset, QuickEmbedder()))

    assert list(measured) == ["rules", *CHARACTERS]
    assert {row["passed"] for row in measured.values()} == {0}
    assert (measured["oracle"]["caught"], measured["oracle"]["refused"]) == (1.0, 0.0)
    for name in ("flatterer", "silent"):
        assert (measured[name]["caught"], measured[name]["refused"]) == (
            measured["rules"]["caught"],
            measured["rules"]["refused"],
        )
    assert measured["liar"]["refused"] == 1.0
