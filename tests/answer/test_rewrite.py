"""A question that leans on the one before is made to stand alone; one that does not stays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.answer.question.follow_up import FollowUpKind, classify_follow_up
from bot.answer.question.rewrite import rewrite_by_rule
from bot.app import App
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.search.retrieve import retrieve
from bot.store.protocols import Library
from bot.store.values import StoredAnswer
from tests.answer.conftest import SCOPE

ROOT = Path(__file__).parent.parent.parent
TOLD = json.loads((Path(__file__).parent / "conversations.json").read_text("utf-8"))


def turns(*questions: str) -> list[StoredAnswer]:
    """What was asked before, as a thread keeps it."""
    before: list[StoredAnswer] = []
    for question in questions:
        before.append(
            StoredAnswer(
                question=question, standalone_question=rewrite_by_rule(question, before).text
            )
        )
    return before


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        ("How many did it carry in 1974?", "and in 2020?", "How many did it carry in 2020?"),
        ("Who is Tomasz Wilk?", "What about Joan Petrie?", "Who is Joan Petrie?"),
        ("How tall is the tower?", "Why?", "Why? (tower)"),
        (
            "Who built Skerry Light?",
            "How heavy is its lamp?",
            "How heavy is its lamp? (built Skerry Light)",
        ),
        ("Who built Skerry Light?", "Who else?", "Who else? (built Skerry Light)"),
        ("Where does Tomasz Wilk live?", "How old is he?", "How old is he? (Tomasz Wilk)"),
        ("Is Skerry Light tall?", "And who built it?", "who built it? (Skerry Light)"),
        ("Is Skerry Light tall?", "Who paid?", "Who paid? (Skerry Light)"),
        ("Wann fährt der Nachtzug?", "Und was kostet das?", "was kostet das? (fährt Nachtzug)"),
        ("¿Quién dirige la biblioteca?", "¿Por qué?", "¿Por qué? (dirige biblioteca)"),
        ("鹤鸣茶馆搬到哪里了？", "为什么？", "为什么？ (鹤鸣茶馆搬到)"),
        ("Was kostet der Tunnel?", "Wieso so viel?", "Wieso so viel? (kostet Tunnel)"),
        ("¿Cuánto cuesta la Dune 3?", "cuántas quedan", "cuántas quedan (cuesta Dune 3)"),
        ("Кто построил маяк?", "А когда он открылся?", "когда он открылся? (построил маяк)"),
    ],
)
def test_a_follow_up_gets_the_topic_of_the_last_question(
    before: str, question: str, alone: str
) -> None:
    assert rewrite_by_rule(question, turns(before)).text == alone


@pytest.mark.parametrize(
    "question",
    [
        "How many heat pumps were measured?",
        "What is superspreading?",
        "Is it true that urchins eat kelp?",
        "How long does it take to climb the tower?",
        "Who started the ferry and how long did he run it?",
        "What are some vectors that have been developed?",
        "Wie viele Kirchturmuhren gibt es in Bayern?",
        "¿Cuántos asientos tiene la sala de lectura?",
        "heat pumps noise",
        "y cuánto pesa la batería del ferry",
        "and how many bicycles does the ferry carry",
    ],
)
def test_a_standalone_question_is_unchanged(question: str) -> None:
    assert rewrite_by_rule(question, turns("Who built Skerry Light?")).text == question


def test_a_part_of_the_question_before_is_kept_when_another_changes() -> None:
    before = turns("revenue of Norvik in q1", "and the employees?")
    assert rewrite_by_rule("and q2?", before).text == "revenue of Norvik in q2 (the employees)?"


def test_a_first_question_is_unchanged() -> None:
    assert rewrite_by_rule("Why?", []).text == "Why?"
    assert rewrite_by_rule("Why?", [StoredAnswer()]).text == "Why?"  # it was forgotten


def test_a_name_is_kept_through_a_thread() -> None:
    thread = turns("How old is Captain Moen?", "What will he miss?")
    assert "Captain Moen" in rewrite_by_rule("And what was he offered?", thread).text


def test_a_person_may_be_named_further_back_than_a_thing() -> None:
    thread = turns("How old is Captain Moen?", "How much was the toll of the bridge?")
    assert rewrite_by_rule("What will he miss?", thread).text == "What will he miss? (Captain Moen)"


@given(st.text(max_size=60), st.text(max_size=60))
@example("what about ?", "Who?")
@example("and ?", "¿?")
@example("Y\x85", ":")
def test_any_question_after_any_other_can_be_rewritten(one: str, other: str) -> None:
    assert rewrite_by_rule(one, turns(other)).text or not one


def test_a_long_question_is_unchanged() -> None:
    long = "Why? " * 100
    assert rewrite_by_rule(long, turns("How tall is the tower?")).text == long


def test_a_pasted_text_is_not_copied_into_the_follow_up() -> None:
    pasted = " ".join(f"Word{i}" for i in range(500))
    assert len(rewrite_by_rule("Why?", turns(pasted)).text) < 100


@pytest.mark.parametrize("name", ["clapnq", "covidqa"])
def test_few_questions_of_the_data_sets_are_taken_for_follow_ups(name: str) -> None:
    file = ROOT.parent / "shared" / "data" / name / "questions.jsonl"
    if not file.exists():
        pytest.skip(f"{name} is not part of this checkout")
    asked = [json.loads(line)["question"] for line in file.read_text("utf-8").splitlines()]
    leans = [
        question
        for question in asked
        if classify_follow_up(question).kind is not FollowUpKind.STANDALONE
    ]
    assert len(leans) <= 0.06 * len(asked)  # "what was the aim of this study?" is among them


# --- what it is for ------------------------------------------------------------------------------


async def _filled(app: App, library: Library) -> None:
    for path in TOLD["articles"].values():
        file = ROOT / path
        await app.ingest.add(
            Submission(file.name, file.read_bytes()), library, Scope(SCOPE.server_id)
        )


async def _hit(question: str, right: str, library: Library, app: App) -> bool:
    hits, _ = await retrieve(question, library, SCOPE, app.embedder, limit=4)
    return any(right in hit.passage.text for hit in hits)


async def test_follow_ups_and_changes_of_subject_find_their_evidence(
    app: App,
) -> None:
    told: Sequence[dict[str, Any]] = TOLD["conversations"]
    as_asked = understood = 0
    async with app.store.library(SCOPE.server_id) as library:
        await _filled(app, library)
        for row in told:
            *before, last = row["turns"]
            as_asked += await _hit(last, row["right"], library, app)
            alone = rewrite_by_rule(last, turns(*before)).text
            understood += await _hit(alone, row["right"], library, app)
    assert understood >= 0.95 * len(told)
    assert as_asked <= 0.85 * len(told)  # else this set would say nothing of rewriting
