"""What a question names of its source, and what that is worth to a passage."""

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


def _passage(text: str = "Kelp grows fast.", **known: Any) -> StoredPassage:
    values: dict[str, Any] = {
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
        **(values | numbers | {"start": 0, "end": len(text), "text": text} | known)
    )


def _lift(question: str, passage: StoredPassage) -> float:
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
def test_most_questions_name_nothing(question: str) -> None:
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
def test_a_source_is_named_beside_a_word_for_a_document(question: str, source: str) -> None:
    assert tuple(source.split()) in parse_hints(question, TODAY).sources


@pytest.mark.parametrize(
    ("question", "known"),
    [
        ("What does the Reuters piece say?", {"url": "https://www.reuters.com/world/a-b"}),
        ("What did the Guardian report?", {}),
        ("the Guardian article?", {"url": "https://theguardian.com/x"}),
        ("the New York Times article?", {"url": "https://www.nytimes.com/x"}),
        ("according to the BBC?", {"url": "https://www.bbc.co.uk/news"}),
        ("the paper by Smith?", {"author": "Jane Smith, Wei Li"}),
    ],
)
def test_a_named_source_is_an_author_or_a_site(question: str, known: dict[str, str]) -> None:
    expected = SOURCE_BOOST if known else 0
    assert _lift(question, _passage(**known)) == expected


def test_a_source_is_no_part_of_another_word() -> None:
    assert _lift("the art paper?", _passage(url="https://smart.com", author="Bart Artois")) == 0


@pytest.mark.parametrize(
    ("question", "published"),
    [
        ("What does Tuesday's Reuters piece say?", "2026-11-17"),
        ("the 2021 paper by Smith?", "2021-05"),
        ("in yesterday's article?", "2026-11-21T09:00:00"),
        ("the article published in March 2020?", "2020-03-31"),
    ],
)
def test_a_named_day_is_the_articles(question: str, published: str) -> None:
    assert _lift(question, _passage(published=published)) == DATE_BOOST
    assert _lift(question, _passage()) == 0


def test_without_a_date_the_day_of_handing_in_counts() -> None:
    passage = _passage(published=None, added="2026-11-17T10:00:00+00:00")
    assert _lift("Tuesday's article?", passage) == DATE_BOOST


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Who dies in The Quiet Sea?", "The Quiet Sea: a novel"),
        ("Who dies in “Quiet Sea”?", "The quiet sea"),
    ],
)
def test_a_named_title_is_the_articles(question: str, title: str) -> None:
    assert _lift(question, _passage(title=title)) == TITLE_BOOST
    assert _lift(question, _passage(title="The Quiet Season")) == 0


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
def test_a_quoted_phrase_stands_as_it_is(question: str, text: str) -> None:
    assert _lift(question, _passage(text)) == PHRASE_BOOST


@pytest.mark.parametrize("text", ["Let it bee.", "It be, let it.", "outlet it be"])
def test_nearly_a_quoted_phrase_is_none(text: str) -> None:
    assert _lift('Who said "let it be"?', _passage(text)) == 0


def test_of_two_phrases_one_is_worth_half() -> None:
    assert _lift('Who said "kelp" and "otter"?', _passage()) == PHRASE_BOOST / 2 + TITLE_BOOST
