"""A question whose spelling was corrected depends on the article that the correction is from."""

from __future__ import annotations

from contextlib import aclosing

from bot.answer.events import Completed
from bot.app import open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.service.ask import UserQuestion, answer_question
from bot.settings import Settings

SCOPE = Scope("1")
HARBOUR = "The guided tour of the old harbour takes one hour."
BEES = "The bees of Zephyrine make honey. A guided walk leads to them."


async def test_whoever_may_not_see_the_article_does_not_learn_its_words(
    settings: Settings,
) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        add = app.ingest.add
        await add(Submission("a.txt", HARBOUR, "Tour"), library, SCOPE)
        added = await add(Submission("b.txt", BEES, "Bees"), library, SCOPE)

        question = UserQuestion(
            "How long does the guided tour of the zepyrine harbour take?", SCOPE, quotes=True
        )
        async with aclosing(answer_question(app.answerer, library, question)) as events:
            *_, last = [event async for event in events]

        assert isinstance(last, Completed)
        assert "“Zephyrine”" in last.answer.note
        assert added.article.id in last.answer.article_ids
        assert added.article.id not in {c.article_id for c in last.answer.citations}
