"""Odd questions end in an answer or a sentence, in about the time of ordinary ones."""

from __future__ import annotations

import time
from pathlib import Path

from bench.odd_questions import KINDS, ORDINARY, SCOPE, SERVER, fill, questions
from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.settings import Settings
from bot.store.protocols import Library

MOST_TIMES, SPARE_S = 8, 0.5  # CPU time: the bench prints the true ones; this is their order


async def ask(app: App, library: Library, question: str) -> Answer:
    """The answer without a model."""
    async for event in app.answerer.answer(question, library, SCOPE, quotes=True):
        if isinstance(event, Completed):
            return event.answer
    raise AssertionError("no answer")


async def test_odd_questions_end_in_about_the_time_of_ordinary_ones(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    async with open_app(settings) as app, app.store.library(SERVER) as library:
        await fill(app, library, 6)
        for kind in KINDS:
            await ask(app, library, questions(kind, 0))  # loads what each kind needs
        seconds = {}
        for kind in KINDS:
            began = time.process_time()
            answer = await ask(app, library, questions(kind, 1))
            seconds[kind] = time.process_time() - began
            assert answer.state in ("answered", "unsure", "nothing", "asks_back", "about_bot")
    most = MOST_TIMES * seconds[ORDINARY] + SPARE_S
    assert [kind for kind, taken in seconds.items() if taken > most] == [], seconds
