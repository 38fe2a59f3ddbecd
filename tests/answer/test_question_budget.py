"""The calls of one question: reserved before a model is asked, settled after, few and in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest

from bot.answer.budget import Budget, QuestionBudget
from bot.answer.writing.prompt_builder import message_tokens
from bot.answer_records import Answer, Outcome, Usage
from bot.errors import BudgetSpent, ModelError, ModelUnavailable, StoreError
from bot.llm import Chunk, ModelServer
from bot.search.memory_index import MemoryIndex
from bot.store.ledger_protocol import Charge, DailyLimits, Ledger, Outcomes, Spent
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.tokens import count_tokens
from tests.answer.conftest import SCOPE, spent
from tests.model_server import (
    DONE,
    HANG,
    RESET,
    Reply,
    ScriptedServer,
    answer,
    broken,
    delta,
    error,
    usage,
)
from tests.model_server import words as chunks

MESSAGES = [{"role": "user", "content": "When did the Forth Bridge open to trains?"}]


COUNTED = message_tokens(MESSAGES)
MOST_READ = ceil(1.5 * COUNTED)  # of a model that has not told its own count yet


MOST = 50  # tokens of an answer, in the tests without a pipeline


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """An empty one, for what needs no question."""
    store = await SqliteStore.open(tmp_path / "ledger", MemoryIndex)
    async with store.library(SCOPE.server_id) as library:
        yield library
    await store.close()


@pytest.fixture
async def model(server: ScriptedServer) -> AsyncIterator[ModelServer]:
    opened = ModelServer(api_key="k", base_url=server.url, timeout_s=30, idle_s=30)
    yield opened
    await opened.close()


async def called(
    budget: QuestionBudget, model: ModelServer, *, optional: bool = False
) -> list[Chunk]:
    server = budget.metered_model(model)
    stream = (server.optional if optional else server).stream("scripted", MESSAGES, MOST)
    async with aclosing(stream) as chunks:
        return [chunk async for chunk in chunks]


# --- what is booked ---------------------------------------------------------------------------


WRITTEN = count_tokens("It opened in 1890.")


BOOKED = {
    "told": (answer("It opened in 1890."), Usage(100, 10)),
    "told without the prompt": (
        broken(*chunks("A"), delta("stop"), usage(None, 3), DONE),
        Usage(COUNTED, 3),
    ),
    "not told": (
        broken(*chunks("It opened in 1890."), delta("stop"), DONE),
        Usage(COUNTED, WRITTEN),
    ),
    "not told what was thought": (
        broken(delta(reasoning_content="It opened in 1890."), delta("stop"), DONE),
        Usage(COUNTED, WRITTEN),
    ),
    "broken off": (broken(*chunks("It opened"), RESET), Usage(MOST_READ, MOST)),
    "broken off before a word": (broken(RESET), Usage(MOST_READ, MOST)),
    "more than it might": (
        broken(*chunks("one two three " * 100)),
        Usage(MOST_READ, ceil(1.5 * count_tokens("one two three " * 100))),
    ),
    "refused": (error(401, "wrong key"), Usage()),
    "given up by a gateway": (error(504, "no answer"), Usage(MOST_READ, MOST)),
}


@pytest.mark.parametrize(("reply", "took"), BOOKED.values(), ids=BOOKED)
async def test_an_unknown_cost_is_charged_at_the_maximum(
    library: Library, server: ScriptedServer, model: ModelServer, reply: Reply, took: Usage
) -> None:
    server.put(reply)
    budget = QuestionBudget(Budget(), library.ledger)
    with suppress(ModelError):
        await called(budget, model)
    assert budget.spent.usage == took
    assert (await spent(library)).usage == took


async def test_a_question_cancelled_before_the_first_word_is_charged_the_maximum(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    server.put(broken(HANG))
    reader = asyncio.ensure_future(called(QuestionBudget(Budget(), library.ledger), model))
    await server.asked.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert (await spent(library)).usage == Usage(MOST_READ, MOST)


@pytest.mark.parametrize("ends", ["given up", "out of time"])
async def test_an_answer_that_we_cut_is_charged_for_what_was_read(
    library: Library, server: ScriptedServer, model: ModelServer, ends: str
) -> None:
    server.put(broken(*chunks("It opened in 1890."), HANG))
    budget = QuestionBudget(Budget(), library.ledger)
    model.timeout_s = 2 if ends == "out of time" else 30
    stream = budget.metered_model(model).stream("scripted", MESSAGES, MOST)
    with suppress(ModelError):
        async with aclosing(stream) as coming:
            async for chunk in coming:
                if chunk.text and ends == "given up":
                    break
    assert (await spent(library)).usage == Usage(COUNTED, WRITTEN)


async def test_reservations_use_the_models_own_token_count(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    allowed = Budget(limits=DailyLimits(server_tokens=3 * COUNTED + 10 + 3 * COUNTED + MOST - 1))
    server.put(broken(*chunks("A"), delta("stop"), usage(3 * COUNTED, 10), DONE))
    await called(QuestionBudget(allowed, library.ledger), model)
    with pytest.raises(BudgetSpent):
        await called(QuestionBudget(allowed, library.ledger), model)
    assert len(server.requests) == 1


class _Full:
    """A ledger on a full disk."""

    async def reserve(self, charge: Charge, limits: DailyLimits) -> int:
        raise StoreError("The disk is full.")

    async def reserve_more(self, charge_id: int, charge: Charge, limits: DailyLimits) -> None:
        raise StoreError("The disk is full.")

    async def settle(self, charge_id: int, usage: Usage, cost: int | None) -> None:
        raise StoreError("The disk is full.")

    async def record_outcome(self, charge_id: int, outcome: Outcome, seconds: float) -> None:
        raise StoreError("The disk is full.")

    async def outcomes_by_day(self, since: str) -> dict[str, Outcomes]:
        return {}

    async def spent_by_day(self, since: str) -> dict[str, Spent]:
        return {}

    async def spent_by_user(self, since: str) -> dict[int | None, Spent]:
        return {}


async def test_no_call_is_made_without_a_reservation(
    server: ScriptedServer, model: ModelServer
) -> None:
    full: Ledger = _Full()
    budget = QuestionBudget(Budget(), full)
    with pytest.raises(ModelUnavailable, match="disk is full"):
        await called(budget, model)
    assert (await budget.bill(Answer("?", answered=False, mode="quotes"))).cost == 0
    assert not server.requests


# --- calls and time ---------------------------------------------------------------------------


LATER = replace(error(429, "slow down"), headers={"Retry-After": "60"})


async def test_a_long_retry_after_is_not_waited_for(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    server.put(LATER)
    with pytest.raises(ModelUnavailable, match="too many requests") as raised:
        await called(QuestionBudget(Budget(), library.ledger), model)
    assert raised.value.retry_after_s == 60
    assert len(server.requests) == 1


async def test_without_a_retry_after_the_retry_comes_soon(
    library: Library,
    server: ScriptedServer,
    model: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.llm.error_translation.BURST_S", 0.01)
    server.put(error(429, "slow down"), answer("A."))
    came = await called(QuestionBudget(Budget(), library.ledger), model)
    assert "".join(chunk.text for chunk in came) == "A."
    assert len(server.requests) == 2


async def test_after_a_retry_no_optional_call_is_made(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    server.put(error(500, "oops"))
    server.say("A.")
    budget = QuestionBudget(Budget(), library.ledger)
    await called(budget, model)
    with pytest.raises(ModelUnavailable, match="no calls to the language model left"):
        await called(budget, model, optional=True)
    assert len(server.requests) == 2


async def test_an_optional_call_is_not_retried(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    server.put(error(500, "oops"))
    with pytest.raises(ModelUnavailable, match="500"):
        await called(QuestionBudget(Budget(), library.ledger), model, optional=True)
    assert len(server.requests) == 1


async def test_a_question_has_three_calls_and_one_charge(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    budget = QuestionBudget(Budget({"scripted": (10_000, 0)}), library.ledger)
    for optional in (True, False, True):
        server.say("A.")
        await called(budget, model, optional=optional)
    with pytest.raises(ModelUnavailable, match="no calls to the language model left"):
        await called(budget, model)
    assert await spent(library) == Spent(1, Usage(300, 30), 3)


async def test_all_calls_of_a_question_share_one_timeout(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    model.timeout_s = 1.5
    budget = QuestionBudget(Budget(), library.ledger)
    server.put(answer("A."), broken(HANG))
    await called(budget, model)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ModelUnavailable, match=r"too long|time for this answer"):
        await called(budget, model)
    with pytest.raises(ModelUnavailable, match="time for this answer is up"):
        await called(budget, model, optional=True)
    assert asyncio.get_running_loop().time() - began < 10
    assert len(server.requests) == 2
