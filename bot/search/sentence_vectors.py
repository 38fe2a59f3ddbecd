"""Sentence vectors that were computed before: the sentences of an article do not change.

Keeps the vectors used last; a text that was read for one question costs nothing for the next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
CAPACITY = 4_000  # vectors of 512 numbers: 8 MB


class SentenceVectors:
    """Vectors by text, the most recently used ones."""

    def __init__(self, capacity: int = CAPACITY):
        self._capacity = capacity
        self._vectors: OrderedDict[str, Floats] = OrderedDict()

    def find(self, texts: Sequence[str]) -> dict[str, Floats]:
        """The vectors of those texts that are there.

        The caller holds them: other questions may push them out while it waits for the rest.
        """
        vectors = {text: self._vectors[text] for text in texts if text in self._vectors}
        for text in vectors:
            self._vectors.move_to_end(text)
        return vectors

    def add(self, texts: Sequence[str], vectors: Floats) -> dict[str, Floats]:
        """Keep the vectors of some texts, and return them by text."""
        added = {
            text: np.array(vector, np.float32) for text, vector in zip(texts, vectors, strict=True)
        }
        self._vectors |= added
        while len(self._vectors) > self._capacity:
            self._vectors.popitem(last=False)
        return added


def missing_texts(texts: Sequence[str], vectors: Mapping[str, Floats]) -> list[str]:
    """Those of the texts that have no vector, each once."""
    return [text for text in dict.fromkeys(texts) if text not in vectors]
