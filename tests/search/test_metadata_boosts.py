"""Hints in a question about its source, and the boosts of passages that match them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.records import StoredPassage, Submitter
from bot.search.metadata_boosts import (
    DATE_BOOST,
    PHRASE_BOOST,
    SOURCE_BOOST,
    TITLE_BOOST,
    boost,
    parse_hints,
)

TODAY = date(2026, 11, 22)  # a Sunday


def _passage(text: str = "Kelp grows fast.", **fields: Any) -> StoredPassage:
    defaults: dict[str, Any] = {
        "title": "Kelp",
        "url": None,
        "author": None,
        "published": "1999-01-01",
        "submitter": Submitter(),
        "added": "1999-01-01T00:00:00+00:00",
        "page": None,
        "heading": "",
        "sentences": (),
    }
    numbers = dict.fromkeys(("id", "article_id", "version_id", "version", "position"), 1)
    return StoredPassage(
        **(defaults | numbers | {"start": 0, "end": len(text), "text": text} | fields)
    )


def _boost(question: str, passage: StoredPassage) -> float:
    return boost(parse_hints(question, TODAY), passage)


@pytest.mark.parametrize(
    "question",
    [
        "Who heads the fund?",
        "What is the conclusion of this study?",
        "Which age group died most in 1918?",
        "What did he say on Tuesday?",
        "don't they like John's cats' food?",
        "",
    ],
)
def test_most_questions_have_no_hints(question: str) -> None:
    assert not parse_hints(question, TODAY)


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("What does Tuesday's Reuters piece say?", "reuters"),
        ("the 2021 paper by Jane Smith on kelp", "jane smith"),
        ("According to the BBC, who won?", "bbc"),
        ("what did the new york times report say?", "new york times"),
        ("the March report from the WHO about masks", "who"),
        ("in Li's paper, what fails?", "li"),
        ("Laut Spiegel, wer gewann?", "spiegel"),
    ],
)
def test_a_source_is_a_name_next_to_a_word_for_a_document(question: str, source: str) -> None:
    assert tuple(source.split()) in parse_hints(question, TODAY).sources


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("What does the Reuters piece say?", {"url": "https://www.reuters.com/world/a-b"}),
        ("What did the Guardian report?", {}),
        ("the Guardian article?", {"url": "https://theguardian.com/x"}),
        ("the New York Times article?", {"url": "https://www.nytimes.com/x"}),
        ("according to the BBC?", {"url": "https://www.bbc.co.uk/news"}),
        ("the paper by Smith?", {"author": "Jane Smith, Wei Li"}),
    ],
)
def test_a_source_matches_an_author_or_a_site(question: str, fields: dict[str, str]) -> None:
    expected = SOURCE_BOOST if fields else 0
    assert _boost(question, _passage(**fields)) == expected


def test_a_source_does_not_match_part_of_a_word() -> None:
    assert _boost("the art paper?", _passage(url="https://smart.com", author="Bart Artois")) == 0


@pytest.mark.parametrize(
    ("question", "published"),
    [
        ("What does Tuesday's Reuters piece say?", "2026-11-17"),
        ("the 2021 paper by Smith?", "2021-05"),
        ("in yesterday's article?", "2026-11-21T09:00:00"),
        ("the article published in March 2020?", "2020-03-31"),
    ],
)
def test_a_date_matches_the_articles_date(question: str, published: str) -> None:
    assert _boost(question, _passage(published=published)) == DATE_BOOST
    assert _boost(question, _passage()) == 0


def test_an_article_without_a_date_has_the_date_it_was_added() -> None:
    passage = _passage(published=None, added="2026-11-17T10:00:00+00:00")
    assert _boost("Tuesday's article?", passage) == DATE_BOOST


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Who dies in The Quiet Sea?", "The Quiet Sea: a novel"),
        ("Who dies in “Quiet Sea”?", "The quiet sea"),
    ],
)
def test_a_title_matches_the_articles_title(question: str, title: str) -> None:
    assert _boost(question, _passage(title=title)) == TITLE_BOOST
    assert _boost(question, _passage(title="The Quiet Season")) == 0


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ('Who said "let it  be"?', "Then: LET IT\nBE, she said."),
        ("Who said “don’t go”?", "He said don't go."),
        ("Wer sagte „rote Füchse“?", "Viele rote Füchse."),
        ("谁说「火星任务」？", "这是火星任务的开始。"),
        ("who said 'red fox'?", "A red fox."),
        ("Кто сказал «красная лиса»?", "Это красная лиса."),
    ],
)
def test_a_quoted_phrase_matches_verbatim(question: str, text: str) -> None:
    assert _boost(question, _passage(text)) == PHRASE_BOOST


@pytest.mark.parametrize("text", ["Let it bee.", "It be, let it.", "outlet it be"])
def test_an_inexact_phrase_does_not_match(text: str) -> None:
    assert _boost('Who said "let it be"?', _passage(text)) == 0


def test_one_of_two_phrases_gets_half_the_boost() -> None:
    assert _boost('Who said "kelp" and "otter"?', _passage()) == PHRASE_BOOST / 2 + TITLE_BOOST


@pytest.mark.parametrize(
    "question", ["What burned this week?", "Was brannte diese Woche?", "the fire on 2026/11/19"]
)
def test_articles_near_the_day_asked_for_move_up(question: str) -> None:
    hints = parse_hints(question, TODAY)
    near, later, old = (
        boost(hints, _passage(published=day)) for day in ("2026-11-19", "2026-11-25", "2025-11-19")
    )
    assert pytest.approx(near) == DATE_BOOST
    assert near > later > 10 * old


def test_a_year_alone_moves_nothing() -> None:
    assert not parse_hints("What burned in 2019?", TODAY)
