"""The calls of one question are reserved together, so that no limit falls between them."""

# ruff: noqa: F811 - fixtures of another module are parameters here

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import cast

import pytest

from bot.answer.budget import Budget, QuestionBudget
from bot.answer.reservations import Amount, increase
from bot.answer.writing.prompt_builder import message_tokens
from bot.answer_records import Usage
from bot.errors import BudgetSpent
from bot.llm import EmbeddingResponse, ModelServer, Profiles
from bot.llm.profile import TokenLimits
from bot.store.ledger_protocol import Charge, DailyLimits, Ledger
from bot.store.protocols import Library
from tests.answer.test_question_budget import MESSAGES, library, model  # noqa: F401 - fixtures
from tests.model_server import DONE, ScriptedServer, broken, delta, error, words

PROMPT = message_tokens(MESSAGES)
ANSWER = 50  # tokens that it may have
REPLY = broken(*words("It opened in 1890."), delta("stop"), DONE)  # its tokens are not reported
FIRST = 1.5  # a model's own count is not known before its first call


def limited(tokens: int) -> Budget:
    return Budget(limits=DailyLimits(server_tokens=tokens))


async def call(budget: QuestionBudget, model: ModelServer, *, optional: bool = False) -> None:
    server = budget.metered_model(model)
    stream = (server.optional if optional else server).stream("scripted", MESSAGES, ANSWER)
    async with aclosing(stream) as chunks:
        async for _chunk in chunks:
            pass


async def tokens(library: Library) -> int:
    days = await library.ledger.spent_by_day("2000-01-01")
    return sum(d.usage.prompt_tokens + d.usage.completion_tokens for d in days.values())


def planned(library: Library, limits: Budget, calls: int = 1) -> QuestionBudget:
    budget = QuestionBudget(limits, library.ledger)
    budget.plan_calls("scripted", TokenLimits(PROMPT, ANSWER), calls)
    return budget


ONE = int(FIRST * PROMPT) + 1 + int(FIRST * ANSWER)  # at the most, of a call


async def test_a_question_is_rewritten_only_if_the_budget_also_covers_the_answer(
    library: Library,
    server: ScriptedServer,
    model: ModelServer,
) -> None:
    budget = planned(library, limited(2 * ONE - 10))
    with pytest.raises(BudgetSpent):
        await call(budget, model, optional=True)
    server.put(REPLY)
    await call(budget, model)  # which has room alone
    assert len(server.requests) == 1


async def test_the_answers_reservation_is_kept_during_the_rewrite(
    library: Library,
    server: ScriptedServer,
    model: ModelServer,
) -> None:
    limits = limited(2 * ONE + 10)
    budget, other = planned(library, limits), planned(library, limits)
    server.put(REPLY)
    await call(budget, model, optional=True)
    with pytest.raises(BudgetSpent):
        await call(other, model)
    server.put(REPLY)
    await call(budget, model)


async def test_a_retried_call_keeps_its_reservation(
    library: Library,
    server: ScriptedServer,
    model: ModelServer,
) -> None:
    budget = planned(library, limited(ONE))
    server.put(error(503, "busy"))
    server.put(REPLY)
    await call(budget, model)
    assert len(server.requests) == 2
    assert 0 < await tokens(library) <= ONE


async def test_an_answer_is_reserved_alone_if_the_repair_does_not_fit(
    library: Library,
    server: ScriptedServer,
    model: ModelServer,
) -> None:
    budget = planned(library, limited(ONE), calls=2)
    server.put(REPLY)
    await call(budget, model)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fit", [1, 2, 3])
async def test_as_many_of_the_calls_that_may_follow_are_reserved_as_fit(
    library: Library, server: ScriptedServer, model: ModelServer, fit: int
) -> None:
    room = fit * ONE + (0 if fit == 3 else ONE - 1)
    budget = planned(library, limited(room), calls=3)
    server.put(*[REPLY] * 3)
    for made in range(1, fit + 1):
        await call(budget, model, optional=made > 1)
        used = budget.spent.usage.prompt_tokens + budget.spent.usage.completion_tokens
        assert await tokens(library) - used == (fit - made) * ONE
    assert len(server.requests) == fit


async def test_unused_reservations_are_released(
    library: Library,
    server: ScriptedServer,
    model: ModelServer,
) -> None:
    budget = planned(library, limited(10 * ONE), calls=2)
    server.put(REPLY)
    await call(budget, model, optional=True)
    held = await tokens(library)
    await budget.release()
    used = budget.spent.usage.prompt_tokens + budget.spent.usage.completion_tokens
    assert await tokens(library) == used < held
    await budget.release()
    assert await tokens(library) == used


class _Profiles(Profiles):
    """Tells when an embedding is about to be reserved."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = asyncio.Event()

    def likely_read(self, model: str, tokens: int) -> int:
        if model == "hashed":
            self.embedding.set()
        return super().likely_read(model, tokens)


class _SlowLedger:
    """Adds to a charge only when an embedding waits for its turn."""

    def __init__(self, ledger: Ledger, profiles: _Profiles):
        self.reserve, self.settle = ledger.reserve, ledger.settle
        self._ledger, self._profiles = ledger, profiles
        self.adding = asyncio.Event()

    async def reserve_more(self, charge_id: int, charge: Charge, limits: DailyLimits) -> None:
        self.adding.set()
        await self._profiles.embedding.wait()
        await self._ledger.reserve_more(charge_id, charge, limits)


async def test_a_concurrent_embedding_does_not_reserve_the_answer_twice(
    library: Library,
    server: ScriptedServer,
    model: ModelServer,
) -> None:
    profiles = _Profiles()
    ledger = _SlowLedger(library.ledger, profiles)
    budget = QuestionBudget(Budget(profiles=profiles), cast(Ledger, ledger))
    budget.plan_calls("scripted", TokenLimits(PROMPT, ANSWER), 1)
    server.put(REPLY, REPLY)
    await call(budget, model, optional=True)  # the answer is reserved with it

    async def embed() -> EmbeddingResponse:
        return EmbeddingResponse([[1.0]], 3)

    answering = asyncio.ensure_future(call(budget, model))
    await ledger.adding.wait()
    await budget.embed("hashed", ["one two three"], embed)
    await answering
    used = budget.spent.usage.prompt_tokens + budget.spent.usage.completion_tokens
    assert await tokens(library) == used


def test_an_increase_is_never_negative() -> None:
    less = increase(Amount(Usage(5, 5), 7), Amount(Usage(3, 8), 6))
    assert less == Amount(Usage(0, 3), 0)
    assert increase(Amount(Usage(), None), Amount(Usage(1, 1), 5)).cost is None
