"""What servers refuse, as they put it, and what they are asked then."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer_records import Usage
from bot.errors import ModelRejected
from bot.llm.dialect import LENGTH_LIMITS, Dialect, Schema
from tests.llm.test_client import client, told
from tests.model_server import Reply, ScriptedServer, answer, error, model_server, whole


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


NO_NONE = error(
    400,
    "Unsupported value: 'reasoning_effort' does not support 'none' with this model. "
    "Supported values are: 'minimal', 'low', 'medium', and 'high'.",
)
NO_MINIMAL = error(422, "body.reasoning_effort: Input should be 'low', 'medium' or 'high'")
NO_LOW = error(400, 'invalid reasoning value: \'low\' (must be one of "high", "max")')
UNKNOWN = error(400, "Unrecognized request argument supplied: reasoning_effort")
EXTRA = error(422, "Extra inputs are not permitted", loc=["body", "reasoning_effort"])


@pytest.mark.parametrize(
    ("refusals", "efforts"),
    [
        ([], ["none"]),
        ([NO_NONE], ["none", "minimal"]),
        ([NO_NONE, NO_MINIMAL], ["none", "minimal", "low"]),
        ([NO_NONE, NO_MINIMAL, NO_LOW], ["none", "minimal", "low", None]),
        ([UNKNOWN], ["none", None]),
        ([EXTRA], ["none", None]),
    ],
    ids=range(6),
)
async def test_a_model_thinks_as_little_as_its_server_lets_it(
    server: ScriptedServer, refusals: list[Reply], efforts: list[str | None]
) -> None:
    server.put(*refusals, answer("A."), answer("B."))
    async with client(server) as opened:
        assert (await told(opened))[0] == "A."
        assert (await told(opened))[0] == "B."
    asked = [request.body.get("reasoning_effort") for request in server.requests]
    assert asked == [*efforts, efforts[-1]]  # and it is remembered


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "Unsupported value: 'temperature' does not support 0 with this model."),
        error(400, "Unsupported parameter", param="temperature"),
        error(422, "temperature: Extra inputs are not permitted"),
    ],
    ids=range(3),
)
async def test_a_model_with_a_temperature_of_its_own_keeps_it(
    server: ScriptedServer, refusal: Reply
) -> None:
    server.put(refusal, answer("A."), answer("B."))
    async with client(server) as opened:
        await told(opened)
        await told(opened)
    assert ["temperature" in request.body for request in server.requests] == [True, False, False]
    assert server.requests[-1].body["reasoning_effort"] == "none"


async def test_a_refusal_that_names_nothing_is_met_with_the_plainest_request(
    server: ScriptedServer,
) -> None:
    server.put(error(400, "Bad request"), answer("A."))
    async with client(server) as opened:
        await told(opened)
    assert sorted(server.requests[-1].body) == [
        "max_tokens", "messages", "model", "stream", "stream_options",
    ]  # fmt: skip


async def test_what_the_plainest_request_does_not_mend_is_refused(server: ScriptedServer) -> None:
    server.put(*[error(400, "Bad request")] * 3)
    async with client(server) as opened:
        with pytest.raises(ModelRejected, match="400"):
            await told(opened)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "Your organization must be verified to stream this model.", param="stream"),
        error(400, "Streaming is not supported"),
        error(422, "stream: Input should be false"),
    ],
    ids=range(3),
)
async def test_a_server_that_refuses_to_stream_answers_at_once(
    server: ScriptedServer, refusal: Reply
) -> None:
    server.put(refusal, whole("A."), whole("B."))
    async with client(server) as opened:
        assert await told(opened) == ("A.", Usage(100, 10), ["stop"])
        assert (await told(opened))[0] == "B."
    assert [request.body["stream"] for request in server.requests] == [True, False, False]
    assert "stream_options" not in server.requests[-1].body


SCHEMA: Schema = {"type": "object", "properties": {}, "additionalProperties": False}


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported."),
        error(422, "response_format.type: Input should be 'text' or 'json_object'"),
        error(400, "failed to parse grammar"),
        error(400, "This model does not support structured outputs"),
        error(400, "Bad request"),
    ],
    ids=range(5),
)
async def test_a_server_that_knows_no_schema_is_asked_without_one(
    server: ScriptedServer, refusal: Reply
) -> None:
    server.put(refusal, answer("A."), answer("B."), answer("C."))
    async with client(server) as opened:
        for schema in (SCHEMA, SCHEMA, None):
            await told(opened, schema)
    formats = [request.body.get("response_format") for request in server.requests]
    reply = {"name": "reply", "strict": True, "schema": SCHEMA}
    assert formats == [{"type": "json_schema", "json_schema": reply}, None, None, None]
    assert server.requests[-1].body["temperature"] == 0  # what it accepts is still sent


@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_learning_ends(refusal: str, plain: bool, has_schema: bool) -> None:
    """Whatever a server refuses for ever, it is asked a few times and no more."""
    dialect: Dialect | None = Dialect(LENGTH_LIMITS[0])
    told = f"{refusal} stream_options temperature reasoning_effort one of max_tokens stream"
    steps = 0
    while dialect is not None:
        steps += 1
        dialect = dialect.without(told, drop_optional=plain, has_schema=has_schema)
    assert steps <= 10
