"""An embedder whose old and new vectors cannot be mistaken for each other, and text for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bot.embedding import Floats, normalize_rows
from tests.contract.samples import DIMENSION

QUESTION = "Who found number 7?"


class Directed:
    """Puts passages into its own direction and questions into another; notes what it embedded."""

    def __init__(self, model: str = "new/1", axis: int = 1, dimension: int = DIMENSION):
        self.model = model
        self.axis = axis
        self.dimension = dimension
        self.texts: list[str] = []
        self.failure: Exception | None = None

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        if self.failure is not None and texts != [QUESTION]:
            raise self.failure
        self.texts += texts
        vectors = np.full((len(texts), self.dimension), 0.01, np.float32)
        vectors[:, 2 if texts == [QUESTION] else self.axis] = 1
        return normalize_rows(vectors)

    async def close(self) -> None:
        """Nothing is open."""


def numbered(passages: int, title: str = "Numbers") -> str:
    return "\n\n".join(f"{title}: somebody found number {i}." for i in range(passages))
