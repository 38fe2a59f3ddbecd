"""Asks a model's server: streams a chat completion, and embeds, with limits.

Works with any server that speaks OpenAI's protocol; what a model does not take (a name for
the length limit, the request for usage, a stream, a system message, no thinking) is learned from
its server's refusal and remembered, and so is that its address lacks ``/v1``. The SDK is imported
at the first call (it takes half a second). Its own retries are off: a caller has one time budget
and decides itself. Every error of the SDK becomes ModelUnavailable or ModelRejected, whose
message never holds what a server wrote. No time limit is ever open while a chunk is handed out:
it would end the caller's work instead of ours (PEP 789).
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from bot.errors import ModelError, ModelRejected, ModelTooSlow, ModelUnavailable
from bot.llm.chunks import BROKE_OFF, Chunk, read_event, read_events
from bot.llm.dialect import LENGTH_LIMITS, Dialect, Message
from bot.llm.error_translation import (
    BAD_REQUEST,
    TextsRefused,
    refusal_text,
    refuses_texts,
    status_of,
    translate_error,
)

T = TypeVar("T")
EMBED_TIMEOUT_S = 60.0
LOOK_TIMEOUT_S = 10.0  # for what a server says of itself
USAGE_WAIT_S = 2.0  # after the finish reason; usage comes at once, or never
NO_KEY = "not-needed"  # local servers want none, the SDK insists on one
ENDPOINT = "/chat/completions"  # some paste the whole address
VERSION = "/v1"
VERSIONED = re.compile(r"/v\d")
NOWHERE = (404, 405)  # what an address without its version answers; 405: a page's
END = object()


class Model(Protocol):
    """What is needed of a server to ask its models."""

    @property
    def spare(self) -> Model:
        """The same for a call that an answer can do without."""

    @property
    def timeout_s(self) -> float: ...

    def stream(
        self,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        deadline: float | None = None,
    ) -> AsyncGenerator[Chunk]: ...


@dataclass(frozen=True, slots=True)
class EmbeddingResponse:
    """One vector a text, in order; ``tokens`` were read, None where the server does not say."""

    vectors: list[list[float]]
    tokens: int | None


class ModelServer:
    """One server and its limits.

    ``timeout_s`` is for a whole call. ``idle_s`` is the longest silence once the model has
    begun to write or to think aloud; before that it may think in silence.
    """

    def __init__(self, *, api_key: str, base_url: str, timeout_s: float, idle_s: float):
        self._api_key = api_key
        self._bare_url, self._query = address(base_url)
        self._base_url = self._bare_url
        self.timeout_s = timeout_s
        self._idle_s = idle_s
        self._client: Any = None  # an AsyncOpenAI
        self._opening = threading.Lock()
        self._extra: dict[str, Any] = {}  # of every request
        self._dialects: dict[str, Dialect] = {}  # of models
        self._found = not base_url or bool(VERSIONED.search(self._base_url) or self._query)

    @property
    def spare(self) -> Model:
        return self

    @property
    def address(self) -> str:
        """Where it is, as far as that is known; empty for OpenAI's own."""
        return self._base_url

    def dialect(self, model: str) -> Dialect:
        """What a model takes, as far as that is known."""
        usual = Dialect(LENGTH_LIMITS[0] if self._base_url else LENGTH_LIMITS[1])
        return self._dialects.get(model, usual)

    def _opened(self) -> Any:
        """The client. Runs in a thread, for importing the SDK takes half a second."""
        with self._opening:
            if self._client is None:
                from openai import AsyncOpenAI, Omit  # noqa: PLC0415

                key = self._api_key or NO_KEY
                if "api-version" in self._query:  # Azure's sign; it wants no bearer's key
                    self._extra = {"extra_headers": {"api-key": key, "Authorization": Omit()}}
                self._client = AsyncOpenAI(
                    api_key=key,
                    base_url=self._base_url or None,
                    default_query=self._query,
                    timeout=self.timeout_s,
                    max_retries=0,
                )
            return self._client

    async def close(self) -> None:
        """Closes the connections. Idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ask(self, deadline: float, request: Callable[[Any], Awaitable[T]]) -> T:
        """What a request brings; a bare address that leads nowhere is tried with ``/v1``, once."""
        asked_at = self._base_url
        try:
            return await self._ask_once(deadline, request)
        except ModelError as error:
            moved = self._base_url != asked_at  # by another call, meanwhile
            if status_of(error) not in NOWHERE or (self._found and not moved):
                raise
        if not moved:
            self._move(self._bare_url + VERSION)
        try:
            return await self._ask_once(deadline, request)
        except ModelError as error:
            if status_of(error) in NOWHERE and not self._found:
                self._move(self._bare_url)
            raise

    async def _ask_once(self, deadline: float, request: Callable[[Any], Awaitable[T]]) -> T:
        async with _limited(deadline):
            answer = await request(await asyncio.to_thread(self._opened))
        self._found = True
        return answer

    def _move(self, base_url: str) -> None:
        self._base_url = base_url
        if self._client is not None:
            self._client.base_url = base_url

    # --- completions ---------------------------------------------------------------------------

    async def stream(
        self,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        deadline: float | None = None,
    ) -> AsyncGenerator[Chunk]:
        """The answer as it is written. Raises ModelUnavailable or ModelRejected.

        ``deadline`` is a time of the loop's clock, for who has used up some of ``timeout_s``.
        An answer without a finish reason has broken off, and raises after its last chunk.
        """
        now = asyncio.get_running_loop().time()
        deadline = min(now + self.timeout_s, now + self.timeout_s if deadline is None else deadline)
        response = await self._begun(deadline, model, messages, max_tokens)
        events = read_events(response.iter_bytes())
        wait_s, finished = self.timeout_s, False
        try:
            while (chunk := await _next(events, deadline, wait_s, finished)) is not None:
                if chunk.text or chunk.reasoning:
                    wait_s = min(wait_s, self._idle_s)
                if chunk.finish_reason is not None:
                    wait_s, finished = min(wait_s, USAGE_WAIT_S), True
                yield chunk
        finally:
            await events.aclose()
            await response.close()
        if not finished:
            raise ModelUnavailable(BROKE_OFF)

    async def _begun(
        self, deadline: float, model: str, messages: Sequence[Message], max_tokens: int
    ) -> Any:
        """The response; asks again where the server's refusal says what it cannot take."""
        dialect = self.dialect(model)
        while True:
            create = partial(
                self._create, dialect.arguments(messages, max_tokens) | {"model": model}
            )
            try:
                response = await self._ask(deadline, create)
            except ModelError as error:
                told = refusal_text(error)
                plain = bool(told) and status_of(error) in BAD_REQUEST
                simpler = dialect.without(told, plain=plain)
                if simpler is None:
                    raise
                dialect = simpler
            else:
                self._dialects[model] = dialect
                return response

    async def _create(self, body: dict[str, Any], client: Any) -> Any:
        """The response, whose body is still to be read."""
        create = client.chat.completions.with_streaming_response.create
        return await create(**body, **self._extra).__aenter__()

    # --- embeddings ----------------------------------------------------------------------------

    async def embed(self, texts: Sequence[str], model: str) -> EmbeddingResponse:
        """One vector a text, in order. Raises ModelUnavailable, ModelRejected or TextsRefused."""
        deadline = asyncio.get_running_loop().time() + EMBED_TIMEOUT_S
        try:
            answer = await self._ask(
                deadline,
                lambda client: client.embeddings.create(
                    model=model, input=list(texts), encoding_format="float", **self._extra
                ),
            )
            embedded = _embedded(answer)
        except ModelError as error:
            if refuses_texts(error.__cause__):
                raise TextsRefused(error.message, free=error.free) from error.__cause__
            raise
        lengths = {len(vector) for vector in embedded.vectors}
        if len(embedded.vectors) != len(texts) or len(lengths) > 1:
            raise ModelRejected(
                "The embeddings server returned another number of vectors, or vectors of "
                "different lengths."
            )
        return embedded

    # --- what a server says of itself ------------------------------------------------------------

    async def get_json(self, path: str, body: Any = None) -> Any:
        """A JSON document of the server's: ``models`` beside its endpoints, ``/props`` from its
        root; sent to with a ``body``. Raises ModelUnavailable or ModelRejected."""
        deadline = asyncio.get_running_loop().time() + LOOK_TIMEOUT_S

        async def request(client: Any) -> Any:
            root = urlunsplit((*urlsplit(str(client.base_url))[:2], path, "", ""))
            where = root if path.startswith("/") else path
            options = {"headers": self._extra.get("extra_headers", {})}
            if body is None:
                return await client.get(where, cast_to=object, options=options)
            return await client.post(where, cast_to=object, body=body, options=options)

        ask = self._ask_once if path.startswith("/") else self._ask
        return await ask(deadline, request)


