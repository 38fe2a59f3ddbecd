"""What a question may take, in whole answers: limits hold, all is booked, a reply comes in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace

import numpy as np
import pytest

from bot.answer import budget, deadlines
from bot.answer.budget import OPERATOR, Asker, Budget
from bot.answer.deadlines import DeadlineEmbedder
from bot.answer.events import Preview, Retrieved
from bot.answer.model_stream import PATIENCE_FOR_A_SENTENCE
from bot.answer.question.rewrite import REWRITE_S
from bot.answer_records import Answer, Usage
from bot.app import App, open_app
from bot.embedding import Floats, embed_question
from bot.errors import ModelUnavailable, SettingsError
from bot.settings import Settings
from bot.store.ledger_protocol import DailyLimits, Spent
from tests.answer.conftest import ALL_TIME, ARTICLE, SCOPE, Harness, finished, spent, words
from tests.model_server import (
    DONE,
    HANG,
    Reply,
    ScriptedServer,
    broken,
    delta,
    error,
    usage,
)
from tests.model_server import words as chunks
from tests.quick import QuickEmbedder

OPENED = "It opened to trains in 1890 [1.1]."


SOON = replace(error(429, "slow down"), headers={"Retry-After": "0.05"})


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings, model_timeout_s=30.0, embedding_model="", model_prices={"scripted": (250, 2_000)}
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with open_app(settings, embedder=QuickEmbedder()) as app:
        await Harness(app, ScriptedServer()).add(ARTICLE, "The Forth Bridge")
        yield app


async def asked(
    app: App,
    asker: Asker = OPERATOR,
    *,
    quotes: bool = False,
    question: str = "When did the Forth Bridge open?",
) -> Answer:
    async with app.store.library(SCOPE.server_id) as library:
        asking = app.answerer.answer(question, library, SCOPE, asker=asker, quotes=quotes)
        async with aclosing(asking) as events:
            return finished([event async for event in events])


async def spent_by(app: App) -> dict[int | None, Spent]:
    async with app.store.library(SCOPE.server_id) as library:
        return await library.ledger.spent_by_user(ALL_TIME)


# --- what is booked ---------------------------------------------------------------------------


async def test_an_answer_is_charged_as_the_server_reports(app: App, server: ScriptedServer) -> None:
    server.say(OPENED)
    answer = await asked(app, Asker(user_id=7))
    assert (answer.mode, answer.usage, answer.cost) == ("model", Usage(100, 10), 1)
    assert await spent_by(app) == {7: Spent(1, Usage(100, 10), 1)}


async def test_a_question_without_a_model_is_counted_and_costs_nothing(app: App) -> None:
    assert (await asked(app, quotes=True)).cost == 0
    await asked(app, Asker(user_id=7), quotes=True)
    nothing = Spent(1, Usage(), 0)
    assert await spent_by(app) == {7: nothing, None: nothing}


@pytest.mark.parametrize("first", [SOON, error(503, "overloaded")])
async def test_a_rejected_call_is_retried_once_within_the_same_charge(
    app: App, server: ScriptedServer, first: Reply
) -> None:
    server.put(first)
    server.say(OPENED)
    assert (await asked(app)).mode == "model"
    assert len(server.requests) == 2
    assert await spent_by(app) == {None: Spent(1, Usage(100, 10), 1)}


async def test_a_repeated_event_calls_no_model(app: App, server: ScriptedServer) -> None:
    server.say(OPENED)
    server.say(OPENED)
    first, second = await asyncio.gather(
        *(asked(app, Asker(user_id=7, event_id=5)) for _ in range(2))
    )
    assert {first.mode, second.mode} == {"model", "quotes"}
    assert len(server.requests) == 1
    assert await spent_by(app) == {7: Spent(1, Usage(100, 10), 1)}


async def test_the_ledger_records_the_outcomes_of_questions(
    app: App, server: ScriptedServer
) -> None:
    server.say(OPENED)
    server.say("NOT_IN_THE_LIBRARY")
    server.put(error(401, "wrong key"))
    given = [await asked(app), await asked(app, question="Why do whales sing about bridges?")]
    given += [await asked(app), await asked(app, quotes=True)]
    outcomes = [answer.outcome for answer in given]
    assert outcomes == ["written", "refused", "fell back", "quoted"]
    async with app.store.library(SCOPE.server_id) as library:
        (day,) = (await library.ledger.outcomes_by_day(ALL_TIME)).values()
    assert (day.by_model, day.fell_back, day.refused) == (1, 1, 1)
    assert day.median_seconds


def test_a_cost_is_rounded_up_and_unknown_without_a_price() -> None:
    allowed = Budget({"small": (250_000, 2_000_000)})
    assert allowed.cost("small", Usage(1_000, 100)) == 450
    assert allowed.cost("small", Usage(1, 0)) == 1
    assert allowed.cost("other", Usage(1, 0)) is None
    assert allowed.cost("other", Usage()) == 0


# --- limits -----------------------------------------------------------------------------------


async def test_a_question_beyond_the_limit_gets_quotes_and_a_note(
    settings: Settings, server: ScriptedServer
) -> None:
    limited = replace(settings, daily_tokens_server=3_000, answer_tokens=1_000)
    async with open_app(limited, embedder=QuickEmbedder()) as app:
        await Harness(app, server).add(ARTICLE, "The Forth Bridge")
        server.put(broken(*chunks(OPENED), delta("stop"), usage(2_000, 500), DONE))
        assert (await asked(app)).mode == "model"
        answer = await asked(app)
    assert answer.mode == "quotes"
    assert answer.note.startswith("Today's budget for written answers is used up until 00:00 UTC. ")
    assert words(answer)[0] == "The Forth Bridge opened to trains in 1890."
    assert (len(server.requests), answer.usage, answer.cost) == (1, Usage(), 0)


async def test_fifty_concurrent_questions_near_the_limit_do_not_overspend(
    settings: Settings, server: ScriptedServer
) -> None:
    limited = replace(settings, daily_tokens_server=9_000, answer_tokens=1_000)
    took = 1_100  # of at most about 1,500
    server.put(
        *[broken(*chunks(OPENED), delta("stop"), usage(took - 100, 100), DONE) for _ in range(50)]
    )
    async with open_app(limited, embedder=QuickEmbedder()) as app:
        await Harness(app, server).add(ARTICLE, "The Forth Bridge")
        answer = await asyncio.gather(
            *(asked(app, Asker(user_id=n, event_id=n)) for n in range(50))
        )
        async with app.store.library(SCOPE.server_id) as library:
            booked = await spent(library)
    written = [one for one in answer if one.mode == "model"]
    assert 3 <= len(written) == len(server.requests) <= 9_000 // took
    assert booked.usage.prompt_tokens + booked.usage.completion_tokens == took * len(written)
    assert booked.questions == 50
    assert all("used up until" in one.note for one in answer if one.mode == "quotes")


@pytest.mark.parametrize(
    ("roles", "most"),
    [([], 100), ([1], 500), ([2], 50), ([1, 2], 500), ([1, 3], None), ([9], 100)],
)
def test_of_several_roles_the_highest_limit_applies(roles: list[int], most: int | None) -> None:
    allowed = Budget(limits=DailyLimits(user_tokens=100), role_limits={1: 500, 2: 50, 3: None})
    assert allowed.limits_for(Asker(7, frozenset(roles))).user_tokens == most


async def test_a_limit_in_money_needs_a_price(settings: Settings) -> None:
    unpriced = replace(settings, daily_cost_server=1_000_000, model_prices={"other": (1, 1)})
    with pytest.raises(SettingsError, match="MODEL_PRICES has no price for scripted"):
        async with open_app(unpriced, embedder=QuickEmbedder()):
            pass


async def test_a_limit_in_money_needs_the_price_of_an_embeddings_model_too(
    settings: Settings,
) -> None:
    prices = {"scripted": (1, 1)}
    limited = replace(
        settings, daily_cost_server=1_000_000, model_prices=prices, embedding_model="hashed"
    )
    with pytest.raises(SettingsError, match="hashed=0/0"):
        async with open_app(limited):
            pass
    prices["hashed"] = (0, 0)
    async with open_app(limited):
        pass


# --- time -------------------------------------------------------------------------------------


async def test_quotes_answer_when_no_server_responds(
    settings: Settings, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = replace(settings, model_timeout_s=0.3, embedding_model="hashed")
    async with open_app(hanging) as app:
        await Harness(app, server).add(ARTICLE, "The Forth Bridge")
        monkeypatch.setattr(deadlines, "EMBEDDING_TIMEOUT_S", 0.1)
        server.embeddings.extend([broken(HANG)] * 5)
        server.put(*[broken(HANG)] * 5)
        answer = await asked(app)
    assert (answer.answered, answer.mode) == (True, "quotes")
    assert "took too long" in answer.note


def test_a_first_reply_comes_within_90_seconds_and_the_last_within_an_interaction() -> None:
    shown_s = Settings().model_first_words_s * PATIENCE_FOR_A_SENTENCE
    assert deadlines.EMBEDDING_TIMEOUT_S + REWRITE_S + shown_s <= 75  # 15 for everything else
    assert budget.ANSWER_DEADLINE_S + 30 <= 15 * 60


async def test_a_preview_of_quotes_comes_at_once_when_no_server_responds(
    settings: Settings, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the first reply, long before the model is given up."""
    hanging = replace(settings, model_timeout_s=600, embedding_model="hashed")
    async with open_app(replace(hanging, model_first_words_s=0.0)) as app:
        await Harness(app, server).add(ARTICLE, "The Forth Bridge")
        monkeypatch.setattr(deadlines, "EMBEDDING_TIMEOUT_S", 0.1)
        server.embeddings.extend([broken(HANG)] * 5)
        server.put(broken(HANG))
        async with app.store.library(SCOPE.server_id) as library:
            asking = app.answerer.answer("When did the Forth Bridge open?", library, SCOPE)
            async with aclosing(asking) as events:
                assert isinstance(await anext(events), Retrieved)
                shown = await anext(events)
    assert isinstance(shown, Preview)
    assert shown.sentences


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


