"""At the edge of a day's limit nothing is overspent, whatever a model counts and however long it
writes or thinks; and embeddings are booked like anything else that a server is paid for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.answer.budget import Budget, QuestionBudget
from bot.answer.writing.prompt_builder import message_tokens
from bot.answer_records import Usage
from bot.embedding import ServerEmbedder, with_meter
from bot.errors import BudgetSpent, ModelError, ModelUnavailable
from bot.llm import Chunk, Message, ModelServer, Schema
from bot.search.memory_index import MemoryIndex
from bot.store.ledger_protocol import DailyLimits
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.tokens import count_tokens
from tests.answer.conftest import ALL_TIME
from tests.model_server import (
    ScriptedServer,
    error,
    model_server,
)

NUMBERS = count(1)
WORD = " word"  # one token
MOST = 200
PROMPT = 300  # words


@dataclass
class Biller:
    """A model with a count of its own, and what it would bill (the Model protocol of ``llm``).

    ``heeds``: it stops at the length it is told. ``tells``: its count, at the end. ``fails``: it
    breaks off at half.
    """

    counts: float = 1.0
    length: int = 50
    heeds: bool = True
    tells: bool = True
    thinks: bool = False
    fails: bool = False
    billed: int = 0
    timeout_s: float = 60.0

    @property
    def optional(self) -> Biller:
        return self

    async def stream(
        self,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        deadline: float | None = None,
        schema: Schema | None = None,
    ) -> AsyncGenerator[Chunk]:
        read, written = int(message_tokens(messages) * self.counts), 0
        length = min(self.length, int(max_tokens / self.counts)) if self.heeds else self.length
        try:
            for _ in range(length // 2 if self.fails else length):
                written += 1
                await asyncio.sleep(0)
                yield Chunk(reasoning=WORD) if self.thinks else Chunk(WORD)
            if self.fails:
                raise ModelUnavailable("It broke off.")
            told = Usage(read, int(written * self.counts)) if self.tells else None
            yield Chunk(finish_reason="stop", usage=told)
        finally:
            self.billed += read + int(written * self.counts)


biller = st.builds(
    Biller,
    st.sampled_from([0.7, 1.0, 1.2, 1.49]),
    st.sampled_from([0, 20, 3_000]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "data", MemoryIndex)
    yield opened
    await opened.close()


async def asked(budget: QuestionBudget, model: Biller, words: int) -> None:
    messages = [{"role": "user", "content": WORD * words}]
    with suppress(ModelError):
        async with aclosing(budget.metered_model(model).stream("m", messages, MOST)) as chunks:
            async for _ in chunks:
                pass


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(biller, st.lists(st.integers(1, 900), min_size=1, max_size=6), st.integers(0, 4_000))
def test_a_day_never_costs_more_than_its_limit(
    tmp_path_factory: pytest.TempPathFactory, model: Biller, prompts: list[int], limit: int
) -> None:
    """One after another, then all at once. Who never tells is believed to count as we do."""
    model.billed = 0
    model.counts = model.counts if model.tells else min(model.counts, 1.0)

    async def walk() -> None:
        store = await SqliteStore.open(tmp_path_factory.mktemp("overspent"), MemoryIndex)
        budget = Budget(limits=DailyLimits(server_tokens=limit))
        async with store.library("1") as library:
            for words in prompts[:2]:
                await asked(QuestionBudget(budget, library.ledger), model, words)
            together = [QuestionBudget(budget, library.ledger) for _ in prompts]
            await asyncio.gather(
                *(asked(one, model, n) for one, n in zip(together, prompts, strict=True))
            )
        await store.close()

    asyncio.run(walk())
    assert model.billed <= limit


async def test_reasoning_counts_towards_the_length_limit(
    store: SqliteStore,
) -> None:
    model = Biller(length=100_000, heeds=False, thinks=True)
    async with store.library("1") as library:
        budget = QuestionBudget(Budget(), library.ledger)
        messages = [{"role": "user", "content": "Why?"}]
        async with aclosing(budget.metered_model(model).stream("m", messages, MOST)) as chunks:
            came = [chunk async for chunk in chunks]
    assert came[-1].finish_reason == "length"
    assert len(came) <= MOST + 1
    assert budget.spent.usage.completion_tokens <= MOST * 1.5  # its count is not known


async def test_a_model_that_respects_its_limit_is_not_cut(store: SqliteStore) -> None:
    """And tells its count there, before which it is only known to be at most so much."""
    model = Biller(counts=1.4, length=MOST)
    budget = Budget()
    async with store.library("1") as library:
        spending = QuestionBudget(budget, library.ledger)
        await asked(spending, model, PROMPT)
        assert (
            spending.spent.usage.prompt_tokens + spending.spent.usage.completion_tokens
            == model.billed
        )
    assert budget.profiles.max_prompt_tokens("m", 1_000) < 1_450


# --- embeddings ----------------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


@pytest.fixture
async def embedder(server: ScriptedServer) -> AsyncIterator[ServerEmbedder]:
    opened = ModelServer(api_key="k", base_url=server.url, timeout_s=5, idle_s=5)
    yield ServerEmbedder(opened, "hashed")
    await opened.close()


async def days(library: Library) -> tuple[int, Usage, int | None]:
    ((_, spent),) = (await library.ledger.spent_by_day(ALL_TIME)).items()
    return spent.questions, spent.usage, spent.cost


async def test_embedding_articles_is_charged_but_not_counted_as_a_question(
    store: SqliteStore, embedder: ServerEmbedder
) -> None:
    budget = Budget({"hashed": (20_000_000, 0)})
    async with store.library("1") as library:
        charged = budget.metered_embedder(embedder, library.ledger)
        await charged.embed(["one two three"] * 40)  # two batches, at once
        tokens = 40 * count_tokens("one two three")
        assert await days(library) == (0, Usage(tokens, 0), 20 * tokens)


async def test_the_tokens_that_an_embeddings_server_reports_are_charged(
    store: SqliteStore, server: ScriptedServer, embedder: ServerEmbedder
) -> None:
    server.tokens_of_embeddings = 77
    async with store.library("1") as library:
        await Budget().metered_embedder(embedder, library.ledger).embed(["one two three"])
        assert await days(library) == (0, Usage(77, 0), None)


async def test_a_refused_embedding_costs_nothing(
    store: SqliteStore, server: ScriptedServer, embedder: ServerEmbedder
) -> None:
    server.embeddings.append(error(401, "wrong key"))
    async with store.library("1") as library:
        with pytest.raises(ModelError):
            await Budget().metered_embedder(embedder, library.ledger).embed(["one two three"])
        assert await days(library) == (0, Usage(), 0)


async def test_nothing_is_embedded_beyond_a_limit(
    store: SqliteStore, server: ScriptedServer, embedder: ServerEmbedder
) -> None:
    budget = Budget(limits=DailyLimits(server_tokens=10))
    async with store.library("1") as library:
        with pytest.raises(BudgetSpent):
            await budget.metered_embedder(embedder, library.ledger).embed(["many words " * 100])
    assert server.requests == []


async def test_an_embedding_does_not_release_the_reservation_of_an_open_call(
    store: SqliteStore, embedder: ServerEmbedder
) -> None:
    """What is still reserved for the model may not be spent by others."""
    model = Biller()
    async with store.library("1") as library:
        budget = QuestionBudget(Budget(), library.ledger)
        messages = [{"role": "user", "content": WORD * 100}]
        async with aclosing(budget.metered_model(model).stream("m", messages, MOST)) as chunks:
            await anext(chunks)
            await with_meter(embedder, budget).embed(["one two three"])
            _, during, _ = await days(library)
            assert during.completion_tokens == MOST * 1.5  # its count is not known yet
            assert during.prompt_tokens >= 100 + count_tokens("one two three")
            async for _ in chunks:
                pass
        _, after, _ = await days(library)
    assert after == budget.spent.usage
    assert after.completion_tokens < MOST


class _Local:
    """An embedder in this process."""

    model = "local"

    async def embed(self, texts: Sequence[str], on_progress: object = None) -> object:
        return np.zeros((len(texts), 2), np.float32)

    async def close(self) -> None: ...


def test_a_local_embedder_costs_nothing() -> None:
    local = _Local()
    assert with_meter(local, None) is local  # type: ignore[arg-type, comparison-overlap]
