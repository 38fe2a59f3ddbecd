"""Questions about the library have a form; questions about the world have none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.answer.catalog.intents import IntentKind, match_intent

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("question", "kind", "about", "mentions", "by"),
    [
        ("How many articles do we have?", IntentKind.COUNT, "", "", ""),
        ("how many articles on bees?", IntentKind.COUNT, "bees", "", ""),
        (
            "How many articles are there about bees in the library?",
            IntentKind.COUNT,
            "bees",
            "",
            "",
        ),
        ("How many articles mention Gdynia?", IntentKind.COUNT, "", "Gdynia", ""),
        ("how many articles by Maren Oakley", IntentKind.COUNT, "", "", "Maren Oakley"),
        ("How many articles from 2025?", IntentKind.COUNT, "", "", "2025"),
        ("What is newest?", IntentKind.NEWEST, "", "", ""),
        ("What's new?", IntentKind.NEWEST, "", "", ""),
        ("Can you show me the latest articles, please?", IntentKind.NEWEST, "", "", ""),
        ("what is the latest article on trains?", IntentKind.NEWEST, "trains", "", ""),
        ("What is our oldest article?", IntentKind.OLDEST, "", "", ""),
        ("Who gave us the heat pump study?", IntentKind.WHO_ADDED, "the heat pump study", "", ""),
        ("who added the article on bees", IntentKind.WHO_ADDED, "the article on bees", "", ""),
        ("Who added the most articles?", IntentKind.TOP_CONTRIBUTORS, "", "", ""),
        ("List all that mention Tomasz Wilk", IntentKind.LIST, "", "Tomasz Wilk", ""),
        ("which articles mention the union?", IntentKind.LIST, "", "the union", ""),
        ("Which articles are about bees?", IntentKind.LIST, "bees", "", ""),
        ("What do we have on otters?", IntentKind.LIST, "otters", "", ""),
        ("list all articles by Lena Brandt", IntentKind.LIST, "", "", "Lena Brandt"),
        ("What is this library about?", IntentKind.LIST, "", "", ""),
        ("Which topics are covered?", IntentKind.LIST, "", "", ""),
        ("What can I ask you?", IntentKind.LIST, "", "", ""),
        ("Give me everything about otters", IntentKind.LIST, "otters", "", ""),
        ("Wie viele Artikel gibt es zu Bienen?", IntentKind.COUNT, "Bienen", "", ""),
        ("Was ist neu?", IntentKind.NEWEST, "", "", ""),
        ("Welche Artikel erwähnen Graz?", IntentKind.LIST, "", "Graz", ""),
        ("¿Cuántos artículos hay sobre bibliotecas?", IntentKind.COUNT, "bibliotecas", "", ""),
        ("¿Qué artículos mencionan Valdemora?", IntentKind.LIST, "", "Valdemora", ""),
    ],
)
def test_a_question_about_the_library_has_an_intent(
    question: str, kind: IntentKind, about: str, mentions: str, by: str
) -> None:
    form = match_intent(question)
    assert form is not None
    assert (form.kind, form.about, form.mentions, form.origin) == (kind, about, mentions, by)


@pytest.mark.parametrize(
    ("question", "sides", "about"),
    [
        ("Compare the ferry with the lighthouse on cost", ("the ferry", "the lighthouse"), "cost"),
        ("compare #3 and #5", ("#3", "#5"), ""),
        ("How does article 3 differ from article 5?", ("article 3", "article 5"), ""),
        ("Vergleiche den Nachtzug mit der Fähre", ("den Nachtzug", "der Fähre"), ""),
        ("Compara el faro con la biblioteca", ("el faro", "la biblioteca"), ""),
    ],
)
def test_a_comparison_has_two_sides(question: str, sides: tuple[str, str], about: str) -> None:
    form = match_intent(question)
    assert form is not None
    assert (form.kind, form.sides, form.about) == (IntentKind.COMPARE, sides, about)


@pytest.mark.parametrize(
    "question",
    [
        "How many articles are in the constitution?",
        "how many articles are there in the un charter",
        "How many articles were included in the review?",
        "How many papers did Einstein publish?",
        "Who gave us the statue of liberty?",
        "who added the 50th star to the flag",
        "What is the latest version of Android?",
        "What is the newest ship of the line?",
        "List all planets that contain iron",
        "What do we know about otters?",
        "What is the difference between russia and siberia",
        "Which texts are sacred to Hindus?",
        "What is new about the lamp?",
        "Was ist neu an der Lampe?",
        "Tell me everything about the lamp",
        "What is the library of Alexandria about?",
        "What topics are covered by the survey?",
        "x" * 4_000,
    ],
)
def test_a_question_about_the_world_has_no_intent(question: str) -> None:
    assert match_intent(question) is None


def test_questions_about_articles_are_not_taken_for_questions_about_the_library() -> None:
    asked = json.loads((Path(__file__).parent / "quotes.json").read_text("utf-8"))["questions"]
    assert [row["question"] for row in asked if match_intent(row["question"])] == []


@pytest.mark.parametrize("name", ["clapnq", "covidqa"])
def test_questions_of_the_data_sets_have_no_intent_but_comparing(name: str) -> None:
    file = ROOT.parent / "shared" / "data" / name / "questions.jsonl"
    if not file.exists():
        pytest.skip(f"{name} is not part of this checkout")
    asked = [json.loads(line)["question"] for line in file.read_text("utf-8").splitlines()]
    forms = [form for form in map(match_intent, asked) if form is not None]
    # It names no two articles, so it is asked of the articles like any other.
    assert [form.kind for form in forms] in ([], [IntentKind.COMPARE])
