"""``footnote why``: what failed while a question was answered, and what an answer cost."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from discord import ui

from bot.__main__ import main
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.discord_app.cards.answers import answer_cards
from bot.ingest.submission import Submission
from bot.logs import set_up_logging
from bot.records import Scope
from bot.service.ask import UserQuestion, answer_question, keep_answer
from bot.settings import Settings
from tests.model_server import ScriptedServer, error, model_server

CANARY = "canary-3c1d"
TEXT = f"The {CANARY} bridge opened in 1890. It was built of steel by William Arrol."


@pytest.fixture
def log() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("bot")
    before = (root.handlers[:], root.level, own.level)
    yield
    for handler in set(root.handlers) - set(before[0]):
        handler.close()
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as scripted:
        scripted.tokens_of_embeddings = 30
        yield scripted


@pytest.fixture
async def app(server: ScriptedServer, settings: Settings, log: None) -> AsyncIterator[App]:
    """It embeds on a server, at a price."""
    settings = replace(
        settings,
        openai_base_url=server.url,
        openai_model="scripted",
        embedding_model="embeds",
        model_prices={"embeds": (2_000_000, 0)},
    )
    async with open_app(settings) as opened:
        yield opened


async def ask(app: App, *, private: bool = False) -> Answer:
    set_up_logging("info", "json", app.settings.data_dir)
    async with app.store.library("s") as library:
        await app.ingest.add(Submission("a.txt", TEXT), library, Scope("s"))
        question = UserQuestion(f"When did the {CANARY} bridge open?", Scope("s"), private=private)
        events = [event async for event in answer_question(app.answerer, library, question)]
        return await keep_answer(library, question, events[-1].answer)  # type: ignore[union-attr]


async def why(name: object, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert await asyncio.to_thread(main, ["why", str(name), "--server", "s", "--json"]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


async def test_a_failure_of_the_model_has_a_reference_that_says_what_failed(
    app: App, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = lambda _prompt: error(401, f"bad key {CANARY}")
    answer = await ask(app)
    printed = capsys.readouterr().err
    lines = [json.loads(line) for line in printed.splitlines()]
    (question,) = [line for line in lines if line.get("event") == "question"]
    assert (question["outcome"], question["error"]) == ("fell back", answer.error_reference)
    failure = await why(answer.error_reference, capsys)
    assert (failure["event"], failure["type"]) == ("failure", "ModelRejected")
    assert failure["during"] == "writing an answer"
    assert "401" in str(failure["message"])
    assert CANARY not in printed + json.dumps(failure)
    card = answer_cards(answer).first
    texts = [item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay)]
    assert f"Reference for the operator: {answer.error_reference}." in "\n".join(texts)


async def test_an_answer_s_number_says_how_it_was_made_and_what_failed(
    app: App, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = lambda _prompt: error(401, "bad key")
    answer = await ask(app)
    known = await why(answer.id, capsys)
    assert (known["answer"], known["server"], known["mode"]) == (answer.id, "s", "quotes")
    assert (known["outcome"], known["error"]) == ("fell back", answer.error_reference)
    assert known["note"] == answer.note
    assert known["failure"]["reference"] == answer.error_reference  # type: ignore[index]
    await asyncio.to_thread(main, ["why", str(answer.id), "--server", "s"])
    printed = capsys.readouterr().out
    assert "outcome           fell back\n" in printed
    assert "during writing an answer\n" in printed
    assert CANARY not in printed


async def test_a_private_answer_s_note_stays_private(
    app: App, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = lambda _prompt: error(401, "bad key")
    answer = await ask(app, private=True)
    assert answer.note
    assert (await why(answer.id, capsys))["note"] is None


async def test_the_log_says_what_embedding_an_article_cost(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    await ask(app)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (addition,) = [line for line in lines if line.get("event") == "addition"]
    assert (addition["tokens"], addition["cost"]) == (30, 0.00006)


@pytest.mark.parametrize("name", ["12", "9" * 20, "9" * 5000])
async def test_an_answer_that_is_unknown_is_told(
    name: str, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    async with app.store.library("s"):
        pass
    assert await asyncio.to_thread(main, ["why", name, "--server", "s"]) == 1
    assert f"Nothing is known of {name}:" in capsys.readouterr().err
