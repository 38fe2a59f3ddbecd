"""What a question names must be said by what answers it, however it is written there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Sentence, StoredPassage, Submitter
from bot.search.spelling import MAX_QUESTION_WORDS
from bot.verify.asked_things import find_things, missing_things

TODAY = date(2026, 11, 30)
FILE = Path(__file__).parent / "asked_things.jsonl"
CASES = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def passage(text: str, title: str = "") -> StoredPassage:
    return StoredPassage(
        id=1, article_id=1, version_id=1, version=1, title=title, url=None, author=None,
        published=None, submitter=Submitter(), added="", position=0, start=0, end=len(text),
        page=None, heading="", text=text, sentences=(Sentence(0, len(text)),),
    )  # fmt: skip


def unsaid(question: str, *passages: StoredPassage) -> list[str]:
    things = find_things(question, TODAY)
    return [thing.written for thing in missing_things(things, question, passages)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['question']} {case['title']}")
def test_a_source_about_another_thing_does_not_name_what_was_asked(case: dict[str, Any]) -> None:
    assert (unsaid(case["question"], passage(case["text"], case["title"])) == []) == case["about"]


@pytest.mark.parametrize("place", ["title", "heading", "author", "url", "published"])
def test_what_is_known_of_the_article_says_it_too(place: str) -> None:
    source = passage("It opened in May.")
    question = "When did the Forth Bridge open in 1890?"
    assert unsaid(question, source) == ["Forth Bridge", "1890"]
    known: dict[str, Any] = {place: "The Forth Bridge, 1890"}
    assert unsaid(question, replace(source, **known)) == []


def test_several_passages_say_it_together() -> None:
    question = "Did Nadia Przybyl sell Hartsel to Brindlow?"
    first, second = (
        passage("In the end Nadia Przybyl has sold the bakery of Hartsel to a stranger."),
        passage("It is said that Brindlow paid in cash."),
    )
    assert unsaid(question, first) == ["Brindlow"]
    assert unsaid(question, first, second) == []


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("Musk bought it.", True),
        ("Kimbal Musk bought it.", False),
        ("Kimbal Musk bought it. Musk paid in cash.", True),  # the surname alone may be his
        ("Elon bought it.", True),
        ("Elon Berg bought it.", False),
        ("Elon Berg bought it. Elon paid in cash.", False),  # the other surname is his
        ("The smell of musk was strong.", False),
    ],
)
def test_a_part_of_a_name_says_it_unless_it_is_somebody_elses(text: str, is_said: bool) -> None:
    assert (unsaid("What did Elon Musk buy?", passage(text)) == []) == is_said


def test_a_noun_is_no_part_of_a_name_though_a_sentence_begins_with_it() -> None:
    text = "Towers were rare. Tower keepers lived in the tower."
    assert unsaid("Who built Eiffel Tower?", passage(text)) == ["Eiffel Tower"]


def test_a_word_in_lower_case_may_be_a_name() -> None:
    source = passage("The tower was built by Alan Stevenson.")
    assert unsaid("who built the eiffel tower", source) == ["eiffel"]
    assert unsaid("who built the turbine tower", source) == []  # no name


def test_a_lower_case_word_is_said_by_one_of_its_meaning_or_its_name() -> None:
    assert unsaid("what did bruno mars sing", passage("Mars sang of a grenade he caught.")) == []
    lawyer = passage("The lawyer has won the case, and the town will have to pay for it.")
    assert unsaid("has the attorney won", lawyer) == []
    assert unsaid("has the kayak won", lawyer) == ["kayak"]


@pytest.mark.parametrize("question", ["Since 2019?", "From 2019 on, who won?", "2019 or later?"])
def test_an_open_period_is_no_year_that_must_be_said(question: str) -> None:
    assert "2019" not in unsaid(f"{question[:-1]}, before 2021?", passage("Mossgate won."))


@pytest.mark.parametrize("text", ["In FY24 it won.", "It won in 2023/24.", "The cup of '24."])
def test_a_year_may_be_written_with_two_digits(text: str) -> None:
    assert unsaid("Who won in 2024?", passage(text)) == []
    assert unsaid("Who won in 2025?", passage(text)) == ["2025"]


def test_a_note_without_a_year_is_of_the_year_it_was_added_in() -> None:
    note = replace(passage("The summer fair is on 4 July."), added="2026-06-01T10:00:00Z")
    question = "When is the summer fair in 2026?"
    assert unsaid(question, note) == []
    assert unsaid(question, replace(note, published="2025-06-01")) == ["2026"]
    assert unsaid(question, replace(note, text="The summer fair of 2025.")) == ["2026"]


def test_a_word_before_a_weekday_is_no_name_by_itself() -> None:
    assert unsaid("Is the pool open on Good Friday?", passage("It shuts on holidays.")) == []


def test_a_pasted_text_names_nothing_that_must_be_said() -> None:
    words = ["Oberwalding"] * MAX_QUESTION_WORDS
    assert unsaid(" and ".join(words[: MAX_QUESTION_WORDS // 2]), passage("Nothing.")) != []
    assert unsaid(" ".join([*words, "?", "Oberwalding"]), passage("Nothing.")) == []


@given(st.text(max_size=60), st.text(max_size=80))
def test_what_the_source_repeats_is_said(question: str, text: str) -> None:
    assert unsaid(question, passage(f"{text}\n{question}")) == []
