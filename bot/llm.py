"""The only door to the openai SDK: streams a chat completion, and embeds, with limits.

Works with any server that speaks OpenAI's protocol; what a server does not take (a name for
the length limit, the request for usage) is learned from its refusal and remembered. The SDK
is imported at the first call (it takes half a second). Its own retries are off: a caller has
one time budget and decides itself. Every error of the SDK becomes ModelUnavailable or
ModelRejected, whose message never holds what a server wrote. No time limit is ever open
while a chunk is handed out: it would end the caller's work instead of ours (PEP 789).
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import ModelError, ModelRejected, ModelUnavailable
from bot.records import Usage

EMBED_TIMEOUT_S = 60.0
USAGE_WAIT_S = 2.0  # after the finish reason; usage comes at once, or never
NO_KEY = "not-needed"  # local servers want none, the SDK insists on one
LENGTH_LIMITS = ("max_tokens", "max_completion_tokens")  # the old name, and OpenAI's new one
BAD_REQUEST = (400, 422)  # 422: servers built on FastAPI
TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|prompt is too long|exceed_context_size",
    re.IGNORECASE,
)
THOUGHTS = ("reasoning_content", "reasoning")  # vLLM's and DeepSeek's name, and Ollama's
END = object()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer: some text, or at the end its usage and why it ended.

    ``thinking``: a reasoning model's thoughts went by; they are no part of the answer.
    """

    text: str = ""
    usage: Usage | None = None
    finish: str | None = None
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes beyond model and messages."""

    length_limit: str
    usage: bool = True
    swapped: bool = False

    def arguments(self, max_tokens: int) -> dict[str, Any]:
        usage = {"stream_options": {"include_usage": True}} if self.usage else {}
        return {self.length_limit: max_tokens, **usage}

    def without(self, refusal: str) -> Dialect | None:
        """The same without what the server's refusal names; None when there is nothing left."""
        if self.usage and re.search("stream_options|include_usage", refusal):
            return replace(self, usage=False)
        if not self.swapped and re.search(rf"\b{self.length_limit}\b", refusal):
            other = LENGTH_LIMITS[1 - LENGTH_LIMITS.index(self.length_limit)]
            return replace(self, length_limit=other, swapped=True)
        return None


class ModelServer:
    """One server and its limits.

    ``timeout_s`` is for a whole call. ``idle_s`` is the longest silence once the model has
    begun to write or to think aloud; before that it may think in silence.
    """

    def __init__(self, *, api_key: str, base_url: str, timeout_s: float, idle_s: float):
        self._api_key = api_key
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._client: Any = None  # an AsyncOpenAI
        self._opening = threading.Lock()
        self._dialect = Dialect(LENGTH_LIMITS[0] if base_url else LENGTH_LIMITS[1])

    def _opened(self) -> Any:
        """The client. Runs in a thread, for importing the SDK takes half a second."""
        with self._opening:
            if self._client is None:
                from openai import AsyncOpenAI  # noqa: PLC0415

                self._client = AsyncOpenAI(
                    api_key=self._api_key or NO_KEY,
                    base_url=self._base_url or None,
                    timeout=self._timeout_s,
                    max_retries=0,
                )
            return self._client

    async def close(self) -> None:
        """Closes the connections. Idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def stream(
        self, model: str, messages: Sequence[dict[str, str]], max_tokens: int
    ) -> AsyncGenerator[Chunk]:
        """The answer as it is written. Raises ModelUnavailable or ModelRejected.

        An answer without a finish reason has broken off, and raises after its last chunk.
        """
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        events = await self._begun(deadline, max_tokens, model=model, messages=list(messages))
        wait_s, finished = self._timeout_s, False
        try:
            while (chunk := await _next(events, deadline, wait_s, finished)) is not None:
                if chunk.text or chunk.thinking:
                    wait_s = min(wait_s, self._idle_s)
                if chunk.finish is not None:
                    wait_s, finished = min(wait_s, USAGE_WAIT_S), True
                yield chunk
        finally:
            await events.close()
        if not finished:
            raise ModelUnavailable("The language model's answer broke off.")

    async def _begun(self, deadline: float, max_tokens: int, **request: Any) -> Any:
        """The stream of events; asks again where the server's refusal says what it cannot take."""
        dialect = self._dialect
        while True:
            try:
                async with _limited(deadline):
                    client = await asyncio.to_thread(self._opened)
                    arguments = dialect.arguments(max_tokens)
                    events = await client.chat.completions.create(
                        **request, **arguments, stream=True
                    )
            except ModelRejected as error:
                simpler = dialect.without(_refusal(error))
                if simpler is None:
                    raise
                dialect = simpler
            else:
                self._dialect = dialect
                return events

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """One vector a text, in order. Raises ModelUnavailable or ModelRejected."""
        async with _limited(asyncio.get_running_loop().time() + EMBED_TIMEOUT_S):
            client = await asyncio.to_thread(self._opened)
            answer = await client.embeddings.create(
                model=model, input=list(texts), encoding_format="float"
            )
            items = sorted(answer.data, key=lambda item: item.index)
            vectors = [[float(number) for number in item.embedding] for item in items]
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
            raise ModelRejected(
                "The embeddings server returned another number of vectors, or vectors of "
                "different lengths."
            )
        return vectors


