"""What books the calls to an embeddings server: the Protocol.

Knows nothing of prices and ledgers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.llm.client import EmbeddingResponse


class Meter(Protocol):
    """Books each call with whatever it is made for."""

    async def embed(
        self, model: str, texts: Sequence[str], call: Callable[[], Awaitable[EmbeddingResponse]]
    ) -> EmbeddingResponse:
        """What the call brings. Raises BudgetSpent without calling, or what the call raises."""


class NoMeter:
    """A meter for what nobody pays."""

    async def embed(
        self, model: str, texts: Sequence[str], call: Callable[[], Awaitable[EmbeddingResponse]]
    ) -> EmbeddingResponse:
        return await call()