def _embedded(answer: Any) -> EmbeddingResponse:
    """Raises ModelUnavailable for what is no answer."""
    try:
        items = sorted(answer.data, key=lambda item: item.index)
        vectors = [[float(number) for number in item.embedding] for item in items]
        tokens = getattr(answer.usage, "prompt_tokens", None)
    except Exception as error:  # whatever shape it has: nothing of it can be used
        raise translate_error(error) from error
    return EmbeddingResponse(vectors, tokens if isinstance(tokens, int) and tokens > 0 else None)


async def _next(
    events: AsyncGenerator[Any], deadline: float, wait_s: float, finished: bool
) -> Chunk | None:
    """The next chunk, None at the end. What goes wrong after a finish reason is no matter."""
    now = asyncio.get_running_loop().time()
    try:
        async with _limited(min(deadline, now + wait_s)):
            event = await anext(events, END)
            return None if event is END else read_event(event)
    except ModelError:
        if finished:
            return None
        raise


def address(base_url: str) -> tuple[str, dict[str, str]]:
    """An address without its query, which some servers want with every request, and the query."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/").removesuffix(ENDPOINT)
    return urlunsplit((*parts[:2], path, "", "")), dict(parse_qsl(parts.query))


@asynccontextmanager
async def _limited(deadline: float) -> AsyncIterator[None]:
    """Ends the block at a time of the loop's clock; the SDK's errors come out as ours."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise ModelTooSlow("The language model took too long.") from error
    except ModelError:
        raise
    except Exception as error:
        raise translate_error(error) from error
