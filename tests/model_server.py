"""A model's server on loopback that says what a test tells it to, and remembers what it was asked.

``async with model_server() as server:`` gives one; ``server.say("A [1.1].")`` puts a reply into
the queue, ``server.requests`` is the history. A reply is a list of steps: bytes to send, ``HANG``
and ``RESET``, or an ``asyncio.Event`` that has to be set before it goes on. Speaks the two
endpoints of OpenAI's protocol that Footnote asks, and whatever else ``server.documents`` holds
(``/v1/models``, Ollama's ``/api/show``, llama.cpp's ``/props``): a document by its path, or what
makes one of a request's body.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import pairwise
from typing import Any

from aiohttp import web

DIMENSION = 32
DONE = b"data: [DONE]\n\n"


class Step(Enum):
    """What a server may do instead of sending something."""

    HANG = auto()  # says nothing more and keeps the connection
    RESET = auto()  # tears the connection down


HANG, RESET = Step.HANG, Step.RESET


@dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    steps: Sequence[bytes | Step | asyncio.Event]
    status: int = 200
    content_type: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """One thing that was asked. ``gone`` is set once the asker has hung up."""

    path: str
    body: dict[str, Any]
    key: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class ScriptedServer:
    """The queue of replies and the history of requests."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.answers: Callable[[str], Reply] = unscripted  # where the queue is empty, of the prompt
        self.embeddings: deque[Reply] = deque()  # empty: what ``embeds`` says
        self.embeds: Callable[[Sequence[str]], Reply] = embeddings
        self.tokens_of_embeddings = 0  # as it tells them; 0: as good as not told
        self.requests: list[Request] = []
        self.refuses: set[str] = set()  # parameters that this server does not know
        self.documents: dict[str, Any] = {}
        self.looked: list[str] = []  # the paths of documents that were asked for
        self.url = ""
        self.asked = asyncio.Event()  # at least once
        self._released = asyncio.Event()

    def put(self, *replies: Reply) -> None:
        """Replies to the next requests for a completion, in order."""
        self.replies.extend(replies)

    def say(self, *pieces: str) -> None:
        """A whole answer in these pieces."""
        self.put(answer(*pieces))

    def forget(self) -> None:
        """Empties the queues and the history."""
        self.replies.clear()
        self.answers = unscripted
        self.embeddings.clear()
        self.embeds = embeddings
        self.requests.clear()
        self.refuses.clear()
        self.documents.clear()
        self.looked.clear()

    @property
    def prompt(self) -> str:
        """All messages of the last completion that was asked for."""
        asked = [request for request in self.requests if "messages" in request.body]
        return "\n\n".join(message["content"] for message in asked[-1].body["messages"])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        body = await request.json()
        seen = Request(request.path, body, key, dict(request.query), request.headers)
        self.requests.append(seen)
        self.asked.set()
        unknown = sorted(self.refuses & seen.body.keys())
        if unknown:
            reply = error(400, f"Unsupported parameter: '{unknown[0]}' is not supported.")
        elif request.path.endswith("/embeddings"):
            scripted = self.embeddings
            reply = scripted.popleft() if scripted else self.embeds(seen.body["input"])
            reply = told_tokens(reply, self.tokens_of_embeddings)
        else:
            reply = self.replies.popleft() if self.replies else self.answers(self.prompt)
        try:
            return await self._send(request, reply)
        except (asyncio.CancelledError, ConnectionError):
            seen.gone.set()
            raise

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(
            status=reply.status, headers={"Content-Type": reply.content_type, **reply.headers}
        )
        for step in reply.steps:
            if step is HANG:
                await self._released.wait()
            elif isinstance(step, asyncio.Event):
                await step.wait()
            elif step is RESET:
                assert request.transport is not None
                request.transport.abort()
                return response
            if not response.prepared and isinstance(step, bytes):
                await response.prepare(request)
            if isinstance(step, bytes):
                await response.write(step)
        if not response.prepared:
            await response.prepare(request)
        return response

    async def handle_other(self, request: web.Request) -> web.StreamResponse:
        """What a server says of itself."""
        self.looked.append(request.path)
        document = self.documents.get(request.path)
        if callable(document):
            document = document(await request.json() if request.can_read_body else None)
        if isinstance(document, Reply):
            return await self._send(request, document)
        if document is None:
            return web.Response(status=404, text="404 page not found")
        return web.json_response(document)

    def release(self) -> None:
        """Ends every hanging."""
        self._released.set()


