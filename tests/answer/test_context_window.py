"""A small window: a server's silent cut is noticed, said once, and mended by packing less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.answer.writing.prompt_builder import message_tokens
from bot.answer_records import ModelProfile
from bot.ingest.submission import Submission
from tests.answer.conftest import SCOPE, Harness
from tests.model_server import DONE, Reply, broken, delta, error, usage
from tests.model_server import words as chunks

pytestmark = pytest.mark.asyncio(loop_scope="module")

WINDOW = 2_048  # of the imitated server; Ollama's default is 4,096
QUESTION = "How many passengers did the Skerry ferry carry?"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ferries(shared: Harness) -> Harness:
    """Much about ferries: more than the window holds."""
    for year in range(1990, 2002):
        sentences = [
            f"In {year} the Skerry ferry carried {year * 7 + n} passengers on its route {n}, the "
            f"harbour trust of Aldwick said in its report about the season."
            for n in range(7)
        ]
        submission = Submission(
            "text.txt", " ".join(sentences), f"The ferry in {year}", keep_similar=True
        )
        async with shared.app.store.library(SCOPE.server_id) as library:
            await shared.app.ingest.add(submission, library, SCOPE)
    return shared


@pytest.fixture(autouse=True)
def nothing_known(ferries: Harness) -> Iterator[None]:
    ferries.server.forget()
    yield
    ferries.app.budget.profiles.set("scripted", ModelProfile())


def cuts(harness: Harness) -> None:
    """The server reads what its window holds, says how much it was, and answers."""

    def answers(prompt: str) -> Reply:
        read = min(WINDOW, sizes(harness)[-1])
        said = chunks("The ferry carried 13930 passengers [1.1].")
        return broken(*said, delta("stop"), usage(read, 10), DONE)

    harness.server.answers = answers


def sizes(harness: Harness) -> list[int]:
    """The tokens of each prompt that was sent."""
    bodies = [request.body for request in harness.server.requests]
    return [message_tokens(body["messages"]) for body in bodies if "messages" in body]


async def test_silent_truncation_is_logged_once_and_prompts_become_shorter(
    ferries: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    cuts(ferries)
    for _ in range(3):
        await ferries.answer(QUESTION)
    first, *later = sizes(ferries)
    assert first > WINDOW / 0.85
    assert all(size <= WINDOW - WINDOW // 4 for size in later)
    assert caplog.text.count("silently truncates prompts at 2048 tokens") == 1


async def test_the_answer_limit_shrinks_with_the_window(ferries: Harness) -> None:
    cuts(ferries)
    for _ in range(2):
        await ferries.answer(QUESTION)
    asked = [r.body["max_tokens"] for r in ferries.server.requests if "messages" in r.body]
    assert asked == [2_000, WINDOW // 4]


@pytest.mark.parametrize("share", [0.86, 1.0, 1.3])
async def test_another_way_of_counting_tokens_is_not_taken_for_truncation(
    ferries: Harness, share: float
) -> None:
    def answers(prompt: str) -> Reply:
        said = chunks("The ferry carried 13930 passengers [1.1].")
        return broken(*said, delta("stop"), usage(int(sizes(ferries)[-1] * share), 10), DONE)

    ferries.server.answers = answers
    await ferries.answer(QUESTION)
    assert ferries.app.budget.profiles.get("scripted").window is None


async def test_a_window_named_in_a_refusal_limits_the_next_prompt(
    ferries: Harness,
) -> None:
    told = {"n_ctx": WINDOW, "type": "exceed_context_size_error"}
    ferries.server.put(error(400, "the request exceeds the available context size", **told))
    answer = await ferries.answer(QUESTION)
    assert answer.mode == "quotes"
    cuts(ferries)
    await ferries.answer(QUESTION)
    first, second = sizes(ferries)
    assert second < WINDOW < first


async def test_cached_tokens_are_not_taken_for_truncation(ferries: Harness) -> None:
    """Old Ollamas tell only what they had to read anew: a few tokens of a known prompt."""
    body = broken(*chunks("It is so [1.1]."), delta("stop"), usage(12, 10), DONE)
    ferries.server.answers = lambda prompt: replace(body)
    await ferries.answer(QUESTION)
    assert ferries.app.budget.profiles.get("scripted").window is None
