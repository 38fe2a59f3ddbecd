"""What a server sends: bytes → events → chunks of an answer.

Servers send server-sent events, or one JSON document although a stream was asked for; a byte order
mark in front and bytes that are no UTF-8 spoil nothing. Content may be a text or a list of parts.
Pure: knows nothing of the SDK and of waiting.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
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
# DeepSeek's and vLLM's name, Ollama's and OpenRouter's, and what others say.
THOUGHTS = ("reasoning_content", "reasoning", "reasoning_text", "thinking", "reasoning_details")
PART_TEXTS = ("text", "content", "summary")  # of a part of a list; its type says whether it thinks
THINKING_PARTS = ("thinking", "reasoning", "thought")
BROKE_OFF = "The language model's answer broke off."
FAILED = "The language model's server failed while it was answering."
UNREADABLE = "The language model's answer could not be read."
DONE = "[DONE]"
MOST_LINE_CHARACTERS = 8_000_000  # of a server that never ends a line


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer: some text, or at the end its usage and why it ended.

    ``finish`` is "stop", "length" or "content_filter". ``thought`` is what a reasoning model
    thinks aloud: no part of the answer, but of its cost.
    """

    text: str = ""
    usage: Usage | None = None
    finish_reason: str | None = None
    reasoning: str = ""


async def read_events(body: AsyncIterator[bytes]) -> AsyncGenerator[Any]:
    """The JSON documents of a body, as they arrive. Raises ModelUnavailable."""
    data: list[str] = []
    whole = ""
    async for line in _lines(body):
        if whole or (not data and line.lstrip().startswith(("{", "["))):
            whole += line + "\n"  # one document over many lines, and no stream
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            event, data = "\n".join(data), []
            if event.strip() == DONE:
                return
            yield _parsed(event)
    if whole or (data and "\n".join(data).strip() != DONE):
        yield _parsed(whole or "\n".join(data))


async def _lines(body: AsyncIterator[bytes]) -> AsyncGenerator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    rest = ""
    async for packet in body:
        rest += decoder.decode(packet)
        if len(rest) > MOST_LINE_CHARACTERS:
            raise ModelUnavailable(UNREADABLE)
        *lines, rest = rest.replace("\r\n", "\n").split("\n")
        for line in lines:
            yield line.removesuffix("\r")
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


def _parsed(event: str) -> Any:
    try:
        return json.loads(event)
    except ValueError as error:
        raise ModelUnavailable(UNREADABLE) from error


def read_event(event: Any) -> Chunk:
    """One event of a stream, or a whole answer, as a chunk. Raises ModelUnavailable."""
    if not isinstance(event, Mapping):
        raise ModelUnavailable(UNREADABLE)
    if event.get("error"):
        raise ModelUnavailable(FAILED)
    usage, choices = _usage(event.get("usage")), event.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(one, Mapping) for one in choices):
        raise ModelUnavailable(UNREADABLE)
    if not choices:
        return Chunk(usage=usage)
    choice = choices[0]
    finish = str(choice.get("finish_reason") or "").lower()
    if finish in BROKEN_OFF:
        raise ModelUnavailable(BROKE_OFF)
    text, thought = _said(choice)
    return Chunk(text, usage, FINISHES.get(finish, "stop") if finish else None, thought)


def _said(choice: Mapping[str, Any]) -> tuple[str, str]:
    """What a choice says, and what it thinks."""
    delta = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
    if not isinstance(delta, Mapping):
        return "", ""
    text, thought = _content(delta.get("content"))
    named = (_content(delta.get(name)) for name in THOUGHTS)
    return text, next((told for told in map("".join, named) if told), thought)


def _content(content: Any) -> tuple[str, str]:
    """A text, or the texts of a list of parts: those that answer, and those that think."""
    if isinstance(content, str):
        return content, ""
    parts = content if isinstance(content, list) else [content]
    answers, thoughts = "", ""
    for part in parts:
        if isinstance(part, str):
            answers += part
        elif isinstance(part, Mapping):
            kind = str(part.get("type") or "")
            thinks = any(name in kind for name in THINKING_PARTS)
            names = (*THINKING_PARTS, *PART_TEXTS) if thinks else PART_TEXTS
            told = next((part[name] for name in names if part.get(name)), "")
            said = "".join(_content(told)) if isinstance(told, str | list) else ""
            answers, thoughts = answers + said * (not thinks), thoughts + said * thinks
    return answers, thoughts


def _usage(told: Any) -> Usage | None:
    if not isinstance(told, Mapping):
        return None
    return Usage(_count(told.get("prompt_tokens")), _count(told.get("completion_tokens")))


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) and tokens > 0 else 0
