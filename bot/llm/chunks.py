"""Parses a server's response: bytes → events → chunks of an answer.

Servers send server-sent events, or one JSON document even if a stream was requested; a byte order
mark and invalid UTF-8 are tolerated. Content may be a string or a list of parts. Pure: knows
nothing of the SDK and of waiting.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.answer_records import Usage
from bot.errors import ModelUnavailable
from bot.llm.error_messages import ANSWER_BROKE_OFF, LANGUAGE_MODEL
from bot.strings import _

FinishReason = Literal["stop", "length", "content_filter"]
# Servers' words for them; any other counts as "stop".
FINISH_REASONS: Mapping[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",  # Anthropic's and Google's
    "model_length": "length",  # Mistral's
    "content_filter": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "refusal": "content_filter",
}
ABORTED = ("error", "abort", "cancelled")  # OpenRouter's, vLLM's
# DeepSeek's and vLLM's name, Ollama's and OpenRouter's, and others.
REASONING_FIELDS = (
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "thinking",
    "reasoning_details",
)
PART_FIELDS = ("text", "content", "summary")  # of a part in a list; its type marks reasoning
REASONING_TYPES = ("thinking", "reasoning", "thought")
DONE = "[DONE]"
MAX_EVENT_CHARACTERS = 8_000_000  # stops a server that never ends a line, event or document


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a streamed answer: text, or at the end usage and finish reason.

    ``reasoning`` is not part of the answer, but is paid for.
    """

    text: str = ""
    usage: Usage | None = None
    finish_reason: FinishReason | None = None
    reasoning: str = ""


async def read_events(body: AsyncIterator[bytes]) -> AsyncGenerator[Any]:
    """The JSON documents of a body, as they arrive. Raises ModelUnavailable."""
    data: list[str] = []
    document: list[str] = []  # one document over many lines, not a stream
    characters = 0  # of the document or event that has begun
    async for line in _lines(body):
        if document or (not data and line.lstrip().startswith(("{", "["))):
            document.append(line)
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            event, data, characters = "\n".join(data), [], 0
            if event.strip() == DONE:
                return
            yield _parse(event)
        characters += len(line)
        if characters > MAX_EVENT_CHARACTERS:
            raise ModelUnavailable(_(LANGUAGE_MODEL.unreadable))
    rest = "\n".join(document or data)
    if rest and rest.strip() != DONE:
        yield _parse(rest)


async def _lines(body: AsyncIterator[bytes]) -> AsyncGenerator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    begun: list[str] = []  # a line that has not ended yet, in parts
    characters = 0
    async for packet in body:
        *lines, last = decoder.decode(packet).split("\n")
        if lines:
            lines[0] = "".join([*begun, lines[0]])
            begun, characters = [], 0
        for line in lines:
            yield line.removesuffix("\r")
        begun.append(last)
        characters += len(last)
        if characters > MAX_EVENT_CHARACTERS:
            raise ModelUnavailable(_(LANGUAGE_MODEL.unreadable))
    begun.append(decoder.decode(b"", final=True))
    if rest := "".join(begun):
        yield rest


def _parse(event: str) -> Any:
    try:
        return json.loads(event)
    except ValueError as error:
        raise ModelUnavailable(_(LANGUAGE_MODEL.unreadable)) from error


def read_event(event: Any) -> Chunk:
    """One event of a stream, or a whole answer, as a chunk. Raises ModelUnavailable."""
    if not isinstance(event, Mapping):
        raise ModelUnavailable(_(LANGUAGE_MODEL.unreadable))
    if event.get("error"):
        raise ModelUnavailable(_(LANGUAGE_MODEL.failed_midway))
    usage, choices = _usage(event.get("usage")), event.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(choice, Mapping) for choice in choices):
        raise ModelUnavailable(_(LANGUAGE_MODEL.unreadable))
    if not choices:
        return Chunk(usage=usage)
    choice = choices[0]
    finish = str(choice.get("finish_reason") or "").lower()
    if finish in ABORTED:
        raise ModelUnavailable(_(ANSWER_BROKE_OFF))
    text, reasoning = _choice_texts(choice)
    finish_reason = FINISH_REASONS.get(finish, "stop") if finish else None
    return Chunk(text, usage, finish_reason, reasoning)


def _choice_texts(choice: Mapping[str, Any]) -> tuple[str, str]:
    """The text and the reasoning of a choice."""
    delta = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
    if not isinstance(delta, Mapping):
        return "", ""
    text, reasoning = _content_texts(delta.get("content"))
    fields = ("".join(_content_texts(delta.get(name))) for name in REASONING_FIELDS)
    return text, next(filter(None, fields), reasoning)


def _content_texts(content: Any) -> tuple[str, str]:
    """The text and the reasoning of content: a string or a list of parts."""
    if isinstance(content, str):
        return content, ""
    parts = content if isinstance(content, list) else [content]
    text, reasoning = "", ""
    for part in parts:
        if isinstance(part, str):
            text += part
        elif isinstance(part, Mapping):
            kind = str(part.get("type") or "")
            if any(name in kind for name in REASONING_TYPES):
                reasoning += _part_text(part, (*REASONING_TYPES, *PART_FIELDS))
            else:
                text += _part_text(part, PART_FIELDS)
    return text, reasoning


def _part_text(part: Mapping[str, Any], fields: Sequence[str]) -> str:
    """The first field that a part has."""
    value = next((part[name] for name in fields if part.get(name)), "")
    return "".join(_content_texts(value)) if isinstance(value, str | list) else ""


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, Mapping):
        return None
    return Usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) and tokens > 0 else 0
