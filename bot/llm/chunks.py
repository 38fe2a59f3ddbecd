"""What a server streams: its events as chunks of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.errors import ModelUnavailable
from bot.records import Usage

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
BROKE_OFF = "The language model's answer broke off."


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


def read_event(event: Any) -> Chunk:
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
