"""Text → vectors by a server that may be slow, small, busy, strange or gone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.app import open_app
from bot.embedding import (
    CONCURRENT_BATCHES,
    OUTAGE_S,
    RETRY_FOR_S,
    ServerEmbedder,
    embed_question,
)
from bot.errors import ModelError, ModelRejected, ModelUnavailable
from bot.llm import RATE_LIMIT_S, ModelServer, embedding_inputs, error_translation
from bot.llm.embedding_inputs import BATCH_TEXTS, EMBEDDED_CHARACTERS, make_batches, shorten
from bot.search.retrieve import search
from bot.settings import Settings
from tests.contract.samples import ALL, MARS, new_article
from tests.model_server import (
    DIMENSION,
    HANG,
    RESET,
    Reply,
    ScriptedServer,
    broken,
    embeddings,
    error,
    model_server,
)
from tests.store.open_files import open_library
from tests.test_embedding import TEXTS


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def embedder_of(
    server: ScriptedServer, clock: Clock, model: str = "m"
) -> AsyncIterator[ServerEmbedder]:
    opened = ModelServer(api_key="k", base_url=server.url, timeout_s=5, idle_s=5)
    try:
        yield ServerEmbedder(opened, model, sleep=clock.sleep, clock=clock)
    finally:
        await opened.close()


def inputs(server: ScriptedServer) -> list[list[str]]:
    """The texts of every request."""
    return [request.body["input"] for request in server.requests]


def vectors(*rows: Sequence[float]) -> Reply:
    data = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)]
    document = {"object": "list", "data": data, "model": "m", "usage": {"total_tokens": 0}}
    return Reply([json.dumps(document).encode()], 200, "application/json")


# --- batches ----------------------------------------------------------------------------------


async def test_a_servers_vectors_come_in_order_with_length_one(
    server: ScriptedServer, clock: Clock
) -> None:
    told: list[int] = []
    async with embedder_of(server, clock) as embedder:
        made = await embedder.embed(TEXTS, told.append)
        alone = [(await embedder.embed([text]))[0] for text in (TEXTS[0], TEXTS[-1])]
    assert made.shape == (len(TEXTS), DIMENSION)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert np.allclose(made[[0, -1]], alone)
    assert sorted(len(texts) for texts in inputs(server)[:3]) == [5, BATCH_TEXTS, BATCH_TEXTS]
    assert told[-1] == len(TEXTS)
    assert told == sorted(told)


async def test_no_text_asks_nothing(server: ScriptedServer, clock: Clock) -> None:
    async with embedder_of(server, clock) as embedder:
        assert len(await embedder.embed([])) == 0
    assert server.requests == []


def test_a_batch_has_a_limit_of_texts_and_of_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_inputs, "BATCH_TOKENS", 2_500)
    long = "many words " * 500  # 1,000 tokens
    assert [len(batch) for batch in make_batches([long, long, long, "a", "b"], 32)] == [2, 3]
    assert [len(batch) for batch in make_batches("abcde", 2)] == [2, 2, 1]
    assert make_batches(["x" * 1_000_000], 32) == [["x" * EMBEDDED_CHARACTERS]]


async def test_only_a_few_batches_are_under_way_at_once(
    server: ScriptedServer, clock: Clock
) -> None:
    most = now = 0

    def counted(texts: Sequence[str]) -> Reply:
        nonlocal most, now
        now += 1
        most = max(most, now)
        return Reply([*embeddings(texts).steps], 200, "application/json")

    def ended(done: int) -> None:
        nonlocal now
        now -= 1

    server.embeds = counted
    async with embedder_of(server, clock) as embedder:
        await embedder.embed(["x"] * BATCH_TEXTS * 12, ended)
    assert 2 <= most <= CONCURRENT_BATCHES


# --- what may pass ----------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [error(503, "loading"), broken(RESET), broken(b"<html>")])
async def test_what_may_pass_is_tried_again_later_and_later(
    failure: Reply, server: ScriptedServer, clock: Clock
) -> None:
    server.embeddings.extend([failure] * 3)
    async with embedder_of(server, clock) as embedder:
        assert len(await embedder.embed(["a", "b"])) == 2
    assert [int(seconds) for seconds in clock.slept] == [1, 2, 4]


async def test_a_rate_limit_is_waited_for(server: ScriptedServer, clock: Clock) -> None:
    told = {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    server.embeddings.extend([replace(error(429, "slow down"), headers=told)] * 2)
    async with embedder_of(server, clock) as embedder:
        assert len(await embedder.embed(["a", "b"])) == 2
    assert min(clock.slept) >= RATE_LIMIT_S
    assert clock.now < RETRY_FOR_S


async def test_a_server_that_stays_away_is_given_up_in_words(
    server: ScriptedServer, clock: Clock
) -> None:
    server.embeds = lambda texts: error(503, "away")
    async with embedder_of(server, clock) as embedder:
        with pytest.raises(ModelUnavailable, match=r"embedding model's server.*503"):
            await embedder.embed(TEXTS)
    assert clock.now < RETRY_FOR_S * CONCURRENT_BATCHES


async def test_a_failed_batch_is_one_error_not_a_group(
    server: ScriptedServer, clock: Clock
) -> None:
    server.embeds = lambda texts: error(401, "no such key")
    async with embedder_of(server, clock) as embedder:
        with pytest.raises(ModelRejected, match="EMBEDDING_MODEL"):
            await embedder.embed(TEXTS)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (broken(RESET), "connection to the embedding model's server"),
        (broken(b"<html>"), "embedding model's answer could not be read"),
        (error(400, "too long"), "EMBEDDING_MODEL"),
        (error(400, "maximum context"), "too long for the embedding model"),
        (error(402, "pay"), "embedding model's provider"),
        (error(429, "slow down"), "embedding model's server is getting too many"),
    ],
)
async def test_every_failure_names_the_embedding_model(
    failure: Reply, words: str, server: ScriptedServer, clock: Clock
) -> None:
    server.embeds = lambda texts: failure
    async with embedder_of(server, clock) as embedder:
        with pytest.raises(ModelError, match=words):
            await embedder.embed(["a"])


async def test_messages_about_the_embedding_model_are_translated_as_a_whole(
    server: ScriptedServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words of an English message are never replaced in its translation."""
    translated = {
        "The embedding model's server failed (status {status}).": "Einbettung: {status}.",
        "The language model's server failed (status {status}).": "language model: {status}.",
    }
    monkeypatch.setattr(error_translation, "_", lambda message: translated[message])
    server.embeds = lambda texts: error(503, "away")
    async with embedder_of(server, clock) as embedder:
        with pytest.raises(ModelUnavailable, match=r"Einbettung: 503\."):
            await embedder.embed(["a"])


