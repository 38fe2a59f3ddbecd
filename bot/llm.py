"""The only door to the openai SDK: streams a chat completion, and embeds, with limits.

Works with any server that speaks OpenAI's protocol; what a model does not take (a name for
the length limit, the request for usage, a system message) is learned from its server's refusal
and remembered. Nothing is sent that not every model takes (no temperature). The SDK is imported
at the first call (it takes half a second). Its own retries are off: a caller has one time budget
and decides itself. Every error of the SDK becomes ModelUnavailable or ModelRejected, whose
message never holds what a server wrote. No time limit is ever open while a chunk is handed out:
it would end the caller's work instead of ours (PEP 789).
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from bot.errors import ModelError, ModelRejected, ModelTooSlow, ModelUnavailable
from bot.records import Usage

EMBED_TIMEOUT_S = 60.0
USAGE_WAIT_S = 2.0  # after the finish reason; usage comes at once, or never
RATE_LIMIT_S = 60.0  # limits are by the minute, where a server does not say when to come back
NO_KEY = "not-needed"  # local servers want none, the SDK insists on one
LENGTH_LIMITS = ("max_tokens", "max_completion_tokens")  # the old name, and OpenAI's new one
BAD_REQUEST = (400, 422)  # 422: servers built on FastAPI
TEACHES = (*BAD_REQUEST, 500)  # llama.cpp's for what a model's own template refuses
GAVE_UP = (408, 502, 504, 522, 524)  # a gateway waits no longer; the model may have worked
ENDPOINT = "/chat/completions"  # some paste the whole address
TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|prompt is too long|exceed_context_size",
    re.IGNORECASE,
)
TOO_LARGE = re.compile(r"too (?:large|long)|input length", re.IGNORECASE)
QUOTA = re.compile(r"insufficient[ _](?:quota|balance|credit|funds)|billing", re.IGNORECASE)
# As OpenAI, vLLM and llama.cpp (a template's own words), Google, and FastAPI put it.
NO_SYSTEM = re.compile(
    r"system\W+(?:role|message|prompt)s?\b.{0,30}\bnot\b|\brole\b.{0,60}\bsystem\b"
    r"|roles must alternate|only user\b.{0,30}\broles|unexpected message role"
    r"|developer instruction|messages\W+0\W+role",
    re.IGNORECASE,
)
# Finish reasons in OpenAI's words; any other is as good as "stop".
FINISHES = {
    "length": "length",
    "max_tokens": "length",  # Anthropic's and Google's
    "model_length": "length",  # Mistral's
    "content_filter": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "refusal": "content_filter",
}
BROKEN_OFF = ("error", "abort", "cancelled")  # OpenRouter's, vLLM's
THOUGHTS = ("reasoning_content", "reasoning")  # vLLM's and DeepSeek's name, and Ollama's
SECONDS = re.compile(r"\d{1,5}(\.\d{1,9})?", re.ASCII)
BROKE_OFF = "The language model's answer broke off."
END = object()

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer: some text, or at the end its usage and why it ended.

    ``finish`` is "stop", "length" or "content_filter". ``thought`` is what a reasoning model
    thinks aloud: no part of the answer, but of its cost.
    """

    text: str = ""
    usage: Usage | None = None
    finish: str | None = None
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a model of a server takes."""

    length_limit: str
    usage: bool = True
    system: bool = True
    swapped: bool = False

    def arguments(self, messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
        told = list(messages) if self.system else without_system(messages)
        usage = {"stream_options": {"include_usage": True}} if self.usage else {}
        return {"messages": told, self.length_limit: max_tokens, **usage}

    def without(self, refusal: str) -> Dialect | None:
        """The same without what the server's refusal names; None when there is nothing left."""
        if self.usage and re.search("stream_options|include_usage", refusal):
            return replace(self, usage=False)
        if not self.swapped and re.search(rf"\b{self.length_limit}\b", refusal):
            other = LENGTH_LIMITS[1 - LENGTH_LIMITS.index(self.length_limit)]
            return replace(self, length_limit=other, swapped=True)
        if self.system and NO_SYSTEM.search(refusal):
            return replace(self, system=False)
        return None


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The same with the system's words at the head of the first message of a user."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    first = {**others[0], "content": "\n\n".join([*system, others[0]["content"]])}
    return [first, *others[1:]]


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


