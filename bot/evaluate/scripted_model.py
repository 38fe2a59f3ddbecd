"""A model that replies by a script, so that what is done with its replies can be measured."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Self

from bot.llm import Chunk, Message, Schema


class ScriptedModel(ABC):
    """Implements ``llm.Model``; every call is answered at once by ``reply``."""

    timeout_s = 60.0

    @property
    def optional(self) -> Self:
        return self

    @abstractmethod
    def reply(self, prompt: str) -> Iterator[Chunk]:
        """The chunks of the reply to the last message."""

    async def stream(
        self,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        deadline: float | None = None,
        schema: Schema | None = None,
    ) -> AsyncGenerator[Chunk]:
        for chunk in self.reply(messages[-1]["content"]):
            yield chunk