# --- what is too much -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_server_that_takes_fewer_texts_gets_fewer(
    status: int, server: ScriptedServer, clock: Clock
) -> None:
    def small(texts: Sequence[str]) -> Reply:
        return embeddings(texts) if len(texts) <= 8 else error(status, "batch size 32 > 8")

    server.embeds = small
    async with embedder_of(server, clock) as embedder:
        made = await embedder.embed(TEXTS)
        server.requests.clear()
        again = await embedder.embed(TEXTS)
    assert np.allclose(made, again)
    assert {len(texts) for texts in inputs(server)} == {8, len(TEXTS) % 8}


@pytest.mark.parametrize(
    ("status", "message"),
    [(413, "inputs must have less than 512 tokens"), (500, "input (600 tokens) is too large")],
)
async def test_a_text_that_is_too_long_for_the_model_is_cut(
    status: int, message: str, server: ScriptedServer, clock: Clock
) -> None:
    def narrow(texts: Sequence[str]) -> Reply:
        return embeddings(texts) if max(map(len, texts)) <= 1_000 else error(status, message)

    server.embeds = narrow
    async with embedder_of(server, clock) as embedder:
        made = await embedder.embed([*TEXTS[:5], "ein langes Wort " * 200, *TEXTS[:5]])
        server.requests.clear()
        await embedder.embed(TEXTS)
    assert np.allclose(made[:5], made[6:])
    assert len(inputs(server)) == 3, "one long text does not make later batches small"