async def test_a_cancelled_call_does_not_count_as_a_failure() -> None:
    slow = _Slow()
    limited = DeadlineEmbedder(slow)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await limited.embed(["a"])
    slow.answers.set()
    assert (await limited.embed(["a", "b"])).shape == (2, 1)


async def test_cancelled_calls_use_up_the_time_for_embedding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when the caller gave up each time: the waiting counts."""
    monkeypatch.setattr(deadlines, "EMBEDDING_TIMEOUT_S", 0.1)
    slow = _Slow()
    limited = DeadlineEmbedder(slow)
    for _ in range(9):
        with suppress(TimeoutError, ModelUnavailable):
            async with asyncio.timeout(0.03):
                await limited.embed(["a"])
    slow.answers.set()
    with pytest.raises(ModelUnavailable, match="too long"):
        await limited.embed(["a"])
    assert (await DeadlineEmbedder(slow).embed(["a", "b"])).shape == (2, 1)


async def test_all_embedding_of_a_question_shares_one_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "EMBEDDING_TIMEOUT_S", 0.05)
    slow = _Slow()
    limited = DeadlineEmbedder(slow)
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="too long"):
            await limited.embed(["a"])
    assert slow.asked == 1


class _Asked(QuickEmbedder):
    """Reads questions otherwise than passages."""

    async def embed_question(self, question: str) -> Floats:
        return np.array([2.0], np.float32)


async def test_a_question_within_a_deadline_is_embedded_as_a_question() -> None:
    assert (await embed_question("a", DeadlineEmbedder(_Asked()))).tolist() == [2.0]
