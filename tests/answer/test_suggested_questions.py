"""Questions that an article answers: its own, about its headings and names, or a model's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import resources
from types import ModuleType
from typing import Any

import pytest

from bot.answer import suggested_questions
from bot.answer.question_candidates import question_candidates
from bot.answer.request_queue import RequestQueue
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Article, Scope, SearchResult, Submitter
from bot.settings import Settings
from tests.answer.conftest import asking
from tests.answer.library import passage
from tests.model_server import ScriptedServer, error

SCOPE = Scope("1")
ARTICLE = Article(
    id=1,
    version=1,
    title="Elmstead",
    url=None,
    author=None,
    published="2025-02-01",
    language="en",
    source="a.md",
    submitter=Submitter(),
    added="2025-02-03T00:00:00Z",
    passages=1,
    characters=100,
)
OTHER = "# Elmstead yard\n\nThe yard at Elmstead was opened in 1871 by Tobias Wren.\n"
FERRY = """# The Skerry ferry

The Skerry ferry carries people and goods across the sound.

## When is the last ferry?

The last ferry leaves Skerry at 22:15 every day.

## Who repaired the engine?

The engine was repaired by the mechanic Oona Varga in 2019, as Oona Varga says herself.

## How to book

Places are booked at the kiosk on the pier, at least one hour before the ferry leaves.
"""

BEEKEEPER = (resources.files("bot.sandbox") / "samples" / "beekeeper.txt").read_text("utf-8")


async def suggested(app: App, text: str, name: str = "a.md") -> tuple[str, ...]:
    async with app.store.library(SCOPE.server_id) as library:
        await app.ingest.add(Submission("other.md", OTHER.encode()), library, SCOPE)
        added = await app.ingest.add(Submission(name, text.encode()), library, SCOPE)
        return await app.answerer.suggest_questions(added.article, library, SCOPE)


def note_turns(
    module: ModuleType, searches: RequestQueue, monkeypatch: pytest.MonkeyPatch
) -> list[bool]:
    """For each search of a module: whether it holds the only slot of the queue."""
    search, turns = module.search, list[bool]()

    async def noted(*arguments: Any, **options: Any) -> SearchResult:
        turns.append(not searches.has_free_slot)
        found: SearchResult = await search(*arguments, **options)
        return found

    monkeypatch.setattr(module, "search", noted)
    return turns


@pytest.fixture
async def without_model(settings: Settings) -> AsyncIterator[App]:
    async with open_app(
        replace(settings, openai_base_url="", openai_api_key="", embedding_model="")
    ) as app:
        yield app


@pytest.fixture
async def with_model(settings: Settings, server: ScriptedServer) -> AsyncIterator[App]:
    async with open_app(replace(asking(settings, server), suggestions="auto")) as app:
        yield app


async def test_its_own_questions_come_first_and_then_its_headings(without_model: App) -> None:
    assert await suggested(without_model, FERRY) == (
        "When is the last ferry?",
        "Who repaired the engine?",
        "How to book?",
    )


async def test_each_is_tried_in_a_turn_of_its_own(
    without_model: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks meanwhile waits for one try, not for all."""
    turns = note_turns(suggested_questions, without_model.answerer.searches, monkeypatch)
    await suggested(without_model, FERRY)
    assert turns == [True] * 3


async def test_questions_too_long_for_a_button_do_not_keep_others_from_being_tried(
    without_model: App,
) -> None:
    headings = [f"{'What is known of the ferry ' * 3}in {year}?" for year in range(1990, 1999)]
    long = "".join(f"## {heading}\n\nNothing is known.\n\n" for heading in headings)
    assert "When is the last ferry?" in await suggested(without_model, long + FERRY)


async def test_no_question_is_suggested_that_the_article_does_not_answer(
    without_model: App,
) -> None:
    text = (
        "# The Skerry ferry\n\nThe ferry is grey.\n\n## When did the yard at Elmstead open?\n\nX.\n"
    )
    assert "When did the yard at Elmstead open?" not in await suggested(without_model, text)


async def test_a_models_questions_are_tried_and_those_it_made_up_left_out(
    with_model: App, server: ScriptedServer
) -> None:
    server.say(
        "1. When does the last ferry leave Skerry?\n- Who won the world cup in 1998?\nRubbish."
    )
    questions = await suggested(with_model, FERRY)
    assert questions[0] == "When does the last ferry leave Skerry?"
    assert "Who won the world cup in 1998?" not in questions
    assert "The last ferry leaves Skerry at 22:15" in server.prompt


async def test_without_the_model_there_are_still_the_articles_own(
    with_model: App, server: ScriptedServer
) -> None:
    server.put(*[error(500, "out of order")] * 4)
    assert "When is the last ferry?" in await suggested(with_model, FERRY)


async def test_a_models_call_costs_but_counts_as_no_question(
    with_model: App, server: ScriptedServer
) -> None:
    server.say("When does the last ferry leave Skerry?")
    await suggested(with_model, FERRY)
    async with with_model.store.library(SCOPE.server_id) as library:
        days = await library.ledger.spent_by_day("0000")
    assert sum(day.questions for day in days.values()) == 0
    assert sum(day.usage.completion_tokens for day in days.values()) > 0


PEOPLE = """# The yard at Elmstead

The yard will be opened on 3 May 2031 by the engineer Tobias Wren. "It is late," said Mary Abbot, \
who has led the works since spring. They began near Skerry Point on 1 March 2019.

The crane is 40 metres high. Old Harbour and Skerry Point are near.
"""
LEUTE = """# Die Werft von Elmstedt

„Es ist spät“, sagte Gerd Asmus, der die Bauarbeiten seit dem Frühjahr leitet. Der Kran von \
Elmstedt ist alt. Er steht neben dem Haus der Familie Adam.
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (PEOPLE, {"How high is the crane?", "Who is Mary Abbot?", "Who is Tobias Wren?"}),
        (LEUTE, {"Wer ist Gerd Asmus?"}),
    ],
)
async def test_it_is_asked_who_people_are_but_not_what_about_any_name(
    without_model: App, text: str, wanted: set[str]
) -> None:
    assert set(await suggested(without_model, text)) == wanted


def test_days_to_come_are_asked_for_and_days_gone_by_are_not() -> None:
    text = "The yard opens on 3 May 2031. It was begun on 1 March 2019."
    sentences = [text[:29], text[30:]]

    questions = question_candidates(ARTICLE, [passage(1, sentences)])

    assert [question.text for question in questions] == ["What happens on 3 May 2031?"]


def test_what_an_interview_asks_somebody_else_is_no_question() -> None:
    sentences = ["Do you read e-books?", "What happened?", "Is the library open on Sundays?"]

    questions = question_candidates(ARTICLE, [passage(1, [each]) for each in sentences])

    assert [question.text for question in questions] == ["Is the library open on Sundays?"]


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("# Pumps\n\nWe measured.\n\n## Results\n\nOwners spent 27 % less on heat.\n", "Results"),
        ("# Pumps\n\nWe asked Ada.\n\nWhat would she change?\n\nShe would start later.\n", " she "),
        (BEEKEEPER, "Tomasz Wilk Tomasz"),
    ],
)
async def test_a_suggested_question_is_understood_by_itself(
    without_model: App, text: str, never: str
) -> None:
    questions = await suggested(without_model, text, "a.txt" if text is BEEKEEPER else "a.md")
    assert not any(never in " ".join(question.split()) for question in questions)
