"""The Protocol for booking the calls to an embeddings server.

Knows nothing of prices and ledgers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.llm.client import EmbeddingResponse


class Meter(Protocol):
    """Books each call to the question or job that it is made for."""

    async def embed(
        self, model: str, texts: Sequence[str], call: Callable[[], Awaitable[EmbeddingResponse]]
    ) -> EmbeddingResponse:
        """The result of ``call``. Raises BudgetSpent without calling, or what ``call`` raises."""


class NoMeter:
    """A meter that books nothing."""

    async def embed(
        self, model: str, texts: Sequence[str], call: Callable[[], Awaitable[EmbeddingResponse]]
    ) -> EmbeddingResponse:
        return await call()
