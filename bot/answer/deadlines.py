"""Time limits for embedding: for all of one question, and for a single check."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from bot.embedding import Embedder, Floats, embed_question
from bot.errors import ModelError, ModelUnavailable
from bot.strings import N_, _

log = logging.getLogger(__name__)

EMBEDDING_TIMEOUT_S = 15.0  # per question, in all, so that its quotes come within 90 s
CHECK_TIMEOUT_S = 2.0  # for a check that the answer can do without; offline it takes 30 ms
TOO_SLOW = N_("The embeddings took too long.")


class DeadlineEmbedder:
    """An embedder with a time limit over all calls for one question.

    Once that has passed, or a call failed, every call fails at once, and the question goes on with
    lexical search alone. A call that its caller cancels is no failure; its time counts. A question
    that is searched for several times is embedded once.
    """

    def __init__(self, embedder: Embedder):
        self._embedder = embedder
        self._questions: dict[str, Floats] = {}
        self._remaining_s = EMBEDDING_TIMEOUT_S
        self.model = embedder.model

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        async with self._time_limit():
            return await self._embedder.embed(texts, on_progress)

    async def embed_question(self, question: str) -> Floats:
        if question not in self._questions:
            async with self._time_limit():
                self._questions[question] = await embed_question(question, self._embedder)
        return self._questions[question]

    @asynccontextmanager
    async def _time_limit(self) -> AsyncGenerator[None]:
        clock = asyncio.get_running_loop().time
        began = clock()
        if self._remaining_s <= 0:
            raise ModelUnavailable(_(TOO_SLOW))
        try:
            async with asyncio.timeout(self._remaining_s):
                yield
        except TimeoutError as error:
            self._remaining_s = 0.0
            raise ModelUnavailable(_(TOO_SLOW)) from error
        except ModelError:
            self._remaining_s = 0.0
            raise
        finally:
            self._remaining_s = max(0.0, self._remaining_s - (clock() - began))

    async def close(self) -> None:
        """Does nothing: whoever opened the embedder closes it."""


async def embed_in_time(embedder: Embedder, texts: Sequence[str]) -> Floats | None:
    """The vectors of a check's texts; None if the embedder fails or takes too long."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await embedder.embed(texts)
    except (ModelError, TimeoutError) as error:
        log.warning("checked by words alone: %s", str(error) or "the embeddings took too long")
        return None
