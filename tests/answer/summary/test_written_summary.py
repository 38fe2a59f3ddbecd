"""Summaries that a model writes: in parts, reserved together, cited from the articles."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot.answer.budget import Budget
from bot.answer.events import Completed
from bot.answer.pipeline import Answerer
from bot.answer.summary import written_summary
from bot.answer.summary.summary_request import SummaryOrder
from bot.answer_records import Answer
from bot.app import open_app
from bot.errors import ArticleNotFound
from bot.settings import Settings, describe
from bot.store.ledger_protocol import DailyLimits
from tests.answer.conftest import ALL_TIME, SCOPE, Harness, asking
from tests.model_server import Reply, answer, error, model_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHORT, LONG = 1, 2  # the articles
TEXTS = {
    SHORT: "The Forth Bridge opened in 1890. It was built of steel. It cost three million pounds.",
    LONG: "\n\n".join(
        " ".join(f"Span {n}{i} of the bridge carries {n * 100 + i} trains a day." for i in range(9))
        for n in range(12)
    ),
}
PART = "Below is part"
MARKED = re.compile(r"^\[(\d+\.\d+)\] (.*)$", re.MULTILINE)
LIMIT = 5_000  # tokens: two calls' worth


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[Harness]:
    """A library of a short article and a long one, and prompts that hold a part of it."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        async with model_server() as server:
            settings = asking(Settings(data_dir=Path(folder), embedding_model=""), server)
            settings = replace(
                settings, prompt_tokens=900, embedding_model="", model_timeout_s=30.0
            )
            async with open_app(settings) as app:
                desk = Harness(app, server)
                for number, text in TEXTS.items():
                    await desk.add(text, f"Article {number}")
                yield desk


@pytest.fixture
def desk(opened: Harness) -> Harness:
    """The module's desk, with nothing scripted and nothing asked."""
    opened.server.forget()
    return opened


async def summarise(
    desk: Harness, article_id: int, sentences: int | None = None, answerer: Answerer | None = None
) -> Answer:
    order = SummaryOrder((article_id,), sentences)
    async with desk.app.store.library(SCOPE.server_id) as library:
        asked = (answerer or desk.app.answerer).answer("Summary", library, SCOPE, summary=order)
        async with aclosing(asked) as events:
            (*_others, last) = [event async for event in events]
    assert isinstance(last, Completed)
    return last.answer


def prompts(desk: Harness) -> list[str]:
    """Every prompt so far."""
    asked = [request.body for request in desk.server.requests if "messages" in request.body]
    return [body["messages"][-1]["content"] for body in asked]


def first_two(prompt: str) -> Reply:
    """A model that repeats the first two numbered sentences of whatever it is shown."""
    return answer("\n".join(f"{text} [{mark}]." for mark, text in MARKED.findall(prompt)[:2]))


async def test_a_short_article_is_summed_up_in_one_call(desk: Harness) -> None:
    desk.server.say("The Forth Bridge opened in 1890 [1.1].")
    summary = await summarise(desk, SHORT)
    assert summary.note == ""
    assert (summary.mode, summary.model, summary.outcome) == ("summary", "scripted", "written")
    assert [s.text for s in summary.sentences] == ["The Forth Bridge opened in 1890."]
    assert [c.quote for c in summary.citations] == ["The Forth Bridge opened in 1890."]
    assert [PART in prompt for prompt in prompts(desk)] == [False]


async def test_a_long_article_is_read_in_parts_and_only_cited_sentences_reach_the_last_call(
    desk: Harness,
) -> None:
    desk.server.answers = first_two
    summary = await summarise(desk, LONG)
    *parts, last = prompts(desk)
    assert len(parts) > 2
    assert all(PART in prompt for prompt in parts)
    read = [text for part in parts for _mark, text in MARKED.findall(part)]
    assert len(read) == len(set(read)) == TEXTS[LONG].count(".")
    assert len(MARKED.findall(last)) == 2 * len(parts)
    assert summary.is_written
    assert {c.quote for c in summary.citations} <= set(read)


async def test_what_a_part_makes_up_never_reaches_the_summary(desk: Harness) -> None:
    made_up = answer("The bridge fell down in 1901 [1.1].")
    desk.server.answers = lambda prompt: made_up if PART in prompt else first_two(prompt)
    summary = await summarise(desk, LONG)
    assert summary.is_written
    assert "1901" not in prompts(desk)[-1]
    assert all("1901" not in sentence.text for sentence in summary.sentences)


async def test_a_part_that_fails_leaves_the_key_sentences(desk: Harness) -> None:
    desk.server.answers = lambda prompt: (
        error(400, "out of memory") if f"{PART} 2" in prompt else first_two(prompt)
    )
    summary = await summarise(desk, LONG)
    assert (summary.mode, summary.model, summary.outcome) == ("summary", None, "fell back")
    assert summary.sentences
    assert "quotes" in summary.note
    assert summary.error_reference


async def test_all_calls_are_reserved_together_or_none_is_made(desk: Harness) -> None:
    desk.server.answers = first_two
    async with desk.app.store.library(SCOPE.server_id) as library:
        (day,) = (await library.ledger.spent_by_day(ALL_TIME)).values()
    spent = day.usage.prompt_tokens + day.usage.completion_tokens
    budget = Budget(limits=DailyLimits(server_tokens=spent + LIMIT))
    answerer = Answerer(desk.app.embedder, desk.app.answerer._writer, budget)
    assert (await summarise(desk, SHORT, answerer=answerer)).is_written
    desk.server.requests.clear()
    summary = await summarise(desk, LONG, answerer=answerer)
    assert prompts(desk) == []
    assert summary.model is None
    assert summary.sentences


async def test_a_summary_pays_for_its_calls_and_nothing_stays_reserved(desk: Harness) -> None:
    desk.server.answers = first_two
    summary = await summarise(desk, LONG)
    async with desk.app.store.library(SCOPE.server_id) as library:
        before = await library.ledger.spent_by_day(ALL_TIME)
        assert (await summarise(desk, LONG)).usage == summary.usage
        after = await library.ledger.spent_by_day(ALL_TIME)
    calls = len(prompts(desk)) // 2
    assert (summary.usage.prompt_tokens, summary.usage.completion_tokens) == (
        100 * calls,
        10 * calls,
    )
    ((day, then),) = before.items()
    assert after[day].usage == then.usage + summary.usage


async def test_a_text_of_more_parts_than_calls_is_summed_up_without_the_model(
    desk: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written_summary, "MAX_PARTS", 1)
    summary = await summarise(desk, LONG)
    assert prompts(desk) == []
    assert summary.model is None
    assert "too long" in summary.note


async def test_a_requested_length_is_kept_though_the_model_writes_more(desk: Harness) -> None:
    desk.server.say("It opened in 1890 [1.1]. It was built of steel [1.2]. It cost a lot [1.3].")
    summary = await summarise(desk, SHORT, 2)
    assert (len(summary.sentences), len(summary.citations)) == (2, 2)
    assert "in 2 sentences" in prompts(desk)[0]


async def test_a_summary_of_an_article_out_of_scope_is_refused(desk: Harness) -> None:
    with pytest.raises(ArticleNotFound):
        await summarise(desk, 7)
    assert prompts(desk) == []


async def test_a_question_that_asks_for_a_summary_gets_one(desk: Harness) -> None:
    desk.server.say("The Forth Bridge opened in 1890 [1.1].")
    summary = await desk.answer("Sum up article 1, please")
    assert (summary.mode, len(summary.sentences)) == ("summary", 1)
    assert summary.article_ids == {1}