async def _next(events: Any, deadline: float, wait_s: float, finished: bool) -> Chunk | None:
    """The next chunk, None at the end. What goes wrong after a finish reason is no matter."""
    now = asyncio.get_running_loop().time()
    try:
        async with _limited(min(deadline, now + wait_s)):
            event = await anext(events, END)
            return None if event is END else _chunk(event)
    except ModelError:
        if finished:
            return None
        raise


def _chunk(event: Any) -> Chunk:
    usage = None
    if event.usage is not None:
        usage = Usage(_count(event.usage.prompt_tokens), _count(event.usage.completion_tokens))
    if not event.choices:
        return Chunk(usage=usage)
    choice = event.choices[0]
    text = getattr(choice.delta, "content", None)
    thinking = any(getattr(choice.delta, name, None) for name in THOUGHTS)
    return Chunk(
        text if isinstance(text, str) else "", usage, choice.finish_reason or None, thinking
    )


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) else 0


@asynccontextmanager
async def _limited(deadline: float) -> AsyncIterator[None]:
    """Ends the block at a time of the loop's clock; the SDK's errors come out as ours."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise ModelUnavailable("The language model took too long.") from error
    except ModelError:
        raise
    except Exception as error:
        raise named(error) from error


def named(error: Exception) -> ModelError:
    """An error of the SDK, or of reading what it gave, as one of ours."""
    import openai  # noqa: PLC0415 - it is loaded by now

    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable("The language model took too long.")
    if isinstance(error, openai.RateLimitError):
        return ModelUnavailable("The language model's server has had too many requests.")
    if isinstance(error, openai.APIStatusError):
        return _named_status(error.status_code, _told(error))
    if isinstance(error, openai.APIResponseValidationError):
        return ModelUnavailable("The language model's answer could not be read.")
    if isinstance(error, openai.APIConnectionError | OSError):
        return ModelUnavailable("The connection to the language model's server failed.")
    if isinstance(error, openai.OpenAIError):
        return ModelUnavailable("The language model's server failed while it was answering.")
    return ModelUnavailable("The language model's answer could not be read.")


def _named_status(status: int, told: str) -> ModelError:
    if status >= 500 or status in (408, 409):
        return ModelUnavailable(f"The language model's server failed (status {status}).")
    if status in (*BAD_REQUEST, 413) and TOO_LONG.search(told):
        return ModelRejected(
            "The question with its passages is longer than the language model can read. "
            "The operator should lower PROMPT_TOKENS."
        )
    return ModelRejected(
        f"The language model's server refused the request (status {status}). "
        "The operator should check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL."
    )


def _refusal(error: ModelRejected) -> str:
    """What the server found wrong with a request, where it is not the length of the prompt."""
    told = _told(error.__cause__)
    bad = getattr(error.__cause__, "status_code", None) in BAD_REQUEST
    return told if bad and not TOO_LONG.search(told) else ""


def _told(error: BaseException | None) -> str:
    """All that a server said: the message may name a parameter, or only the fields beside it."""
    return f"{error} {getattr(error, 'body', '')}"
