"""Quotes mode on whole articles: the right sentence, or a refusal.

``quotes.json`` holds questions on six articles, each with a part of the sentence that answers
it, or none. Half of them were used for fitting the rules; the floors here are for the others.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.answer.extractive import (
    MAX_EMBEDDED,
    MAX_QUOTES,
    choose_quotes,
    drop_superfluous,
    pick_quotes,
    pick_sentences,
)
from bot.app import App, open_app
from bot.embedding import Embedder, Floats, OfflineEmbedder
from bot.errors import ModelUnavailable
from bot.ingest.submission import Submission
from bot.records import Scope, SearchResult
from bot.search.question_analysis import AnswerType
from bot.search.retrieve import judge_sentences, search
from bot.settings import Settings
from bot.store.protocols import Library
from tests.answer.library import hits, passage
from tests.quick import QuickEmbedder

ROOT = Path(__file__).parent.parent.parent
ASKED = json.loads((Path(__file__).parent / "quotes.json").read_text("utf-8"))
SCOPE = Scope("local")
MARS = "mars"
ENGLISH = ("ferry", "otters")
OTHERS = ("biblioteca", "uhrmacher", "chaguan")


@dataclass
class Reader:
    """One article, alone in a library, to be asked."""

    library: Library
    embedder: Embedder

    async def quotes(self, question: str) -> list[str]:
        findings = await search(question, self.library, SCOPE, self.embedder, limit=12)
        picks = await pick_quotes(question, findings, self.embedder)
        return [found.quote(sentence) for found, sentence in picks]


class SharedEmbedder(OfflineEmbedder):
    """Loaded once for all articles: closing an app does not end it."""

    async def close(self) -> None:
        """Ends with the module."""


@pytest.fixture(scope="module")
def embedder() -> Iterator[SharedEmbedder]:
    shared = SharedEmbedder()
    yield shared
    shared._thread.shutdown()


@pytest.fixture
async def app(settings: Settings, embedder: SharedEmbedder) -> AsyncIterator[App]:
    async with open_app(settings, embedder=embedder) as opened:
        yield opened


@pytest.fixture
async def library(app: App) -> AsyncIterator[Library]:
    async with app.store.library(SCOPE.server_id) as opened:
        yield opened


async def reader_of(name: str, app: App, library: Library) -> Reader:
    path = ROOT / ASKED["articles"][name]
    if not path.exists():
        pytest.skip(f"{path.name} is not part of this checkout")
    await app.ingest.add(Submission(path.name, path.read_text("utf-8")), library, SCOPE)
    return Reader(library, app.embedder)


def rows(name: str, half: str = "testing") -> list[dict[str, Any]]:
    return [row for row in ASKED["questions"] if row["article"] == name and row["half"] == half]


@dataclass
class Shares:
    """Of the answerable: rightly quoted, refused. Of the others: refused."""

    right: float
    refused: float
    rightly_refused: float


async def shares(reader: Reader, asked: Sequence[dict[str, Any]]) -> Shares:
    right = refused = rightly = 0
    yes = [row for row in asked if row["right"]]
    for row in asked:
        quotes = await reader.quotes(row["question"])
        right += any(part in quote for part in row["right"] for quote in quotes)
        refused += bool(row["right"]) and not quotes
        rightly += not row["right"] and not quotes
    no = len(asked) - len(yes)
    return Shares(right / len(yes), refused / len(yes), rightly / max(1, no))


async def test_a_pasted_news_article_is_answered_and_refused(app: App, library: Library) -> None:
    findings = await shares(await reader_of(MARS, app, library), rows(MARS))
    assert findings.right >= 0.85
    assert findings.refused <= 0.15
    assert findings.rightly_refused >= 0.6


@pytest.mark.parametrize("name", ENGLISH)
async def test_an_article_is_answered_and_refused(name: str, app: App, library: Library) -> None:
    findings = await shares(await reader_of(name, app, library), rows(name))
    assert findings.right >= 0.7
    assert findings.rightly_refused >= 0.5


@pytest.mark.parametrize("name", OTHERS)
async def test_other_languages_are_answered_too(name: str, app: App, library: Library) -> None:
    reader = await reader_of(name, app, library)
    findings = await shares(reader, rows(name) + rows(name, "tuning"))
    assert findings.right >= 0.8
    assert findings.rightly_refused >= 0.6


async def test_a_question_may_be_in_another_language(app: App, library: Library) -> None:
    reader = await reader_of("otters", app, library)
    quotes = await reader.quotes("¿Cuánto comen las nutrias marinas cada día?")
    assert any("a quarter of their own weight" in quote for quote in quotes)


async def test_one_fact_is_one_quote(app: App, library: Library) -> None:
    reader = await reader_of(MARS, app, library)
    assert len(await reader.quotes("Who appointed Dmitriev?")) == 1
    assert len(await reader.quotes("What year was suggested for the joint mission?")) <= 2


async def test_the_fact_asked_for_comes_first(app: App, library: Library) -> None:
    reader = await reader_of(MARS, app, library)
    quotes = await reader.quotes("What year was suggested for the joint mission?")
    assert "Will 2029 be the year" in quotes[0]
    quotes = await reader.quotes("Is Dmitriev sanctioned by the United States?")
    assert "sanctioned by the United States" in quotes[0]


async def test_typical_questions_are_answered(app: App, library: Library) -> None:
    reader = await reader_of(MARS, app, library)
    for row in [row for row in ASKED["questions"] if row["article"] == MARS][:6]:
        quotes = await reader.quotes(row["question"])
        assert any(part in quote for part in row["right"] for quote in quotes), row["question"]


async def test_a_question_that_the_article_does_not_answer_is_refused(
    app: App, library: Library
) -> None:
    reader = await reader_of(MARS, app, library)
    for question in (
        "How much money was offered?",
        "What did Musk reply?",
        "How old is Dmitriev?",
        "Where will the rocket launch from?",
        "Who is the president of France?",
        "When did Musk found SpaceX?",
        "What did Trump say?",
        "Who was head before Dmitriev?",
    ):
        assert await reader.quotes(question) == [], question


async def test_quotes_are_few_and_in_reading_order(app: App, library: Library) -> None:
    reader = await reader_of("otters", app, library)
    findings = await search("How do otters help kelp?", library, SCOPE, app.embedder, limit=12)
    findings = replace(findings, answer_probability=1.0)
    picks = await pick_quotes("How do otters help kelp?", findings, reader.embedder)
    starts = [sentence.start for _, sentence in picks]
    assert 1 <= len(picks) <= MAX_QUOTES
    assert starts == sorted(starts)


QUICK = QuickEmbedder()


class CountingEmbedder(QuickEmbedder):
    """Remembers how many texts it was given."""

    texts = 0

    async def embed(self, texts: Sequence[str], *rest: Any) -> Floats:
        self.texts += len(texts)
        return await super().embed(texts, *rest)


class FailingEmbedder(QuickEmbedder):
    """Its server is away."""

    async def embed(self, texts: Sequence[str], *rest: Any) -> Floats:
        raise ModelUnavailable("The server does not answer.")


FOUND = hits(
    *(passage(n, [f"The toll of bridge {n} is {n}{i} euros." for i in range(9)]) for n in range(12))
)


async def test_a_question_in_the_articles_language_needs_no_embedder() -> None:
    embedder = CountingEmbedder()
    assert await pick_quotes("How much is the toll?", SearchResult(FOUND, 1.0, 12), embedder)
    assert embedder.texts == 0


async def test_a_question_in_another_language_is_answered_by_cosine() -> None:
    embedder = CountingEmbedder()
    assert await pick_quotes("¿Cuánto cuesta el puente?", SearchResult(FOUND, 1.0, 12), embedder)
    assert 0 < embedder.texts <= MAX_EMBEDDED + 1


async def test_quotes_are_chosen_by_words_if_the_embedder_fails() -> None:
    findings = SearchResult(FOUND, 1.0, 12)
    assert await pick_quotes("¿Cuánto cuesta el puente 3?", findings, FailingEmbedder())


class DownEmbedder(FailingEmbedder):
    """Its server failed a moment ago, which questions know at once; everything else waits."""

    async def embed_question(self, question: str) -> Floats:
        raise ModelUnavailable("The embeddings server failed a moment ago.")

    async def embed(self, texts: Sequence[str], *rest: Any) -> Floats:
        raise AssertionError("a server that failed a moment ago is not asked")


async def test_an_embedder_that_just_failed_is_not_called() -> None:
    findings = SearchResult(FOUND, 1.0, 12)
    assert await pick_quotes("¿Cuánto cuesta el puente 3?", findings, DownEmbedder())


async def test_scored_sentences_are_not_scored_again() -> None:
    texts = ["The toll is 4 euros.", "It rained a lot."]
    toll, rain = await judge_sentences("toll?", hits(passage(1, texts)))
    findings = SearchResult(
        FOUND, 1.0, 2, (replace(toll, log_odds=-9.0), replace(rain, log_odds=9.0))
    )
    picks = await pick_quotes("What is the toll?", findings, QuickEmbedder())
    assert [one.quote(sentence) for one, sentence in picks] == ["It rained a lot."]


async def test_quotes_have_a_maximum_length() -> None:
    long = hits(passage(1, [f"The toll of bridge {'abcdef'[i] * 250} rose." for i in range(6)]))
    picks = await pick_quotes("What is the toll?", SearchResult(long, 1.0, 6), QuickEmbedder())
    assert 1 <= len(picks) <= 2


async def test_weak_evidence_is_refused_without_embedding() -> None:
    embedder = CountingEmbedder()
    assert await pick_quotes("How much is the toll?", SearchResult(FOUND, 0.1, 12), embedder) == []
    assert await pick_quotes("How much is the toll?", SearchResult((), 0.0, 0), embedder) == []
    assert embedder.texts == 0


async def test_the_same_sentence_is_quoted_once() -> None:
    same = hits(*(passage(n, ["The toll of the bridge is 4 euros."]) for n in (1, 2)))
    picks = await pick_quotes("How much is the toll?", SearchResult(same, 1.0, 2), QuickEmbedder())
    assert len(picks) == 1


async def test_titles_bylines_and_single_words_are_not_quoted_with_a_sentence() -> None:
    title = "The toll of the bridge"
    lines = [title, "Toll bridge news, 4 May", "Toll.", "The toll of the bridge is 4 euros."]
    findings = hits(passage(1, lines, title=title))
    picks = await pick_quotes(
        "What does the bridge's toll cost?", SearchResult(findings, 1.0, 1), QUICK
    )
    assert [one.quote(sentence) for one, sentence in picks] == lines[-1:]


async def test_a_line_of_a_table_may_be_the_answer() -> None:
    findings = hits(passage(1, ["Toll of the bridge | 4 euros"]))
    assert await pick_quotes("How much is the toll?", SearchResult(findings, 1.0, 1), QUICK)


async def test_only_sentences_with_the_fact_are_quoted() -> None:
    lines = ["The bridge carries many cars and people.", "The bridge carries 300 people a day."]
    findings = hits(passage(1, lines))
    picks = await pick_quotes(
        "How many people does the bridge carry?", SearchResult(findings, 1.0, 1), QUICK
    )
    assert [one.quote(sentence) for one, sentence in picks] == lines[1:]


@pytest.mark.parametrize(("log_odds", "answered"), [(-1.1, False), (-0.6, True)])
async def test_another_language_answers_only_by_a_sentence_that_is_likely_by_itself(
    log_odds: float, answered: bool
) -> None:
    question = "¿Cuánto cuesta cruzar el puente?"
    found = hits(passage(1, ["The toll is 4 euros.", "The bridge was built of stone."]))
    candidates = tuple(
        replace(c, log_odds=log_odds - 2 * i, signals={**c.signals, "alike": 0.3})
        for i, c in enumerate(await judge_sentences(question, found))
    )
    findings = SearchResult(found, 0.8, 2, candidates)
    picked = await pick_sentences(question, findings, QUICK)
    assert (picked.answered, bool(picked.quotes)) == (answered, True)


async def test_a_sentence_that_only_refers_to_another_stands_behind_it() -> None:
    lines = [
        "The night train to Triest runs again from 14 December on.",
        "That was announced by the railway on Monday.",
    ]
    found = hits(passage(1, lines))
    said, referring = await judge_sentences("When does the night train run?", found)
    signals = {**referring.signals, "own": 0.0, "before": 0.5}
    candidates = (replace(said, log_odds=2.3), replace(referring, log_odds=4.4, signals=signals))
    assert choose_quotes(AnswerType.DATE, candidates)[0] == candidates[0]


async def test_quotes_are_not_mixed_with_another_language() -> None:
    lines = ["Der Turm ist hoch, und die Maut der Brücke ist nicht mehr als ein Euro."]
    findings = hits(passage(1, ["The toll of the bridge is 4 euros."]), passage(2, lines))
    picks = await pick_quotes(
        "How much is the toll of the bridge?", SearchResult(findings, 1.0, 2), QUICK
    )
    assert [one.article_id for one, _ in picks] == [1]


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        (
            "when is the mill open",
            [
                "The mill is open on the first Sunday of each month from April to October.",
                "Some people watched as the sluice was opened at a quarter to nine.",
            ],
        ),
        (
            "wann ist die mühle geöffnet",
            [
                "Die Mühle ist von April bis Oktober am ersten Sonntag des Monats geöffnet.",
                "Viele sahen zu, als das Wehr um Viertel vor neun geöffnet wurde.",
            ],
        ),
        (
            "cuándo está abierto el molino",
            [
                "El molino está abierto el primer domingo de cada mes, de abril a octubre.",
                "Muchos miraban cuando la compuerta fue abierta a las nueve menos cuarto.",
            ],
        ),
    ],
)
async def test_a_sentence_that_says_less_does_not_stand_beside_one_fact(
    question: str, lines: Sequence[str]
) -> None:
    found = hits(passage(1, lines, title="Mill Mühle molino"))
    first, second = await judge_sentences(question, found)
    candidates = (replace(first, log_odds=1.7), replace(second, log_odds=1.6))
    picks = await pick_quotes(question, SearchResult(found, 1.0, 1, candidates), QUICK)
    assert [one.quote(sentence) for one, sentence in picks] == lines[:1]


async def test_a_sentence_that_says_the_other_number_stands_beside() -> None:
    lines = [
        "Глубина озера Анны, по её измерениям, 87 метров.",
        "В 1971 году новая экспедиция измерила 94 метра.",
    ]
    question = "сколько метров глубина озера Анны, 87 или 94"
    found = hits(passage(1, lines))
    first, second = await judge_sentences(question, found)
    candidates = (replace(first, log_odds=1.7), replace(second, log_odds=1.6))
    assert drop_superfluous(AnswerType.COUNT, candidates) == list(candidates)
