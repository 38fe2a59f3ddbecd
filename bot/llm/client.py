"""The client for a model's server: streams chat completions and embeds texts, within time limits.

Works with any OpenAI-compatible server. What a model does not accept (the name of the length limit,
the request for usage, streaming, a system message, a reasoning effort) is learned from the server's
refusal and remembered, and so is an address that lacks ``/v1``. The SDK is imported at the first
call (half a second). Its own retries are off, since a caller has one time budget for all attempts.
Every error of the SDK becomes a ModelError, whose message never contains a server's own text. No
timeout is open while a chunk is yielded: it would cancel the caller instead of us (PEP 789).
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
from bot.llm.chunks import Chunk, read_event, read_events
from bot.llm.dialect import LENGTH_LIMITS, Dialect, Message, Schema
from bot.llm.error_messages import (
    ANSWER_BROKE_OFF,
    EMBEDDING_MODEL,
    LANGUAGE_MODEL,
    ErrorMessages,
)
from bot.llm.error_translation import (
    BAD_REQUEST,
    TextsRefused,
    refusal_text,
    refuses_texts,
    status_of,
    translate_error,
)
from bot.strings import _

T = TypeVar("T")
EMBED_TIMEOUT_S = 60.0
INFO_TIMEOUT_S = 10.0  # for what a server says about itself
USAGE_WAIT_S = 2.0  # after the finish reason; usage comes at once, or never
NO_KEY = "not-needed"  # local servers need none, but the SDK insists on one
ENDPOINT = "/chat/completions"  # some people paste the whole address
VERSION = "/v1"
VERSIONED = re.compile(r"/v\d")
NOT_FOUND = (404, 405)  # for an address without its version; 405 if it is a web page
END_OF_STREAM = object()


class Model(Protocol):
    """A server that streams completions."""

    @property
    def optional(self) -> Model:
        """The same server, for calls that an answer can do without."""

    @property
    def timeout_s(self) -> float: ...

    def stream(
        self,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        deadline: float | None = None,
        schema: Schema | None = None,
    ) -> AsyncGenerator[Chunk]: ...


@dataclass(frozen=True, slots=True)
class EmbeddingResponse:
    """One vector per text, in order; ``tokens`` read, None if the server does not say."""

    vectors: list[list[float]]
    tokens: int | None


class ModelServer:
    """One server and its time limits.

    ``timeout_s`` is for a whole call. ``idle_s`` is the longest pause once text or reasoning has
    begun; before that the model may reason silently.
    """

    def __init__(self, *, api_key: str, base_url: str, timeout_s: float, idle_s: float):
        self._api_key = api_key
        self._given_url, self._query = split_address(base_url)
        self._base_url = self._given_url
        self.timeout_s = timeout_s
        self._idle_s = idle_s
        self._client: Any = None  # AsyncOpenAI
        self._client_lock = threading.Lock()
        self._extra: dict[str, Any] = {}  # arguments of every request
        self._dialects: dict[str, Dialect] = {}  # by model
        has_version = bool(VERSIONED.search(self._base_url) or self._query)
        self._url_works = not base_url or has_version

    @property
    def optional(self) -> Model:
        return self

    @property
    def address(self) -> str:
        """Its base URL; empty for OpenAI's own."""
        return self._base_url

    def dialect(self, model: str) -> Dialect:
        """What a model accepts, as far as it is known."""
        default = Dialect(LENGTH_LIMITS[0] if self._base_url else LENGTH_LIMITS[1])
        return self._dialects.get(model, default)

    def _get_client(self) -> Any:
        """The SDK's client. Runs in a thread, since importing the SDK takes half a second."""
        with self._client_lock:
            if self._client is None:
                from openai import AsyncOpenAI, Omit  # noqa: PLC0415

                key = self._api_key or NO_KEY
                if "api-version" in self._query:  # Azure, which takes no bearer token
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
        """Close the connections. Idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _send(
        self,
        deadline: float,
        request: Callable[[Any], Awaitable[T]],
        messages: ErrorMessages = LANGUAGE_MODEL,
    ) -> T:
        """The response to a request; if the address is not found, it is retried with ``/v1``."""
        first_url = self._base_url
        try:
            return await self._send_once(deadline, request, messages)
        except ModelError as error:
            moved = self._base_url != first_url  # by a concurrent call
            if status_of(error) not in NOT_FOUND or (self._url_works and not moved):
                raise
        if not moved:
            self._move(self._given_url + VERSION)
        try:
            return await self._send_once(deadline, request, messages)
        except ModelError as error:
            if status_of(error) in NOT_FOUND and not self._url_works:
                self._move(self._given_url)
            raise

    async def _send_once(
        self,
        deadline: float,
        request: Callable[[Any], Awaitable[T]],
        messages: ErrorMessages = LANGUAGE_MODEL,
    ) -> T:
        async with _limited(deadline, messages):
            response = await request(await asyncio.to_thread(self._get_client))
        self._url_works = True
        return response

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
        schema: Schema | None = None,
    ) -> AsyncGenerator[Chunk]:
        """The answer as it is written. Raises ModelUnavailable or ModelRejected.

        ``deadline`` (the event loop's clock) shortens ``timeout_s``. An answer without a finish
        reason has broken off, and raises after its last chunk. ``schema``: what the reply has to
        fit; ignored if the server can't bind it.
        """
        now = asyncio.get_running_loop().time()
        deadline = min(now + self.timeout_s, now + self.timeout_s if deadline is None else deadline)
        response = await self._start_stream(deadline, model, messages, max_tokens, schema)
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
            raise ModelUnavailable(_(ANSWER_BROKE_OFF))

    async def _start_stream(
        self,
        deadline: float,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        schema: Schema | None,
    ) -> Any:
        """The response; retries without what the server's refusal says it does not accept."""
        dialect = self.dialect(model)
        while True:
            body = dialect.arguments(messages, max_tokens, schema) | {"model": model}
            try:
                response = await self._send(deadline, partial(self._create, body))
            except ModelError as error:
                refusal = refusal_text(error)
                is_bad_request = bool(refusal) and status_of(error) in BAD_REQUEST
                simpler = dialect.without(
                    refusal, drop_optional=is_bad_request, has_schema=schema is not None
                )
                if simpler is None:
                    raise
                dialect = simpler
            else:
                self._dialects[model] = dialect
                return response

    async def _create(self, body: dict[str, Any], client: Any) -> Any:
        """The response, with its body not read yet."""
        create = client.chat.completions.with_streaming_response.create
        return await create(**body, **self._extra).__aenter__()

    # --- embeddings ----------------------------------------------------------------------------

    async def embed(self, texts: Sequence[str], model: str) -> EmbeddingResponse:
        """One vector per text, in order. Raises ModelUnavailable, ModelRejected or TextsRefused."""
        deadline = asyncio.get_running_loop().time() + EMBED_TIMEOUT_S
        try:
            response = await self._send(
                deadline,
                lambda client: client.embeddings.create(
                    model=model, input=list(texts), encoding_format="float", **self._extra
                ),
                EMBEDDING_MODEL,
            )
            embedded = _parse_embeddings(response)
        except ModelError as error:
            if refuses_texts(error.__cause__):
                raise TextsRefused(error.message, free=error.free) from error.__cause__
            raise
        lengths = {len(vector) for vector in embedded.vectors}
        if len(embedded.vectors) != len(texts) or len(lengths) > 1:
            raise ModelRejected(
                _(
                    "The embeddings server returned the wrong number of vectors, or vectors of "
                    "different lengths."
                )
            )
        return embedded

    # --- what a server says about itself ---------------------------------------------------------

    async def get_json(self, path: str, body: Any = None) -> Any:
        """A JSON document: ``models`` relative to the base URL, ``/props`` from the root.

        With a ``body`` it is a POST. Raises ModelUnavailable or ModelRejected.
        """
        deadline = asyncio.get_running_loop().time() + INFO_TIMEOUT_S

        async def request(client: Any) -> Any:
            root = urlunsplit((*urlsplit(str(client.base_url))[:2], path, "", ""))
            url = root if path.startswith("/") else path
            options = {"headers": self._extra.get("extra_headers", {})}
            if body is None:
                return await client.get(url, cast_to=object, options=options)
            return await client.post(url, cast_to=object, body=body, options=options)

        send = self._send_once if path.startswith("/") else self._send
        return await send(deadline, request)


def _parse_embeddings(response: Any) -> EmbeddingResponse:
    """Raises ModelUnavailable for an unusable response."""
    try:
        items = sorted(response.data, key=lambda item: item.index)
        vectors = [[float(number) for number in item.embedding] for item in items]
        tokens = getattr(response.usage, "prompt_tokens", None)
    except Exception as error:  # whatever its shape, it cannot be used
        raise translate_error(error, EMBEDDING_MODEL) from error
    return EmbeddingResponse(vectors, tokens if isinstance(tokens, int) and tokens > 0 else None)


async def _next(
    events: AsyncGenerator[Any], deadline: float, wait_s: float, finished: bool
) -> Chunk | None:
    """The next chunk; None at the end. Errors after a finish reason are ignored."""
    now = asyncio.get_running_loop().time()
    try:
        async with _limited(min(deadline, now + wait_s)):
            event = await anext(events, END_OF_STREAM)
            return None if event is END_OF_STREAM else read_event(event)
    except ModelError:
        if finished:
            return None
        raise


def split_address(base_url: str) -> tuple[str, dict[str, str]]:
    """A base URL without its query, and the query, which some servers want with every request."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/").removesuffix(ENDPOINT)
    return urlunsplit((*parts[:2], path, "", "")), dict(parse_qsl(parts.query))


@asynccontextmanager
async def _limited(
    deadline: float, messages: ErrorMessages = LANGUAGE_MODEL
) -> AsyncIterator[None]:
    """Ends the block at ``deadline`` (the event loop's clock) and translates the SDK's errors."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise ModelTooSlow(_(messages.too_slow)) from error
    except ModelError:
        raise
    except Exception as error:
        raise translate_error(error, messages) from error
