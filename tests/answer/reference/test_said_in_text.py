"""An article that keeps speaking of a topic is meant rather than one whose title sounds like it."""

from __future__ import annotations

import pytest

from bot.app import open_app
from bot.ingest.submission import Submission
from bot.records import Filter, Scope
from bot.settings import Settings
from tests.answer.reference.test_find import ask

SCOPE = Scope("1")
TEXTS = {
    "Dada": "Dada was an art movement. Its artists rejected reason. It began in Zürich in 1916.",
    "A fund makes an offer": "The fund spoke of Mars. A mission to Mars would be paid for by both.",
}


@pytest.mark.parametrize(
    ("limits", "ids"),
    [(Filter(), {2}), (Filter(articles=frozenset({1})), {1})],
    ids=["everywhere", "only where the question may look"],
)
async def test_the_text_decides_before_the_meaning_of_titles(
    settings: Settings, limits: Filter, ids: set[int]
) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        for title, text in TEXTS.items():
            await app.ingest.add(Submission(f"{title}.md", text, title), library, SCOPE)

        answer = await ask(app, library, "tl;dr the mars article", limits)

        assert {citation.article_id for citation in answer.citations} == ids
