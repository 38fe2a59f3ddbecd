"""Sentence vectors that were computed before: the sentences of an article do not change.

Keeps the vectors used last; a text that was read for one question costs nothing for the next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
CAPACITY = 4_000  # vectors of 512 numbers: 8 MB


class SentenceVectors:
    """Vectors by text, the most recently used ones."""

    def __init__(self, capacity: int = CAPACITY):
        self._capacity = capacity
        self._vectors: OrderedDict[str, Floats] = OrderedDict()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those of the texts whose vectors are unknown, each once."""
        return [text for text in dict.fromkeys(texts) if text not in self._vectors]

    def add(self, texts: Sequence[str], vectors: Floats) -> None:
        """Keep the vectors of some texts."""
        for text, vector in zip(texts, vectors, strict=True):
            self._vectors[text] = np.array(vector, np.float32)
        while len(self._vectors) > self._capacity:
            self._vectors.popitem(last=False)

    def get(self, text: str) -> Floats:
        """The vector of a text that is not ``missing``."""
        self._vectors.move_to_end(text)
        return self._vectors[text]
