"""In a library with more articles than a line is compared with, none is said to be missing."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from bot.answer.events import Completed
from bot.answer.reference import find
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Filter, Scope
from bot.service.ask import UserQuestion, answer_question
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import EVERYTHING

SCOPE = Scope("1")
TEXTS = {
    "Ferry": "The ferry to Skelby runs every two hours. A ticket costs nine crowns.",
    "Baths": "The baths of Hovik open at seven. A season ticket costs ninety crowns.",
    "Bridge": "The bridge at Marn was closed in March. Lorries wait for it until June.",
    "Choir": "The choir of Elling sings on Sundays. Its new hall has two hundred seats.",
}


async def ask(app: App, library: Library, text: str, limits: Filter = EVERYTHING) -> Answer:
    question = UserQuestion(text, SCOPE, quotes=True, limits=limits)
    async with aclosing(answer_question(app.answerer, library, question)) as events:
        *_, last = [event async for event in events]
    assert isinstance(last, Completed)
    return last.answer


@pytest.fixture(autouse=True)
def few_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "MAX_READ", 2)


async def add_all(app: App, library: Library) -> None:
    for title, text in TEXTS.items():
        await app.ingest.add(Submission(f"{title}.md", text, title), library, SCOPE)


async def test_an_older_article_is_found_by_its_number(settings: Settings) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await add_all(app, library)

        answer = await ask(app, library, "Summarise article 1")

        assert {citation.article_id for citation in answer.citations} == {1}


async def test_a_number_is_looked_for_only_where_the_question_may_look(settings: Settings) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await add_all(app, library)

        within = Filter(articles=frozenset({2, 3, 4}))
        answer = await ask(app, library, "Summarise article 1", within)

        assert answer.clarification == "There is no article 1 here."


async def test_all_articles_are_counted(settings: Settings) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await add_all(app, library)

        answer = await ask(app, library, "how many markdown articles are there")

        assert answer.mode == "library"
        assert answer.sentences[0].text == "4 such articles (markdown)."
