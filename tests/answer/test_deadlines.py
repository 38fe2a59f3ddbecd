"""A check that an answer can do without doesn't wait long for its embeddings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from bot.answer import deadlines
from bot.answer.deadlines import embed_in_time
from bot.answer.writing import refusals
from bot.answer.writing.refusals import CLAIMS, REFUSALS, is_plain_refusal
from bot.embedding import Embedder, Floats
from bot.errors import ModelUnavailable


class _Hanging:
    model = "hanging"

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self) -> None: ...


class _Failing(_Hanging):
    model = "failing"

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        raise ModelUnavailable("The server is down.")


@dataclass
class _FailingOnExamples(_Hanging):
    """Embeds everything as the same vector, except, at first, a batch as long as the examples."""

    model: str = "failing on examples"
    is_down: bool = True

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        if self.is_down and len(texts) == len(REFUSALS) + len(CLAIMS):
            raise ModelUnavailable("The server is down.")
        return np.ones((len(texts), 1), np.float32)


@pytest.mark.parametrize(
    ("embedder", "reason"), [(_Hanging(), "took too long"), (_Failing(), "The server is down.")]
)
async def test_a_check_goes_on_without_embeddings(
    embedder: Embedder,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(deadlines, "CHECK_TIMEOUT_S", 0.05)
    assert await embed_in_time(embedder, ["a"]) is None
    assert not await is_plain_refusal(["The passages don't say."], embedder)
    assert reason in caplog.text


async def test_examples_that_could_not_be_embedded_are_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "_example_vectors", {})
    embedder = _FailingOnExamples()
    assert not await is_plain_refusal(["The passages don't say."], embedder)
    assert refusals._example_vectors == {}
    embedder.is_down = False
    await is_plain_refusal(["The passages don't say."], embedder)
    assert list(refusals._example_vectors) == [embedder.model]
