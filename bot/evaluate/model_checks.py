"""The part of ``footnote doctor`` about the model: its server, its speed, and whether it cites.

The results are stored by the server's address and the model's name, and the bot uses them: prompts
fit the context window and the speed, and a model that cites too rarely gets only easy tasks. The
exam is charged, and can be skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.answer.budget import Asker, QuestionBudget
from bot.answer_records import EXAM_QUESTIONS, ModelProfile
from bot.app import App
from bot.errors import ModelError
from bot.evaluate.exam import OPERATORS_LIBRARY, take_exam
from bot.llm.probe import (
    OLLAMA,
    ServerFacts,
    Speed,
    fetch_server_facts,
    measure_speed,
    operator_warnings,
)
from bot.llm.profile import TARGET_ANSWER_S, estimate_answer_s, profile_key, prompt_tokens_in_time
from bot.strings import N_, _

Json = dict[str, Any]
State = Literal["ok", "warning", "failed"]
NO_MODEL = N_(
    "No model is set, so answers are quotes from the sources. To have a model write them, set "
    "OPENAI_MODEL, and OPENAI_API_KEY or, for a server of your own, OPENAI_BASE_URL."
)


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    name: str
    state: State
    detail: str

    def as_json(self) -> Json:
        """The check in a document."""
        return {"check": self.name, "state": self.state, "detail": self.detail}


async def check_configured_model(app: App, *, exam: bool) -> tuple[list[Check], Json | None]:
    """The checks of the model in the settings, and what is known of it; None without a model."""
    if not app.settings.has_model:
        return [Check("model", "ok", _(NO_MODEL))], None
    checks = await check_model(app, exam=exam)
    return checks, _document(app, checks)


async def check_model(app: App, *, exam: bool) -> list[Check]:
    """Check the model's server, measure its speed and, with ``exam``, have it take the exam."""
    model = app.settings.openai_model
    facts = await fetch_server_facts(app.server, model)
    try:
        facts, speed = await probe_model(app, facts, again=True)
    except ModelError as error:
        return [*_server_checks(facts, model), Check("answers", "failed", error.message)]
    checks = [*_server_checks(facts, model), _speed_check(speed)]
    if exam:
        try:
            await take_exam(app)
        except ModelError as error:
            checks.append(Check("exam", "failed", error.message))
    profile = app.budget.profiles.get(model)
    if profile.cites is not None:
        checks.append(_exam_check(profile))
    checks.append(_prompt_check(app, profile))
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
            budget = QuestionBudget(app.budget, library.ledger, Asker(kind="exam"))
            speed = await measure_speed(budget.metered_model(app.server), model)
        if facts.software == OLLAMA:
            facts = await fetch_server_facts(app.server, model)
    fields: dict[str, Any] = {}
    if facts.window:
        fields["window"] = facts.window
    if speed:
        fields["reading_tokens_per_s"] = speed.reading
        fields["writing_tokens_per_s"] = speed.writing
    profile = profiles.update(model, **fields)
    await app.store.keep_model_profile(profile_key(app.server.address), model, profile)
    return facts, speed


def _server_checks(facts: ServerFacts, model: str) -> list[Check]:
    if facts.problem:
        return [Check("server", "failed", facts.problem)]
    server = _("It answers.")
    if facts.software:
        server = _("It is {software}.").format(software=facts.software)
    warnings = [Check("model", "warning", line) for line in operator_warnings(facts, model)]
    return [
        Check("server", "ok", server),
        *(warnings or [Check("model", "ok", _model_line(facts, model))]),
        Check("window", "ok", _window_line(facts)),
    ]


def _model_line(facts: ServerFacts, model: str) -> str:
    if facts.model_listed:
        return _("{model}. The server lists it.").format(model=model)
    return _("{model}. The server has no list of models.").format(model=model)


def _window_line(facts: ServerFacts) -> str:
    if facts.window:
        return _("{n:,} tokens.").format(n=facts.window)
    return _("The server doesn't say how many tokens it takes.")


