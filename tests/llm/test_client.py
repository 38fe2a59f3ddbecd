"""The door to the SDK: what a server may do, and what comes out of it within its limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2
import openai
import pytest

from bot.answer_records import Usage
from bot.errors import ModelError, ModelRejected, ModelTooSlow, ModelUnavailable
from bot.llm import Chunk, ModelServer, Schema, translate_error
from bot.llm import client as client_module
from tests.model_server import (
    DONE,
    HANG,
    RESET,
    Reply,
    ScriptedServer,
    Step,
    answer,
    broken,
    cut_at,
    delta,
    error,
    model_server,
    sse,
    usage,
    words,
)

HOURS_S = 10_000.0  # for a test that would wait so long if the fault were there
MESSAGES = [{"role": "user", "content": "Why?"}]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


@asynccontextmanager
async def client(
    server: ScriptedServer, *, timeout_s: float = 5.0, idle_s: float = 5.0
) -> AsyncIterator[ModelServer]:
    opened = ModelServer(api_key="test", base_url=server.url, timeout_s=timeout_s, idle_s=idle_s)
    await asyncio.to_thread(opened._get_client)  # importing the SDK is no part of a call's time
    try:
        yield opened
    finally:
        await opened.close()


def ask(opened: ModelServer, schema: Schema | None = None) -> AsyncGenerator[Chunk]:
    return opened.stream("scripted", MESSAGES, 50, schema=schema)


async def told(
    opened: ModelServer, schema: Schema | None = None
) -> tuple[str, Usage | None, list[str]]:
    """Text, usage and finish reasons of a whole answer."""
    chunks = [chunk async for chunk in ask(opened, schema)]
    text = "".join(chunk.text for chunk in chunks)
    used = next((chunk.usage for chunk in chunks if chunk.usage), None)
    return text, used, [chunk.finish_reason for chunk in chunks if chunk.finish_reason]


async def test_an_answer_comes_in_chunks_with_usage_and_finish_reason(
    server: ScriptedServer,
) -> None:
    server.say("Because", " it is ", "so 😀.")
    async with client(server) as opened:
        assert await told(opened) == ("Because it is so 😀.", Usage(100, 10), ["stop"])
    (asked,) = server.requests
    assert asked.key == "test"
    assert asked.body["stream_options"] == {"include_usage": True}
    assert asked.body["max_tokens"] == 50


async def test_an_event_may_be_cut_at_any_byte(server: ScriptedServer) -> None:
    reply = answer("Because [1", ".1]. é😀", "\n\nSo.")
    length = len(b"".join(step for step in reply.steps if isinstance(step, bytes)))
    async with client(server) as opened:
        for at in range(1, length, 7):
            server.put(cut_at(reply, [at, at + 1, at + 3]))
            assert (await told(opened))[0] == "Because [1.1]. é😀\n\nSo."
        server.put(cut_at(reply, range(1, length)))
        assert (await told(opened))[0] == "Because [1.1]. é😀\n\nSo."


@pytest.mark.parametrize(
    ("steps", "text", "used"),
    [
        ([*words("A."), delta("stop"), DONE], "A.", None),
        ([*words("A."), delta("stop")], "A.", None),
        ([*words("A."), delta("stop"), HANG], "A.", None),
        ([*words("A."), delta("stop"), RESET], "A.", None),
        ([*words("A."), delta("stop"), b"data: {nonsense\n\n"], "A.", None),
        ([*words("A."), delta("stop"), usage(None, 3), DONE], "A.", Usage(0, 3)),
        ([*words(), delta("stop"), usage(7, 0), DONE], "", Usage(7, 0)),
        ([usage(7, 0), *words("A."), delta("stop"), DONE], "A.", Usage(7, 0)),
        ([b": a comment\n\n", *words("A."), delta("stop"), DONE], "A.", None),
        ([delta(reasoning_content="Hm."), *words("A."), delta("stop"), DONE], "A.", None),
        ([delta(content=None), delta(content="A."), delta("stop"), DONE], "A.", None),
        ([delta(content=["A."]), delta(content="B."), delta("stop"), DONE], "A.B.", None),
        ([delta("stop", content="A."), DONE], "A.", None),
    ],
    ids=range(13),
)
async def test_what_follows_a_finish_reason_or_is_missing_spoils_nothing(
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    steps: list[bytes | Step],
    text: str,
    used: Usage | None,
) -> None:
    monkeypatch.setattr("bot.llm.client.USAGE_WAIT_S", 0.1)
    server.put(broken(*steps))
    async with client(server) as opened:
        assert (await told(opened))[:2] == (text, used)


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (error(401, "Incorrect API key: sk-secret"), ModelRejected, "OPENAI_API_KEY"),
        (error(403, "no"), ModelRejected, "403"),
        (error(404, "no such model"), ModelRejected, "OPENAI_MODEL"),
        (error(400, "x", code="context_length_exceeded"), ModelRejected, "PROMPT_TOKENS"),
        (error(400, "the max_tokens exceed the context window"), ModelRejected, "PROMPT_TOKENS"),
        (error(408, "slow"), ModelUnavailable, "408"),
        (error(429, "slow down"), ModelUnavailable, "too many requests"),
        (error(500, "oops"), ModelUnavailable, "500"),
        (Reply([b"<html>"], 502, "text/html"), ModelUnavailable, "502"),
        (broken(HANG), ModelUnavailable, "too long"),
        (broken(RESET), ModelUnavailable, "connection"),
        (broken(*words("A"), HANG), ModelUnavailable, "too long"),
        (broken(*words("A"), RESET), ModelUnavailable, "connection"),
        (broken(*words("A"), DONE), ModelUnavailable, "broke off"),
        (broken(*words("A")), ModelUnavailable, "broke off"),
        (broken(usage(7, 0), DONE), ModelUnavailable, "broke off"),
        (broken(DONE), ModelUnavailable, "broke off"),
        (broken(), ModelUnavailable, "broke off"),
        (broken(sse({"error": {"message": "sk-secret"}})), ModelUnavailable, "failed"),
        (broken(b"data: {nonsense\n\n"), ModelUnavailable, "could not be read"),
        (broken(b"data: null\n\n"), ModelUnavailable, "could not be read"),
        (broken(b"data: [1]\n\n"), ModelUnavailable, "could not be read"),
        (broken(b'data: {"choices": 5}\n\n'), ModelUnavailable, "could not be read"),
        (broken(b"data: \xff\xfe\n\n"), ModelUnavailable, "could not be read"),
        (Reply([b'{"choices": []}'], 200, "application/json"), ModelUnavailable, "broke off"),
        (Reply([b"<html>Welcome</html>"], 200, "text/html"), ModelUnavailable, "broke off"),
    ],
    ids=range(26),
)
async def test_every_failure_is_one_of_our_errors_within_the_time_budget(
    server: ScriptedServer, reply: Reply, kind: type[ModelError], says: str
) -> None:
    server.put(reply)
    hangs = says == "too long"
    async with client(server, timeout_s=0.5 if hangs else 60) as opened:
        with pytest.raises(kind, match=says) as raised:
            await told(opened)
    assert "sk-secret" not in raised.value.message
    assert len(server.requests) == 1


async def test_nobody_listening_is_a_failure_that_may_pass(refusing_port: int) -> None:
    opened = ModelServer(
        api_key="", base_url=f"http://127.0.0.1:{refusing_port}/v1", timeout_s=5, idle_s=5
    )
    with pytest.raises(ModelUnavailable, match="connection"):
        await told(opened)
    with pytest.raises(ModelUnavailable, match="connection"):
        await opened.embed(["a"], "m")
    await opened.close()


async def test_a_model_may_think_in_silence_but_not_fall_silent(server: ScriptedServer) -> None:
    server.put(broken(*words("A"), HANG), broken(delta(role="assistant", content=""), HANG))
    for timeout_s in (HOURS_S, 0.4):
        async with client(server, timeout_s=timeout_s, idle_s=0.1) as opened:
            began = asyncio.get_running_loop().time()
            with pytest.raises(ModelUnavailable, match="too long"):
                await told(opened)
    assert asyncio.get_running_loop().time() - began > 0.3


async def test_thinking_aloud_is_a_sign_of_life(server: ScriptedServer) -> None:
    server.put(broken(delta(reasoning_content="Hm"), delta(reasoning="Hm"), delta("stop"), DONE))
    async with client(server) as opened:
        chunks = [chunk async for chunk in ask(opened)]
    assert [(chunk.text, chunk.reasoning) for chunk in chunks][:2] == [("", "Hm")] * 2


async def test_the_limits_run_only_while_we_wait_for_the_server(server: ScriptedServer) -> None:
    server.say("A", "B")
    async with (
        client(server, timeout_s=0.2, idle_s=0.05) as opened,
        aclosing(ask(opened)) as chunks,
    ):
        await anext(chunks)
        released = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, released.set)
        await released.wait()  # a slow reader: no time-out lands in its code


@pytest.mark.parametrize("chunks_read", [1, 2])
async def test_a_reader_that_stops_early_hangs_up(server: ScriptedServer, chunks_read: int) -> None:
    server.put(broken(*words("A", "B", "C"), HANG))
    async with client(server) as opened:
        async with aclosing(ask(opened)) as chunks:
            for _ in range(chunks_read):
                await anext(chunks)
        await server.requests[0].gone.wait()


@pytest.mark.parametrize("steps", [[HANG], [*words("A"), HANG]])
async def test_a_reader_that_is_cancelled_hangs_up_and_stays_cancelled(
    server: ScriptedServer, steps: list[bytes | Step]
) -> None:
    server.put(broken(*steps))
    async with client(server) as opened:
        reader = asyncio.ensure_future(told(opened))
        await server.asked.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await server.requests[0].gone.wait()


async def test_the_other_name_of_the_length_limit_is_tried_once_and_remembered(
    server: ScriptedServer,
) -> None:
    server.refuses = {"max_tokens"}
    async with client(server) as opened:
        for _ in range(2):
            server.say("A.")
            assert (await told(opened))[0] == "A."
    limits = [sorted(request.body.keys() & {"max_tokens", "max_completion_tokens"})
              for request in server.requests]  # fmt: skip
    assert limits == [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens"]]


async def test_a_server_that_takes_neither_name_is_asked_twice_and_rejected(
    server: ScriptedServer,
) -> None:
    server.refuses = {"max_tokens", "max_completion_tokens"}
    async with client(server) as opened:
        with pytest.raises(ModelRejected):
            await told(opened)
    assert len(server.requests) == 2


async def test_a_server_that_tells_no_usage_is_asked_without(server: ScriptedServer) -> None:
    server.refuses = {"stream_options"}
    server.say("A.")
    async with client(server) as opened:
        assert (await told(opened))[0] == "A."
    assert "stream_options" not in server.requests[-1].body


async def test_asking_again_keeps_to_the_same_time_budget(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.refuses = {"max_tokens"}
    server.say("A.")
    deadlines = []
    limited = client_module._limited

    def noted(deadline: float, *rest: Any) -> Any:
        deadlines.append(deadline)
        return limited(deadline, *rest)

    monkeypatch.setattr(client_module, "_limited", noted)
    async with client(server) as opened:
        assert (await told(opened))[0] == "A."
    assert len(server.requests) == 2
    assert deadlines[0] == deadlines[1] == max(deadlines)


async def test_vectors_come_in_the_order_of_their_texts(server: ScriptedServer) -> None:
    async with client(server) as opened:
        both = (await opened.embed(["one", "two"], "m")).vectors
        apart = [(await opened.embed([text], "m")).vectors for text in ("one", "two")]
    assert both == [*apart[0], *apart[1]]
    assert server.requests[0].body["encoding_format"] == "float"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": [{"index": 0, "embedding": ["x"]}]}',
        b'{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]}',
    ],
)
async def test_vectors_that_cannot_be_are_refused(server: ScriptedServer, body: bytes) -> None:
    server.embeddings.append(Reply([body], 200, "application/json"))
    async with client(server) as opened:
        with pytest.raises(ModelError):
            await opened.embed(["a", "b"], "m")


async def test_close_may_come_twice_and_before_anything() -> None:
    opened = ModelServer(api_key="k", base_url="", timeout_s=1, idle_s=1)
    await opened.close()
    await opened.close()


# --- every error of the SDK is known ------------------------------------------------------------

REQUEST = httpx2.Request("POST", "http://localhost/v1")


def _status(status: int, kind: type[openai.APIStatusError]) -> openai.APIStatusError:
    response = httpx2.Response(status, request=REQUEST)
    return kind("told", response=response, body=None)


# The errors that a call of ours can raise, and what they are to a user.
RAISED: dict[type[Exception], tuple[Exception, type[ModelError]]] = {
    openai.OpenAIError: (openai.OpenAIError("x"), ModelUnavailable),
    openai.APIError: (openai.APIError("x", REQUEST, body=None), ModelUnavailable),
    openai.APIConnectionError: (openai.APIConnectionError(request=REQUEST), ModelUnavailable),
    openai.APITimeoutError: (openai.APITimeoutError(REQUEST), ModelTooSlow),
    openai.APIResponseValidationError: (
        openai.APIResponseValidationError(httpx2.Response(200, request=REQUEST), None),
        ModelUnavailable,
    ),
    openai.APIStatusError: (_status(418, openai.APIStatusError), ModelRejected),
    openai.BadRequestError: (_status(400, openai.BadRequestError), ModelRejected),
    openai.AuthenticationError: (_status(401, openai.AuthenticationError), ModelRejected),
    openai.PermissionDeniedError: (_status(403, openai.PermissionDeniedError), ModelRejected),
    openai.NotFoundError: (_status(404, openai.NotFoundError), ModelRejected),
    openai.ConflictError: (_status(409, openai.ConflictError), ModelUnavailable),
    openai.UnprocessableEntityError: (
        _status(422, openai.UnprocessableEntityError),
        ModelRejected,
    ),
    openai.RateLimitError: (_status(429, openai.RateLimitError), ModelUnavailable),
    openai.InternalServerError: (_status(503, openai.InternalServerError), ModelUnavailable),
}
# The errors of doors that Footnote does not use: parsing helpers, webhooks, sockets, OAuth.
NEVER_RAISED = {
    "ContentFilterFinishReasonError",
    "InvalidWebhookSignatureError",
    "LengthFinishReasonError",
    "OAuthError",
    "SubjectTokenProviderError",
    "WebSocketConnectionClosedError",
    "WebSocketQueueFullError",
}


def _errors_of_the_sdk() -> Iterator[str]:
    from openai import _exceptions

    for module in (openai, _exceptions):
        for name, value in list(vars(module).items()):
            # not isinstance: that would wake the SDK's lazy modules, for 3 s
            if issubclass(type(value), type) and issubclass(value, Exception) and name[0] != "_":
                yield name


def test_the_sdk_has_no_error_that_nobody_thought_about() -> None:
    assert set(_errors_of_the_sdk()) == {kind.__name__ for kind in RAISED} | NEVER_RAISED


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_each_error_of_the_sdk_is_one_of_ours(kind: type[Exception]) -> None:
    raised, ours = RAISED[kind]
    assert type(raised) is kind
    assert type(translate_error(raised)) is ours
