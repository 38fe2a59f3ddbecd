"""What servers say of themselves, imitated on loopback: Ollama, llama.cpp, vLLM, hosted ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.answer_records import ModelProfile
from bot.llm import ModelServer, Profiles
from bot.llm.probe import ServerFacts, fetch_server_facts, measure_speed, operator_warnings
from bot.llm.profile import estimate_answer_s, profile_key, prompt_tokens_in_time
from tests.llm.test_client import client
from tests.model_server import (
    HANG,
    ScriptedServer,
    answer,
    broken,
    delta,
    error,
    model_server,
    usage,
    whole,
)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


async def looked(server: ScriptedServer, model: str = "small") -> ServerFacts:
    async with client(server) as opened:
        return await fetch_server_facts(opened, model)


def listing(*names: str, **more: object) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model", **more} for name in names]}


SHOWN = {"modelfile": "FROM x", "parameters": "", "model_info": {"qwen2.context_length": 32768}}
OLLAMA: list[tuple[dict[str, Any], int]] = [
    ({"/api/show": SHOWN}, 4_096),
    ({"/api/show": SHOWN | {"parameters": 'stop "<x>"\nnum_ctx                8192'}}, 8_192),
    ({"/api/show": SHOWN | {"model_info": {"gemma.context_length": 2048}}}, 2_048),
    ({"/api/show": SHOWN | {"model_info": None}}, 4_096),
    (
        {
            "/api/show": SHOWN,
            "/api/ps": {"models": [{"name": "small:latest", "context_length": 16384}]},
        },
        16_384,
    ),
    ({"/api/show": SHOWN, "/api/ps": {"models": [{"name": "other", "context_length": 9}]}}, 4_096),
]


@pytest.mark.parametrize(("documents", "window"), OLLAMA, ids=range(6))
async def test_ollama_tells_its_window_in_three_places(
    server: ScriptedServer, documents: dict[str, Any], window: int
) -> None:
    server.documents |= documents | {"/v1/models": listing("small:latest")}
    facts = await looked(server)
    assert (facts.software, facts.window, facts.model_listed) == ("Ollama", window, True)
    assert operator_warnings(facts, "small") == []


async def test_llama_cpp_tells_the_window_of_a_slot(server: ScriptedServer) -> None:
    server.documents["/props"] = {"default_generation_settings": {"n_ctx": 2048}, "total_slots": 2}
    server.documents["/api/show"] = SHOWN  # it imitates Ollama, too
    facts = await looked(server)
    assert (facts.software, facts.window, facts.model_listed) == ("llama.cpp", 2_048, None)
    assert facts.slots == 2


@pytest.mark.parametrize("name", ["max_model_len", "context_window", "context_length"])
async def test_a_list_of_models_may_tell_a_window(server: ScriptedServer, name: str) -> None:
    server.documents["/v1/models"] = listing("small", **{name: 8192})
    assert (await looked(server)).window == 8_192


async def test_a_model_that_is_not_listed_is_a_line_that_names_others(
    server: ScriptedServer,
) -> None:
    server.documents["/v1/models"] = listing(*[f"model-{i}" for i in range(10)])
    facts = await looked(server, "gone")
    (line,) = operator_warnings(facts, "gone")
    assert "does not list gone" in line
    assert "model-7 and 2 more" in line


async def test_a_model_with_a_day_of_shutdown_is_a_line(server: ScriptedServer) -> None:
    server.documents["/v1/models"] = listing("small", shutdown_date="2026-12-11")
    facts = await looked(server)
    assert operator_warnings(facts, "small") == [
        "small will be shut down by its server (2026-12-11): choose another."
    ]


@pytest.mark.parametrize(
    "document",
    [None, [], {}, "x", 5, {"data": None}, {"data": ["small", {"id": None}]}, error(500, "oops")],
    ids=range(8),
)
async def test_a_server_that_lists_nothing_is_no_failure(
    server: ScriptedServer, document: object
) -> None:
    server.documents["/v1/models"] = document
    facts = await looked(server)
    assert (facts.problem, facts.model_listed, facts.window) == ("", None, None)
    assert operator_warnings(facts, "small") == []


async def test_a_refused_key_is_a_line(server: ScriptedServer) -> None:
    server.documents["/v1/models"] = error(401, "wrong key sk-secret")
    facts = await looked(server)
    (line,) = operator_warnings(facts, "small")
    assert "OPENAI_API_KEY" in line
    assert "sk-secret" not in line


async def test_a_server_that_is_not_there_is_a_line(refusing_port: int) -> None:
    url = f"http://127.0.0.1:{refusing_port}/v1"
    opened = ModelServer(api_key="", base_url=url, timeout_s=5, idle_s=5)
    facts = await fetch_server_facts(opened, "small")
    await opened.close()
    assert "connection" in operator_warnings(facts, "small")[0]


async def test_looking_finds_a_missing_version_of_the_address(server: ScriptedServer) -> None:
    server.documents["/v1/models"] = listing("small")
    opened = ModelServer(api_key="", base_url=server.url.removesuffix("/v1"), timeout_s=5, idle_s=5)
    assert (await fetch_server_facts(opened, "small")).model_listed
    assert opened.address == server.url
    await opened.close()


# --- speed ---------------------------------------------------------------------------------------


async def test_speed_is_tokens_by_the_time_before_and_after_the_first_word(
    server: ScriptedServer,
) -> None:
    server.put(answer("Yes"), broken(*[delta(content=" one")] * 5, delta("stop"), usage(500, 5)))
    async with client(server) as opened:
        speed = await measure_speed(opened, "small")
    assert speed.streams
    assert speed.reading
    assert speed.writing
    assert [request.body["max_tokens"] for request in server.requests] == [16, 48]


async def test_a_server_that_does_not_stream_is_told_apart(server: ScriptedServer) -> None:
    server.put(whole("Yes"), whole("one two three"))
    async with client(server) as opened:
        speed = await measure_speed(opened, "small")
    assert (speed.streams, speed.reading) == (False, None)
    assert speed.writing


SLOW = ModelProfile(reading_tokens_per_s=35, writing_tokens_per_s=13)


def test_a_prompt_is_as_long_as_an_answer_within_a_minute_allows() -> None:
    assert prompt_tokens_in_time(SLOW, 6_000) == 1_500
    assert prompt_tokens_in_time(ModelProfile(None, 3_000, 80), 6_000) == 6_000
    assert prompt_tokens_in_time(ModelProfile(None, 5, 1), 6_000) == 1_500
    assert prompt_tokens_in_time(ModelProfile(), 6_000) == 6_000
    assert prompt_tokens_in_time(SLOW, 800) == 800
    assert round(estimate_answer_s(SLOW, 6_000) or 0) == 187
    assert estimate_answer_s(ModelProfile(), 6_000) is None


def test_a_prompt_and_its_answer_fit_the_window() -> None:
    profiles = Profiles()
    assert profiles.limits_for("m", 6_000, 2_000) == (6_000, 2_000)
    profiles.update("m", window=4_096)
    assert profiles.limits_for("m", 6_000, 2_000) == (
        2_048,
        1_024,
    )  # its own count is not known yet
    profiles.learn_token_ratio("m", 1_000, 1_049)
    assert profiles.limits_for("m", 6_000, 2_000) == (2_925, 1_024)
    assert profiles.limits_for("m", 500, 100) == (500, 100)


def test_what_a_template_adds_to_a_short_prompt_is_no_matter_of_a_long_one() -> None:
    profiles = Profiles()
    profiles.learn_token_ratio("m", 10, 32)  # "You are Qwen, created by …"
    assert profiles.max_prompt_tokens("m", 1_000) == 1_522
    profiles.learn_token_ratio("m", 1_000, 1_049)
    assert profiles.max_prompt_tokens("m", 1_000) == 1_072
    assert profiles.max_completion_tokens("m", 1_000) == 1_050


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("", ""),
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://localhost:11434/v1/", "http://localhost:11434"),
        ("https://user:secret@HOST/x/v1?api-version=1", "https://host/x"),
    ],
)
def test_a_server_is_kept_by_its_address_without_accounts(address: str, key: str) -> None:
    assert profile_key(address) == key


async def test_an_error_that_names_the_window_is_remembered(server: ScriptedServer) -> None:
    told = {"n_prompt_tokens": 5000, "n_ctx": 2048, "type": "exceed_context_size_error"}
    vllm = "This model's maximum context length is 4096 tokens. However, you requested 8000 tokens"
    server.put(error(400, "the request exceeds", **told), error(400, vllm), broken(HANG))
    windows = []
    async with client(server) as opened:
        for _ in range(2):
            with pytest.raises(Exception, match="too long for") as raised:
                async for _chunk in opened.stream("m", [{"role": "user", "content": "?"}], 5):
                    pass
            windows.append(raised.value.window)  # type: ignore[attr-defined]
    assert windows == [2_048, 4_096]