@asynccontextmanager
async def model_server() -> AsyncIterator[ScriptedServer]:
    """A server on a free port of this machine."""
    server = ScriptedServer()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.handle)
    app.router.add_post("/v1/embeddings", server.handle)
    app.router.add_route("*", "/{path:.*}", server.handle_other)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        server.release()
        await runner.cleanup()


# --- replies -----------------------------------------------------------------------------------


def sse(document: object) -> bytes:
    """A document as a server-sent event."""
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def delta(finish: str | None = None, **content: object) -> bytes:
    """A chunk of a streamed completion."""
    choice = {"index": 0, "delta": content, "finish_reason": finish}
    return sse(_chunk(choices=[choice]))


def usage(prompt: int | None, completion: int | None) -> bytes:
    """The chunk at the end that tells the tokens."""
    told = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": 0}
    return sse(_chunk(choices=[], usage=told))


def words(*pieces: str) -> list[bytes]:
    """The chunks of a text, with the opening that carries none."""
    return [delta(role="assistant", content=""), *(delta(content=piece) for piece in pieces)]


def answer(*pieces: str, finish: str = "stop") -> Reply:
    """A whole answer: 100 tokens asked, 10 answered."""
    return Reply([*words(*pieces), delta(finish), usage(100, 10), DONE])


def whole(text: object, finish: str = "stop", **message: object) -> Reply:
    """The same from a server that does not stream: one document."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, **message},
        "finish_reason": finish,
    }
    told = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    document = {"object": "chat.completion", "choices": [choice], "usage": told}
    return Reply([json.dumps(document, indent=1).encode()], 200, "application/json")


def broken(*steps: bytes | Step | asyncio.Event) -> Reply:
    """A stream of exactly these steps."""
    return Reply(steps)


def cut_at(reply: Reply, positions: Iterable[int]) -> Reply:
    """The same bytes in other packets: nothing says that an event arrives in one piece."""
    data = b"".join(step for step in reply.steps if isinstance(step, bytes))
    edges = [0, *positions, len(data)]
    return Reply([data[a:b] for a, b in pairwise(edges) if a < b])


def error(status: int, message: str, **more: object) -> Reply:
    """A refusal as OpenAI words it."""
    document = {"error": {"message": message, "type": "error", "param": None, **more}}
    return Reply([json.dumps(document).encode()], status, "application/json")


def unscripted(prompt: str) -> Reply:
    """What a server says that was told to say nothing."""
    return error(500, "nothing is scripted")


def _chunk(**more: object) -> dict[str, object]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        **more,
    }


def embeddings(texts: Sequence[str]) -> Reply:
    """Vectors of hashed words."""
    rows = [
        {"object": "embedding", "index": i, "embedding": _vector(text)}
        for i, text in enumerate(texts)
    ]
    told = {"prompt_tokens": 0, "total_tokens": 0}
    document = {"object": "list", "data": rows[::-1], "model": "scripted", "usage": told}
    return Reply([json.dumps(document).encode()], 200, "application/json")


def told_tokens(reply: Reply, tokens: int) -> Reply:
    """The same vectors, with how many tokens were read for them."""
    if not tokens:
        return reply
    (body,) = reply.steps
    assert isinstance(body, bytes)
    told = {"prompt_tokens": tokens, "total_tokens": tokens}
    return replace(reply, steps=[json.dumps(json.loads(body) | {"usage": told}).encode()])


def _vector(text: str) -> list[float]:
    """Hashed words: the same text has the same vector, texts that share words are near."""
    vector = [0.0] * DIMENSION
    for word in text.lower().split():
        vector[zlib.crc32(word.encode()) % DIMENSION] += 1.0
    return vector
