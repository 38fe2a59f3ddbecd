"""Servers whose answers have another form than OpenAI's: no stream, parts, odd bytes, addresses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer_records import Usage
from bot.errors import ModelError, ModelRejected, ModelUnavailable
from bot.llm import ModelServer
from bot.llm import chunks as chunks_module
from bot.llm.chunks import read_event, read_events
from tests.llm.test_client import ask, client, told
from tests.model_server import (
    DONE,
    Reply,
    ScriptedServer,
    answer,
    broken,
    cut_at,
    delta,
    error,
    model_server,
    usage,
    whole,
)
from tests.model_server import words as chunks


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream", "text/plain"])
async def test_a_document_in_place_of_a_stream_is_the_answer(
    server: ScriptedServer, content_type: str
) -> None:
    (body,) = whole("It opened in 1890 [1.1].").steps
    server.put(Reply([body], 200, content_type))
    async with client(server) as opened:
        assert await told(opened) == ("It opened in 1890 [1.1].", Usage(100, 10), ["stop"])


PARTS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
    {"type": "text", "text": "It is "},
    {"type": "output_text", "text": "so."},
    "!",
]


@pytest.mark.parametrize("streamed", [True, False])
async def test_content_may_be_a_list_of_parts(server: ScriptedServer, streamed: bool) -> None:
    server.put(broken(delta(content=PARTS), delta("stop"), DONE) if streamed else whole(PARTS))
    async with client(server) as opened:
        came = [chunk async for chunk in ask(opened)]
    assert "".join(chunk.text for chunk in came) == "It is so.!"
    assert "".join(chunk.reasoning for chunk in came) == "Hm."


@pytest.mark.parametrize(
    "thinking",
    [
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm."},
        {"reasoning_text": "Hm."},
        {"thinking": "Hm."},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
    ],
    ids=range(6),
)
async def test_thoughts_under_any_name_are_thoughts(
    server: ScriptedServer, thinking: dict[str, object]
) -> None:
    server.put(broken(delta(None, **thinking), *chunks("A."), delta("stop"), DONE))
    async with client(server) as opened:
        came = [chunk async for chunk in ask(opened)]
    assert "".join(chunk.reasoning for chunk in came) == "Hm."
    assert "".join(chunk.text for chunk in came) == "A."


async def test_a_byte_order_mark_and_a_bad_byte_spoil_nothing(server: ScriptedServer) -> None:
    data = b"".join(step for step in answer("It is Xso.").steps if isinstance(step, bytes))
    server.put(Reply([b"\xef\xbb\xbf" + data.replace(b"X", b"\xff")]))
    async with client(server) as opened:
        assert await told(opened) == ("It is \ufffdso.", Usage(100, 10), ["stop"])


async def test_lines_may_end_as_on_windows_and_hold_no_space(server: ScriptedServer) -> None:
    data = b"".join(step for step in answer("A.").steps if isinstance(step, bytes))
    odd = data.replace(b"data: ", b"data:").replace(b"\n", b"\r\n")
    server.put(cut_at(Reply([odd]), range(1, len(odd))))
    async with client(server) as opened:
        assert (await told(opened))[0] == "A."


@given(st.binary(max_size=200))
async def test_no_bytes_raise_anything_but_our_error(body: bytes) -> None:
    async def packets() -> AsyncIterator[bytes]:
        yield body[:7]
        yield body[7:]

    try:
        async for event in read_events(packets()):
            read_event(event)
    except ModelUnavailable:
        pass


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "message", "content", "type", "text", "usage"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_document_raises_anything_but_our_error(document: object) -> None:
    for event in (document, {"choices": [{"delta": {"content": document}}]}):
        try:
            chunk = read_event(json.loads(json.dumps(event)))
        except ModelError:
            continue
        assert isinstance(chunk.text, str)
        assert isinstance(chunk.reasoning, str)


async def events_of(packets: Iterable[bytes]) -> list[object]:
    async def body() -> AsyncIterator[bytes]:
        for packet in packets:
            yield packet

    return [event async for event in read_events(body())]


STREAM = 'data: {"a": "ä€"}\r\n\r\n: ping\n\ndata: [1,\ndata: 2]\n\ndata: [DONE]\n\n'.encode()
DOCUMENT = '\ufeff{\r\n  "a":\n  "ä€"\n}'.encode()


@given(st.sampled_from([STREAM, DOCUMENT]), st.lists(st.integers(0, 80), max_size=9).map(sorted))
async def test_events_do_not_depend_on_how_the_body_is_cut(body: bytes, cuts: list[int]) -> None:
    packets = [body[a:b] for a, b in pairwise([0, *cuts, len(body)])]
    assert await events_of(packets) == await events_of([body])
    assert await events_of([STREAM]) == [{"a": "ä€"}, [1, 2]]
    assert await events_of([DOCUMENT]) == [{"a": "ä€"}]


@pytest.mark.parametrize("packet", [b"x" * 1_000, b'{"a":\n', b'data: "a\n'], ids=repr)
async def test_a_body_that_never_ends_is_given_up(
    packet: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks_module, "MAX_EVENT_CHARACTERS", 100_000)
    endless = repeat(packet, 10_000_000)
    with pytest.raises(ModelUnavailable, match="could not be read"):
        await events_of(endless)
    assert next(endless, None) is not None  # not all of it was read


LONG = b"a" * 1_000


@pytest.mark.parametrize("parts", [(b'data: "', LONG, b'"\n\n'), (b"[", b'"%b",\n' % LONG, b"1]")])
async def test_a_long_event_in_small_packets_takes_linear_time(
    parts: tuple[bytes, bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """60 MB: to look at all of it with each packet would be 2 TB, more than the suite waits for."""
    monkeypatch.setattr(chunks_module, "MAX_EVENT_CHARACTERS", 100_000_000)
    first, middle, last = parts
    (event,) = await events_of([first, *repeat(middle, 60_000), last])
    assert event


# --- addresses without their version -------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/", "/chat/completions"])
async def test_an_address_that_lacks_its_version_gets_it(server: ScriptedServer, path: str) -> None:
    server.put(answer("A."), answer("B."))
    bare = server.url.removesuffix("/v1")
    opened = ModelServer(api_key="k", base_url=bare + path, timeout_s=5, idle_s=5)
    assert (await told(opened))[0] == "A."
    assert (await told(opened))[0] == "B."
    assert len((await opened.embed(["a"], "m")).vectors) == 1
    await opened.close()
    assert server.looked == ["/chat/completions"]  # once, in vain
    assert opened.address == server.url


async def test_questions_that_come_together_find_the_same_address(server: ScriptedServer) -> None:
    server.put(*[answer("A.")] * 5)
    bare = server.url.removesuffix("/v1")
    opened = ModelServer(api_key="k", base_url=bare, timeout_s=30, idle_s=30)
    said = await asyncio.gather(*(told(opened) for _ in range(5)))
    await opened.close()
    assert [text for text, _, _ in said] == ["A."] * 5
    assert opened.address == server.url


async def test_an_address_where_nothing_is_stays_what_it_was(server: ScriptedServer) -> None:
    bare = server.url.removesuffix("/v1") + "/openai"
    opened = ModelServer(api_key="k", base_url=bare, timeout_s=5, idle_s=5)
    with pytest.raises(ModelRejected, match="OPENAI_BASE_URL"):
        await told(opened)
    await opened.close()
    assert server.looked == ["/openai/chat/completions", "/openai/v1/chat/completions"]
    assert opened.address == bare


async def test_a_model_that_is_not_there_is_no_matter_of_the_address(
    server: ScriptedServer,
) -> None:
    server.put(error(404, "model 'x' not found"))
    async with client(server) as opened:
        with pytest.raises(ModelRejected, match="404"):
            await told(opened)
    assert len(server.requests) == 1


async def test_usage_may_come_with_the_last_words(server: ScriptedServer) -> None:
    server.put(broken(delta("stop", content="A."), usage(7, 3)))
    async with client(server) as opened:
        assert await told(opened) == ("A.", Usage(7, 3), ["stop"])