def _speed_check(speed: Speed | None) -> Check:
    if speed is None:
        return Check("speed", "ok", _("It was measured before."))
    if not speed.streams:
        return Check("speed", "warning", _("The server doesn't stream: answers come all at once."))
    return Check("speed", "ok", _speed_line(speed))


def _speed_line(speed: Speed) -> str:
    if speed.reading and speed.writing:
        line = _("It reads {reading:,.0f} and writes {writing:,.0f} tokens a second.")
    elif speed.writing:
        line = _("It writes {writing:,.0f} tokens a second.")
    elif speed.reading:
        line = _("It reads {reading:,.0f} tokens a second.")
    else:
        return _("It could not be measured.")
    return line.format(reading=speed.reading, writing=speed.writing)


def _exam_check(profile: ModelProfile) -> Check:
    detail = _("It cites correctly in {n} of {total} answers ({date}).").format(
        n=profile.cites, total=EXAM_QUESTIONS, date=profile.examined
    )
    if profile.is_weak:
        advice = _(
            "That is too few: quotes would be better. Use a larger model, or set ANSWERS=quotes."
        )
        return Check("exam", "warning", f"{detail} {advice}")
    return Check("exam", "ok", detail)


def _prompt_check(app: App, profile: ModelProfile) -> Check:
    """Whether prompts fit the window and the speed, and which length would."""
    settings = app.settings
    max_tokens = settings.max_prompt_tokens
    in_time = prompt_tokens_in_time(profile, max_tokens)
    desired = max_tokens if settings.prompt_tokens else in_time
    limits = app.budget.profiles.limits_for(settings.openai_model, desired, settings.answer_tokens)
    seconds = estimate_answer_s(profile, limits.prompt)
    sentences = [_prompt_line(limits.prompt, seconds)]
    if limits.prompt < desired:
        sentences.append(
            _("The context window is too small for {n:,}: make it larger.").format(n=desired)
        )
    too_slow = bool(seconds and seconds > TARGET_ANSWER_S and in_time < limits.prompt)
    if too_slow:
        sentences.append(_("Try PROMPT_TOKENS={n}.").format(n=in_time))
    state: State = "warning" if too_slow or limits.prompt < desired else "ok"
    return Check("prompt", state, " ".join(sentences))


def _prompt_line(tokens: int, seconds: float | None) -> str:
    if seconds is None:
        return _("At most {n:,} tokens are sent.").format(n=tokens)
    return _("At most {n:,} tokens are sent: an answer takes about {seconds:,.0f} s.").format(
        n=tokens, seconds=seconds
    )


def summarize(profile: ModelProfile, prompt_tokens: int) -> str:
    """A line for the log: "cites 9 of 10; reads 35 and writes 13 tokens a second; with 6,000 …"."""
    parts = []
    if profile.cites is not None:
        parts.append(f"cites {profile.cites} of {EXAM_QUESTIONS}")
    reading, writing = profile.reading_tokens_per_s, profile.writing_tokens_per_s
    speeds = [
        f"reads {reading:,.0f}" if reading else "",
        f"writes {writing:,.0f}" if writing else "",
    ]
    if any(speeds):
        parts.append(" and ".join(filter(None, speeds)) + " tokens a second")
    if seconds := estimate_answer_s(profile, prompt_tokens):
        estimate = f"with {prompt_tokens:,} tokens of prompt an answer takes {seconds:,.0f} s"
        in_time = prompt_tokens_in_time(profile, prompt_tokens)
        parts.append(estimate + (f"; try {in_time:,}" if in_time < prompt_tokens else ""))
    return "; ".join(parts) or "nothing is known"


def _document(app: App, checks: Sequence[Check]) -> Json:
    profile = app.budget.profiles.get(app.settings.openai_model)
    return {
        "name": app.settings.openai_model,
        "address": profile_key(app.server.address),
        "checks": [check.as_json() for check in checks],
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