class ModelServer:
    """One server and its limits.

    ``timeout_s`` is for a whole call. ``idle_s`` is the longest silence once the model has
    begun to write or to think aloud; before that it may think in silence.
    """

    def __init__(self, *, api_key: str, base_url: str, timeout_s: float, idle_s: float):
        self._api_key = api_key
        self._base_url, self._query = address(base_url)
        self.timeout_s = timeout_s
        self._idle_s = idle_s
        self._client: Any = None  # an AsyncOpenAI
        self._opening = threading.Lock()
        self._extra: dict[str, Any] = {}  # of every request
        self._dialects: dict[str, Dialect] = {}  # of models

    @property
    def spare(self) -> Model:
        return self

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
        events = await self._begun(deadline, model, messages, max_tokens)
        wait_s, finished = self.timeout_s, False
        try:
            while (chunk := await _next(events, deadline, wait_s, finished)) is not None:
                if chunk.text or chunk.thought:
                    wait_s = min(wait_s, self._idle_s)
                if chunk.finish is not None:
                    wait_s, finished = min(wait_s, USAGE_WAIT_S), True
                yield chunk
        finally:
            await events.close()
        if not finished:
            raise ModelUnavailable(BROKE_OFF)

    async def _begun(
        self, deadline: float, model: str, messages: Sequence[Message], max_tokens: int
    ) -> Any:
        """The stream of events; asks again where the server's refusal says what it cannot take."""
        usual = Dialect(LENGTH_LIMITS[0] if self._base_url else LENGTH_LIMITS[1])
        dialect = self._dialects.get(model, usual)
        while True:
            try:
                async with _limited(deadline):
                    client = await asyncio.to_thread(self._opened)
                    arguments = dialect.arguments(messages, max_tokens) | self._extra
                    events = await client.chat.completions.create(
                        model=model, stream=True, **arguments
                    )
            except ModelError as error:
                simpler = dialect.without(_refusal(error))
                if simpler is None:
                    raise
                dialect = simpler
            else:
                self._dialects[model] = dialect
                return events

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """One vector a text, in order. Raises ModelUnavailable, ModelRejected or TextsRefused."""
        try:
            async with _limited(asyncio.get_running_loop().time() + EMBED_TIMEOUT_S):
                client = await asyncio.to_thread(self._opened)
                answer = await client.embeddings.create(
                    model=model, input=list(texts), encoding_format="float", **self._extra
                )
                items = sorted(answer.data, key=lambda item: item.index)
                vectors = [[float(number) for number in item.embedding] for item in items]
        except ModelError as error:
            if _refuses_texts(error.__cause__):
                raise TextsRefused(error.message) from error.__cause__
            raise
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
            raise ModelRejected(
                "The embeddings server returned another number of vectors, or vectors of "
                "different lengths."
            )
        return vectors


class TextsRefused(ModelRejected):
    """These texts are not embedded, at least not together or at this length."""


def _refuses_texts(cause: BaseException | None) -> bool:
    status = getattr(cause, "status_code", None)
    if status == 500:  # llama.cpp's for a text beyond its batch
        return TOO_LARGE.search(_told(cause)) is not None
    return status in (*BAD_REQUEST, 413)


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


def address(base_url: str) -> tuple[str, dict[str, str]]:
    """An address without its query, which some servers want with every request, and the query."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/").removesuffix(ENDPOINT)
    return urlunsplit((*parts[:2], path, "", "")), dict(parse_qsl(parts.query))


def _chunk(event: Any) -> Chunk:
    usage = None
    if event.usage is not None:
        usage = Usage(_count(event.usage.prompt_tokens), _count(event.usage.completion_tokens))
    if not event.choices:
        return Chunk(usage=usage)
    choice = event.choices[0]
    finish = choice.finish_reason and str(choice.finish_reason).lower()
    if finish in BROKEN_OFF:
        raise ModelUnavailable(BROKE_OFF)
    thoughts = [_text(choice.delta, name) for name in THOUGHTS]
    return Chunk(
        _text(choice.delta, "content"),
        usage,
        FINISHES.get(finish, "stop") if finish else None,
        next(filter(None, thoughts), ""),
    )


def _text(delta: Any, name: str) -> str:
    text = getattr(delta, name, None)
    return text if isinstance(text, str) else ""


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) else 0


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
        raise named(error) from error


def named(error: Exception) -> ModelError:
    """An error of the SDK, or of reading what it gave, as one of ours."""
    import httpx2  # noqa: PLC0415 - both are loaded by now
    import openai  # noqa: PLC0415

    if isinstance(error, openai.APITimeoutError):
        return ModelTooSlow("The language model took too long.")
    if isinstance(error, openai.APIStatusError):
        return _named_status(error.status_code, _told(error), _retry_after_s(error))
    if isinstance(error, openai.APIResponseValidationError):
        return ModelUnavailable("The language model's answer could not be read.")
    if isinstance(error, openai.APIConnectionError | OSError):
        unheard = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
        return ModelUnavailable(
            "The connection to the language model's server failed.", free=unheard
        )
    if isinstance(error, openai.OpenAIError):
        return ModelUnavailable("The language model's server failed while it was answering.")
    return ModelUnavailable("The language model's answer could not be read.")


def _named_status(status: int, told: str, retry_after_s: float | None) -> ModelError:
    if status == 402 or (status == 429 and QUOTA.search(told)):
        return ModelRejected(
            "The account at the language model's server is used up. "
            "The operator should look at its balance.",
            free=True,
        )
    if status == 429:
        return ModelUnavailable(
            "The language model's server has had too many requests.",
            free=True,
            retry_after_s=RATE_LIMIT_S if retry_after_s is None else retry_after_s,
        )
    if status >= 500 or status in (408, 409):
        return ModelUnavailable(
            f"The language model's server failed (status {status}).",
            free=status not in GAVE_UP,
            retry_after_s=retry_after_s,
        )
    if status in (*BAD_REQUEST, 413) and TOO_LONG.search(told):
        return ModelRejected(
            "The question with its passages is longer than the language model can read. "
            "The operator should lower PROMPT_TOKENS.",
            free=True,
        )
    return ModelRejected(
        f"The language model's server refused the request (status {status}). "
        "The operator should check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL.",
        free=True,
    )


def _retry_after_s(error: Any) -> float | None:
    """What the server said, where it said it in seconds."""
    told = error.response.headers.get("retry-after", "")
    return float(told) if SECONDS.fullmatch(told) else None


def _refusal(error: ModelError) -> str:
    """What the server found wrong with a request, where it is not the length of the prompt."""
    told = _told(error.__cause__)
    bad = getattr(error.__cause__, "status_code", None) in TEACHES
    return told if bad and not TOO_LONG.search(told) else ""


def _told(error: BaseException | None) -> str:
    """All that a server said: the message may name a parameter, or only the fields beside it."""
    return f"{error} {getattr(error, 'body', '')}"
