"""``footnote doctor``: is the model's server as the settings say, how fast is it, does it cite?

Every finding is a line; ``--json`` gives the same. What is found is kept by the server's address
and the model's name, and the bot heeds it: prompts fit the window and the speed, and a model that
cites too rarely is spared what is hard. Holds the exam unless told not to; it is booked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bot.answer.budget import Asker, QuestionBudget
from bot.app import App, open_app
from bot.errors import ModelError
from bot.evaluate.exam import OPERATORS_LIBRARY, examine
from bot.llm.probe import (
    OLLAMA,
    ServerFacts,
    Speed,
    fetch_server_facts,
    measure_speed,
    operator_warnings,
)
from bot.llm.profile import TARGET_ANSWER_S, estimate_answer_s, profile_key, prompt_tokens_in_time
from bot.records import EXAM_QUESTIONS, ModelProfile
from bot.settings import Settings

State = Literal["ok", "warning", "failed"]
NO_MODEL = (
    "No model is set, so answers are the sources' own sentences. To let a model write, set "
    "OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own, and OPENAI_MODEL."
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    detail: str


def run_doctor(arguments: argparse.Namespace) -> int:
    """Prints what was found; 1 when something failed. Raises FootnoteError."""
    settings = Settings()
    if arguments.data:
        settings = replace(settings, data_dir=Path(arguments.data))
    checks, document = asyncio.run(_examined(settings, exam=not arguments.no_exam))
    text = json.dumps(document, ensure_ascii=False) if arguments.json else "\n".join(lines(checks))
    sys.stdout.write(text + "\n")
    return int(any(check.state == "failed" for check in checks))


async def _examined(settings: Settings, *, exam: bool) -> tuple[list[Check], dict[str, Any]]:
    if not settings.has_model:
        return [Check("model", "ok", NO_MODEL)], {"model": None}
    async with open_app(settings) as app:
        checks = await model_checks(app, exam=exam)
        return checks, {"model": _document(app, checks)}


async def model_checks(app: App, *, exam: bool) -> list[Check]:
    """The checks of the model's server, of its speed, and of its exam if it is to be taken."""
    model = app.settings.openai_model
    facts = await fetch_server_facts(app.server, model)
    try:
        facts, speed = await probe_model(app, facts, again=True)
    except ModelError as error:
        return [*_of_facts(facts, model), Check("answers", "failed", error.message)]
    checks = [*_of_facts(facts, model), _of_speed(speed)]
    if exam:
        try:
            await examine(app)
        except ModelError as error:
            checks.append(Check("exam", "failed", error.message))
    profile = app.budget.profiles.get(model)
    if profile.cites is not None:
        checks.append(_of_exam(profile))
    checks.append(_of_prompt(app, profile))
    return checks


async def probe_model(
    app: App, facts: ServerFacts, *, again: bool = False
) -> tuple[ServerFacts, Speed | None]:
    """Measure the model's speed if it is unknown, or ``again``, and store it with its window.

    The facts are returned: Ollama's change when it loads the model. Raises ModelError if the model
    does not answer.
    """
    model, profiles = app.settings.openai_model, app.budget.profiles
    speed = None
    if again or profiles.get(model).writing_tokens_per_s is None:
        async with app.store.library(OPERATORS_LIBRARY) as library:
            spending = QuestionBudget(app.budget, library.ledger, Asker(kind="exam"))
            speed = await measure_speed(spending.metered_model(app.server), model)
        if facts.software == OLLAMA:
            facts = await fetch_server_facts(app.server, model)
    found: dict[str, Any] = {}
    if facts.window:
        found["window"] = facts.window
    if speed:
        found["reading_tokens_per_s"] = speed.reading
        found["writing_tokens_per_s"] = speed.writing
    profile = profiles.update(model, **found)
    await app.store.keep_model_profile(profile_key(app.server.address), model, profile)
    return facts, speed


