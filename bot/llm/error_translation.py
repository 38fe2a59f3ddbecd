"""Translates the SDK's errors into ours; the messages never contain a server's own text."""

from __future__ import annotations

import re
from typing import Any

from bot.errors import ModelError, ModelRejected, ModelTooSlow, ModelUnavailable
from bot.llm.error_messages import LANGUAGE_MODEL, ErrorMessages
from bot.strings import _

BURST_S = 1.0  # wait if a server does not say when to retry
RATE_LIMIT_S = 60.0  # wait if it says so with a date: limits are usually per minute
BAD_REQUEST = (400, 422)  # 422: servers built on FastAPI
EXPLAINS_REFUSAL = (*BAD_REQUEST, 500)  # 500: llama.cpp's if a model's template refuses
TIMED_OUT = (408, 502, 504, 522, 524)  # a gateway stopped waiting; the model may have worked
TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|prompt is too long|exceed_context_size",
    re.IGNORECASE,
)
TOO_LARGE = re.compile(r"too (?:large|long)|input length", re.IGNORECASE)
QUOTA = re.compile(r"insufficient[ _](?:quota|balance|credit|funds)|billing", re.IGNORECASE)
# llama.cpp's field, and the wording of OpenAI and vLLM.
WINDOW = re.compile(
    r"n_ctx\W{1,4}(\d{3,8})|context (?:length|size|window)\D{0,40}?(\d{3,8})", re.IGNORECASE
)
SECONDS = re.compile(r"\d{1,5}(\.\d{1,9})?", re.ASCII)


class TextsRefused(ModelRejected):
    """The server refuses to embed these texts, at least together or at this length."""


def translate_error(error: Exception, messages: ErrorMessages = LANGUAGE_MODEL) -> ModelError:
    """Our error for one of the SDK, or one from reading its response."""
    import httpx2  # noqa: PLC0415 - both are loaded already
    import openai  # noqa: PLC0415

    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return ModelTooSlow(_(messages.too_slow))
    if isinstance(error, openai.APIStatusError):
        return _from_status(error, messages)
    if isinstance(error, openai.APIResponseValidationError):
        return ModelUnavailable(_(messages.unreadable))
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError | OSError):
        never_sent = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
        return ModelUnavailable(_(messages.no_connection), free=never_sent)
    if isinstance(error, openai.OpenAIError):
        return ModelUnavailable(_(messages.failed_midway))
    return ModelUnavailable(_(messages.unreadable))


def _from_status(error: Any, messages: ErrorMessages) -> ModelError:
    """Our error for one with an HTTP status."""
    status, text, retry_after_s = error.status_code, _error_text(error), _retry_after_s(error)
    if status == 402 or (status == 429 and QUOTA.search(text)):
        return ModelRejected(_(messages.out_of_credit), free=True)
    if status == 429:
        return ModelUnavailable(
            _(messages.too_many_requests),
            free=True,
            retry_after_s=BURST_S if retry_after_s is None else retry_after_s,
        )
    if status >= 500 or status in (408, 409):
        return ModelUnavailable(
            _(messages.failed).format(status=status),
            free=status not in TIMED_OUT,
            retry_after_s=retry_after_s,
        )
    if status in (*BAD_REQUEST, 413) and TOO_LONG.search(text):
        return ModelRejected(_(messages.too_long), free=True, window=_window(text))
    return ModelRejected(_(messages.refused).format(status=status), free=True)


def _window(text: str) -> int | None:
    """The context window that a refusal mentions, in tokens."""
    match = WINDOW.search(text)
    return int(match[1] or match[2]) if match else None


def _retry_after_s(error: Any) -> float | None:
    """The server's Retry-After, in seconds."""
    value = error.response.headers.get("retry-after", "")
    if not value:
        return None
    return float(value) if SECONDS.fullmatch(value) else RATE_LIMIT_S


def status_of(error: ModelError) -> int | None:
    """The HTTP status of a refusal; None for any other error."""
    return getattr(error.__cause__, "status_code", None)


def refusal_text(error: ModelError) -> str:
    """What the server says is wrong with a request, except for the length of the prompt."""
    text = _error_text(error.__cause__)
    explains = status_of(error) in EXPLAINS_REFUSAL
    return text if explains and not TOO_LONG.search(text) else ""


def refuses_texts(cause: BaseException | None) -> bool:
    status = getattr(cause, "status_code", None)
    if status == 500:  # llama.cpp's for a text longer than its batch
        return TOO_LARGE.search(_error_text(cause)) is not None
    return status in (*BAD_REQUEST, 413)


def _error_text(error: BaseException | None) -> str:
    """The message and the body: the parameter may be named in either."""
    return f"{error} {getattr(error, 'body', '')}"
