"""Ten questions on the sample articles: how often does the model of the settings cite properly?

An answer counts when the model wrote it and one of its footnotes opens a sentence that holds what
was asked. The whole bot answers (search, prompt, checks), from a library in a temporary folder;
what it costs is booked elsewhere, as an exam. Knows nothing of Discord.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from importlib import resources

from bot.answer.budget import Asker
from bot.answer.events import Completed
from bot.app import App, scratch_store
from bot.errors import ModelUnavailable
from bot.ingest.pipeline import Submission
from bot.llm.profile import profile_key
from bot.records import EXAM_QUESTIONS, Answer, ModelProfile, Scope
from bot.store.ledger_protocol import Charge, DailyLimits, Ledger
from bot.store.protocols import Library

OPERATORS_LIBRARY = "local"  # in whose ledger an exam is booked: `footnote usage`
SCOPE = Scope("exam")
EXAMINER = Asker(kind="exam")
EARLIEST_DAY = ""  # sorts before every date
SAMPLES = ("lighthouse.md", "heat-pumps.md", "beekeeper.txt", "nachtzug.md")
QUESTIONS = (  # and what the cited sentence holds
    ("How much did the restoration of Skerry Light cost?", "£1.4 million"),
    ("When will Skerry Light be lit again?", "21 June 2025"),
    ("Why was a shorter range chosen for the new lamp?", "storm petrels"),
    ("How high is the tower on Skerry Point?", "34 metres"),
    ("How many heat pumps were measured?", "46 air-source"),
    ("How much less did the owners of heat pumps spend on heating?", "27 %"),
    ("In how many cases did the noise stay below 40 decibels at night?", "43 of 46"),
    ("How many hives does Tomasz Wilk keep?", "60 hives"),
    ("How many colonies did Wilk lose in the winter of 2021?", "a third of his colonies"),
    ("Was kostet eine Fahrt im Schlafwagen nach Triest?", "89 Euro"),
)
assert len(QUESTIONS) == EXAM_QUESTIONS


async def at_once() -> None:
    """Nobody else is waited for."""


async def examine(app: App, before_each: Callable[[], Awaitable[None]] = at_once) -> ModelProfile:
    """Holds the exam and keeps its result. ``before_each`` is awaited before every question.

    Raises BudgetSpent or ModelUnavailable when it could not be held to its end.
    """
    model, profiles = app.settings.openai_model, app.budget.profiles
    known = profiles.get(model)
    profiles.update(model, cites=None)  # a weak model would not be asked everything
    try:
        cites = await _held(app, before_each)
    except BaseException:
        profiles.update(model, cites=known.cites)
        raise
    profile = profiles.update(model, cites=cites, examined=app.budget.today())
    await app.store.keep_model_profile(profile_key(app.server.address), model, profile)
    return profile


async def _held(app: App, before_each: Callable[[], Awaitable[None]]) -> int:
    cites = 0
    async with (
        scratch_store() as store,
        store.library(SCOPE.server_id) as samples,
        app.store.library(OPERATORS_LIBRARY) as own,
    ):
        await _read_samples(app, samples, own.ledger)
        for question, holds in QUESTIONS:
            answer = None
            while answer is None:
                await before_each()
                answer = await _unless_crowded(app, samples, own.ledger, question)
            cites += _cites(answer, holds)
    return cites


async def _read_samples(app: App, samples: Library, ledger: Ledger) -> None:
    """Add the sample articles, and charge their embedding to the exam."""
    for name in SAMPLES:
        data = resources.files("bot").joinpath("sandbox", "samples", name).read_bytes()
        await app.ingest.add(Submission(name, data), samples, SCOPE)
    for day, spent in (await samples.ledger.spent_by_day(EARLIEST_DAY)).items():
        charge = Charge(day, spent.usage, spent.cost, kind="exam")
        await ledger.reserve(charge, DailyLimits())  # no limits: it is spent already


async def _unless_crowded(
    app: App, library: Library, ledger: Ledger, question: str
) -> Answer | None:
    """The answer; None when somebody asked meanwhile, for people go first."""
    asking = asyncio.ensure_future(_answered(app, library, ledger, question))
    crowd = asyncio.ensure_future(app.answerer.activity.wait_until_concurrent())
    try:
        await asyncio.wait({asking, crowd}, return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    finally:
        asking.cancel()
        crowd.cancel()
        await asyncio.wait({asking, crowd})


async def _answered(app: App, library: Library, ledger: Ledger, question: str) -> Answer:
    """Raises ModelUnavailable when the model did not say a word: that says nothing about it."""
    answer: Answer | None = None
    asking = app.answerer.answer(question, library, SCOPE, asker=EXAMINER, ledger=ledger)
    async with aclosing(asking) as events:
        async for event in events:
            if isinstance(event, Completed):
                answer = event.answer
    assert answer is not None
    if answer.seconds.first_token is None:
        raise ModelUnavailable(f"The exam was not held. {answer.note}".strip())
    return answer


def _cites(answer: Answer, holds: str) -> bool:
    quotes = [" ".join(citation.quote.split()) for citation in answer.citations]
    return answer.mode == "model" and any(holds in quote for quote in quotes)
