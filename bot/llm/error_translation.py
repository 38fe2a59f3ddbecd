"""The SDK's errors as ours, in words that never hold what a server wrote."""

from __future__ import annotations

import re
from typing import Any

from bot.errors import ModelError, ModelRejected, ModelTooSlow, ModelUnavailable

BURST_S = 1.0  # where a server does not say when to come back
RATE_LIMIT_S = 60.0  # limits are by the minute, where it says so with a date
BAD_REQUEST = (400, 422)  # 422: servers built on FastAPI
TEACHES = (*BAD_REQUEST, 500)  # llama.cpp's for what a model's own template refuses
GAVE_UP = (408, 502, 504, 522, 524)  # a gateway waits no longer; the model may have worked
TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|prompt is too long|exceed_context_size",
    re.IGNORECASE,
)
TOO_LARGE = re.compile(r"too (?:large|long)|input length", re.IGNORECASE)
QUOTA = re.compile(r"insufficient[ _](?:quota|balance|credit|funds)|billing", re.IGNORECASE)
# llama.cpp's field, and as OpenAI and vLLM put it.
WINDOW = re.compile(
    r"n_ctx\W{1,4}(\d{3,8})|context (?:length|size|window)\D{0,40}?(\d{3,8})", re.IGNORECASE
)
SECONDS = re.compile(r"\d{1,5}(\.\d{1,9})?", re.ASCII)


class TextsRefused(ModelRejected):
    """These texts are not embedded, at least not together or at this length."""


def translate_error(error: Exception) -> ModelError:
    """An error of the SDK, or of reading what it gave, as one of ours."""
    import httpx2  # noqa: PLC0415 - both are loaded by now
    import openai  # noqa: PLC0415

    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return ModelTooSlow("The language model took too long.")
    if isinstance(error, openai.APIStatusError):
        return _named_status(error.status_code, _told(error), _retry_after_s(error))
    if isinstance(error, openai.APIResponseValidationError):
        return ModelUnavailable("The language model's answer could not be read.")
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError | OSError):
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
            retry_after_s=BURST_S if retry_after_s is None else retry_after_s,
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
            window=_window(told),
        )
    return ModelRejected(
        f"The language model's server refused the request (status {status}). "
        "The operator should check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL.",
        free=True,
    )


def _window(told: str) -> int | None:
    """The window that a refusal names, in tokens."""
    found = WINDOW.search(told)
    return int(found[1] or found[2]) if found else None


def _retry_after_s(error: Any) -> float | None:
    """When to come back, as the server said."""
    told = error.response.headers.get("retry-after", "")
    if not told:
        return None
    return float(told) if SECONDS.fullmatch(told) else RATE_LIMIT_S


def status_of(error: ModelError) -> int | None:
    """The HTTP status with which a server refused; None for any other failure."""
    return getattr(error.__cause__, "status_code", None)


def refusal_text(error: ModelError) -> str:
    """What the server found wrong with a request, where it is not the length of the prompt."""
    told = _told(error.__cause__)
    bad = status_of(error) in TEACHES
    return told if bad and not TOO_LONG.search(told) else ""


def refuses_texts(cause: BaseException | None) -> bool:
    status = getattr(cause, "status_code", None)
    if status == 500:  # llama.cpp's for a text beyond its batch
        return TOO_LARGE.search(_told(cause)) is not None
    return status in (*BAD_REQUEST, 413)


def _told(error: BaseException | None) -> str:
    """All that a server said: the message may name a parameter, or only the fields beside it."""
    return f"{error} {getattr(error, 'body', '')}"
