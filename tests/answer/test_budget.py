"""What a question may take: reserved before a model is asked, settled after, never overspent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.answer import budget
from bot.answer.budget import Asker, Budget, HurriedEmbedder, Spending
from bot.answer.writing.assemble import message_tokens
from bot.app import App, open_app
from bot.embedding import Floats, embed_question
from bot.errors import BudgetSpent, ModelError, ModelUnavailable, SettingsError, StoreError
from bot.llm import Chunk, ModelServer
from bot.records import Answer, Usage
from bot.settings import Settings
from bot.store.base import Library
from bot.store.charges import Charge, DailyLimits, Ledger, Spent
from bot.store.sqlite import SqliteStore
from bot.tokens import count_tokens
from tests.answer.conftest import ARTICLE, SCOPE, Desk, finished, words
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
from tests.quick import QuickEmbedder

OPENED = "It opened to trains in 1890 [1.1]."
MESSAGES = [{"role": "user", "content": "When did the Forth Bridge open to trains?"}]
COUNTED = message_tokens(MESSAGES)
MOST = 50  # tokens of an answer, in the tests without a pipeline
ALL_TIME = "0000"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings, model_timeout_s=30.0, embedding_model="", model_prices={"scripted": (250, 2_000)}
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        await Desk(app, ScriptedServer()).add(ARTICLE, "The Forth Bridge")
        yield app


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """An empty one, for what needs no question."""
    store = await SqliteStore.open(tmp_path / "ledger")
    async with store.library(SCOPE.server_id) as library:
        yield library
    await store.close()


@pytest.fixture
async def model(server: ScriptedServer) -> AsyncIterator[ModelServer]:
    opened = ModelServer(api_key="k", base_url=server.url, timeout_s=30, idle_s=30)
    yield opened
    await opened.close()


async def asked(app: App, asker: Asker | None = None, *, quotes: bool = False) -> Answer:
    question = "When did the Forth Bridge open?"
    async with app.store.library(SCOPE.server_id) as library:
        asking = app.answerer.answer(question, library, SCOPE, asker=asker, quotes=quotes)
        async with aclosing(asking) as events:
            return finished([event async for event in events])


async def spent(library: Library) -> Spent:
    (day,) = (await library.ledger.days(ALL_TIME)).values()
    return day


async def spent_by(app: App) -> dict[int | None, Spent]:
    async with app.store.library(SCOPE.server_id) as library:
        return await library.ledger.users(ALL_TIME)


async def called(spending: Spending, model: ModelServer, *, spare: bool = False) -> list[Chunk]:
    server = spending.of(model)
    stream = (server.spare if spare else server).stream("scripted", MESSAGES, MOST)
    async with aclosing(stream) as chunks:
        return [chunk async for chunk in chunks]


# --- what is booked --------------------------------------------------------------------------


async def test_an_answer_is_booked_with_what_the_server_told(
    app: App, server: ScriptedServer
) -> None:
    server.say(OPENED)
    given = await asked(app, Asker(user_id=7))
    assert (given.mode, given.usage, given.cost) == ("model", Usage(100, 10), 1)
    assert await spent_by(app) == {7: Spent(1, Usage(100, 10), 1)}


async def test_a_question_without_a_model_is_counted_and_costs_nothing(app: App) -> None:
    assert (await asked(app, quotes=True)).cost == 0
    await asked(app, Asker(user_id=7), quotes=True)
    nothing = Spent(1, Usage(), 0)
    assert await spent_by(app) == {7: nothing, None: nothing}


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
    "broken off": (broken(*chunks("It opened"), RESET), Usage(COUNTED, MOST)),
    "broken off before a word": (broken(RESET), Usage(COUNTED, MOST)),
    "more than it might": (
        broken(*chunks("one two three " * 100)),
        Usage(COUNTED, count_tokens("one two three " * 100)),
    ),
    "refused": (error(401, "wrong key"), Usage()),
    "given up by a gateway": (error(504, "no answer"), Usage(COUNTED, MOST)),
}


@pytest.mark.parametrize(("reply", "took"), BOOKED.values(), ids=BOOKED)
async def test_what_cannot_be_known_is_booked_at_the_most(
    library: Library, server: ScriptedServer, model: ModelServer, reply: Reply, took: Usage
) -> None:
    server.put(reply)
    spending = Spending(Budget(), library.ledger, None)
    with suppress(ModelError):
        await called(spending, model)
    assert spending.usage == took
    assert (await spent(library)).usage == took


async def test_a_question_that_is_given_up_is_booked_at_the_most(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    server.put(broken(*chunks("It"), HANG))
    reader = asyncio.ensure_future(called(Spending(Budget(), library.ledger, None), model))
    await asyncio.wait_for(server.asked.wait(), 20)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert (await spent(library)).usage == Usage(COUNTED, MOST)


async def test_a_model_that_counts_more_tokens_than_we_do_is_reserved_for_in_its_count(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    allowed = Budget(limits=DailyLimits(server_tokens=3 * COUNTED + 10 + 3 * COUNTED + MOST - 1))
    server.put(broken(*chunks("A"), delta("stop"), usage(3 * COUNTED, 10), DONE))
    await called(Spending(allowed, library.ledger, None), model)
    with pytest.raises(BudgetSpent):
        await called(Spending(allowed, library.ledger, None), model)
    assert len(server.requests) == 1


def test_a_cost_is_rounded_up_and_unknown_without_a_price() -> None:
    allowed = Budget({"small": (250_000, 2_000_000)})
    assert allowed.cost("small", Usage(1_000, 100)) == 450
    assert allowed.cost("small", Usage(1, 0)) == 1
    assert allowed.cost("other", Usage(1, 0)) is None
    assert allowed.cost("other", Usage()) == 0


# --- limits ----------------------------------------------------------------------------------


async def test_a_question_beyond_the_limit_is_answered_with_quotes_that_say_so(
    settings: Settings, server: ScriptedServer
) -> None:
    limited = replace(settings, daily_tokens_server=3_000, answer_tokens=1_000)
    async with open_app(limited, embedder=QuickEmbedder()) as app:
        await Desk(app, server).add(ARTICLE, "The Forth Bridge")
        server.put(broken(*chunks(OPENED), delta("stop"), usage(2_000, 500), DONE))
        assert (await asked(app)).mode == "model"
        given = await asked(app)
    assert given.mode == "quotes"
    assert given.note.startswith("Today's budget for written answers is used up until 00:00 UTC. ")
    assert words(given)[0] == "The Forth Bridge opened to trains in 1890."
    assert (len(server.requests), given.usage, given.cost) == (1, Usage(), 0)


async def test_fifty_questions_at_once_at_the_edge_overspend_nothing(
    settings: Settings, server: ScriptedServer
) -> None:
    limited = replace(settings, daily_tokens_server=9_000, answer_tokens=1_000)
    took = 1_100  # of at most about 1,500
    server.put(
        *[broken(*chunks(OPENED), delta("stop"), usage(took - 100, 100), DONE) for _ in range(50)]
    )
    async with open_app(limited, embedder=QuickEmbedder()) as app:
        await Desk(app, server).add(ARTICLE, "The Forth Bridge")
        given = await asyncio.gather(*(asked(app, Asker(user_id=n, event_id=n)) for n in range(50)))
        async with app.store.library(SCOPE.server_id) as library:
            booked = await spent(library)
    written = [one for one in given if one.mode == "model"]
    assert 3 <= len(written) == len(server.requests) <= 9_000 // took
    assert booked.usage.prompt_tokens + booked.usage.completion_tokens == took * len(written)
    assert booked.questions == 50
    assert all("used up until" in one.note for one in given if one.mode == "quotes")


@pytest.mark.parametrize(
    ("roles", "most"),
    [([], 100), ([1], 500), ([2], 50), ([1, 2], 500), ([1, 3], None), ([9], 100)],
)
def test_of_several_roles_the_best_limit_counts(roles: list[int], most: int | None) -> None:
    allowed = Budget(limits=DailyLimits(user_tokens=100), roles={1: 500, 2: 50, 3: None})
    assert allowed.limits_of(Asker(7, frozenset(roles))).user_tokens == most


async def test_an_event_that_comes_again_asks_no_model_again(
    app: App, server: ScriptedServer
) -> None:
    server.say(OPENED)
    server.say(OPENED)
    first, second = await asyncio.gather(
        *(asked(app, Asker(user_id=7, event_id=5)) for _ in range(2))
    )
    assert {first.mode, second.mode} == {"model", "quotes"}
    assert len(server.requests) == 1
    assert await spent_by(app) == {7: Spent(1, Usage(100, 10), 1)}


class _Full:
    """A ledger on a full disk."""

    async def reserve(self, charge: Charge, limits: DailyLimits) -> int:
        raise StoreError("The disk is full.")

    async def reserve_more(self, charge_id: int, charge: Charge, limits: DailyLimits) -> None:
        raise StoreError("The disk is full.")

    async def settle(self, charge_id: int, usage: Usage, cost: int | None) -> None:
        raise StoreError("The disk is full.")

    async def days(self, since: str) -> dict[str, Spent]:
        return {}

    async def users(self, since: str) -> dict[int | None, Spent]:
        return {}

    async def disown(self, user_id: int) -> None: ...


async def test_what_cannot_be_reserved_is_not_asked(
    server: ScriptedServer, model: ModelServer
) -> None:
    full: Ledger = _Full()
    spending = Spending(Budget(), full, None)
    with pytest.raises(ModelUnavailable, match="disk is full"):
        await called(spending, model)
    assert (await spending.billed(Answer("?", answered=False, mode="quotes"))).cost == 0
    assert not server.requests


async def test_a_limit_in_money_needs_a_price(settings: Settings) -> None:
    unpriced = replace(settings, daily_cost_server=1_000_000, model_prices={"other": (1, 1)})
    with pytest.raises(SettingsError, match="MODEL_PRICES does not say what scripted costs"):
        async with open_app(unpriced, embedder=QuickEmbedder()):
            pass


# --- calls and time --------------------------------------------------------------------------


SOON = replace(error(429, "slow down"), headers={"Retry-After": "0.05"})
LATER = replace(error(429, "slow down"), headers={"Retry-After": "60"})


@pytest.mark.parametrize("first", [SOON, error(503, "overloaded")])
async def test_a_call_that_was_turned_away_is_made_once_more_in_one_charge(
    app: App, server: ScriptedServer, first: Reply
) -> None:
    server.put(first)
    server.say(OPENED)
    assert (await asked(app)).mode == "model"
    assert len(server.requests) == 2
    assert await spent_by(app) == {None: Spent(1, Usage(100, 10), 1)}


@pytest.mark.parametrize("reply", [LATER, error(429, "slow down")], ids=["told", "not told"])
async def test_a_server_that_wants_a_long_rest_is_not_asked_again(
    library: Library, server: ScriptedServer, model: ModelServer, reply: Reply
) -> None:
    server.put(reply)
    with pytest.raises(ModelUnavailable, match="too many requests") as raised:
        await called(Spending(Budget(), library.ledger, None), model)
    assert raised.value.retry_after_s == 60
    assert len(server.requests) == 1


async def test_after_a_call_was_made_again_nothing_optional_is_asked(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    server.put(error(500, "oops"))
    server.say("A.")
    spending = Spending(Budget(), library.ledger, None)
    await called(spending, model)
    with pytest.raises(ModelUnavailable, match="often enough"):
        await called(spending, model, spare=True)
    assert len(server.requests) == 2


async def test_an_optional_call_is_not_made_again(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    server.put(error(500, "oops"))
    with pytest.raises(ModelUnavailable, match="500"):
        await called(Spending(Budget(), library.ledger, None), model, spare=True)
    assert len(server.requests) == 1


async def test_a_question_has_three_calls_and_one_charge(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    spending = Spending(Budget({"scripted": (10_000, 0)}), library.ledger, None)
    for spare in (True, False, True):
        server.say("A.")
        await called(spending, model, spare=spare)
    with pytest.raises(ModelUnavailable, match="often enough"):
        await called(spending, model)
    assert await spent(library) == Spent(1, Usage(300, 30), 3)


async def test_the_time_runs_over_all_calls_of_a_question(
    library: Library, server: ScriptedServer, model: ModelServer
) -> None:
    model.timeout_s = 1.5
    spending = Spending(Budget(), library.ledger, None)
    server.put(answer("A."), broken(HANG))
    await called(spending, model)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ModelUnavailable, match=r"too long|time for an answer"):
        await called(spending, model)
    with pytest.raises(ModelUnavailable, match="time for an answer is over"):
        await called(spending, model, spare=True)
    assert asyncio.get_running_loop().time() - began < 10
    assert len(server.requests) == 2


async def test_a_reply_comes_when_nothing_answers(
    settings: Settings, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = replace(settings, model_timeout_s=0.3, embedding_model="hashed")
    async with open_app(hanging) as app:
        await Desk(app, server).add(ARTICLE, "The Forth Bridge")
        monkeypatch.setattr(budget, "EMBEDDING_S", 0.1)
        server.embeddings.extend([broken(HANG)] * 5)
        server.put(*[broken(HANG)] * 5)
        given = await asyncio.wait_for(asked(app), 20)
    assert (given.answered, given.mode) == (True, "quotes")
    assert "took too long" in given.note


class _Slow:
    """An embedder that answers when it is told to, and counts how often it was asked."""

    model = "slow"

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        self.asked += 1
        await self.answers.wait()
        return np.ones((len(texts), 1), np.float32)

    async def close(self) -> None: ...


async def test_embeddings_that_were_waited_for_in_vain_are_not_waited_for_again() -> None:
    slow = _Slow()
    hurried = HurriedEmbedder(slow)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await hurried.embed(["a"])
    slow.answers.set()
    with pytest.raises(ModelUnavailable, match="too long"):
        await hurried.embed(["a"])
    assert (await HurriedEmbedder(slow).embed(["a", "b"])).shape == (2, 1)


async def test_embeddings_have_one_time_for_all_of_a_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budget, "EMBEDDING_S", 0.05)
    slow = _Slow()
    hurried = HurriedEmbedder(slow)
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="too long"):
            await hurried.embed(["a"])
    assert slow.asked == 1


class _Asked(QuickEmbedder):
    """Reads questions otherwise than passages."""

    async def embed_question(self, question: str) -> Floats:
        return np.array([2.0], np.float32)


async def test_a_hurried_question_is_still_embedded_as_a_question() -> None:
    assert (await embed_question("a", HurriedEmbedder(_Asked()))).tolist() == [2.0]


def test_a_reply_comes_within_90_seconds() -> None:
    assert budget.EMBEDDING_S + Settings().model_timeout_s <= 75  # 15 for everything else
