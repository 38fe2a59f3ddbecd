"""``footnote doctor`` against scripted servers: what is said, kept, booked, and heeded after."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.answer_records import ModelProfile, Usage
from bot.app import open_app
from bot.evaluate.exam import OPERATORS_LIBRARY, take_exam
from bot.evaluate.model_checks import NO_MODEL, check_model, summarize
from bot.evaluate.model_probing import ModelProbing
from bot.llm.client import Model
from bot.llm.probe import Speed, measure_speed
from bot.llm.profile import profile_key
from bot.settings import Settings
from tests.answer.conftest import ALL_TIME
from tests.exam_taker import cites, cites_nothing
from tests.model_server import HANG, ScriptedServer, broken, error, model_server
from tests.quick import QuickEmbedder


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        running.documents["/v1/models"] = {"data": [{"id": "scripted", "max_model_len": 8192}]}
        yield running


@pytest.fixture
def settings(server: ScriptedServer, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        openai_base_url=server.url,
        openai_model="scripted",
        model_timeout_s=600.0,  # for a fault
    )


@pytest.fixture(autouse=True)
def same_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is as fast on every machine: a slow one gets shorter prompts."""

    async def measured(server: Model, model: str) -> Speed:
        speed = await measure_speed(server, model)
        assert speed.writing
        return replace(speed, reading=speed.reading and 5_000.0, writing=500.0)

    monkeypatch.setattr("bot.evaluate.model_checks.measure_speed", measured)


async def states(settings: Settings) -> dict[str, tuple[str, str]]:
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        checks = await check_model(app, exam=True)
    return {check.name: (check.state, check.detail) for check in checks}


