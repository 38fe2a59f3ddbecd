"""A call to the model that an answer can do without: its reply as one text.

Knows nothing of what is asked, nor of what the reply is good for.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Protocol

from bot.answer.writing.prompt_builder import Prompts
from bot.llm import Message, Model


class PromptedModel(Protocol):
    """What of a ``Writer`` is needed to ask its model for help."""

    @property
    def server(self) -> Model: ...
    @property
    def model(self) -> str: ...
    @property
    def prompts(self) -> Prompts: ...
    @property
    def weak(self) -> bool: ...


async def complete(
    helper: PromptedModel,
    messages: Sequence[Message],
    max_tokens: int,
    *,
    max_characters: int,
    deadline: float | None = None,
) -> str:
    """What the model says; a server that goes on and on is stopped. Raises ModelError."""
    text = ""
    server = helper.server.spare
    chunks = server.stream(helper.model, messages, max_tokens, deadline=deadline)
    async with aclosing(chunks):
        async for chunk in chunks:
            text += chunk.text
            if len(text) > max_characters:
                break
    return text
