"""A call to the model with its reply as one text.

To rewrite, judge, repair, propose or sum up a part.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Protocol

from bot.answer.writing.prompt_builder import Prompts
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
    """The model's reply, cut off after ``max_characters``. Raises ModelError.

    A call that isn't ``optional`` is made again if the server was too busy.
    """
    text = ""
    server = model.server.optional if optional else model.server
    chunks = server.stream(model.model_name, messages, max_tokens, deadline=deadline, schema=schema)
    async with aclosing(chunks):
        async for chunk in chunks:
            text += chunk.text
            if len(text) > max_characters:
                break
    return text
