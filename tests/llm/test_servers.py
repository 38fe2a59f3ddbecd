"""The door to the SDK, to servers that differ: what they take, how they end, where they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.answer_records import Usage
from bot.errors import ModelError, ModelRejected, ModelUnavailable
from bot.llm import ModelServer
from tests.llm.test_client import MESSAGES, client, told
from tests.model_server import (
    HANG,
    RESET,
    Reply,
    ScriptedServer,
    answer,
    broken,
    error,
    model_server,
    words,
)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


# --- what a model does not take is learned from its server's refusal -----------------------------

SYSTEM = [{"role": "system", "content": "Be short."}, *MESSAGES]
REFUSALS_OF_A_SYSTEM_MESSAGE = [
    error(400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
    error(400, "System role not supported"),
    error(500, "Jinja Exception: System role not supported"),
    error(400, "Conversation roles must alternate user/assistant/user/assistant/..."),
    error(400, "Only user and assistant roles are supported!"),
    error(400, "Developer instruction is not enabled for models/gemma-3-27b-it"),
    error(422, "Input should be 'user' or 'assistant'", loc=["body", "messages", 0, "role"]),
]


@pytest.mark.parametrize("refusal", REFUSALS_OF_A_SYSTEM_MESSAGE, ids=range(7))
async def test_a_model_without_a_system_role_reads_its_rules_in_the_question(
    server: ScriptedServer, refusal: Reply
) -> None:
    server.put(refusal, answer("A."), answer("B."))
    async with client(server) as opened:
        for _ in range(2):
            _ = [chunk async for chunk in opened.stream("scripted", SYSTEM, 50)]
    asked = [request.body["messages"] for request in server.requests]
    merged = [{"role": "user", "content": "Be short.\n\nWhy?"}]
    assert asked == [SYSTEM, merged, merged]


async def test_what_one_model_does_not_take_another_may(server: ScriptedServer) -> None:
    server.put(REFUSALS_OF_A_SYSTEM_MESSAGE[0], answer("A."), answer("B."))
    async with client(server) as opened:
        for model in ("small", "large"):
            _ = [chunk async for chunk in opened.stream(model, SYSTEM, 50)]
    assert [len(request.body["messages"]) for request in server.requests] == [2, 1, 2]


async def test_a_server_error_that_teaches_nothing_is_asked_once(server: ScriptedServer) -> None:
    server.put(error(500, "the system is overloaded"))
    async with client(server) as opened:
        with pytest.raises(ModelUnavailable, match="500"):
            _ = [chunk async for chunk in opened.stream("scripted", SYSTEM, 50)]
    assert len(server.requests) == 1


async def test_everything_at_once_is_learned_one_by_one(server: ScriptedServer) -> None:
    server.refuses = {"max_tokens", "stream_options"}
    server.put(REFUSALS_OF_A_SYSTEM_MESSAGE[1], answer("A."))
    async with client(server) as opened:
        _ = [chunk async for chunk in opened.stream("scripted", SYSTEM, 50)]
    assert sorted(server.requests[-1].body) == [
        "max_completion_tokens", "messages", "model", "reasoning_effort", "stream", "temperature",
    ]  # fmt: skip


async def test_little_thinking_and_no_chance_are_asked_for(server: ScriptedServer) -> None:
    server.say("A.")
    async with client(server) as opened:
        await told(opened)
    assert sorted(server.requests[0].body) == [
        "max_tokens", "messages", "model", "reasoning_effort", "stream", "stream_options",
        "temperature",
    ]  # fmt: skip
    assert server.requests[0].body["reasoning_effort"] == "none"
    assert server.requests[0].body["temperature"] == 0


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("tool_calls", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"),
    ],
)
async def test_finish_reasons_have_one_spelling(
    server: ScriptedServer, reason: str, finish: str
) -> None:
    server.put(answer("A.", finish=reason))
    async with client(server) as opened:
        assert await told(opened) == ("A.", Usage(100, 10), [finish])


@pytest.mark.parametrize("reason", ["error", "abort"])
async def test_a_server_that_gives_up_has_broken_off(server: ScriptedServer, reason: str) -> None:
    server.put(answer("A.", finish=reason))
    async with client(server) as opened:
        with pytest.raises(ModelUnavailable, match="broke off"):
            await told(opened)


@pytest.mark.parametrize(
    ("reply", "kind", "free"),
    [
        (error(401, "wrong key"), ModelRejected, True),
        (error(402, "Insufficient Balance"), ModelRejected, True),
        (error(429, "slow down"), ModelUnavailable, True),
        (error(429, "x", code="insufficient_quota"), ModelRejected, True),
        (error(400, "x", code="context_length_exceeded"), ModelRejected, True),
        (error(500, "oops"), ModelUnavailable, True),
        (error(504, "no answer"), ModelUnavailable, False),
        (broken(RESET), ModelUnavailable, False),
        (broken(*words("A"), RESET), ModelUnavailable, False),
        (broken(*words("A")), ModelUnavailable, False),
    ],
    ids=range(10),
)
async def test_an_error_says_whether_anything_was_worked(
    server: ScriptedServer, reply: Reply, kind: type[ModelError], free: bool
) -> None:
    server.put(reply)
    async with client(server) as opened:
        with pytest.raises(kind) as raised:
            await told(opened)
    assert raised.value.free is free


@pytest.mark.parametrize(
    ("told_s", "wait_s"), [("7", 7.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", 60.0)]
)
async def test_when_to_ask_again_is_told_in_seconds(
    server: ScriptedServer, told_s: str, wait_s: float
) -> None:
    server.put(replace(error(429, "slow down"), headers={"Retry-After": told_s}))
    async with client(server) as opened:
        with pytest.raises(ModelUnavailable) as raised:
            await told(opened)
    assert raised.value.retry_after_s == wait_s


async def test_a_deadline_comes_before_the_time_of_a_whole_call(server: ScriptedServer) -> None:
    server.put(broken(HANG))
    soon = asyncio.get_running_loop().time() + 0.2
    async with client(server, timeout_s=60) as opened:
        with pytest.raises(ModelUnavailable, match="too long"):
            _ = [chunk async for chunk in opened.stream("m", MESSAGES, 50, deadline=soon)]


# --- addresses -----------------------------------------------------------------------------------


async def test_an_address_with_a_version_is_asked_as_azure_wants_it(
    server: ScriptedServer,
) -> None:
    server.say("A.")
    url = f"{server.url}?api-version=2024-10-21"
    opened = ModelServer(api_key="secret", base_url=url, timeout_s=5, idle_s=5)
    assert (await told(opened))[0] == "A."
    await opened.embed(["a"], "m")
    await opened.close()
    for asked in server.requests:
        assert asked.query == {"api-version": "2024-10-21"}
        assert (asked.headers.get("api-key"), asked.key) == ("secret", "")


@pytest.mark.parametrize("path", ["/", "/chat/completions", "/chat/completions/"])
async def test_an_address_may_be_the_whole_endpoints(server: ScriptedServer, path: str) -> None:
    server.say("A.")
    opened = ModelServer(api_key="k", base_url=server.url + path, timeout_s=5, idle_s=5)
    assert (await told(opened))[0] == "A."
    await opened.close()
    assert (server.requests[0].path, server.requests[0].key) == ("/v1/chat/completions", "k")


async def test_a_server_that_cannot_be_reached_has_worked_nothing(refusing_port: int) -> None:
    gone = f"http://127.0.0.1:{refusing_port}/v1"
    opened = ModelServer(api_key="", base_url=gone, timeout_s=5, idle_s=5)
    with pytest.raises(ModelUnavailable, match="connection") as raised:
        await told(opened)
    await opened.close()
    assert raised.value.free
