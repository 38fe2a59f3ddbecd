"""Sentences of several articles on one subject are paired, each once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from bot.answer.context import AskContext
from bot.answer.strategies import summary
from bot.answer.strategies.common_ground import find_common_ground, find_shared
from bot.answer.summary.summary_plan import ArticleSource, SummaryPlan
from bot.app import open_app
from bot.citations import CitedSpan
from bot.records import Article, Scope, SearchResult, Submitter
from bot.settings import Settings
from bot.store.values import EVERYTHING
from tests.answer.library import passage

TUNNELS = (
    ["The tunnel under the river was opened in 2019.", "Bees sleep in winter."],
    ["The tunnel below the river opened in 2019.", "A recipe for bread needs salt."],
    ["In 2019 the river tunnel was opened.", "The choir sings on Sundays."],
)


def spans(number: int, sentences: Sequence[str]) -> list[CitedSpan]:
    found = passage(number, sentences)
    return [CitedSpan(found, s.start, s.end) for s in found.sentences]


TEXTS = [spans(number, sentences) for number, sentences in enumerate(TUNNELS)]


def article(number: int) -> Article:
    return Article(
        number, 1, "Notes", None, None, None, "en", "notes.md", Submitter(), "2026-01-01", 1, 90
    )


def test_two_articles_share_what_both_are_about() -> None:
    ground = find_common_ground(TEXTS[0], TEXTS[1])
    assert [(pair.first, pair.second) for pair in ground.pairs] == [(TEXTS[0][0], TEXTS[1][0])]
    assert ground.only_first == (TEXTS[0][1],)
    assert ground.only_second == (TEXTS[1][1],)


def test_each_sentence_of_several_articles_is_in_one_pair() -> None:
    shared = find_shared(TEXTS, 5)
    assert len(shared) == 2
    assert {span.quote for span in shared} < {sentences[0] for sentences in TUNNELS}
    assert find_shared([], 5) == []


async def test_articles_that_are_summed_up_are_compared_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    threads: list[threading.Thread] = []

    def find_somewhere(by_article: Sequence[Sequence[CitedSpan]], limit: int) -> list[CitedSpan]:
        threads.append(threading.current_thread())
        return find_shared(by_article, limit)

    monkeypatch.setattr(summary, "find_shared", find_somewhere)
    sources = tuple(
        ArticleSource(article(number), (passage(number, sentences),))
        for number, sentences in enumerate(TUNNELS[:2])
    )
    plan = SummaryPlan("tl;dr", SearchResult((), 1.0, 2), sources)
    async with open_app(settings) as app, app.store.library("1") as library:
        context = AskContext(library, Scope("1"), app.embedder, EVERYTHING)
        answer = await summary.quote_summary(plan, context)
    assert "On the same subject:" in [sentence.text for sentence in answer.sentences]
    assert threads
    assert threading.main_thread() not in threads
