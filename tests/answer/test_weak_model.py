"""What is known of a model changes whether it is asked and believed, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.answer import model_answer
from bot.records import ModelProfile
from tests.answer.conftest import Desk, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERED = "When did the Forth Bridge open to trains?"
NOT_ANSWERED = "Who painted the Forth Bridge red?"


@pytest.fixture(autouse=True)
def nothing_known(desk: Desk) -> Iterator[None]:
    yield
    desk.app.budget.profiles.set("scripted", ModelProfile())


async def test_a_weak_model_is_not_called_if_the_evidence_is_weak(desk: Desk) -> None:
    desk.app.budget.profiles.update("scripted", cites=5)
    given = await desk.answer(NOT_ANSWERED)
    assert not given.answered
    assert not any("messages" in request.body for request in desk.server.requests)


@pytest.mark.parametrize("cites", [None, 6, 10])
async def test_any_other_model_is_called(desk: Desk, cites: int | None) -> None:
    desk.app.budget.profiles.update("scripted", cites=cites)
    desk.server.say("It opened to trains in 1890 [1.1].")
    await desk.answer(NOT_ANSWERED)
    assert any("messages" in request.body for request in desk.server.requests)


async def test_a_weak_model_answers_if_the_evidence_is_not_weak(desk: Desk) -> None:
    desk.app.budget.profiles.update("scripted", cites=0)
    desk.server.say("It opened to trains in 1890 [1.1].")
    given = await desk.answer(ANSWERED)
    assert (given.mode, words(given)) == ("model", ["It opened to trains in 1890."])


async def test_known_unopened_reasoning_is_held_back(desk: Desk) -> None:
    reasoning = "It opened to trains in 1890 [1.1]. But did it cost three million pounds [1.3]? "
    text = f"{reasoning * 3}</think>It opened to trains in 1890 [1.1]."
    for _ in range(2):
        desk.server.say(text)
        given = await desk.answer(ANSWERED)
    assert words(given) == ["It opened to trains in 1890."]
    desk.server.say("It opened to trains in 1890 [1.1].")
    assert words(await desk.answer(ANSWERED)) == ["It opened to trains in 1890."]


async def test_a_refusal_is_doubted_if_the_evidence_is_strong(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_answer, "DOUBT_REFUSAL_FROM", 0.0)
    desk.server.say("NOT_IN_THE_LIBRARY")
    given = await desk.answer(ANSWERED)
    assert given.mode == "quotes"
    assert "1890" in words(given)[0]
    assert given.note.startswith("The language model found no answer in the sources.")


async def test_a_refusal_is_accepted_if_the_evidence_is_unclear(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_answer, "DOUBT_REFUSAL_FROM", 1.01)
    desk.server.say("NOT_IN_THE_LIBRARY")
    given = await desk.answer(ANSWERED)
    assert (given.mode, given.answered, given.note) == ("model", False, "")