async def test_a_model_that_cites_passes_and_its_exam_is_booked_as_no_question(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        found = {check.name: check for check in await check_model(app, exam=True)}
        async with app.store.library(OPERATORS_LIBRARY) as library:
            ((_, spent),) = (await library.ledger.spent_by_day(ALL_TIME)).items()
        assert await app.store.servers() == [OPERATORS_LIBRARY]  # the samples are in no library
    assert list(found) == ["server", "model", "window", "speed", "exam", "prompt"]
    assert {check.state for check in found.values()} == {"ok"}
    assert "10 of 10" in found["exam"].detail
    assert "8,192" in found["window"].detail
    assert spent.questions == 0
    calls = [request for request in server.requests if "messages" in request.body]
    assert spent.usage == Usage(100 * len(calls), 10 * len(calls))
    assert len(calls) == 12  # two to measure, ten of the exam


async def test_an_exam_pays_for_embedding_the_sample_articles(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites
    server.tokens_of_embeddings = 700
    async with open_app(replace(settings, embedding_model="hashed")) as app:
        await take_exam(app)
        async with app.store.library(OPERATORS_LIBRARY) as library:
            ((_, spent),) = (await library.ledger.spent_by_day(ALL_TIME)).items()
    answers = sum("messages" in request.body for request in server.requests)
    embeddings = len(server.requests) - answers
    assert embeddings > answers  # at least one of each sample, and of each question
    assert spent.questions == 0
    assert spent.usage == Usage(100 * answers + 700 * embeddings, 10 * answers)


async def test_a_model_that_cites_nothing_is_found_weak_and_that_is_kept(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites_nothing
    found = await states(settings)
    assert found["exam"][0] == "warning"
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        profile = app.budget.profiles.get("scripted")
        assert (profile.cites, profile.is_weak, profile.window) == (0, True, 8_192)
        assert profile.examined == app.budget.today()
        assert profile.writing_tokens_per_s


async def test_an_exam_that_no_budget_pays_says_nothing_about_the_model(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites
    found = await states(replace(settings, daily_tokens_server=4_000))
    assert found["exam"][0] == "failed"
    assert "budget" in found["exam"][1]
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        assert app.budget.profiles.get("scripted").cites is None


@pytest.mark.parametrize("cause", ["key", "address", "model"])
async def test_what_is_wrong_is_said(
    server: ScriptedServer, settings: Settings, cause: str, refusing_port: int
) -> None:
    if cause == "key":
        server.documents["/v1/models"] = error(401, "wrong")
        server.answers = lambda prompt: error(401, "wrong")
    elif cause == "address":
        settings = replace(settings, openai_base_url=f"http://127.0.0.1:{refusing_port}/v1")
    else:
        settings = replace(settings, openai_model="gone")
        server.answers = lambda prompt: error(404, "no such model")
    found = await states(settings)
    assert found["answers"][0] == "failed"
    if cause == "model":
        assert found["model"] == (
            "warning",
            "The server does not list gone. It has: scripted.",
        )
    else:
        assert found["server"][0] == "failed"


async def test_a_slow_model_gets_a_shorter_prompt_and_advice(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites
    slow = ModelProfile(None, 35.0, 13.0, 9, "2026-01-01")
    assert summarize(slow, 6_000) == (
        "cites 9 of 10; reads 35 and writes 13 tokens a second; with 6,000 tokens of prompt an "
        "answer takes 187 s; try 1,500"
    )
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        await app.store.keep_model_profile(profile_key(server.url), "scripted", slow)
    for prompt_tokens, most in ((None, 1_500), (6_000, 6_000)):
        wanted = replace(settings, prompt_tokens=prompt_tokens)
        async with open_app(wanted, embedder=QuickEmbedder()) as app:
            assert await _longest_prompt(app, server) == most


async def _longest_prompt(app: Any, server: ScriptedServer) -> int:
    """What the writer of a question may send."""
    from bot.answer.budget import QuestionBudget

    async with app.store.library(OPERATORS_LIBRARY) as library:
        spending = QuestionBudget(app.budget, library.ledger)
        return int(app.answerer._writer.within_budget(spending).prompt_tokens)


# --- the command ---------------------------------------------------------------------------------


def test_without_a_model_the_doctor_says_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert NO_MODEL in capsys.readouterr().out
    assert main(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"] is None
    assert {check["state"] for check in document["checks"]} == {"ok"}


async def test_the_doctor_prints_one_document(
    server: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.answers = cites
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_MODEL", "scripted")
    asked = ["--data", str(tmp_path / "d"), "doctor", "--json", "--no-exam"]
    assert await asyncio.to_thread(main, asked) == 0
    document = json.loads(capsys.readouterr().out)["model"]
    assert document["name"] == "scripted"
    assert [check["check"] for check in document["checks"]] == [
        "server", "model", "window", "speed", "prompt",
    ]  # fmt: skip
    assert (document["window"], document["cites"], document["weak"]) == (8_192, None, False)


# --- in the background ---------------------------------------------------------------------------


async def _slept(seconds: float) -> None:
    raise AssertionError("nothing is to be waited for")


async def test_the_list_of_models_is_fetched_once_at_each_start(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites
    for _ in range(2):
        server.looked.clear()
        async with open_app(settings, embedder=QuickEmbedder()) as app:
            await ModelProbing(app, sleep=_slept, quiet_s=0).work()
        assert server.looked.count("/v1/models") == 1


async def test_ollama_is_asked_again_once_it_has_loaded_the_model(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites
    server.documents["/api/show"] = lambda body: {"model_info": {"x.context_length": 131_072}}

    def running(body: object) -> dict[str, object]:
        measured = any("messages" in request.body for request in server.requests)
        row = {"name": "scripted", "context_length": 16_384}
        return {"models": [row] if measured else []}

    server.documents["/api/ps"] = running
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        await ModelProbing(app, sleep=_slept, quiet_s=0).work()
        assert app.budget.profiles.get("scripted").window == 16_384


async def test_the_bot_gets_to_know_its_model_by_itself_once(
    server: ScriptedServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.answers = cites
    for calls in (12, 0):
        server.requests.clear()
        async with open_app(settings, embedder=QuickEmbedder()) as app:
            await ModelProbing(app, sleep=_slept, quiet_s=0).work()
        assert sum("messages" in request.body for request in server.requests) == calls
    assert "cites 10 of 10" in caplog.text


@pytest.mark.parametrize(("setting", "at_once"), [("", True), (1, False)])
async def test_a_server_that_tells_its_slots_is_asked_so_many_questions_at_once(
    server: ScriptedServer, settings: Settings, setting: int | str, at_once: bool
) -> None:
    server.answers = cites
    server.documents["/props"] = {"default_generation_settings": {}, "total_slots": 2}
    settings = replace(settings, model_slots=setting)
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        await ModelProbing(app, sleep=_slept, quiet_s=0).work()
        writer = app.answerer._writer
        assert writer is not None
        async with writer.queue.slot():
            assert writer.queue.has_free_slot == at_once


async def test_a_model_about_to_be_shut_down_is_a_line_in_the_log(
    server: ScriptedServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers = cites
    row = {"id": "scripted", "shutdown_date": "2026-12-11"}
    server.documents["/v1/models"] = {"data": [row]}
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        await ModelProbing(app, sleep=_slept, quiet_s=0).work()
    assert "scripted will be shut down by its server (2026-12-11)" in caplog.text


async def test_a_server_that_starts_later_is_tried_again(
    server: ScriptedServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    server.put(error(503, "loading"), error(503, "loading"))
    server.answers = cites
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with open_app(settings, embedder=QuickEmbedder()) as app:
        await ModelProbing(app, sleep=sleep, quiet_s=0).work()
        assert app.budget.profiles.get("scripted").cites == 10
    assert slept == [300.0]


async def test_the_exam_waits_while_somebody_asks(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = cites
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        with app.answerer.activity.track():
            work = asyncio.ensure_future(ModelProbing(app, sleep=_slept, quiet_s=0).work())
            for _ in range(20):
                await asyncio.sleep(0)
            assert server.requests == []
        await work
        assert app.budget.profiles.get("scripted").cites == 10


async def test_who_asks_during_the_exam_goes_first_and_the_question_is_asked_again(
    server: ScriptedServer, settings: Settings
) -> None:
    server.put(broken(HANG))
    server.answers = cites
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        exam = asyncio.ensure_future(
            take_exam(app, lambda: app.answerer.activity.wait_until_idle(0))
        )
        await server.asked.wait()
        with app.answerer.activity.track():
            await server.requests[0].gone.wait()
            assert len(server.requests) == 1
        assert (await exam).cites == 10
    assert len(server.requests) == 11
