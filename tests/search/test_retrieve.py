"""A question finds its passages, in what its asker may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.embedding import Floats, normalize_rows
from bot.records import Scope, SearchResult
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.store.values import NewArticle
from tests.answer.library import hits, passage
from tests.contract.samples import ALL, DIMENSION, MODEL, SERVER, new_article
from tests.store.open_files import open_library

TOPICS = ("mars", "venus", "money", "music")


class TopicEmbedder:
    """A text's direction is the topics that it names."""

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
    library: Library, text: str, *, title: str, channel: int | None = None, **known: str
) -> None:
    made = new_article(text, title=title, channel=channel)
    texts = [text[p.start : p.end] for p in made.passages]
    vectors = await TopicEmbedder().embed(texts)
    values = {name: getattr(made, name) for name in NewArticle.__slots__}
    await library.add(NewArticle(**(values | {"vectors": vectors} | known)), ALL)


async def _find(library: Library, question: str, scope: Scope = ALL) -> SearchResult:
    return await search(question, library, scope, TopicEmbedder(), limit=5)


async def test_the_passage_with_the_questions_words_comes_first(library: Library) -> None:
    await _add(library, "Mars is cold.\n\nA mission to Mars may fly in 2030.", title="Mars")
    await _add(library, "Venus is hot.\n\nA mission to Venus flew.", title="Venus")
    findings = await _find(library, "When may a mission fly to Mars?")
    assert findings.hits[0].passage.text == "A mission to Mars may fly in 2030."
    assert findings.hits[0].bm25 > 0
    assert findings.hits[0].cosine == pytest.approx(1, abs=0.01)
    assert findings.passages_in_scope == 4
    assert [hit.score for hit in findings.hits] == sorted(
        (hit.score for hit in findings.hits), reverse=True
    )


async def test_meaning_finds_what_no_word_does(library: Library) -> None:
    await _add(library, "Venusian clouds.\n\nMoneylenders.\n\nMusicians.", title="Notes")
    findings = await _find(library, "money?")
    assert findings.hits[0].passage.text == "Moneylenders."
    assert findings.hits[0].bm25 == 0


async def test_words_find_what_has_no_vector_of_this_embedder(library: Library) -> None:
    await _add(library, "The fund paid for music.", title="Fund")
    findings = await search("Who paid?", library, ALL, TopicEmbedder("other/1"), limit=5)
    assert [hit.passage.text for hit in findings.hits] == ["The fund paid for music."]


async def test_the_scope_is_applied_before_ranking(library: Library) -> None:
    for n in range(60):  # more than there are candidates
        await _add(library, f"Mars mission {n}, Mars.", title=f"Mars {n}", channel=1)
    await _add(library, "Some music, and one word on Mars.", title="Music", channel=2)
    scope = Scope(SERVER, frozenset([2]))
    findings = await _find(library, "Mars mission?", scope)
    assert [hit.passage.title for hit in findings.hits] == ["Music"]
    assert findings.passages_in_scope == 1


async def test_rarity_is_counted_in_what_the_scope_shows_alone(library: Library) -> None:
    await _add(library, "Mars is red.", title="One", channel=2)
    await _add(library, "Mars is far.", title="Two", channel=2)
    scope = Scope(SERVER, frozenset([2]))
    alone = await _find(library, "Is Mars red?", scope)
    for n in range(20):
        await _add(library, f"Red secret {n}.", title="Hidden", channel=1)
    beside = await _find(library, "Is Mars red?", scope)
    assert [h.score for h in alone.hits] == [h.score for h in beside.hits]
    assert [h.bm25 for h in alone.hits] == [h.bm25 for h in beside.hits]


