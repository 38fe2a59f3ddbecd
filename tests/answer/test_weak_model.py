"""What is known of a model changes whether it is asked and believed, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.answer import model_answer
from bot.answer_records import ModelProfile
from tests.answer.conftest import Harness, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERED = "When did the Forth Bridge open to trains?"
NOT_ANSWERED = "Who painted the Forth Bridge red?"


@pytest.fixture(autouse=True)
def nothing_known(harness: Harness) -> Iterator[None]:
    yield
    harness.app.budget.profiles.set("scripted", ModelProfile())


async def test_a_weak_model_is_not_called_if_the_evidence_is_weak(harness: Harness) -> None:
    harness.app.budget.profiles.update("scripted", cites=5)
    answer = await harness.answer(NOT_ANSWERED)
    assert not answer.answered
    assert not any("messages" in request.body for request in harness.server.requests)


@pytest.mark.parametrize("cites", [None, 6, 10])
async def test_any_other_model_is_called(harness: Harness, cites: int | None) -> None:
    harness.app.budget.profiles.update("scripted", cites=cites)
    harness.server.say("It opened to trains in 1890 [1.1].")
    await harness.answer(NOT_ANSWERED)
    assert any("messages" in request.body for request in harness.server.requests)


async def test_a_weak_model_answers_if_the_evidence_is_not_weak(harness: Harness) -> None:
    harness.app.budget.profiles.update("scripted", cites=0)
    harness.server.say("It opened to trains in 1890 [1.1].")
    answer = await harness.answer(ANSWERED)
    assert (answer.mode, words(answer)) == ("model", ["It opened to trains in 1890."])


async def test_known_unopened_reasoning_is_held_back(harness: Harness) -> None:
    reasoning = "It opened to trains in 1890 [1.1]. But did it cost three million pounds [1.3]? "
    text = f"{reasoning * 3}</think>It opened to trains in 1890 [1.1]."
    for _ in range(2):
        harness.server.say(text)
        answer = await harness.answer(ANSWERED)
    assert words(answer) == ["It opened to trains in 1890."]
    harness.server.say("It opened to trains in 1890 [1.1].")
    assert words(await harness.answer(ANSWERED)) == ["It opened to trains in 1890."]


async def test_a_refusal_is_doubted_if_the_evidence_is_strong(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_answer, "DOUBT_REFUSAL_FROM", 0.0)
    harness.server.say("NOT_IN_THE_LIBRARY")
    answer = await harness.answer(ANSWERED)
    assert answer.mode == "quotes"
    assert "1890" in words(answer)[0]
    assert answer.note.startswith("The language model found no answer in the sources.")


async def test_a_refusal_is_accepted_if_the_evidence_is_unclear(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_answer, "DOUBT_REFUSAL_FROM", 1.01)
    harness.server.say("NOT_IN_THE_LIBRARY")
    answer = await harness.answer(ANSWERED)
    assert (answer.mode, answer.answered, answer.note) == ("model", False, "")
