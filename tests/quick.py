"""A small, quick embedder for tests that are not about meaning: hashed words, 64 dimensions."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np

from bot.embedding import Floats, normalize_rows
from bot.text.tokenize import split_words

DIMENSION = 64


class QuickEmbedder:
    """The same text always gives the same vector; texts that share words are near."""

    model = "quick"

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in split_words(text):
                row[zlib.crc32(word.encode()) % DIMENSION] += 1
        if on_progress and texts:
            on_progress(len(texts))
        return normalize_rows(vectors)

    async def close(self) -> None:
        """Nothing is open."""
