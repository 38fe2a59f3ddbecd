"""Odd questions end in an answer or a sentence; how fast, ``bench.odd_questions`` prints."""

from __future__ import annotations

from pathlib import Path

from bench.odd_questions import KINDS, SCOPE, SERVER, fill, questions
from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.settings import Settings
from bot.store.protocols import Library


async def ask(app: App, library: Library, question: str) -> Answer:
    """The answer without a model."""
    async for event in app.answerer.answer(question, library, SCOPE, quotes=True):
        if isinstance(event, Completed):
            return event.answer
    raise AssertionError("no answer")


async def test_odd_questions_end_in_an_answer(tmp_path: Path) -> None:
    async with open_app(Settings(data_dir=tmp_path)) as app, app.store.library(SERVER) as library:
        await fill(app, library, 6)
        for kind in KINDS:
            answer = await ask(app, library, questions(kind, 0))
            assert answer.state in ("answered", "unsure", "nothing", "asks_back", "about_bot"), kind