def _of_facts(facts: ServerFacts, model: str) -> list[Check]:
    if facts.problem:
        return [Check("server", "failed", facts.problem)]
    what = f"It is {facts.software}." if facts.software else "It answers."
    warnings = [Check("model", "warning", line) for line in operator_warnings(facts, model)]
    listed = "The server lists it." if facts.model_listed else "The server has no list of models."
    return [
        Check("server", "ok", what),
        *(warnings or [Check("model", "ok", f"{model}. {listed}")]),
        Check("window", "ok", f"{facts.window:,} tokens.")
        if facts.window
        else Check("window", "ok", "The server does not say how large it is."),
    ]


def _of_speed(speed: Speed | None) -> Check:
    if speed is None:
        return Check("speed", "ok", "It was measured before.")
    if not speed.streams:
        return Check("speed", "warning", "The server does not stream: answers come all at once.")
    return Check("speed", "ok", f"It {_speeds(speed.reading, speed.writing)}.")


def _speeds(reading: float | None, writing: float | None) -> str:
    told = [f"reads {reading:,.0f}" if reading else "", f"writes {writing:,.0f}" if writing else ""]
    return " and ".join(filter(None, told)) + " tokens a second"


def _of_exam(profile: ModelProfile) -> Check:
    told = f"It cites properly in {profile.cites} of {EXAM_QUESTIONS} answers ({profile.examined})."
    if profile.is_weak:
        told += " That is too few: quotes answer better. Take a larger model, or ANSWERS=quotes."
    return Check("exam", "warning" if profile.is_weak else "ok", told)


def _of_prompt(app: App, profile: ModelProfile) -> Check:
    """Whether the prompt fits the window and the speed, and what would."""
    settings = app.settings
    most = settings.max_prompt_tokens
    wanted = most if settings.prompt_tokens else prompt_tokens_in_time(profile, most)
    room = app.budget.profiles.limits_for(settings.openai_model, wanted, settings.answer_tokens)
    seconds = estimate_answer_s(profile, room.prompt)
    takes = f": an answer takes about {seconds:,.0f} s" if seconds else ""
    told = f"{room.prompt:,} tokens are sent at most{takes}."
    better = prompt_tokens_in_time(profile, most)
    if room.prompt < wanted:
        told += f" The window holds no more ({wanted:,} are wanted): make it larger."
    if seconds and seconds > TARGET_ANSWER_S and better < room.prompt:
        told += f" I would set PROMPT_TOKENS={better}."
        return Check("prompt", "warning", told)
    return Check("prompt", "warning" if room.prompt < wanted else "ok", told)


def summary_of(profile: ModelProfile, prompt_tokens: int) -> str:
    """A line for the log: "cites 9 of 10; reads 35 and writes 13 tokens a second; with 6,000 …"."""
    told = []
    if profile.cites is not None:
        told.append(f"cites {profile.cites} of {EXAM_QUESTIONS}")
    if profile.reading_tokens_per_s or profile.writing_tokens_per_s:
        told.append(_speeds(profile.reading_tokens_per_s, profile.writing_tokens_per_s))
    seconds = estimate_answer_s(profile, prompt_tokens)
    if seconds:
        advice = f"with {prompt_tokens:,} tokens of prompt an answer takes {seconds:,.0f} s"
        better = prompt_tokens_in_time(profile, prompt_tokens)
        told.append(advice + (f", I would set {better:,}" if better < prompt_tokens else ""))
    return "; ".join(told) or "nothing is known"


def lines(checks: Sequence[Check]) -> list[str]:
    """For people, one line a check."""
    return [f"{check.state:<8} {check.name:<8} {check.detail}" for check in checks]


def _document(app: App, checks: Sequence[Check]) -> dict[str, Any]:
    profile = app.budget.profiles.get(app.settings.openai_model)
    return {
        "name": app.settings.openai_model,
        "address": profile_key(app.server.address),
        "checks": [
            {"check": check.name, "state": check.state, "detail": check.detail} for check in checks
        ],
        "window": profile.window,
        "reading_tokens_per_s": _rounded(profile.reading_tokens_per_s),
        "writing_tokens_per_s": _rounded(profile.writing_tokens_per_s),
        "cites": profile.cites,
        "of": EXAM_QUESTIONS,
        "examined": profile.examined,
        "weak": profile.is_weak,
    }


def _rounded(tokens: float | None) -> float | None:
    return None if tokens is None else round(tokens, 1)
