"""A question finds its passages, within its scope."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.embedding import Floats, normalize_rows
from bot.records import Hit, Scope, SearchResult
from bot.search import retrieve
from bot.search.narrow import narrow
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.store.values import NewArticle
from tests.answer.library import hits, passage
from tests.contract.samples import ALL, DIMENSION, MODEL, SERVER, new_article
from tests.store.open_files import open_library

TOPICS = ("mars", "venus", "money", "music")


class TopicEmbedder:
    """Embeds a text by the topics that it mentions."""

    def __init__(self, model: str = MODEL):
        self.model = model

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        rows = [[0.01 + (topic in text.lower()) for topic in TOPICS] for text in texts]
        return normalize_rows(np.array(rows, np.float32).reshape(-1, DIMENSION))

    async def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(tmp_path / "a.db") as (library, _):
        yield library


async def _add(
    library: Library, text: str, *, title: str, channel: int | None = None, **fields: str
) -> None:
    article = new_article(text, title=title, channel=channel)
    texts = [text[p.start : p.end] for p in article.passages]
    vectors = await TopicEmbedder().embed(texts)
    values = {name: getattr(article, name) for name in NewArticle.__slots__}
    await library.articles.add(NewArticle(**(values | {"vectors": vectors} | fields)), ALL)


async def _search(library: Library, question: str, scope: Scope = ALL) -> SearchResult:
    return await search(question, library, scope, TopicEmbedder(), limit=5)


async def test_the_passage_with_the_questions_words_comes_first(library: Library) -> None:
    await _add(library, "Mars is cold.\n\nA mission to Mars may fly in 2030.", title="Mars")
    await _add(library, "Venus is hot.\n\nA mission to Venus flew.", title="Venus")
    result = await _search(library, "When may a mission fly to Mars?")
    assert result.hits[0].passage.text == "A mission to Mars may fly in 2030."
    assert result.hits[0].bm25 > 0
    assert result.hits[0].cosine == pytest.approx(1, abs=0.01)
    assert result.passages_in_scope == 4
    assert [hit.score for hit in result.hits] == sorted(
        (hit.score for hit in result.hits), reverse=True
    )


async def test_embeddings_find_what_no_word_matches(library: Library) -> None:
    await _add(library, "Venusian clouds.\n\nMoneylenders.\n\nMusicians.", title="Notes")
    result = await _search(library, "money?")
    assert result.hits[0].passage.text == "Moneylenders."
    assert result.hits[0].bm25 == 0


async def test_bm25_finds_passages_without_a_vector_of_this_embedder(library: Library) -> None:
    await _add(library, "The fund paid for music.", title="Fund")
    result = await search("Who paid?", library, ALL, TopicEmbedder("other/1"), limit=5)
    assert [hit.passage.text for hit in result.hits] == ["The fund paid for music."]


async def test_the_scope_is_applied_before_ranking(library: Library) -> None:
    for n in range(60):  # more than there are candidates
        await _add(library, f"Mars mission {n}, Mars.", title=f"Mars {n}", channel=1)
    await _add(library, "Some music, and one word on Mars.", title="Music", channel=2)
    scope = Scope(SERVER, frozenset([2]))
    result = await _search(library, "Mars mission?", scope)
    assert [hit.passage.title for hit in result.hits] == ["Music"]
    assert result.passages_in_scope == 1


async def test_idf_counts_only_passages_in_scope(library: Library) -> None:
    await _add(library, "Mars is red.", title="One", channel=2)
    await _add(library, "Mars is far.", title="Two", channel=2)
    scope = Scope(SERVER, frozenset([2]))
    alone = await _search(library, "Is Mars red?", scope)
    for n in range(20):
        await _add(library, f"Red secret {n}.", title="Hidden", channel=1)
    with_others = await _search(library, "Is Mars red?", scope)
    assert [h.score for h in alone.hits] == [h.score for h in with_others.hits]
    assert [h.bm25 for h in alone.hits] == [h.bm25 for h in with_others.hits]


async def test_a_filter_is_applied_before_ranking_and_counting(library: Library) -> None:
    for n in range(60):  # more than there are candidates
        await _add(library, f"Mars mission {n}, Mars.", title=f"Mars {n}")
    await _add(library, "Some music, and one word on Mars.", title="Music")
    music_ids = [
        article.id for article in await library.articles.select(ALL) if article.title == "Music"
    ]
    result = await search("Mars mission?", library, ALL, TopicEmbedder(), limit=5, within=music_ids)
    assert [hit.passage.title for hit in result.hits] == ["Music"]
    assert result.passages_in_scope == 1


async def test_idf_counts_only_passages_that_pass_the_filter(library: Library) -> None:
    await _add(library, "Mars is red.\n\nVenus is far.", title="One")
    (article,) = await library.articles.select(ALL)
    alone = await _search(library, "Is Mars red?")
    for n in range(20):
        await _add(library, f"Red secret {n}.", title="Others")
    filtered = await search(
        "Is Mars red?", library, ALL, TopicEmbedder(), limit=5, within=[article.id]
    )
    assert filtered == alone


async def test_a_filter_never_shows_what_the_scope_hides(library: Library) -> None:
    await _add(library, "Mars is cold.", title="Mars", channel=1)
    (hidden,) = await library.articles.select(ALL)
    scope = Scope(SERVER, frozenset([2]))
    for within in ([hidden.id], []):
        result = await search("Mars?", library, scope, TopicEmbedder(), limit=5, within=within)
        assert result == SearchResult((), 0.0, 0)


async def test_a_quoted_phrase_boosts_the_passage_that_contains_it(library: Library) -> None:
    quoted = "It is slow, said the pilot: music of the far dunes plays there."
    await _add(library, f"Far music, dunes.\n\nDunes of music far.\n\n{quoted}", title="Mars")
    for n in range(60):
        await _add(library, f"Far dunes {n}: music, music of far dunes and dunes.", title="Dunes")
    result = await _search(library, 'Which mission heard "music of the far dunes"?')
    assert result.hits[0].passage.text == quoted


@pytest.mark.parametrize(
    "question", ["the BBC article on who paid for money?", "the article of 5 May 2021: money?"]
)
async def test_a_source_or_date_in_the_question_boosts_its_article(
    library: Library, question: str
) -> None:
    for day, url in enumerate(("https://apnews.com/1", "https://bbc.com/1"), start=4):
        for topic in ("money", "music"):
            text = f"A fund paid for {topic}.\n\nDay {day}."
            await _add(library, text, title="Fund", url=url, published=f"2021-05-0{day}")
    first, second, *_ = (await _search(library, question)).hits
    assert first.passage.url == "https://bbc.com/1"
    assert second.passage.text == first.passage.text  # a boost, not a filter


async def test_an_empty_scope_has_no_results(library: Library) -> None:
    await _add(library, "Mars is cold.", title="Mars", channel=1)
    for scope in (Scope("elsewhere"), Scope(SERVER, frozenset([9]))):
        assert await _search(library, "Mars?", scope) == SearchResult((), 0.0, 0)


@pytest.mark.parametrize(
    "question", ['"*" OR NOT NEAR(', "🚀🚀", "a" * 5_000, "the of and", "\x00?"]
)
async def test_any_question_can_be_asked(library: Library, question: str) -> None:
    await _add(library, "Mars is cold.", title="Mars")
    assert (await _search(library, question)).passages_in_scope == 1


async def test_a_hit_has_its_most_likely_sentence(library: Library) -> None:
    await _add(library, "Mars is cold and dry.\n\nA mission to Mars may fly in 2030.", title="Mars")
    hits = (await _search(library, "When may a mission to Mars fly?")).hits
    assert {hit.best_sentence for hit in hits} == {hit.passage.sentences[0] for hit in hits}


def test_an_excerpt_starts_with_the_most_likely_sentence() -> None:
    (hit,) = hits(passage(1, ["The council met.", "Rain fell.", "Mars was its theme."]))
    first, rain, _ = hit.passage.sentences
    assert replace(hit, best_sentence=rain).excerpt == "… Rain fell. Mars was its theme."
    assert replace(hit, best_sentence=first).excerpt == hit.excerpt == hit.passage.text


async def test_the_hits_of_a_question_with_a_period_are_narrowed_beside_the_event_loop(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def narrow_somewhere(*arguments: Any) -> tuple[Hit, ...]:
        threads.append(threading.current_thread())
        return narrow(*arguments)

    monkeypatch.setattr(retrieve, "narrow", narrow_somewhere)
    await _add(library, "In May 2019 a mission flew to Mars.", title="Mars")
    result = await _search(library, "Which mission flew to Mars in May 2019?")
    assert result.hits
    assert threads
    assert threading.main_thread() not in threads