async def test_a_filter_is_applied_before_ranking_and_counting(library: Library) -> None:
    for n in range(60):  # more than there are candidates
        await _add(library, f"Mars mission {n}, Mars.", title=f"Mars {n}")
    await _add(library, "Some music, and one word on Mars.", title="Music")
    wanted = [article.id for article in await library.articles(ALL) if article.title == "Music"]
    findings = await search("Mars mission?", library, ALL, TopicEmbedder(), limit=5, within=wanted)
    assert [hit.passage.title for hit in findings.hits] == ["Music"]
    assert findings.passages_in_scope == 1


async def test_what_is_filtered_out_tells_nothing_of_rarity(library: Library) -> None:
    await _add(library, "Mars is red.\n\nVenus is far.", title="One")
    (one,) = await library.articles(ALL)
    alone = await _find(library, "Is Mars red?")
    for n in range(20):
        await _add(library, f"Red secret {n}.", title="Others")
    beside = await search("Is Mars red?", library, ALL, TopicEmbedder(), limit=5, within=[one.id])
    assert beside == alone


async def test_a_filter_never_shows_what_the_scope_hides(library: Library) -> None:
    await _add(library, "Mars is cold.", title="Mars", channel=1)
    (hidden,) = await library.articles(ALL)
    scope = Scope(SERVER, frozenset([2]))
    for within in ([hidden.id], []):
        found = await search("Mars?", library, scope, TopicEmbedder(), limit=5, within=within)
        assert found == SearchResult((), 0.0, 0)


async def test_a_quoted_phrase_lifts_the_passage_that_says_it(library: Library) -> None:
    said = "It is slow, said the pilot: music of the far dunes plays there."
    await _add(library, f"Far music, dunes.\n\nDunes of music far.\n\n{said}", title="Mars")
    for n in range(60):
        await _add(library, f"Far dunes {n}: music, music of far dunes and dunes.", title="Dunes")
    findings = await _find(library, 'Which mission heard "music of the far dunes"?')
    assert findings.hits[0].passage.text == said


@pytest.mark.parametrize(
    "question", ["the BBC article on who paid for money?", "the article of 5 May 2021: money?"]
)
async def test_a_named_source_or_day_lifts_its_article(library: Library, question: str) -> None:
    for day, url in enumerate(("https://apnews.com/1", "https://bbc.com/1"), start=4):
        for topic in ("money", "music"):
            text = f"A fund paid for {topic}.\n\nDay {day}."
            await _add(library, text, title="Fund", url=url, published=f"2021-05-0{day}")
    first, second, *_ = (await _find(library, question)).hits
    assert first.passage.url == "https://bbc.com/1"
    assert second.passage.text == first.passage.text  # a hint, not a wall


async def test_a_scope_of_nothing_finds_nothing(library: Library) -> None:
    await _add(library, "Mars is cold.", title="Mars", channel=1)
    for scope in (Scope("elsewhere"), Scope(SERVER, frozenset([9]))):
        assert await _find(library, "Mars?", scope) == SearchResult((), 0.0, 0)


@pytest.mark.parametrize(
    "question", ['"*" OR NOT NEAR(', "🚀🚀", "a" * 5_000, "the of and", "\x00?"]
)
async def test_any_question_can_be_asked(library: Library, question: str) -> None:
    await _add(library, "Mars is cold.", title="Mars")
    assert (await _find(library, question)).passages_in_scope == 1


async def test_a_hit_tells_the_sentence_that_comes_nearest(library: Library) -> None:
    await _add(library, "Mars is cold.\n\nA mission to Mars may fly in 2030.", title="Mars")
    hits = (await _find(library, "When may a mission to Mars fly?")).hits
    assert {hit.best_sentence for hit in hits} == {hit.passage.sentences[0] for hit in hits}


def test_an_excerpt_begins_with_the_likeliest_sentence() -> None:
    (hit,) = hits(passage(1, ["The council met.", "Rain fell.", "Mars was its theme."]))
    first, rain, _ = hit.passage.sentences
    assert replace(hit, best_sentence=rain).excerpt == "… Rain fell. Mars was its theme."
    assert replace(hit, best_sentence=first).excerpt == hit.excerpt == hit.passage.text
