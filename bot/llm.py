"""The only door to the openai SDK: streams a chat completion, and embeds, with limits.

Works with any server that speaks OpenAI's protocol. The SDK is imported at the first
call (it takes half a second). Its own retries are off: a caller has one time budget and
decides itself. Every error of the SDK becomes ModelUnavailable or ModelRejected.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from bot.errors import ModelError, ModelRejected, ModelUnavailable
from bot.records import Usage

EMBED_TIMEOUT_S = 60.0
NO_KEY = "not-needed"  # local servers want none, the SDK insists on one


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer: some text, or at the end its usage and why it ended."""

    text: str = ""
    usage: Usage | None = None
    finish: str | None = None


class ModelServer:
    """One server and its limits. ``timeout_s`` is for a whole call, ``idle_s`` between chunks."""

    def __init__(self, *, api_key: str, base_url: str, timeout_s: float, idle_s: float):
        self._api_key = api_key
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._client: Any = None  # an AsyncOpenAI

    def _opened(self) -> Any:
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
        """The answer as it is written. Raises ModelUnavailable or ModelRejected."""
        async with asyncio.timeout(self._timeout_s) as limit:
            with _translated(limit):
                client = await asyncio.to_thread(self._opened)
                events = await client.chat.completions.create(
                    model=model,
                    messages=list(messages),
                    stream=True,
                    stream_options={"include_usage": True},
                    **self._length(max_tokens),
                )
                async with aclosing(_chunks(events, self._idle_s)) as chunks:
                    async for chunk in chunks:
                        yield chunk

    def _length(self, max_tokens: int) -> dict[str, Any]:
        """OpenAI's newer models refuse ``max_tokens``; other servers may not know its successor."""
        name = "max_tokens" if self._base_url else "max_completion_tokens"
        return {name: max_tokens}

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """One vector a text, in order."""
        async with asyncio.timeout(EMBED_TIMEOUT_S) as limit:
            with _translated(limit):
                client = await asyncio.to_thread(self._opened)
                answer = await client.embeddings.create(
                    model=model, input=list(texts), encoding_format="float"
                )
        vectors: list[list[float]] = [
            item.embedding for item in sorted(answer.data, key=lambda item: item.index)
        ]
        if len(vectors) != len(texts):
            raise ModelRejected("The embeddings server returned another number of vectors.")
        return vectors


async def _chunks(events: Any, idle_s: float) -> AsyncGenerator[Chunk]:
    iterator = aiter(events)
    try:
        while True:
            async with asyncio.timeout(idle_s):
                event = await anext(iterator, None)
            if event is None:
                return
            yield _chunk(event)
    finally:
        await events.close()


def _chunk(event: Any) -> Chunk:
    usage = None
    if event.usage is not None:
        usage = Usage(event.usage.prompt_tokens or 0, event.usage.completion_tokens or 0)
    if not event.choices:
        return Chunk(usage=usage)
    choice = event.choices[0]
    text = (choice.delta.content or "") if choice.delta else ""
    return Chunk(text, usage, choice.finish_reason)


@contextmanager
def _translated(limit: asyncio.Timeout) -> Iterator[None]:
    """The SDK's errors as ours."""
    try:
        yield
    except (TimeoutError, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and not limit.expired():
            raise
        raise ModelUnavailable("The language model took too long.") from error
    except ModelError:
        raise
    except Exception as error:
        raise _named(error) from error


def _named(error: Exception) -> Exception:
    import openai  # noqa: PLC0415 - it is loaded by now

    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable("The language model took too long.")
    if isinstance(error, openai.RateLimitError):
        return ModelUnavailable("The language model's server has had too many requests.")
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        return ModelRejected(
            f"The language model's server refused the request (status {error.status_code}). "
            "The operator should check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL."
        )
    if isinstance(error, openai.APIStatusError):
        return ModelUnavailable(f"The language model's server failed ({error.status_code}).")
    if isinstance(error, openai.OpenAIError | OSError):
        return ModelUnavailable("The language model's server could not be reached.")
    return ModelUnavailable("The language model's answer could not be read.")
