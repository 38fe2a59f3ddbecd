"""The model's exam: ten questions about the sample articles. How often does it cite correctly?

An answer counts if the model wrote it and one of its footnotes opens a sentence with the expected
words. The whole bot answers (search, prompt, checks) from a library in a temporary folder; the
costs are charged to the operator's library. Knows nothing of Discord.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from importlib import resources

from bot.answer.budget import Asker
from bot.answer.events import Completed
from bot.answer_records import EXAM_QUESTIONS, Answer, ModelProfile
from bot.app import App, scratch_store
from bot.errors import ModelUnavailable
from bot.ingest.submission import Submission
from bot.llm.profile import profile_key
from bot.records import Scope
from bot.store.ledger_protocol import Charge, DailyLimits, Ledger
from bot.store.protocols import Library
from bot.strings import _

OPERATORS_LIBRARY = "local"  # its ledger is charged: `footnote usage`
SCOPE = Scope("exam")
EXAMINER = Asker(kind="exam")
EARLIEST_DAY = ""  # sorts before every date
SAMPLES = ("lighthouse.md", "heat-pumps.md", "beekeeper.txt", "nachtzug.md")
QUESTIONS = (  # with words of the sentence that must be cited
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


async def dont_wait() -> None:
    """Start each question at once."""


async def take_exam(
    app: App, before_each: Callable[[], Awaitable[None]] = dont_wait
) -> ModelProfile:
    """Have the model take the exam, and store the result.

    ``before_each`` is awaited before each question. Raises BudgetSpent or ModelUnavailable if the
    exam could not be finished.
    """
    model, profiles = app.settings.openai_model, app.budget.profiles
    old_result = profiles.get(model).cites
    profiles.update(model, cites=None)  # a weak model would not get all of the questions
    try:
        cites = await _count_citing(app, before_each)
    except BaseException:
        profiles.update(model, cites=old_result)
        raise
    profile = profiles.update(model, cites=cites, examined=app.budget.today())
    await app.store.keep_model_profile(profile_key(app.server.address), model, profile)
    return profile


async def _count_citing(app: App, before_each: Callable[[], Awaitable[None]]) -> int:
    """The number of questions answered with a correct citation."""
    n_citing = 0
    async with (
        scratch_store() as store,
        store.library(SCOPE.server_id) as samples,
        app.store.library(OPERATORS_LIBRARY) as own,
    ):
        await _read_samples(app, samples, own.ledger)
        for question, expected in QUESTIONS:
            answer = None
            while answer is None:
                await before_each()
                answer = await _answer_unless_busy(app, samples, own.ledger, question)
            n_citing += _cites(answer, expected)
    return n_citing


async def _read_samples(app: App, samples: Library, ledger: Ledger) -> None:
    """Add the sample articles, and charge their embedding to the exam."""
    for name in SAMPLES:
        data = resources.files("bot").joinpath("sandbox", "samples", name).read_bytes()
        await app.ingest.add(Submission(name, data), samples, SCOPE)
    for day, spent in (await samples.ledger.spent_by_day(EARLIEST_DAY)).items():
        charge = Charge(day, spent.usage, spent.cost, kind="exam")
        await ledger.reserve(charge, DailyLimits())  # without limits: it was already spent


async def _answer_unless_busy(
    app: App, library: Library, ledger: Ledger, question: str
) -> Answer | None:
    """The answer; None if a member asked in the meantime, since members go first."""
    answering = asyncio.ensure_future(_answer(app, library, ledger, question))
    busy = asyncio.ensure_future(app.answerer.activity.wait_until_concurrent())
    try:
        await asyncio.wait({answering, busy}, return_when=asyncio.FIRST_COMPLETED)
        return answering.result() if answering.done() else None
    finally:
        answering.cancel()
        busy.cancel()
        await asyncio.wait({answering, busy})


async def _answer(app: App, library: Library, ledger: Ledger, question: str) -> Answer:
    """Raises ModelUnavailable if the model wrote nothing, which says nothing about its quality."""
    answer: Answer | None = None
    answering = app.answerer.answer(question, library, SCOPE, asker=EXAMINER, ledger=ledger)
    async with aclosing(answering) as events:
        async for event in events:
            if isinstance(event, Completed):
                answer = event.answer
    assert answer is not None
    if answer.seconds.first_token is None:
        failed = _("The model could not take the exam.")
        raise ModelUnavailable(f"{failed} {answer.note}".strip())
    return answer


def _cites(answer: Answer, expected: str) -> bool:
    quotes = [" ".join(citation.quote.split()) for citation in answer.citations]
    return answer.mode == "model" and any(expected in quote for quote in quotes)
