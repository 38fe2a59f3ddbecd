"""A model that says in its own words that nothing answers has refused: no reason to quote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.answer import deadlines
from bot.answer.writing.refusals import is_plain_refusal
from bot.app import open_app
from bot.embedding import Embedder, OfflineEmbedder
from bot.settings import Settings
from tests.answer.conftest import ARTICLE, Harness
from tests.model_server import ScriptedServer


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer to embed than an answer waits."""
    monkeypatch.setattr(deadlines, "CHECK_TIMEOUT_S", 120.0)


@pytest.fixture
async def embedder() -> AsyncIterator[Embedder]:
    made = OfflineEmbedder()
    await made.embed(["Its weights are read now."])  # on a busy machine that takes seconds
    yield made
    await made.close()


@pytest.mark.parametrize(
    "text",
    [
        "The passages do not contain information about who painted the Forth Bridge.",
        "I'm sorry, but the given passages don't say when the museum opened.",
        "There is no mention of the price in the sources.",
        "Die Passagen enthalten keine Angaben zum Preis.",
        "Los textos no dicen cuándo murió.",
        "Les passages ne mentionnent pas le nom de l'architecte.",
        "I testi non dicono quanto è costato.",
        "В источниках нет информации об этом.",
        "文章中没有提到这座桥的价格。",
        "提供された文章にはその情報がありません。",
        "Metinlerde bu konuda bilgi yok.",
    ],
)
async def test_a_refusal_is_recognized_in_any_language(text: str, embedder: Embedder) -> None:
    assert await is_plain_refusal([text], embedder)


@pytest.mark.parametrize(
    "text",
    [
        "The bridge was painted red in 1890.",
        "According to the passage, the bridge cost three million pounds.",
        "The police did not say how many people were hurt.",
        "The contract contains no clause on interest.",
        "Der Minister nannte keinen Preis.",
        "该桥建于1890年。",
        "Yes.",
        "",
    ],
)
async def test_a_claim_is_not_a_refusal_even_with_a_negation(text: str, embedder: Embedder) -> None:
    assert not await is_plain_refusal([text] if text else [], embedder)


def patient(settings: Settings) -> Settings:
    return replace(
        settings, embedding_model="", model_timeout_s=20, model_idle_s=20, model_first_words_s=20
    )


async def test_a_refusal_in_plain_words_is_not_replaced_by_quotes(
    settings: Settings, server: ScriptedServer
) -> None:
    async with open_app(patient(settings)) as app:
        harness = Harness(app, server)
        await harness.add(ARTICLE, "The Forth Bridge")
        for refusal in (
            "The passages do not contain information about who painted the bridge.",
            "I could not find who painted it in the sources. They speak of its builder only.",
        ):
            server.say(refusal)
            answer = await harness.answer("Who painted the Forth Bridge?")
            assert (answer.answered, answer.mode, answer.note) == (False, "model", "")


@pytest.mark.parametrize("refusal", ["NOT_IN_THE_LIBRARY", "The passages do not say when it was."])
async def test_quotes_replace_a_refusal_if_the_evidence_is_strong(
    settings: Settings, server: ScriptedServer, refusal: str
) -> None:
    async with open_app(patient(settings)) as app:
        harness = Harness(app, server)
        await harness.add(ARTICLE, "The Forth Bridge")
        server.say(refusal)
        answer = await harness.answer("When did the Forth Bridge open to trains?")
    assert (answer.answered, answer.mode) == (True, "quotes")
    assert answer.note.startswith("The language model found no answer in the sources. ")