@pytest.mark.parametrize("text", ["many words here " * 9, "字" * 99, "a" + "\u0301" * 60])
def test_a_cut_text_is_half_as_long_and_never_empty(text: str) -> None:
    cut = shorten(text)
    assert text.startswith(cut)
    assert 0 < len(cut) <= len(text) // 2
    assert not cut.endswith("wor")


async def test_a_server_that_refuses_every_text_is_not_asked_for_ever(
    server: ScriptedServer, clock: Clock
) -> None:
    server.embeds = lambda texts: error(400, "unknown field")
    async with embedder_of(server, clock) as embedder:
        with pytest.raises(ModelRejected, match="EMBEDDING_MODEL"):
            await embedder.embed(["a long text " * 100] * BATCH_TEXTS)
    assert len(server.requests) < 20


# --- what cannot be compared ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (vectors([1, 0, 0]), r"3 numbers; before, they had 2"),
        (vectors([1, 0], [0, 1]), "wrong number of vectors"),
        (vectors([float("nan"), 1.0]), "invalid numbers"),
    ],
)
async def test_vectors_that_do_not_fit_those_of_before_are_refused_in_words(
    reply: Reply, words: str, server: ScriptedServer, clock: Clock
) -> None:
    server.embeddings.extend([vectors([3, 4]), reply])
    async with embedder_of(server, clock) as embedder:
        assert np.allclose(await embedder.embed(["a"]), [[0.6, 0.8]])
        with pytest.raises(ModelRejected, match=words):
            await embedder.embed(["a"])


# --- questions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("text-embedding-3-small", ["What?", "Mars."]),
        ("intfloat/multilingual-e5-small", ["query: What?", "passage: Mars."]),
        ("nomic-embed-text:latest", ["search_query: What?", "search_document: Mars."]),
    ],
)
async def test_a_model_reads_questions_and_passages_as_it_learned_them(
    model: str, sent: list[str], server: ScriptedServer, clock: Clock
) -> None:
    async with embedder_of(server, clock, model) as embedder:
        await embed_question("What?", embedder)
        await embedder.embed(["Mars."])
        assert (embedder.model == model) == (sent[0] == "What?")
    assert inputs(server) == [[text] for text in sent]


async def test_after_a_failure_questions_do_not_wait_for_a_while(
    server: ScriptedServer, clock: Clock
) -> None:
    server.embeds = lambda texts: error(503, "away")
    async with embedder_of(server, clock) as embedder:
        with pytest.raises(ModelUnavailable, match="503"):
            await embed_question("What?", embedder)
        asked = len(server.requests)
        with pytest.raises(ModelUnavailable, match="a moment ago"):
            await embed_question("What?", embedder)
        assert len(server.requests) == asked
        server.embeds = embeddings
        clock.now += OUTAGE_S
        assert len(await embed_question("What?", embedder)) == DIMENSION


async def test_a_slow_server_does_not_hold_a_question_up(
    server: ScriptedServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.embedding.QUESTION_S", 0.1)
    server.embeddings.append(broken(HANG))
    async with embedder_of(server, clock) as embedder:
        for words in ("too long", "a moment ago"):
            with pytest.raises(ModelUnavailable, match=words):
                await embed_question("What?", embedder)


async def test_words_find_while_the_server_is_away(
    server: ScriptedServer, clock: Clock, tmp_path: Path
) -> None:
    server.embeds = lambda texts: error(503, "away")
    async with embedder_of(server, clock) as embedder, open_library(tmp_path / "1.db") as (one, _):
        await one.articles.add(new_article(), ALL)
        findings = await search("What mission was proposed?", one, ALL, embedder, limit=2)
    assert findings.hits[0].passage.text == MARS.split("\n\n")[1]


# --- the key ----------------------------------------------------------------------------------


async def test_another_embeddings_server_never_gets_the_models_key(
    server: ScriptedServer, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path,
        openai_api_key="secret",
        embedding_model="m",
        embedding_base_url=server.url,
    )
    async with open_app(settings) as app:
        await app.embedder.embed(["a"])
    assert server.requests[0].key != "secret"
