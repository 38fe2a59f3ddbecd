"""A call to the model with its reply as one text, without its reasoning.

To rewrite, plan, read, judge, repair, propose or sum up a part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from itertools import chain
from typing import Any, Protocol

from bot.answer.writing.prompt_builder import Prompts
from bot.answer.writing.reasoning import ReasoningFilter
from bot.llm import Message, Model, Schema


class CompletionModel(Protocol):
    """The part of ``Writer`` that a single call needs."""

    @property
    def server(self) -> Model: ...
    @property
    def model_name(self) -> str: ...
    @property
    def prompts(self) -> Prompts: ...
    @property
    def weak(self) -> bool: ...


async def complete(
    model: CompletionModel,
    messages: Sequence[Message],
    max_tokens: int,
    *,
    max_characters: int,
    deadline: float | None = None,
    optional: bool = True,
    schema: Schema | None = None,
) -> str:
    """The model's reply without its reasoning, cut off after ``max_characters``.

    A call that isn't ``optional`` is made again if the server was too busy. Raises ModelError.
    """
    text, is_cut = "", False
    server = model.server.optional if optional else model.server
    chunks = server.stream(model.model_name, messages, max_tokens, deadline=deadline, schema=schema)
    async with aclosing(chunks):
        async for chunk in chunks:
            text += chunk.text
            is_cut = is_cut or chunk.finish_reason == "length"
            if len(text) > max_characters:
                is_cut = True
                break
    return _without_reasoning(text, is_cut=is_cut)


def _without_reasoning(text: str, *, is_cut: bool) -> str:
    reasoning, answer = ReasoningFilter(), ""
    for delta in chain(reasoning.feed(text), reasoning.finish(truncated=is_cut)):
        answer = delta.text if delta.restarts else answer + delta.text
    return answer.strip()


def read_json_object(reply: str) -> Mapping[str, Any] | None:
    """The object of a reply in JSON, fenced or not; None if it is none."""
    try:
        document = json.loads(reply[reply.find("{") : reply.rfind("}") + 1])
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
